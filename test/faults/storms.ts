/**
 * One worker's life in a storm: its connections to all of its servers break in every way, the sending server
 * refuses, falls silent and loses its answers, servers restart, the clock jumps, and now and then it is killed.
 *
 * When enough faults have hit, the weather clears, and the same worker has to come to its end by itself.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend, BackendPlace } from './backends.ts';
import { type FaultDesk, openDesk } from './desk.ts';
import type { Chain } from './kills.ts';
import { judge } from './oracle.ts';
import type { Chance, WorkerPlan } from './plan.ts';
import type { WorkerProcess } from './process.ts';
import { type FaultProxy, faultKinds, type NetworkFault, startFaultProxy } from './proxy.ts';
import type { SinkDeed, SinkStep } from './sink.ts';
import { type Counter, openTally, totalOf } from './tally.ts';

export interface StormOptions {
  readonly backend: Backend;
  readonly seed: number;
  /** The weather clears once so many have hit. */
  readonly faults: number;
  /** Told now and then. */
  readonly progress?: (hit: number, letters: number) => void;
}

/** Mails that come in a storm: enough to have work in hand all the time. */
const faultsPerMail = 4;
const mailPauseMs = 40;
/** A storm without a hit for so long has ended by itself. */
const lullMsMax = 60_000;
const quietMsMax = 180_000;
/** Longer than any silence of the storm: a job is not to be taken from a worker that lives. */
const lockMs = 8_000;
/** How often a connection is left alone, and a step of the sending server goes as usual. */
const calmShare = 0.15;
const usualStepShare = 0.93;

const servers = ['IMAP', 'SMTP', 'PostgreSQL', 'Redis'] as const;
type Server = (typeof servers)[number];

/** Octets before a fault: a session of each server is over soon after the larger one. */
const reach: Readonly<Record<Server, number>> = {
  IMAP: 4_000,
  SMTP: 6_000,
  PostgreSQL: 30_000,
  Redis: 30_000,
};

interface Storm {
  readonly desk: FaultDesk;
  readonly tally: Counter;
  readonly proxies: ReadonlyMap<Server, FaultProxy>;
  readonly plan: Partial<WorkerPlan>;
  readonly urls: BackendPlace;
  /** What the oracle cannot see: a worker that ended by itself. */
  readonly wrong: string[];
  worker: WorkerProcess;
  runs: number;
  /** While a worker starts: one that finds a server gone at its start ends, and is started anew by its operator. */
  isCalm: boolean;
}

export async function stormChain(options: StormOptions): Promise<Chain> {
  const { backend, seed, faults } = options;
  const mailsMax = Math.ceil(faults / faultsPerMail) + 20;
  const desk = await openDesk({ backend, seed, customers: mailsMax });
  const tally = openTally();
  const proxies = await openProxies(desk, tally);
  try {
    const storm = await begin(desk, proxies, tally);
    await rage(storm, { ...options, mailsMax });
    await clear(storm);
    const verdict = await judge(desk);
    const wrong = [...storm.wrong, ...verdict.wrong];
    const { counts } = tally;
    return { faults: counts, runs: storm.runs, callsOfLast: 0, verdict: { ...verdict, wrong } };
  } finally {
    await desk.close();
    for (const proxy of proxies.values()) await proxy.close();
  }
}

async function openProxies(
  { dovecot, sink, backend }: FaultDesk,
  tally: Counter,
): Promise<ReadonlyMap<Server, FaultProxy>> {
  const targets: readonly (readonly [Server, number])[] = [
    ['IMAP', dovecot.port],
    ['SMTP', sink.port],
    ...(backend.servers === undefined
      ? []
      : ([
          ['PostgreSQL', backend.servers.postgres.port],
          ['Redis', backend.servers.redis.port],
        ] as const)),
  ];
  const proxies = new Map<Server, FaultProxy>();
  for (const [server, target] of targets) {
    const hit = ({ kind }: NetworkFault): void => tally.add(`${server} ${kind}`);
    proxies.set(server, await startFaultProxy({ target, hit }));
  }
  return proxies;
}

/** A start in good weather, so that there is a day from which on mails are answered. */
async function begin(
  desk: FaultDesk,
  proxies: ReadonlyMap<Server, FaultProxy>,
  tally: Counter,
): Promise<Storm> {
  const plan = { lockMs, imapPort: portOf(proxies, 'IMAP'), smtpPort: portOf(proxies, 'SMTP') };
  const urls = throughProxies(desk.place, proxies);
  const worker = await desk.start(plan, urls);
  if (!(await worker.started)) throw new Error('the worker does not start in good weather');
  return { desk, tally, proxies, plan, urls, wrong: [], worker, runs: 1, isCalm: false };
}

function portOf(proxies: ReadonlyMap<Server, FaultProxy>, server: Server): number {
  return proxies.get(server)?.port ?? 0;
}

function throughProxies(
  { databaseUrl, redisUrl }: BackendPlace,
  proxies: ReadonlyMap<Server, FaultProxy>,
): BackendPlace {
  const through = (url: string, server: Server): string => {
    const changed = new URL(url);
    changed.port = String(portOf(proxies, server));
    return changed.href;
  };
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl: through(databaseUrl, 'PostgreSQL') }),
    ...(redisUrl === undefined ? {} : { redisUrl: through(redisUrl, 'Redis') }),
  };
}

