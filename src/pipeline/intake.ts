/**
 * Fetched mails as the ledger keeps them: each with the id of its case.
 */
import { caseIdOf, firstValue, messageIdsIn, parseHeaderSection } from '../core/parse.ts';
import type { FetchedMail, IntakeMail } from '../ports.ts';

export function intakeOf(mailbox: string, mails: readonly FetchedMail[]): readonly IntakeMail[] {
  return mails.map((mail): IntakeMail => {
    const messageId = messageIdsIn(firstValue(parseHeaderSection(mail.raw), 'message-id') ?? '')[0];
    return {
      ...mail,
      caseId: caseIdOf(mailbox, mail.raw),
      ...(messageId === undefined ? {} : { messageId }),
    };
  });
}
