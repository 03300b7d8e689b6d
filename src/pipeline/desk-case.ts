/**
 * A case as the desk's actions find it: with its mailbox's parts, what of its mail is still there, and where it stands.
 */
import type { Address } from '../core/address.ts';
import { isByMachine, type Standing } from '../core/desk-standing.ts';
import { parseMail } from '../core/parse.ts';
import { reasonSentence } from '../core/reasons.ts';
import type { ThreadedMail } from '../core/reply-headers.ts';
import type { ConsoleStore } from '../ports/console.ts';
import type { DeskRefusal, Refused } from '../ports/desk.ts';
import type { DeskStore } from '../ports/desk-store.ts';
import type { Later } from '../ports/later.ts';
import type { Clock, Log, Store, StoredCase } from '../ports.ts';
import type { PipelineParts } from './parts.ts';

export interface DeskParts {
  readonly store: Store & DeskStore & Pick<ConsoleStore, 'listSettlements'>;
  /** Undefined for a mailbox that is not in the settings. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: the sweep brings approved replies to their sending. */
  readonly later?: Later;
}

export interface DeskCase {
  readonly kind: 'case';
  readonly stored: StoredCase;
  readonly store: DeskParts['store'];
  readonly parts: PipelineParts;
  readonly standing: Standing;
}

export function refused(why: DeskRefusal, sentence: string): Refused {
  return { kind: 'refused', why, sentence };
}

export async function findDeskCase(
  { store, pipelineOf }: DeskParts,
  caseId: string,
): Promise<DeskCase | Refused> {
  const stored = await store.findCase(caseId);
  // An ignored mail left a line in the ledger and no case.
  if (stored === undefined || stored.caseId !== caseId || stored.action === 'ignore')
    return refused('no-case', 'There is no such case.');
  const parts = pipelineOf(stored.mailbox);
  if (parts === undefined)
    return refused('not-possible', `The mailbox “${stored.mailbox}” is not in the settings.`);
  const [last] = await store.listSettlements(caseId);
  const { followUp, reply } = stored;
  const standing: Standing = {
    action: stored.action,
    reason: stored.reason,
    isEmptied: stored.decision.evidence.some(({ code }) => code === 'contents-deleted'),
    isSettled: stored.settledAt !== undefined,
    ...(reply === undefined ? {} : { reply: reply.state }),
    isOverdue: followUp?.state === 'told' || followUp?.state === 'reminded',
    ...(last === undefined ? {} : { settledBy: last }),
  };
  return { kind: 'case', stored, store, parts, standing };
}

/** Whoever wrote, where that is one person, and the thread; as far as the mail is still kept. */
export interface DeskMail {
  readonly author?: Address;
  readonly thread: ThreadedMail;
  /** It carried `\Answered` when it was taken in. */
  readonly wasAnswered: boolean;
}

/**
 * Only the header section is read, and this for every look at a case: the whole of a large mail would hold up the
 * process, which answers mails meanwhile.
 */
export async function readDeskMail({ stored, store }: DeskCase): Promise<DeskMail> {
  const head = await store.findMailHead(stored.caseId);
  const wasAnswered = head?.answered ?? false;
  if (head?.octets === undefined) return { ...remembered(stored), wasAnswered };
  const mail = await parseMail(head.octets, { complete: false });
  const [first, ...others] = mail.from;
  // RFC 5322 §3.6.2: with several authors it is unclear whom an answer would reach.
  const isOne =
    others.length === 0 &&
    !mail.defects.includes('several-from-fields') &&
    !mail.defects.includes('malformed-from');
  return { ...(first !== undefined && isOne ? { author: first } : {}), thread: mail, wasAnswered };
}

/** Once the mail is deleted, or where none came: what the case still says. */
function remembered({ decision, reason, reply, proposal, messageId }: StoredCase) {
  const { sender } = decision;
  const isOne = reason !== 'review-no-author' && reason !== 'review-several-authors';
  const composed = reply?.content ?? proposal;
  const parent = composed?.inReplyTo ?? messageId;
  return {
    ...(sender !== undefined && isOne ? { author: { address: sender } } : {}),
    thread: {
      ...(parent === undefined ? {} : { messageId: parent }),
      references: composed?.references ?? [],
      inReplyTo: [],
    },
  };
}

/** A machine's mail is never answered, whoever wants to. RFC 3834 §2. */
export function machineRefusal({ decision }: StoredCase): Refused | undefined {
  if (!isByMachine(decision)) return undefined;
  const found = decision.evidence.find(
    ({ stage, code }) => stage === 'screen' && code.startsWith('suppressed-'),
  );
  return refused('never-answered', found?.detail ?? reasonSentence(decision.reason));
}
