/**
 * Measures the whole service: `npm run bench`. Nothing is asserted: machines differ.
 *
 * The service is its real processes, with a real Dovecot and an SMTP sink of its own, on the embedded store and on
 * PostgreSQL with Redis; beside it, in the same run and in turn, a naive loop over the same mails (bench-naive.ts).
 * docs/performance.md says what is measured and what the figures were.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type Desk,
  type DeskOptions,
  type Kind,
  openDesk,
  progressing,
  runWave,
  type WaveCost,
} from './bench-service/desk.ts';
import { addressOf, forwardingCustomer, forwardOf } from './bench-service/forwards.ts';
import { startIdleClient } from './bench-service/idle-client.ts';
import { forwardsAmong } from './bench-service/mix.ts';
import { wallMs } from './bench-service/sink.ts';
import { writeManyCustomers } from './support/many-customers.ts';
import { findService } from './support/services.ts';

const { values: flags } = parseArgs({
  options: {
    /** backlog, latency, mailbox, customers, soak; without it the first two. */
    only: { type: 'string', default: 'backlog,latency' },
    store: { type: 'string', default: 'pglite,postgresql' },
    mails: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    /** Mails whose latency is measured. */
    probes: { type: 'string', default: '60' },
    'old-mails': { type: 'string', default: '200000' },
    customers: { type: 'string', default: '1000000' },
    /** The watcher and the worker as processes of their own, where the store allows it. */
    apart: { type: 'boolean', default: false },
    /** Two workers beside the watcher. */
    workers: { type: 'string', default: '1' },
    soak: { type: 'boolean', default: false },
    'soak-mails': { type: 'string', default: '100000' },
    /** A setting over those of the bench: `--set work.threads=0`. */
    set: { type: 'string', multiple: true, default: [] },
    /** A folder for CPU profiles of the service. */
    prof: { type: 'string' },
  },
});

const [mails, rounds, probes] = [Number(flags.mails), Number(flags.rounds), Number(flags.probes)];
const stores = flags.store.split(',') as Exclude<Kind, 'naive'>[];
const parts = new Set(flags.soak ? ['soak'] : flags.only.split(','));
const folder = mkdtempSync(join(tmpdir(), 'bench-customers-'));

/** As many as the mails need, some of whom have two subscriptions. */
const usualCustomers = Math.max(1_000, Math.ceil(((mails * rounds) / 100) * 40 * 1.6) + 1_000);

async function customersFile(count: number): Promise<string> {
  const path = join(folder, `customers-${count}.csv`);
  await writeManyCustomers(path, Math.ceil(count * 1.2));
  return path;
}

function settingsAsked(): object {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const entry of flags.set) {
    const [, group = '', name = '', value = ''] = /^(\w+)\.(\w+)=(.*)$/.exec(entry) ?? [];
    settings[group] = { ...settings[group], [name]: JSON.parse(value) };
  }
  return settings;
}