async function rage(
  storm: Storm,
  { faults, mailsMax, progress }: StormOptions & { readonly mailsMax: number },
): Promise<void> {
  const { desk, tally, proxies } = storm;
  const { chance } = desk;
  for (const [server, proxy] of proxies)
    proxy.plan = () => (storm.isCalm ? undefined : networkFault(chance, reach[server]));
  desk.sink.at = (step) => (storm.isCalm ? undefined : sinkDeed(chance, tally, step));
  let lastHits = 0;
  let lastHitAt = performance.now();
  while (totalOf(tally.counts) < faults) {
    const hits = totalOf(tally.counts);
    if (hits !== lastHits) {
      if (Math.floor(hits / 100) > Math.floor(lastHits / 100))
        progress?.(hits, desk.letters.length);
      lastHits = hits;
      lastHitAt = performance.now();
    }
    if (performance.now() - lastHitAt > lullMsMax) {
      storm.wrong.push(`the storm ended by itself after ${hits} faults`);
      return;
    }
    if (desk.letters.length < Math.min(mailsMax, 5 + hits / faultsPerMail)) await desk.receive(1);
    await act(storm);
    await restartIfEnded(storm);
    await pause(mailPauseMs);
  }
}

/** What somebody does now and then, beside what the connections do by themselves. */
async function act(storm: Storm): Promise<void> {
  const { desk, tally, proxies } = storm;
  const { chance } = desk;
  const dice = chance.next();
  if (dice < 0.006) {
    const hours = chance.below(2_000) - 1_000;
    storm.worker.tell({ clockOffsetMs: hours * 3_600_000 });
    tally.add('clock jump');
  } else if (dice < 0.02) {
    const [server, proxy] = chance.pick([...proxies]);
    if (proxy.cutAll() > 0) tally.add(`${server} all connections cut`);
  } else if (dice < 0.023) {
    await restartServer(storm);
  } else if (dice < 0.024) {
    const end = await storm.worker.kill();
    if (end.how === 'killed') tally.add('killed at a moment of chance');
  }
}

async function restartServer({ desk, tally }: Storm): Promise<void> {
  const { chance, backend, dovecot } = desk;
  const which = chance.pick(
    backend.servers === undefined ? ['Dovecot'] : ['Dovecot', 'PostgreSQL', 'Redis'],
  );
  tally.add(`${which} restarted`);
  if (which === 'Dovecot') {
    await dovecot.halt();
    await dovecot.resume();
    return;
  }
  const server = which === 'Redis' ? backend.servers?.redis : backend.servers?.postgres;
  await server?.crash();
  await pause(chance.below(300));
  await server?.start();
}

/** As whatever supervises it would: at once, and as often as it takes. */
async function restartIfEnded(storm: Storm): Promise<void> {
  const { worker, desk, plan, urls } = storm;
  const end = await Promise.race([worker.ended, pause(0, undefined)]);
  if (end === undefined) return;
  const hadStarted = await worker.started;
  if (end.how === 'failed' && hadStarted) storm.wrong.push(`the worker ended: ${end.error}`);
  storm.isCalm = true;
  storm.runs += 1;
  storm.worker = await desk.start(plan, urls);
  await storm.worker.started;
  storm.isCalm = false;
  // What connected in the calm has no fault before it: the next connections have.
  for (const proxy of storm.proxies.values()) proxy.cutAll();
}

async function clear(storm: Storm): Promise<void> {
  const { desk, proxies } = storm;
  for (const proxy of proxies.values()) proxy.plan = () => undefined;
  desk.sink.at = () => undefined;
  const until = performance.now() + quietMsMax;
  for (;;) {
    await restartIfEnded(storm);
    storm.worker.tell({ clockOffsetMs: 0 });
    storm.worker.tell({ quietAtUid: await desk.uidNext() });
    const end = await Promise.race([storm.worker.ended, pause(1_000, undefined)]);
    if (end?.how === 'quiet') return;
    if (performance.now() > until) {
      storm.wrong.push('the worker did not come to its end after the storm');
      await storm.worker.kill();
      return;
    }
  }
}

export function networkFault(chance: Chance, reachBytes: number): NetworkFault | undefined {
  if (chance.next() < calmShare) return undefined;
  return {
    kind: chance.pick(faultKinds),
    direction: chance.pick(['up', 'down']),
    // As often within the first ten octets as within the last nine tenths.
    afterBytes: Math.floor(reachBytes ** chance.next()),
    ms: 20 + chance.below(600),
  };
}

const answers = [
  '421 4.3.2 going down',
  '451 4.7.1 try later',
  '452 4.3.1 full',
  '550 5.7.1 no',
  '554 5.3.0 no',
];

/** What the sending server does instead of the usual. */
function sinkDeed(chance: Chance, tally: Counter, step: SinkStep): SinkDeed | undefined {
  if (chance.next() < usualStepShare) return undefined;
  const deed = deedAt(chance, step);
  if (deed !== undefined)
    tally.add(`SMTP ${typeof deed === 'object' ? 'refusal' : deed} at ${step}`);
  return deed;
}

function deedAt(chance: Chance, step: SinkStep): SinkDeed | undefined {
  // Neither a message that flows nor one that was taken can be refused any more.
  const isSilent = step === 'message' || step === 'answer';
  if (isSilent || chance.next() < 0.5) return chance.pick(['halt', 'drop', 'reset'] as const);
  const answer = chance.pick(answers);
  return answer.startsWith('421') ? { answerAndDrop: answer } : { answer };
}
