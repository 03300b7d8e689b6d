/**
 * A mailbox handler for tests: keeps what it is given, and waits for what is still to come.
 */
import type { ResponderError } from '../../src/errors.ts';
import type { Cursor, FetchedMail, Log, MailboxHandler } from '../../src/ports.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const systemClock = { now: () => new Date() };

export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly retryInMs: number;
}

export class MailboxRecorder implements MailboxHandler {
  cursor: Cursor | undefined;
  readonly mails: FetchedMail[] = [];
  readonly cursors: Cursor[] = [];
  readonly troubles: Trouble[] = [];
  looks = 0;
  recoveries = 0;
  /** Called before a batch is kept: may wait, or throw. */
  onAccept: (mails: readonly FetchedMail[]) => Promise<void> = async () => undefined;
  readonly #waiting = new Set<() => void>();

  constructor(cursor?: Cursor) {
    this.cursor = cursor;
  }

  async findCursor(): Promise<Cursor | undefined> {
    return this.cursor;
  }

  async accept(mails: readonly FetchedMail[], cursor: Cursor): Promise<void> {
    await this.onAccept(mails);
    this.mails.push(...mails);
    this.cursor = cursor;
    this.cursors.push(cursor);
    this.#changed();
  }

  looked(): void {
    this.looks += 1;
    this.#changed();
  }

  troubled(error: ResponderError, retryInMs: number): void {
    this.troubles.push({ code: error.code, message: error.message, retryInMs });
    this.#changed();
  }

  recovered(): void {
    this.recoveries += 1;
    this.#changed();
  }

  get subjects(): readonly string[] {
    return this.mails.map((mail) => /^Subject: (.*)\r$/m.exec(textOf(mail))?.[1] ?? '');
  }

  /** Resolves when the condition holds; it is asked after every call of the mailbox. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) {
      resolve();
    }
  }
}

export function textOf(mail: FetchedMail): string {
  return Buffer.from(mail.raw).toString('latin1');
}

/** A small mail with this subject. */
export function sampleMail(subject: string, body = 'Hello\r\n'): string {
  return [
    'From: Anna <anna@contoso.example>',
    'To: support@partner.example',
    `Subject: ${subject}`,
    `Message-ID: <${subject.replace(/\W/g, '-')}@contoso.example>`,
    'Date: Mon, 23 Nov 2026 08:00:00 +0000',
    '',
    body,
  ].join('\r\n');
}
