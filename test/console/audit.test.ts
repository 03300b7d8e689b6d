/**
 * The audit log as a page and a file: for admins, nothing left out, nothing that a spreadsheet would run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../../src/console/server.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

let desk: TestConsole;
const entries = 120;

beforeAll(async () => {
  desk = await openTestConsole();
  for (let index = 0; index < entries; index += 1)
    await desk.store.writeAudit({
      at: new Date(Date.UTC(2026, 10, 23, 12, 0, index)),
      by: index % 2 === 0 ? 'ana' : 'ben',
      via: 'console',
      action: 'role-changed',
      subject: index < 10 ? 'user' : 'case',
      subjectId: `subject-${index}`,
      before: { role: 'viewer' },
      after: { role: '=HYPERLINK("https://evil.example")', name: '<script>alert(1)</script>' },
    });
});
afterAll(() => desk.close());

test('each line says who, what and what it was before, and no text becomes markup', async () => {
  const { body, statusCode } = await desk.app.inject('/settings/audit?subjectId=subject-3');
  expect(statusCode).toBe(200);
  expect(body).toContain('<strong>ben</strong> role changed: user subject-3');
  expect(body).toContain('<del>viewer</del>');
  expect(body).not.toContain('<script>alert');
});

test('pages end where the log ends, and no line stands on two', async () => {
  const seen: string[] = [];
  let url: string | undefined = '/settings/audit';
  while (url !== undefined) {
    const { body }: { readonly body: string } = await desk.app.inject(url);
    seen.push(...[...body.matchAll(/subject-\d+<\/a>|user subject-\d+/g)].map(([found]) => found));
    url = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
  }
  expect(seen).toHaveLength(entries);
  expect(new Set(seen).size).toBe(entries);
});

test('filters by person and by subject', async () => {
  const { body } = await desk.app.inject('/settings/audit?by=ana&subject=user');
  expect([...body.matchAll(/<li class="card">/g)]).toHaveLength(5);
  expect(body).not.toContain('<strong>ben</strong>');
});

test('an address that somebody made up finds nothing, and breaks nothing', async () => {
  for (const path of ['/settings/audit', '/settings/audit.csv', '/api/v1/audit'])
    for (const query of ['by=%00', 'subjectId=%00'])
      expect((await desk.app.inject(`${path}?${query}`)).statusCode).toBe(200);
  for (const word of ['constructor', '__proto__'])
    for (const path of ['/settings/health', '/templates/layout'])
      expect((await desk.app.inject(`${path}?done=${word}`)).statusCode).toBe(200);
});

test('as a file it is whole, and a spreadsheet runs none of it', async () => {
  const { body, headers } = await desk.app.inject('/settings/audit.csv');
  expect(headers['content-disposition']).toContain('attachment');
  const lines = body.trimEnd().split('\r\n');
  expect(lines).toHaveLength(entries + 1);
  expect(body).not.toMatch(/(^|,)"?[=+@]/m);
});

test('what is typed into the address is no error', async () => {
  for (const query of [
    'beforeId=x',
    'subject=nothing',
    'by=',
    'by=a&by=b',
    'beforeId=999999999999999',
  ])
    expect((await desk.app.inject(`/settings/audit?${query}`)).statusCode, query).toBe(200);
});

test('is for admins only', async () => {
  const app = await buildConsole({ parts: desk.parts, doors: openDoor('desk') });
  for (const url of ['/settings/audit', '/settings/audit.csv'])
    expect((await app.inject(url)).statusCode).toBe(403);
  await app.close();
});
