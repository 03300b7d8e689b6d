/**
 * A mailbox handler for tests: keeps what it is given, and waits for what is still to come.
 */

import { caseIdOf } from '../../src/core/parse.ts';
import type { ResponderError } from '../../src/errors.ts';
import { unknownMails } from '../../src/pipeline/reconcile.ts';
import type { MailHead, Places, Reconciliation, WatchRecord } from '../../src/ports/watch.ts';
import type { Cursor, FetchedMail, Log, MailboxHandler, MailLocation } from '../../src/ports.ts';

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
  /** A comparison is due only where a test takes `reconciledAt` away. */
  watch: WatchRecord = { reconciledAt: new Date() };
  readonly reconciliations: Reconciliation[] = [];
  /** Header fields that were asked about. */
  headsAsked = 0;
  readonly #places = new Map<string, string>();
  readonly #caseIds = new Set<string>();
  /** Called before a batch is kept: may wait, or throw. */
  onAccept: (mails: readonly FetchedMail[]) => Promise<void> = async () => undefined;
  readonly #waiting = new Set<() => void>();

  constructor(cursor?: Cursor) {
    this.cursor = cursor;
  }

  async findCursor(): Promise<Cursor | undefined> {
    return this.cursor;
  }

  async begin(cursor: Cursor): Promise<Cursor> {
    if (this.cursor === undefined) {
      const { uidValidity, nextUid: uid } = cursor;
      this.watch = { ...this.watch, first: { uidValidity, uid } };
      await this.accept([], cursor);
    }
    return this.cursor ?? cursor;
  }

  async findWatch(): Promise<WatchRecord> {
    return this.watch;
  }

  async withoutPlace({ path, uidValidity, uids }: Places): Promise<readonly number[]> {
    return uids.filter((uid) => !this.#places.has(placeKey({ path, uidValidity, uid })));
  }

  async unknownMails(heads: readonly MailHead[]): Promise<ReadonlySet<number>> {
    this.headsAsked += heads.length;
    const store = {
      keepPlaces: async (mails: readonly { caseId: string; location: MailLocation }[]) => {
        const known = mails.filter(({ caseId }) => this.#caseIds.has(caseId));
        for (const { caseId, location } of known) this.#places.set(placeKey(location), caseId);
        return new Set(known.map(({ caseId }) => caseId));
      },
    };
    return unknownMails({ store }, 'support', heads);
  }

  async reconciled(result: Reconciliation): Promise<void> {
    this.reconciliations.push(result);
    this.#changed();
  }

  /** As if this mail had been taken in long ago. */
  know(raw: Uint8Array, location: Omit<MailLocation, 'mailbox'>): void {
    const caseId = caseIdOf('support', raw);
    this.#caseIds.add(caseId);
    this.#places.set(placeKey(location), caseId);
  }

  /** As if these had been lost: the ledger has never heard of them. */
  forget(subject: string): void {
    for (const mail of this.mails.filter((kept) => subjectOf(kept) === subject)) {
      this.#places.delete(placeKey(mail.location));
      this.#caseIds.delete(caseIdOf('support', mail.raw));
    }
  }

  async accept(mails: readonly FetchedMail[], cursor: Cursor): Promise<void> {
    await this.onAccept(mails);
    this.mails.push(...mails);
    for (const { location, raw } of mails) {
      this.know(raw, location);
    }
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
    return this.mails.map(subjectOf);
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

function subjectOf(mail: FetchedMail): string {
  return /^Subject: (.*)\r$/m.exec(textOf(mail))?.[1] ?? '';
}

function placeKey({ path, uidValidity, uid }: Omit<MailLocation, 'mailbox'>): string {
  return JSON.stringify([path, uidValidity, uid]);
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
