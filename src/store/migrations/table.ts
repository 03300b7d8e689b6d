/**
 * All migrations, in order. They only go forward, and one that has been released is never changed.
 */
import type { Migration } from 'kysely/migration';
import type { SchemaVersions } from '../migrate.ts';
import { ledger } from './0001-ledger.ts';
import { holds } from './0002-holds.ts';
import { records } from './0003-records.ts';
import { templates } from './0004-templates.ts';
import { leases } from './0005-leases.ts';
import { upkeep } from './0006-upkeep.ts';
import { watch } from './0007-watch.ts';
import { speed } from './0008-speed.ts';
import { audit } from './0009-audit.ts';
import { desk } from './0010-desk.ts';
import { doors } from './0011-doors.ts';
import { templatesDesk } from './0012-templates-desk.ts';
import { search } from './0013-search.ts';
import { idempotency } from './0014-idempotency.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-ledger': ledger,
  '0002-holds': holds,
  '0003-records': records,
  '0004-templates': templates,
  '0005-leases': leases,
  '0006-upkeep': upkeep,
  '0007-watch': watch,
  '0008-speed': speed,
  '0009-audit': audit,
  '0010-desk': desk,
  '0011-doors': doors,
  '0012-templates-desk': templatesDesk,
  '0013-search': search,
  '0014-idempotency': idempotency,
};

/** Raised with each release, to the last migration of the release before it; see docs/scale.md. */
export const schemaVersions: SchemaVersions = { migrations, compatibleFrom: '0004-templates' };
