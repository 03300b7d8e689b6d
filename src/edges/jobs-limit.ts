/**
 * How fast a queue may go: what the settings allow within a minute, and what the other side asks for.
 *
 * Both are kept where the queue is kept, so that all processes go by them. A job that has to wait is not tried:
 * it goes back to where it was, and none of its attempts is used up.
 */
import { RateLimitError } from 'bullmq';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import type { OpenQueue } from './jobs-queue.ts';

/** BullMQ’s: so many jobs begin within the duration, which runs from the first of them. */
export interface QueueLimit {
  readonly max: number;
  readonly duration: number;
}

/** Ten small portions a minute rather than one large: the second mail of a busy minute does not wait for the next. */
const portionsAimed = 10;

/**
 * Portions that keep to so many a minute wherever the minute is taken to begin.
 *
 * BullMQ’s own window begins with its first job, so with a whole minute’s number in it a burst at its end and
 * another one behind it would be twice as many within a minute. Of portions at least `duration` apart a minute
 * meets one more than fit into it; a portion of one job is over when it has begun.
 */
export function limitOf(perMinute: number, minuteMs = 60_000): QueueLimit {
  const max = Math.max(1, Math.round(perMinute / portionsAimed));
  const portions = max === 1 ? perMinute : Math.floor(perMinute / max) - 1;
  return { max, duration: Math.ceil(minuteMs / portions) };
}

/** How long a queue rests when it is asked to slow down: doubling from the first up to the longest. */
export interface RestTiming {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const restTiming: RestTiming = { firstMs: 10_000, longestMs: 10 * 60_000 };

/** A job that met so many refusals in a row uses up an attempt: it may be the one that is not wanted. */
const restsPerAttempt = 3;

export function isThrottled(error: unknown): error is ResponderError {
  return error instanceof ResponderError && error.code === 'SMTP_THROTTLED';
}

/** Makes a queue rest, for all processes that work on it. */
export class QueueRest {
  readonly #queue: () => Promise<Pick<OpenQueue, 'rateLimit'>>;
  readonly #timing: RestTiming;
  readonly #log: Log;
  readonly #restsByJob = new Map<string, number>();
  #rests = 0;
  #until = 0;

  constructor(queue: () => Promise<Pick<OpenQueue, 'rateLimit'>>, timing: RestTiming, log: Log) {
    this.#queue = queue;
    this.#timing = timing;
    this.#log = log;
  }

  /** What the attempt is to fail with: what keeps it from counting, or the failure itself. */
  async after(failure: ResponderError, jobId: string, mailbox: string): Promise<Error> {
    const left = this.#until - performance.now();
    // Several were on their way when the first was refused: that is one request.
    if (left <= 0) this.#begin(failure, mailbox);
    try {
      const queue = await this.#queue();
      await queue.rateLimit(Math.max(1, Math.round(this.#until - performance.now())));
    } catch (error) {
      this.#log.warn({ mailbox, err: error }, 'The queue could not be told to rest.');
      return failure;
    }
    const rests = (this.#restsByJob.get(jobId) ?? 0) + 1;
    this.#restsByJob.set(jobId, rests);
    return rests % restsPerAttempt === 0 ? failure : new RateLimitError();
  }

  /** Something went through, so the next rest is a short one again. */
  over(jobId: string): void {
    this.#restsByJob.delete(jobId);
    this.#rests = 0;
  }

  #begin(failure: ResponderError, mailbox: string): void {
    const { firstMs, longestMs } = this.#timing;
    const full = Math.min(firstMs * 2 ** this.#rests, longestMs);
    const restMs = Math.round(full * (0.75 + Math.random() / 2));
    this.#rests += 1;
    this.#until = performance.now() + restMs;
    this.#log.warn(
      { mailbox, restMs, error: failure.message },
      'The sending server asks to slow down: nothing is sent from this mailbox for a while.',
    );
  }
}