async function desk(
  kind: Kind,
  options: Pick<DeskOptions, 'oldMails' | 'isMdbox'> & { readonly customers?: number } = {},
): Promise<Desk> {
  const isApart = flags.apart && kind === 'postgresql';
  const workers = Array.from({ length: Number(flags.workers) }, () => 'work');
  return openDesk({
    kind,
    customersFile: await customersFile(options.customers ?? usualCustomers),
    settings: settingsAsked(),
    ...(options.oldMails === undefined ? {} : { oldMails: options.oldMails }),
    ...(options.isMdbox === undefined ? {} : { isMdbox: options.isMdbox }),
    ...(isApart ? { roles: ['watch', ...workers] } : {}),
    ...(flags.prof === undefined || kind === 'naive'
      ? {}
      : { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${flags.prof}`] }),
  });
}

function line(name: string, cost: WaveCost): string {
  const per1000 = 1_000 / cost.mails;
  return [
    `  ${name.padEnd(26)}`,
    `${(cost.mails / cost.seconds).toFixed(0).padStart(6)} mails/s`,
    `${(cost.cpuSeconds * per1000).toFixed(2).padStart(8)} CPU s`,
    `${cost.peakMb.toFixed(0).padStart(6)} MB at most`,
    `${String(cost.replies).padStart(6)} replies`,
  ].join('');
}

function sum(costs: readonly WaveCost[]): WaveCost {
  const add = (of: (cost: WaveCost) => number) =>
    costs.reduce((total, cost) => total + of(cost), 0);
  return {
    mails: add((cost) => cost.mails),
    replies: add((cost) => cost.replies),
    seconds: add((cost) => cost.seconds),
    cpuSeconds: add((cost) => cost.cpuSeconds),
    peakMb: Math.max(...costs.map((cost) => cost.peakMb)),
    endMb: costs.at(-1)?.endMb ?? 0,
  };
}

/** A / B / A / B over the same mails; the first round has the programs’ warming up in it. */
async function backlog(store: Exclude<Kind, 'naive'>): Promise<void> {
  console.log(`\nbacklog, ${store}: ${rounds} rounds of ${mails} mails, CPU for 1,000 mails`);
  const desks = [await desk(store), await desk('naive')];
  const costs = new Map<Kind, WaveCost[]>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const each of desks) {
        const cost = await runWave(each, round * mails, mails);
        costs.set(each.kind, [...(costs.get(each.kind) ?? []), cost]);
        console.log(line(`round ${round + 1} ${each.kind}`, cost));
      }
    }
    for (const { kind, sink } of desks)
      if (sink.doubled() > 0) console.log(`  ${kind} DOUBLED ${sink.doubled()} replies`);
  } finally {
    for (const each of desks) await each.stop();
  }
  const [ours, naive] = [costs.get(store) ?? [], costs.get('naive') ?? []];
  console.log(line(`all ${store}`, sum(ours)));
  console.log(line('all naive', sum(naive)));
  const ratio = (some: readonly WaveCost[], others: readonly WaveCost[]) =>
    (sum(others).seconds / sum(some).seconds).toFixed(2);
  console.log(
    `  ${store} : naive = ${ratio(ours, naive)} (without the first round ${ratio(ours.slice(1), naive.slice(1))})`,
  );
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
  return `p50 ${p50.toFixed(0).padStart(5)} ms   p99 ${p99.toFixed(0).padStart(5)} ms`;
}

/**
 * One forward after the other. Dovecot waits half a second after any change before it tells an idling client, and
 * marking is a change: only when that has passed do both clients wait equally long.
 */
async function latency(store: Exclude<Kind, 'naive'>): Promise<void> {
  console.log(`\nlatency, ${store}: ${probes} forwards, one after the other`);
  const opened = await desk(store);
  const idle = await startIdleClient(opened.dovecot);
  const samples: Readonly<Record<'push' | 'taken' | 'decided' | 'reply', number>>[] = [];
  try {
    for (let probe = 0; probe < probes; probe += 1) {
      await delay(1_100 + ((probe * 97) % 400));
      const push = idle.nextPush();
      await opened.dovecot.deliver(Buffer.from(forwardOf(probe), 'latin1'));
      const [delivered, to] = [wallMs(), addressOf(forwardingCustomer(probe))];
      await progressing(opened, () => opened.sink.takenAt(to) !== undefined);
      const since = (at: number | undefined) => (at ?? Number.NaN) - delivered;
      samples.push({
        push: since(await push),
        taken: since(opened.contender.loggedAt('mails taken in')),
        decided: since(opened.contender.loggedAt('mail decided')),
        reply: since(opened.sink.takenAt(to)),
      });
    }
  } finally {
    idle.stop();
    await opened.stop();
  }
  // The first ones have the program’s warming up in them.
  const warm = samples.slice(Math.min(10, samples.length >> 1));
  const told = {
    'delivery to reply': warm.map(({ reply }) => reply),
    'delivery to the server’s push': warm.map(({ push }) => push),
    'push to reply': warm.map(({ reply, push }) => reply - push),
    '  push to intake': warm.map(({ taken, push }) => taken - push),
    '  intake to decision': warm.map(({ decided, taken }) => decided - taken),
    '  decision to reply': warm.map(({ reply, decided }) => reply - decided),
  };
  for (const [name, spans] of Object.entries(told))
    console.log(`  ${name.padEnd(32)}${spread(spans)}`);
}

/** The same waves beside few and beside many. */
async function growth(
  what: string,
  store: Exclude<Kind, 'naive'>,
  sizes: readonly { readonly customers?: number; readonly oldMails?: number }[],
): Promise<void> {
  console.log(`\n${what}, ${store}`);
  const totals: WaveCost[] = [];
  const names = sizes.map((size) => JSON.stringify(size).replace(/[{}"]/g, ''));
  for (const [at, size] of sizes.entries()) {
    const opened = await desk(store, {
      ...size,
      ...(size.oldMails === undefined ? {} : { isMdbox: true }),
    });
    const costs: WaveCost[] = [];
    try {
      for (let round = 0; round < rounds; round += 1)
        costs.push(await runWave(opened, round * mails, mails));
    } finally {
      await opened.stop();
    }
    // Without the first round, which the programs warm up in.
    totals.push(sum(costs.slice(rounds > 1 ? 1 : 0)));
    console.log(line(names[at] ?? '', sum(costs.slice(rounds > 1 ? 1 : 0))));
  }
  const [few, many] = totals;
  if (few === undefined || many === undefined) return;
  const rate = (cost: WaveCost) => cost.mails / cost.seconds;
  console.log(
    `  many : few = ${(rate(many) / rate(few)).toFixed(2)} mails/s, ${(many.cpuSeconds / few.cpuSeconds).toFixed(2)} CPU`,
  );
}

const soakWaveMails = 5_000;

async function soak(store: Exclude<Kind, 'naive'>): Promise<void> {
  const size = Math.min(soakWaveMails, Number(flags['soak-mails']));
  const waves = Math.ceil(Number(flags['soak-mails']) / size);
  console.log(`\nsoak, ${store}: ${waves} waves of ${size} mails`);
  const opened = await desk(store, {
    customers: Math.ceil(waves * size * 0.7) + 100,
    isMdbox: true,
  });
  try {
    for (let wave = 0; wave < waves; wave += 1) {
      const cost = await runWave(opened, wave * size, size);
      console.log(
        `${line(`${(wave + 1) * size} mails`, cost)}${cost.endMb.toFixed(0).padStart(7)} MB now`,
      );
    }
    console.log(
      `  doubled ${opened.sink.doubled()}, replies ${opened.sink.taken()} of ${forwardsAmong(waves * size)}`,
    );
  } finally {
    await opened.stop();
  }
}

// What was started ends with this process: its listeners wait for `exit`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  for (const store of stores) {
    if (
      store === 'postgresql' &&
      (findService('postgres') === undefined || findService('redis') === undefined)
    ) {
      console.log('PostgreSQL or Redis is not installed: left out.');
      continue;
    }
    if (parts.has('backlog')) await backlog(store);
    if (parts.has('latency')) await latency(store);
    if (parts.has('mailbox'))
      await growth('mails in the mailbox', store, [
        { oldMails: 1_000 },
        { oldMails: Number(flags['old-mails']) },
      ]);
    if (parts.has('customers'))
      await growth('customers', store, [
        { customers: usualCustomers },
        { customers: Number(flags.customers) },
      ]);
    if (parts.has('soak')) await soak(store);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
