/**
 * `privacy export` and `privacy erase` over a store with answered mails: all of a person, and nobody else.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, noon, openPipelineDesk, readyCustomer } from '../support/pipeline-desk.ts';

const place = makeCommandPlace();
place.write('responder.yaml', minimalSettings);
afterAll(() => place.remove());

const run = (...args: readonly string[]) =>
  runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });

const bob = { name: 'Bob Burns', address: 'bob@fabrikam.example' };
const ids: Record<string, string> = {};

/** A mail in which the address stands only in an encoded body. */
const encoded = (name: string): Buffer =>
  Buffer.from(
    forwardOf(name)
      .toString()
      .replace('Content-Type:', 'Content-Transfer-Encoding: base64\r\nContent-Type:')
      .replace(/\r\n\r\n([\s\S]*)$/, (_, body: string) => {
        const words = `Please ask ana@contoso.example.\r\n${body}`;
        return `\r\n\r\n${Buffer.from(words).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`;
      }),
  );

beforeAll(async () => {
  const { store } = await openStore({ dataDir: join(place.folder, 'data') });
  const fabrikam = readyCustomer('fabrikam');
  const two = { ...fabrikam, contacts: [...fabrikam.contacts, bob] };
  const customers = [readyCustomer('contoso'), two, readyCustomer('tailspin')];
  await store.importCustomers(customers, {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const desk = await openPipelineDesk(store);
  ids.answered = await desk.take(forwardOf('contoso'));
  ids.other = await desk.take(forwardOf('fabrikam'));
  ids.mention = await desk.take(encoded('tailspin'));
  await desk.run();
  ids.waiting = await desk.take(forwardOf('contoso', { id: 'waiting' }));
  await store.close();
});

test('exports all that is kept of a person, into a file that only its owner reads', async () => {
  const outcome = await run(
    'privacy',
    'export',
    'Ana@Contoso.example',
    '--out',
    join(place.folder, 'ana.json'),
  );
  expect(outcome).toMatchObject({ code: 0, stdout: '' });
  const file = join(place.folder, 'ana.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { cases, records } = JSON.parse(readFileSync(file, 'utf8'));
  expect(cases.map((one: { caseId: string }) => one.caseId).sort()).toEqual(
    [ids.answered, ids.mention, ids.waiting].sort(),
  );
  const answered = cases.find((one: { caseId: string }) => one.caseId === ids.answered);
  expect(Buffer.from(answered.rawBase64, 'base64').toString()).toContain('What is this?');
  expect(answered.stored.reply.content.text).toContain('Office 365');
  expect(records).toMatchObject([{ id: 'contoso' }]);
});

test('says what would be erased, and changes nothing', async () => {
  const { code, stdout } = await run('privacy', 'erase', 'ana@contoso.example', '--dry-run');
  expect(code).toBe(1);
  expect(stdout).toContain('Would be erased of ana@contoso.example: 2 case(s), 1 record(s)');
  expect(stdout).toContain(`case ${ids.answered}`);
  expect(stdout).toMatch(new RegExp(`Still in hand.*\\n  case ${ids.waiting}`));
  const { stdout: case_ } = await run('explain', ids.answered ?? '');
  expect(case_).toContain('ana@contoso.example');
});

test('erases it, and leaves what is in hand and everybody else', async () => {
  const { code, stdout } = await run('privacy', 'erase', 'ana@contoso.example', '--by', 'maria');
  expect(code).toBe(1);
  expect(stdout).toContain('Erased of ana@contoso.example: 2 case(s)');
  const again = await run('privacy', 'export', 'ana@contoso.example');
  const { cases, records } = JSON.parse(again.stdout);
  expect(cases.map((one: { caseId: string }) => one.caseId)).toEqual([ids.waiting]);
  expect(records).toEqual([]);
  const erased = await run('explain', ids.answered ?? '');
  expect(erased.stdout).toContain('contents-deleted: erased because a person asked for it');
  expect(erased.stdout).not.toMatch(/ana@|Office 365/i);
  const preview = await run('preview', '--case', ids.answered ?? '');
  expect(preview).toMatchObject({ code: 2, stdout: '' });
  expect(preview.stderr).toContain(`The contents of case ${ids.answered} were deleted.`);
  const other = await run('explain', ids.other ?? '');
  expect(other.stdout).toContain('ana@fabrikam.example');
  const record = await run('explain', '--customer', 'contoso');
  expect(record.stdout).toMatch(/privacy/);
  expect(record.stdout).not.toContain('ana@');
});

test('of a second contact the record, and no mail of anybody else', async () => {
  const exported = JSON.parse((await run('privacy', 'export', bob.address)).stdout);
  expect(exported.records).toEqual([{ id: 'fabrikam', name: 'fabrikam Ltd', contacts: [bob] }]);
  expect(exported.cases).toMatchObject([{ caseId: ids.other, naming: 'record' }]);
  expect(JSON.stringify(exported)).not.toContain('ana@');
  const { code, stdout } = await run('privacy', 'erase', bob.address);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`case ${ids.other}  .*in its record only`));
  const other = await run('explain', ids.other ?? '');
  expect(other.stdout).toContain('ana@fabrikam.example');
  const after = JSON.parse((await run('privacy', 'export', bob.address)).stdout);
  expect(after).toMatchObject({ records: [], cases: [] });
});

test.each(['', 'contoso.example', 'Ana <ana@contoso.example>', 'a@b,c@d'])(
  '“%s” is no address',
  async (address) => {
    expect(await run('privacy', 'erase', address)).toMatchObject({ code: 2 });
  },
);
