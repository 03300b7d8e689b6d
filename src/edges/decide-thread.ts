/**
 * One thread that decides: what it has in hand, its look-ups, and whether it is still alive.
 *
 * Silence for too long while there is something to compute is taken for a mail that it cannot get over; waiting
 * for a look-up is not.
 */
import { AssertionError } from 'node:assert';
import { Worker } from 'node:worker_threads';
import type { Judging } from '../core/decide-mail.ts';
import type { Answer, FromThread, Knowledge, Question, ToThread } from './decide-messages.ts';

/** A mail on its way through the threads. */
export interface Waiting {
  readonly raw: Uint8Array;
  readonly judging: Judging;
  readonly complete: boolean;
  readonly now: Date;
  /** How many threads have died with it in hand. */
  deaths: number;
  readonly decided: (result: Extract<FromThread, { kind: 'decided' }>) => void;
  readonly failed: (error: unknown) => void;
}

/** What has just been made: with Node’s own default a thread takes 100 MB more, and is no faster. */
const youngMbMax = 32;

export interface ThreadOptions {
  readonly script: URL;
  readonly silentMsMax: number;
  /** The number of what a mail is judged by. */
  readonly numberOf: (judging: Judging) => number;
  /** It has room again. */
  readonly freed: () => void;
  readonly ended: (thread: DecideThread, error: Error) => void;
}

export class DecideThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #inHand = new Map<number, Waiting>();
  readonly #told = new Set<number>();
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #mails = 0;
  #questions = 0;
  #error = new Error('it stopped without a word');
  #silence: NodeJS.Timeout | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    // Only the time zone: what reads mail has no business with secrets.
    const { TZ } = process.env;
    this.#worker = new Worker(options.script, {
      env: TZ === undefined ? {} : { TZ },
      resourceLimits: { maxYoungGenerationSizeMb: youngMbMax },
    });
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (thrown) => {
      this.#error = thrown instanceof Error ? thrown : new Error(String(thrown));
    });
    this.#worker.once('exit', () => {
      clearTimeout(this.#silence);
      this.#ready.reject(this.#error);
      options.ended(this, this.#error);
    });
    // Whoever does not wait for it is told by `ended`.
    this.#ready.promise.catch(() => undefined);
  }

  /** Rejects when it cannot even start. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get inHand(): readonly Waiting[] {
    return [...this.#inHand.values()];
  }

  get load(): number {
    return this.#inHand.size;
  }

  /** How much the mails in hand weigh. */
  get octets(): number {
    return this.inHand.reduce((sum, { raw }) => sum + raw.length, 0);
  }

  /** While it starts it has no mail in hand, so that what keeps it from starting is no mail's fault. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** A mail that a thread died with is decided with no other beside it. */
  get isReserved(): boolean {
    return this.inHand.some(({ deaths }) => deaths > 0);
  }

  take(waiting: Waiting): void {
    const { judging, complete, now } = waiting;
    const knowledge = this.#options.numberOf(judging);
    if (!this.#told.has(knowledge)) {
      this.#told.add(knowledge);
      const { policy, catalog } = judging;
      const told: Knowledge = { policy, catalog };
      this.#tell({ kind: 'knowledge', number: knowledge, knowledge: told });
    }
    this.#mails += 1;
    this.#inHand.set(this.#mails, waiting);
    // A view may be part of a large shared buffer: its own octets are copied once, and moved.
    const raw = new Uint8Array(waiting.raw);
    const verifies = judging.verify !== undefined;
    this.#tell({ kind: 'decide', mail: this.#mails, knowledge, raw, complete, now, verifies }, raw);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToThread, moved?: Uint8Array<ArrayBuffer>): void {
    this.#worker.postMessage(message, moved === undefined ? [] : [moved.buffer]);
    this.#watch();
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#ready.resolve();
        this.#options.freed();
        break;
      case 'question':
        void this.#answer(message);
        break;
      case 'decided':
        this.#settle(message.mail)?.decided(message);
        break;
      case 'threw':
        this.#settle(message.mail)?.failed(errorOf(message));
        break;
      default:
        message satisfies never;
    }
    this.#watch();
  }

  #settle(mail: number): Waiting | undefined {
    const waiting = this.#inHand.get(mail);
    this.#inHand.delete(mail);
    this.#options.freed();
    return waiting;
  }

  async #answer({ mail, number, question }: Extract<FromThread, { kind: 'question' }>) {
    const waiting = this.#inHand.get(mail);
    if (waiting === undefined) return;
    this.#questions += 1;
    try {
      const answer = await lookUp(question, waiting);
      this.#questions -= 1;
      this.#tell({ kind: 'answer', question: number, answer });
    } catch (error) {
      this.#questions -= 1;
      // What the thread will say of it is no news.
      this.#settle(mail)?.failed(error);
      this.#tell({ kind: 'no-answer', question: number });
    }
  }

  /** Each word from either side begins the time anew. */
  #watch(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (this.#inHand.size <= this.#questions) return;
    const { silentMsMax } = this.#options;
    this.#silence = setTimeout(() => {
      this.#error = new Error(`it said nothing for ${silentMsMax / 1_000} s`);
      void this.#worker.terminate();
    }, silentMsMax);
  }
}

function lookUp(question: Question, { judging, raw }: Waiting): Promise<Answer> {
  switch (question.of) {
    case 'candidates':
      return judging.findCandidates(question.keys);
    case 'similar':
      return judging.findSimilar(question.name);
    case 'signatures':
      if (judging.verify === undefined) throw new Error('nobody verifies signatures here');
      return judging.verify(raw, question.mail);
  }
}

/** As it would have been thrown here. */
function errorOf({ error, isAssertion }: Extract<FromThread, { kind: 'threw' }>): Error {
  return isAssertion ? new AssertionError({ message: error.message }) : error;
}
