/**
 * The sink as the bench sees it: who got a mail, and when.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SinkNews } from './sink.ts';

export interface BenchSink {
  readonly port: number;
  readonly taken: () => number;
  /** Mails taken beyond the first for the same recipient. */
  readonly doubled: () => number;
  /** When the first mail for the recipient was taken, in milliseconds of `wallMs`. */
  takenAt(to: string): number | undefined;
  stop(): Promise<void>;
}

export async function startBenchSink(): Promise<BenchSink> {
  const child = fork(fileURLToPath(new URL('./sink.ts', import.meta.url)));
  const atMsByRecipient = new Map<string, number>();
  let taken = 0;
  const [first] = (await once(child, 'message')) as [SinkNews];
  child.on('message', (news: SinkNews) => {
    if (!('taken' in news)) return;
    for (const { to, atMs } of news.taken) {
      taken += 1;
      if (!atMsByRecipient.has(to)) atMsByRecipient.set(to, atMs);
    }
  });
  return {
    port: 'port' in first ? first.port : 0,
    taken: () => taken,
    doubled: () => taken - atMsByRecipient.size,
    takenAt: (to) => atMsByRecipient.get(to),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
