/**
 * Hands replies to the sending server and says what became of each.
 *
 * It never sends a message twice by itself: what was not answered after the message began to flow
 * is `unconfirmed`, and everything else that failed has definitely not been sent. It sends to one
 * recipient only. RFC 6409 (submission), RFC 5321 §4.5.5 (the null reverse-path), RFC 3834 §3.
 */
import type { Reply } from '../core/decision.ts';
import { ResponderError } from '../errors.ts';
import type { Log, Submission, SubmissionOutcome } from '../ports.ts';
import { buildMessage, envelopeAddress } from './submission-message.ts';
import {
  openSession,
  type SubmissionSession,
  type SubmissionSettings,
} from './submission-session.ts';

export type { SubmissionSettings } from './submission-session.ts';

/** Providers limit connections per sender; two keep a burst going while one waits for its answer. */
const sessionsMax = 2;
/** An idle connection is given up before servers do it, RFC 5321 §4.5.3.2.7 has them wait 5 min. */
const idleMs = 60_000;
/** A refused login is not tried again for so long: hammering locks accounts. */
const refusedMs = 5 * 60_000;
/** How long `close` waits for messages in hand: after that they are unconfirmed. */
const closeMs = 10_000;

/** Nobody but a person can mend it. */
function isRefusal({ code, pause }: ResponderError): boolean {
  return code === 'SMTP_LOGIN_REFUSED' || pause === 'long';
}

/** A few sessions, lent out one message at a time. */
class SessionPool {
  readonly #settings: SubmissionSettings;
  readonly #log: Log;
  readonly #idle: SubmissionSession[] = [];
  readonly #lent = new Set<SubmissionSession>();
  readonly #waiting: (() => void)[] = [];
  #slots = sessionsMax;
  #closed = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #refusal: { readonly error: ResponderError; readonly until: number } | undefined;
  #drained: (() => void) | undefined;

  constructor(settings: SubmissionSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  async use<Result>(work: (session: SubmissionSession) => Promise<Result>): Promise<Result> {
    await this.#takeSlot();
    try {
      const session = await this.#open();
      this.#lent.add(session);
      try {
        return await work(session);
      } finally {
        this.#lent.delete(session);
        this.#giveBack(session);
      }
    } finally {
      this.#freeSlot();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    if (this.#slots < sessionsMax) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          for (const session of this.#lent) {
            session.close();
          }
        }, closeMs);
        this.#drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await Promise.all(this.#idle.splice(0).map((session) => session.quit()));
  }

  async #takeSlot(): Promise<void> {
    this.#assertOpen();
    if (this.#slots > 0) {
      this.#slots -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closed) {
      this.#freeSlot();
    }
    this.#assertOpen();
  }

  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#slots += 1;
    if (this.#slots === sessionsMax) {
      this.#drained?.();
    }
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new ResponderError('SMTP_FAILED', 'Sending is being stopped; nothing was sent.');
    }
  }

  /** An idle session that is still there, or a new one. */
  async #open(): Promise<SubmissionSession> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.isUsable() && (await session.reset())) {
        return session;
      }
      session.close();
    }
    const session = await this.#login();
    const { host, port } = this.#settings;
    this.#log.debug({ host, port }, 'connected to the sending server');
    return session;
  }

  /** Logs in; a refusal is said once in the log, and stands for every reply until it is time to try again. */
  async #login(): Promise<SubmissionSession> {
    if (this.#refusal !== undefined && performance.now() < this.#refusal.until) {
      throw this.#refusal.error;
    }
    try {
      const session = await openSession(this.#settings);
      this.#refusal = undefined;
      return session;
    } catch (error) {
      if (error instanceof ResponderError && isRefusal(error)) {
        this.#log.error(
          { code: error.code, error: error.message, mends: error.details, hint: error.hint },
          'replies cannot be sent',
        );
        this.#refusal = { error, until: performance.now() + refusedMs };
      }
      throw error;
    }
  }

  #giveBack(session: SubmissionSession): void {
    if (!session.isUsable()) {
      session.close();
      return;
    }
    this.#idle.push(session);
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      for (const idle of this.#idle.splice(0)) {
        void idle.quit();
      }
    }, idleMs);
    this.#idleTimer.unref();
  }
}

/**
 * Opens the way out. Nothing connects before the first `check` or `submit`.
 *
 * `submit` throws ResponderError when the server could not be reached or the connection broke
 * before the message began to flow: nothing was sent then. It throws AssertionError when a value
 * of the reply holds a line break. Everything else is an outcome.
 */
export function openSubmission(
  settings: SubmissionSettings,
  { log }: { readonly log: Log },
): Submission {
  const pool = new SessionPool(settings, log);
  return {
    async check() {
      const session = await openSession(settings);
      await session.quit();
    },
    async submit(reply: Reply, date: Date): Promise<SubmissionOutcome> {
      const message = await buildMessage(reply, date, settings.dkim);
      const envelope = {
        from: envelopeAddress(reply.envelopeFrom),
        to: envelopeAddress(reply.to.address),
      };
      return pool.use((session) => session.send(envelope, message));
    },
    close: () => pool.close(),
  };
}
