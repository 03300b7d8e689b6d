/**
 * Fetched mails as the ledger keeps them: each with the id of its case.
 */
import { caseIdOf, firstValue, messageIdsIn, parseHeaderSection } from '../core/parse.ts';
import type { FetchedMail, IntakeMail, MailLocation } from '../ports.ts';

export function intakeOf(mailbox: string, mails: readonly FetchedMail[]): readonly IntakeMail[] {
  return mails.map((mail): IntakeMail => {
    const messageId = messageIdsIn(firstValue(parseHeaderSection(mail.raw), 'message-id') ?? '')[0];
    // Two of which nothing could be fetched look alike, and are not one mail: the second would be lost.
    const known = mail.raw.byteLength > 0 ? mail.raw : placeOf(mail.location);
    return {
      ...mail,
      caseId: caseIdOf(mailbox, known),
      ...(messageId === undefined ? {} : { messageId }),
    };
  });
}

/** In octets that no mail consists of. */
function placeOf({ path, uidValidity, uid }: MailLocation): Uint8Array {
  return new TextEncoder().encode(`\0${JSON.stringify([path, uidValidity, uid])}`);
}
