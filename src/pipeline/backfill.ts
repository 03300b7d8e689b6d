/**
 * Mails that were there before the watch began: taken in because a person asked for them, or only judged.
 */

import type { DecidedMail } from '../core/decide-mail.ts';
import type { Decision } from '../core/decision.ts';
import { restrain, withheld } from '../core/restrain.ts';
import type { FetchedMail } from '../ports.ts';
import { decideStored } from './decide-stored.ts';
import { intakeOf } from './intake.ts';
import type { PipelineParts } from './parts.ts';
import { historyFor } from './save.ts';

/** Takes them in, durably. Returns how many the ledger did not know. A running service finds them by its sweep. */
export async function takeInBackfill(
  { store, clock }: Pick<PipelineParts, 'store' | 'clock'>,
  mailbox: string,
  mails: readonly FetchedMail[],
): Promise<number> {
  const added = await store.acceptBackfill(mailbox, intakeOf(mailbox, mails), clock.now());
  return added.length;
}

export interface Judged {
  readonly mail: DecidedMail;
  readonly decision: Decision;
}

/** What would happen to mails, one after the other. Changes nothing. */
export class BackfillPreview {
  readonly #parts: PipelineParts;
  readonly #mailbox: string;
  readonly #caseIds = new Set<string>();
  /** Of the replies that would go out: a later mail in the same matter gets no second one. */
  readonly #replyKeys = new Set<string>();

  constructor(parts: PipelineParts, mailbox: string) {
    this.#parts = parts;
    this.#mailbox = mailbox;
  }

  /** Undefined for a second copy of a mail. */
  async judge(fetched: FetchedMail): Promise<Judged | undefined> {
    const [intake] = intakeOf(this.#mailbox, [fetched]);
    if (intake === undefined || this.#caseIds.has(intake.caseId)) return undefined;
    this.#caseIds.add(intake.caseId);
    const now = this.#parts.clock.now();
    const { mail, decision } = await decideStored(
      this.#parts,
      {
        ...intake,
        mailbox: this.#mailbox,
        state: 'accepted',
        receivedAt: intake.internalDate,
        backfilled: true,
      },
      now,
    );
    return { mail, decision: await this.#restrained(decision, now) };
  }

  async #restrained(decision: Decision, now: Date): Promise<Decision> {
    if (decision.action !== 'reply') return decision;
    const { plan } = decision;
    const when = { mailbox: this.#mailbox, now };
    const before = await historyFor(this.#parts, when, plan);
    const restrained = restrain(decision, before, this.#parts.policy);
    if (restrained.action !== 'reply') return restrained;
    if (this.#replyKeys.has(plan.replyKey))
      return withheld(
        decision,
        'suppress',
        'suppressed-already-answered',
        'an earlier mail would be answered the same',
      );
    this.#replyKeys.add(plan.replyKey);
    return restrained;
  }
}
