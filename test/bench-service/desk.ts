/**
 * One contender with everything it needs of its own: a mail server, a sink, a store; and waves of mail through it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { type BenchSink, startBenchSink } from './bench-sink.ts';
import { type Contender, startNaive, startOurs } from './contenders.ts';
import { type BenchMailbox, openMaildir } from './maildir.ts';
import { openMdbox } from './mdbox.ts';
import { forwardsAmong, mailOf } from './mix.ts';
import { cpuSecondsOf, forgetPeak, memoryMbOf, peakMbOf } from './process-cost.ts';

export type Kind = 'naive' | 'pglite' | 'postgresql';

export interface DeskOptions {
  readonly kind: Kind;
  readonly customersFile: string;
  /** Mails that lie in the mailbox already. */
  readonly oldMails?: number;
  /** In Dovecot's own format. */
  readonly isMdbox?: boolean;
  readonly roles?: readonly string[];
  readonly nodeOptions?: readonly string[];
  readonly settings?: object;
}

export interface Desk {
  readonly kind: Kind;
  readonly dovecot: Dovecot;
  readonly mailbox: BenchMailbox;
  readonly sink: BenchSink;
  readonly contender: Contender;
  stop(): Promise<void>;
}

export async function openDesk(options: DeskOptions): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-service-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  try {
    const dovecot = await startDovecot(
      options.isMdbox === true ? { isMdbox: true } : { isMaildirOurs: true },
    );
    closing.push(dovecot.stop);
    const sink = await startBenchSink();
    closing.push(sink.stop);
    const mailbox =
      options.isMdbox === true ? await openMdbox(dovecot) : await openMaildir(dovecot.maildir);
    await mailbox.fill(options.oldMails ?? 0);
    const common = { ...options, folder, dovecot, smtpPort: sink.port };
    const contender = await startContender(common, closing);
    closing.push(contender.stop);
    return { kind: options.kind, dovecot, mailbox, sink, contender, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startContender(
  options: DeskOptions & Parameters<typeof startOurs>[0],
  closing: (() => Promise<unknown>)[],
): Promise<Contender> {
  if (options.kind === 'naive') return startNaive(options);
  if (options.kind === 'pglite') return startOurs(options);
  const postgres = await startPostgres();
  closing.push(postgres.stop);
  const redis = await startRedis();
  closing.push(redis.stop);
  const databaseUrl = await postgres.createDatabase();
  return startOurs({ ...options, databaseUrl, redisUrl: redis.url });
}

export interface WaveCost {
  readonly mails: number;
  readonly replies: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly endMb: number;
}

/** How long nothing may happen. */
const stillMs = 60_000;

/**
 * Puts `mails` mails of the mix, from the `first` on, into the mailbox all at once, and waits until each is settled:
 * decided, answered where it is a forward, and marked so on the server.
 */
export async function runWave(
  desk: Desk,
  first: number,
  mails: number,
  answeredBefore = forwardsAmong(first),
): Promise<WaveCost> {
  const { contender, mailbox, sink } = desk;
  const { pids } = contender;
  const replies = forwardsAmong(first + mails) - forwardsAmong(first);
  const sentBefore = sink.taken();
  const deliver = await mailbox.prepare(
    Array.from({ length: mails }, (_, at) => mailOf(first + at).raw),
  );
  const total = (of: (pid: number) => number) => pids.reduce((sum, pid) => sum + of(pid), 0);
  for (const pid of pids) forgetPeak(pid);
  const cpuBefore = total(cpuSecondsOf);
  const began = performance.now();
  await deliver();
  await progressing(
    desk,
    () => sink.taken() - sentBefore >= replies && contender.isThrough(first + mails),
  );
  await progressing(desk, async () => (await mailbox.countAnswered()) >= answeredBefore + replies);
  return {
    mails,
    replies: sink.taken() - sentBefore,
    seconds: (performance.now() - began) / 1_000,
    cpuSeconds: total(cpuSecondsOf) - cpuBefore,
    peakMb: total(peakMbOf),
    endMb: total(memoryMbOf),
  };
}

/** Waits for something, and gives up when nothing moves any more. */
export async function progressing(
  { contender, sink, kind }: Desk,
  isDone: () => boolean | Promise<boolean>,
): Promise<void> {
  let [seen, since] = [-1, performance.now()];
  while (!(await isDone())) {
    const cpu = contender.pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
    const moved = sink.taken() + Math.floor(cpu / 5);
    if (moved !== seen) [seen, since] = [moved, performance.now()];
    if (performance.now() - since > stillMs)
      throw new Error(`${kind}: nothing happens any more.\n${contender.complaints().join('\n')}`);
    await delay(10);
  }
}
