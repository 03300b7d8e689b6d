/**
 * The ledger as the watch of a mailbox asks it: which mails it knows, and what a comparison found.
 *
 * A mail is known by its case id, which its header fields give: only what may be missing is fetched whole.
 */
import { caseIdOf, isKnownByFields } from '../core/parse.ts';
import type { LedgerHandler, MailHead } from '../ports/watch.ts';
import type { Store } from '../ports.ts';
import type { PipelineParts } from './parts.ts';

export type LedgerParts = Pick<PipelineParts, 'store' | 'log'>;

/** What the watch of this mailbox asks. */
export function ledgerOf({ store, log }: LedgerParts, mailbox: string): LedgerHandler {
  return {
    begin: (cursor) => store.beginWatch(mailbox, cursor),
    findWatch: () => store.findWatch(mailbox),
    withoutPlace: (places) => store.withoutPlace(mailbox, places),
    unknownMails: (heads) => unknownMails({ store }, mailbox, heads),
    async reconciled(result) {
      const { at, compared, missing } = result;
      if (missing > 0)
        log.warn(
          { mailbox, compared, missing },
          'desk: mails of the mailbox were missing in the ledger; they are taken in now',
        );
      else log.info({ mailbox, compared }, 'the mailbox and the ledger agree');
      await store.noteReconciliation(mailbox, { at, compared, missing });
    },
  };
}

/** UIDs of those that the ledger does not know; the others gain their places. */
export async function unknownMails(
  { store }: { readonly store: Pick<Store, 'keepPlaces'> },
  mailbox: string,
  heads: readonly MailHead[],
): Promise<ReadonlySet<number>> {
  const tellable = heads.filter(({ head }) => isKnownByFields(head));
  const mails = tellable.map(({ head, location }) => ({
    caseId: caseIdOf(mailbox, head),
    location,
  }));
  const known = await store.keepPlaces(mails);
  const knownUids = new Set(
    mails.filter(({ caseId }) => known.has(caseId)).map(({ location }) => location.uid),
  );
  return new Set(heads.map(({ location }) => location.uid).filter((uid) => !knownUids.has(uid)));
}
