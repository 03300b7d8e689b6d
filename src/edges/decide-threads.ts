/**
 * Decides about mails in threads of their own: the cores share the work, and a mail that a thread cannot get over
 * costs that thread, never the service.
 *
 * A thread that dies or hangs is replaced. Every mail that it had in hand is decided again, now with no other
 * beside it, so that it is known which one it was: that one is not tried a third time and goes to the desk.
 */
import type { Judging, MailDecider } from '../core/decide-mail.ts';
import type { NoticeCatalog } from '../core/notice.ts';
import type { Policy } from '../core/policy.ts';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { DecideThread, type Waiting } from './decide-thread.ts';

export interface DecideThreadsOptions {
  readonly threads: number;
  readonly log: Log;
  /** Others in tests. */
  readonly script?: URL;
  readonly silentMsMax?: number;
  readonly octetsInHandMax?: number;
}

export interface DecideThreads {
  readonly decide: MailDecider;
  /** Ends the threads; what they have in hand fails, and is decided after the next start. */
  close(): Promise<void>;
}

/** The worst mail of 25 MB takes 7 s on an idle core. */
const silentMsMax = 120_000;
/** While some wait for their customers, the next are parsed; and what is decided meanwhile is saved together. */
const inHandMax = 16;
/** What its mails may weigh together, at least two of the largest: while one waits for DNS, others go on. */
const octetsInHandMax = 64 * 1024 * 1024;
const deathsMax = 2;
const restartMs = 1_000;

class Threads {
  readonly #options: DecideThreadsOptions;
  readonly #threads = new Set<DecideThread>();
  readonly #queue: Waiting[] = [];
  readonly #numbers = new WeakMap<Policy, Map<NoticeCatalog, number>>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #knowledge = 0;
  #isClosing = false;

  constructor(options: DecideThreadsOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const threads = Array.from({ length: this.#options.threads }, () => this.#start());
    try {
      await Promise.all(threads.map((thread) => thread.ready));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  decide(...[raw, judging, { complete, now }]: Parameters<MailDecider>): ReturnType<MailDecider> {
    return new Promise((resolve, failed) => {
      const decided: Waiting['decided'] = ({ decided: mail, decision }) =>
        resolve({ mail, decision });
      this.#queue.push({ raw, judging, complete, now, deaths: 0, decided, failed });
      this.#handOut();
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    const left = [...this.#queue.splice(0), ...[...this.#threads].flatMap(({ inHand }) => inHand)];
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
    for (const { failed } of left)
      failed(
        new ResponderError('DECISION_CUT_OFF', 'The service was stopped before the decision.'),
      );
  }

  #start(): DecideThread {
    const thread = new DecideThread({
      script: this.#options.script ?? new URL('./decide-worker.ts', import.meta.url),
      silentMsMax: this.#options.silentMsMax ?? silentMsMax,
      numberOf: (judging) => this.#numberOf(judging),
      freed: () => this.#handOut(),
      ended: (ended, error) => this.#ended(ended, error),
    });
    this.#threads.add(thread);
    return thread;
  }

  #numberOf({ policy, catalog }: Judging): number {
    const byCatalog = this.#numbers.get(policy) ?? new Map<NoticeCatalog, number>();
    this.#numbers.set(policy, byCatalog);
    const known = byCatalog.get(catalog);
    if (known !== undefined) return known;
    this.#knowledge += 1;
    byCatalog.set(catalog, this.#knowledge);
    return this.#knowledge;
  }

  #handOut(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const thread = this.#roomFor(next);
      if (thread === undefined) return;
      this.#queue.shift();
      thread.take(next);
    }
  }

  /** The thread with the least in hand; none for a mail under suspicion while all are busy. */
  #roomFor({ deaths, raw }: Waiting): DecideThread | undefined {
    const max = deaths > 0 ? 1 : inHandMax;
    const mostOctets = this.#options.octetsInHandMax ?? octetsInHandMax;
    const hasRoom = ({ isReady, isReserved, load, octets }: DecideThread) =>
      isReady && !isReserved && load < max && (load === 0 || octets + raw.length <= mostOctets);
    return [...this.#threads].filter(hasRoom).toSorted((one, other) => one.load - other.load)[0];
  }

  #ended(thread: DecideThread, error: Error): void {
    this.#threads.delete(thread);
    if (this.#isClosing) return;
    const { log } = this.#options;
    log.error({ error: error.message, mails: thread.load }, 'a thread that decides has ended');
    const again: Waiting[] = [];
    for (const waiting of thread.inHand) {
      waiting.deaths += 1;
      if (waiting.deaths < deathsMax) again.push(waiting);
      else waiting.failed(undecidable(error));
    }
    // First: with no other beside them they are through soon, or known for what they are.
    this.#queue.unshift(...again);
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#start();
    }, restartMs);
    this.#restarts.add(timer);
  }
}

function undecidable(cause: Error): ResponderError {
  return new ResponderError(
    'MAIL_UNDECIDABLE',
    `The mail ended the thread that decided about it, twice: ${cause.message}.`,
    { cause },
  );
}

/** Starts the threads. Rejects when one cannot start. */
export async function openDecideThreads(options: DecideThreadsOptions): Promise<DecideThreads> {
  const threads = new Threads(options);
  await threads.open();
  return {
    decide: (raw, judging, how) => threads.decide(raw, judging, how),
    close: () => threads.close(),
  };
}
