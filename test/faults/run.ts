/**
 * `npm run test:faults`: thousands of faults on both set-ups of the store, judged chain by chain.
 *
 * What is done stands in a file, so that a run that was broken off goes on. Prints what was injected, survived, lost
 * and doubled, and ends with 1 if anything was lost, doubled or wrong, or a chain broke.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BackendName, backendNames, openBackend } from './backends.ts';
import { type ChainSpec, chainsFor, mailsPerKill } from './chains.ts';
import { type Chain, killChain } from './kills.ts';
import { addUp, totalOf } from './tally.ts';

// The servers of the suite end with the process, as long as it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    'set-up': { type: 'string', default: 'both' },
    /** Only chains whose name holds these words. */
    only: { type: 'string', default: '' },
    state: { type: 'string' },
  },
});
const faults = Number(values.faults);
const seed = Number(values.seed);
const setUps = backendNames.filter(
  (name) => values['set-up'] === 'both' || values['set-up'] === name,
);
if (!Number.isInteger(faults) || !Number.isInteger(seed) || setUps.length === 0)
  throw new Error('usage: test:faults -- --faults N --seed N --set-up embedded|servers|both');
const stateFile = values.state ?? join(tmpdir(), `faults-${seed}-${faults}.jsonl`);

/** What is kept of a chain. */
interface Done {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  /** Of the last worker, where nothing disturbed it. */
  readonly calls: number;
  readonly faults: readonly (readonly [string, number])[];
  readonly mails: number;
  readonly answered: number;
  readonly reviews: readonly (readonly [string, number])[];
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly wrong: readonly string[];
}

const done: Done[] = existsSync(stateFile)
  ? readFileSync(stateFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Done)
  : [];
const began = performance.now();
console.info(`faults: seed ${seed}, about ${faults} faults, kept in ${stateFile}`);
if (done.length > 0) console.info(`going on: ${done.length} chains were done before`);
// One after the other: this process is the sending server too, and must not be busy with another desk.
for (const setUp of setUps) await runSetUp(setUp);
process.exitCode = report();

async function runSetUp(setUp: BackendName): Promise<void> {
  let redisKeeps = false;
  let backend = await openBackend(setUp);
  try {
    const calls = await undisturbedCalls(setUp, backend);
    console.info(`${setUp}: an undisturbed worker makes ${calls} calls of its ports`);
    const specs = chainsFor(setUp, { seed, calls, faults: faults / setUps.length });
    for (const spec of specs) {
      if (!spec.name.includes(values.only) || done.some(({ name }) => name === spec.name)) continue;
      // Redis with what it had before, and empty, by turns.
      if (backend.servers !== undefined && spec.name.includes('storm')) {
        redisKeeps = !redisKeeps;
        await backend.close();
        backend = await openBackend(setUp, { keepsData: redisKeeps });
      }
      await runChain(spec, backend);
    }
  } finally {
    await backend.close();
  }
}

/** Counted once for a run, since a later count may differ by a call, and the chains with it. */
async function undisturbedCalls(setUp: BackendName, backend: Open): Promise<number> {
  const name = `${setUp}: nothing happens`;
  const before = done.find((one) => one.name === name);
  if (before !== undefined) return before.calls;
  const control = await killChain({ backend, seed, kills: [], mailsPerRun: mailsPerKill });
  note({ name, seed }, control);
  return control.callsOfLast;
}

type Open = Awaited<ReturnType<typeof openBackend>>;

async function runChain(spec: ChainSpec, backend: Open): Promise<void> {
  try {
    const chain = await spec.run(backend, (hit) => console.info(`  ${spec.name}: ${hit} faults`));
    if (chain === undefined) console.info(`${spec.name}: left out, this machine cannot do it`);
    else note(spec, chain);
  } catch (error) {
    const broken = `the chain broke: ${error instanceof Error ? error.message : String(error)}`;
    const nothing = { mails: 0, answered: 0, reviews: new Map(), lost: [], doubled: [] };
    const verdict = { ...nothing, wrong: [broken] };
    note(spec, { faults: new Map(), runs: 1, callsOfLast: 0, verdict });
  }
}

function note({ name, seed: chainSeed }: Pick<ChainSpec, 'name' | 'seed'>, chain: Chain): void {
  const { verdict, runs } = chain;
  const line: Done = {
    name,
    seed: chainSeed,
    runs,
    calls: chain.callsOfLast,
    faults: [...chain.faults],
    mails: verdict.mails,
    answered: verdict.answered,
    reviews: [...verdict.reviews],
    lost: verdict.lost,
    doubled: verdict.doubled,
    wrong: verdict.wrong,
  };
  // What was found of a chain that is run again stands in its new line.
  const before = done.findIndex((other) => other.name === name);
  if (before >= 0) done.splice(before, 1);
  done.push(line);
  appendFileSync(stateFile, `${JSON.stringify(line)}\n`);
  const all = totalOf(addUp(done.map((one) => new Map(one.faults))));
  const found = `lost ${line.lost.length}, doubled ${line.doubled.length}, wrong ${line.wrong.length}`;
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.info(`${seconds} s: ${name}: ${totalOf(chain.faults)} faults, ${found}; ${all} in all`);
  for (const sentence of [...line.lost, ...line.doubled, ...line.wrong])
    console.info(`  ${sentence}`);
}

function report(): number {
  const injected = addUp(done.map((one) => new Map(one.faults)));
  const isClean = (one: Done): boolean =>
    one.lost.length + one.doubled.length + one.wrong.length === 0;
  const survived = totalOf(addUp(done.filter(isClean).map((one) => new Map(one.faults))));
  const sum = (of: (one: Done) => number): number => done.reduce((all, one) => all + of(one), 0);
  console.info('\nfaults injected, by kind:');
  for (const [kind, count] of [...injected].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.info(`${String(count).padStart(7)}  ${kind}`);
  console.info('mails with the desk, by reason:');
  for (const [reason, count] of addUp(done.map((one) => new Map(one.reviews))))
    console.info(`${String(count).padStart(7)}  ${reason}`);
  const mails = `mails ${sum((one) => one.mails)}, replies ${sum((one) => one.answered)}`;
  console.info(`\nseed ${seed}: runs ${sum((one) => one.runs)}, ${mails}`);
  const [lost, doubled, wrong] = [
    sum((one) => one.lost.length),
    sum((one) => one.doubled.length),
    sum((one) => one.wrong.length),
  ];
  console.info(
    `faults injected ${totalOf(injected)}, survived ${survived}, lost ${lost}, doubled ${doubled}, wrong ${wrong}`,
  );
  return lost + doubled + wrong === 0 ? 0 : 1;
}
