/**
 * What a test of cost and the benchmark share: a stage with the worst it can be given, and the CPU time of a run.
 *
 * CPU time, because other work on the machine must not count.
 */

export interface Flood {
  readonly stage: string;
  /** What the input is, for people. */
  readonly name: string;
  /** Makes an input of about so many octets, and gives back the stage with it. */
  readonly prepare: (octets: number) => () => unknown;
}

export const megabyte = 1_000_000;

/** A unit so often that it fills so many octets of UTF-8. */
export function fill(unit: string, octets: number): string {
  return unit.repeat(Math.max(1, Math.ceil(octets / Buffer.byteLength(unit))));
}

/** Floods of a stage made of one unit each. */
export function unitFloods(
  stage: string,
  units: readonly string[],
  run: (text: string) => unknown,
): readonly Flood[] {
  return units.map((unit) => ({
    stage,
    name: JSON.stringify(unit.length <= 60 ? unit : `${unit.slice(0, 57)}…`),
    prepare: (octets) => {
      const text = fill(unit, octets);
      return () => run(text);
    },
  }));
}

/** Milliseconds of the processor that this process has had: what it takes, whatever else the machine has to do. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU milliseconds of one run, of all threads. */
export async function cpuMsOf(run: () => unknown): Promise<number> {
  const before = processorMs();
  await run();
  return processorMs() - before;
}

/** Octets that a stage is tried with: the square of eight times as much shows as sixty-four. */
const [small, large] = [20_000, 160_000];

/** How much longer the large one may take: eight times, and what caches and the collector add. */
const growthMax = 20;

/** Below this a run is mostly noise. */
const noticeableMs = 120;

/** What a stage may cost for a megabyte. The aim is a second; five is for a slow machine. */
const boundMsPerMegabyte = 5_000;

/** What it may cost whatever the size: words of dates in all languages are asked for once. */
const boundMsAtOnce = 600;

export interface Growth {
  readonly msPerMegabyte: number;
  /** What is wrong with how the cost grows. */
  readonly fault?: string;
}

/** How the CPU time of a flood grows; the best of three counts. */
async function growthOf(flood: Flood): Promise<Growth> {
  const beforeMs = await bestMs(flood, small, noticeableMs);
  // A square ends here: the large one would take minutes.
  if (beforeMs > boundMs(small)) return faultOf(small, beforeMs);
  const allowedMs = Math.max(noticeableMs, growthMax * Math.max(beforeMs, noticeableMs / 8));
  const ms = await bestMs(flood, large, Math.min(allowedMs, boundMs(large)));
  if (ms > allowedMs || ms > boundMs(large)) return faultOf(large, ms, beforeMs);
  return { msPerMegabyte: (ms * megabyte) / large };
}

function boundMs(octets: number): number {
  return boundMsAtOnce + (boundMsPerMegabyte * octets) / megabyte;
}

async function bestMs(flood: Flood, octets: number, enoughMs: number): Promise<number> {
  const run = flood.prepare(octets);
  let best = await cpuMsOf(run);
  for (let more = 0; more < 2 && best > enoughMs; more += 1)
    best = Math.min(best, await cpuMsOf(run));
  return best;
}

function faultOf(octets: number, ms: number, beforeMs?: number): Growth {
  const than = beforeMs === undefined ? '' : `, and ${small} took ${beforeMs.toFixed(0)} ms`;
  const fault = `${octets} octets take ${ms.toFixed(0)} ms${than}`;
  return { msPerMegabyte: (ms * megabyte) / octets, fault };
}

/** What a stage's floods cost: the slowest of them in words, and every one that grows faster than its length. */
export async function costOf(
  floods: readonly Flood[],
): Promise<{ readonly slowest: string; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let slowest = { name: '', msPerMegabyte: 0 };
  for (const flood of floods) {
    const { msPerMegabyte, fault } = await growthOf(flood);
    if (fault !== undefined) faults.push(`${flood.name}: ${fault}`);
    if (msPerMegabyte > slowest.msPerMegabyte) slowest = { name: flood.name, msPerMegabyte };
  }
  const ms = Math.round(slowest.msPerMegabyte);
  return { slowest: `${ms} ms for a megabyte of ${slowest.name}`, faults };
}
