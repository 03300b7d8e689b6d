/**
 * What is held back until a person releases it: a mailbox that sent too much, an address that gave mail back.
 *
 * At most one open hold for each; released ones stay, with who released them and when.
 */
import { normalizeAddress } from '../core/address.ts';
import type { Act } from '../ports/audit.ts';
import type { Hold, HoldKind } from '../ports.ts';
import { writeAudit } from './audit.ts';
import { cleanText } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

interface HoldRow {
  readonly kind: HoldKind;
  readonly name: string;
  readonly at: Date;
  readonly detail: string;
  readonly case_id: string | null;
}

function holdOf({ kind, name, at, detail, case_id: caseId }: HoldRow): Hold {
  return { kind, name, at, detail, ...(caseId === null ? {} : { caseId }) };
}

const columns = ['kind', 'name', 'at', 'detail', 'case_id'] as const;

export async function listHolds(db: Database): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('holds')
    .select(columns)
    .where('released_at', 'is', null)
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(holdOf);
}

export async function holdsOn(
  db: Database,
  reply: { readonly mailbox: string; readonly address: string },
): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('holds')
    .select(columns)
    .where('released_at', 'is', null)
    .where((where) =>
      where.or([
        where('kind', '=', 'mailbox').and('name', '=', reply.mailbox),
        where('kind', '=', 'address').and('name', '=', heldAddress(reply.address)),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map(holdOf);
}

/** Places a hold; one that is there already stays as it is. */
export async function placeHold(trx: DatabaseTransaction, hold: Hold): Promise<void> {
  await trx
    .insertInto('holds')
    .values({
      kind: hold.kind,
      name: hold.kind === 'address' ? heldAddress(hold.name) : hold.name,
      at: hold.at,
      detail: cleanText(hold.detail),
      case_id: hold.caseId ?? null,
      released_at: null,
      released_by: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['kind', 'name']).where('released_at', 'is', null).doNothing(),
    )
    .execute();
}

/** Ends a hold; with whoever did it, it stands in the audit log as well. */
export async function releaseHold(
  db: Database,
  hold: Pick<Hold, 'kind' | 'name'>,
  { at, by, act }: { readonly at: Date; readonly by: string; readonly act?: Act },
): Promise<boolean> {
  const name = hold.kind === 'address' ? heldAddress(hold.name) : hold.name;
  return db.transaction().execute(async (trx) => {
    const released = await trx
      .updateTable('holds')
      .set({ released_at: at, released_by: cleanText(by) })
      .where('kind', '=', hold.kind)
      .where('name', '=', name)
      .where('released_at', 'is', null)
      .returning(['at', 'detail'])
      .executeTakeFirst();
    if (released === undefined) return false;
    if (act !== undefined)
      await writeAudit(trx, {
        ...act,
        action: 'released',
        subject: 'hold',
        subjectId: name,
        before: { held: `since ${released.at.toISOString()}: ${released.detail}` },
        after: { held: 'no' },
      });
    return true;
  });
}

export function heldAddress(address: string): string {
  return cleanText(normalizeAddress(address));
}
