/**
 * The audit log, newest first: a page at a time, and as a file.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { csvLine } from '../../core/csv-line.ts';
import { type AuditEntry, auditSubjects } from '../../ports/audit.ts';
import { sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { personOf } from '../person.ts';
import { type AuditFilter, auditView } from '../views/audit.ts';
import { houseNavigation } from '../views/house-frame.ts';

const place = '/settings/audit';
const perPage = 50;
/** Of a file: more than a spreadsheet is read for, and still no burden for the store. */
const csvLinesMax = 100_000;
const csvPage = 500;

export function auditRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get(place, { config: { role: 'admin' } }, async (request, reply) => {
    const { filter, beforeId } = readQuery(request.query);
    const found = await parts.store.listAudit({
      ...filter,
      ...(beforeId === undefined ? {} : { beforeId }),
      limit: perPage + 1,
    });
    const entries = found.slice(0, perPage);
    const last = entries.at(-1);
    return sendPage(request, reply, {
      title: 'Audit log',
      section: '/settings',
      assets: ['settings.css'],
      body: [
        houseNavigation(place, personOf(request)),
        auditView({
          entries,
          filter,
          when: parts,
          ...(found.length > perPage && last !== undefined ? { beforeId: last.id } : {}),
        }),
      ],
    });
  });
  app.get(`${place}.csv`, { config: { role: 'admin' } }, (request, reply) => {
    const { filter } = readQuery(request.query);
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit.csv"')
      .header('cache-control', 'no-store')
      .send(Readable.from(csvOf(filter, parts.store)));
  });
}

function readQuery(query: unknown): { readonly filter: AuditFilter; readonly beforeId?: number } {
  const asked = { ...(query as Readonly<Record<string, unknown>>) };
  const text = (name: string): string | undefined => {
    const value = asked[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const [by, subjectId, before] = [text('by'), text('subjectId'), text('beforeId')];
  const subject = auditSubjects.find((name) => name === text('subject'));
  const filter = {
    ...(by === undefined ? {} : { by }),
    ...(subject === undefined ? {} : { subject }),
    ...(subjectId === undefined ? {} : { subjectId }),
  };
  return before !== undefined && /^\d{1,15}$/.test(before)
    ? { filter, beforeId: Number(before) }
    : { filter };
}

async function* csvOf(filter: AuditFilter, store: ConsoleParts['store']): AsyncGenerator<string> {
  yield csvLine([
    'id',
    'at',
    'by',
    'via',
    'from',
    'action',
    'subject',
    'subject_id',
    'before',
    'after',
  ]);
  let beforeId: number | undefined;
  for (let lines = 0; lines < csvLinesMax; lines += csvPage) {
    const page = await store.listAudit({
      ...filter,
      ...(beforeId === undefined ? {} : { beforeId }),
      limit: csvPage,
    });
    yield page.map(csvOfEntry).join('');
    beforeId = page.at(-1)?.id;
    if (page.length < csvPage) return;
  }
}

function csvOfEntry(entry: AuditEntry): string {
  const { id, at, by, via, from, action, subject, subjectId, before, after } = entry;
  return csvLine([
    id,
    at.toISOString(),
    by,
    via,
    from,
    action,
    subject,
    subjectId,
    valuesText(before),
    valuesText(after),
  ]);
}

function valuesText(values: AuditEntry['before']): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
}
