/**
 * `import` over a real embedded store: what lands, what does not, and what is said about it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importCommand } from '../../src/commands/import.ts';
import type { ImportOptions } from '../../src/commands/import-options.ts';
import { openStore } from '../../src/store/open.ts';

const header = 'customer_id,customer_name,product,csp_status,country,notes';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  writeFileSync(join(folder, 'responder.yaml'), 'partner: { name: Fabrikam, signature: Desk }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(rows: readonly string[], options: Partial<ImportOptions> = {}, isTTY = false) {
  const file = 'customers.csv';
  writeFileSync(join(folder, file), `${[header, ...rows].join('\n')}\n`);
  const out: string[] = [];
  const err: string[] = [];
  const code = await importCommand(
    { file, config: 'responder.yaml', ...options },
    {
      stdin: Readable.from([]),
      stdout: { write: (text) => out.push(text) },
      stderr: { write: (text) => err.push(text), isTTY },
      env: {},
      cwd: folder,
    },
  );
  return { code, out: out.join(''), err: err.join('') };
}

async function stored(): Promise<number> {
  const { store } = await openStore({ dataDir: join(folder, 'data') });
  try {
    return await store.countCustomers();
  } finally {
    await store.close();
  }
}

const good = ['c1,Contoso,E3,active,DE,x', 'c2,Northwind,E1,ordered,FR,', 'c1,,E5,none,,'];

describe('import', () => {
  test('a dry run says what would change and writes nothing', async () => {
    const { code, out, err } = await run(good, { dryRun: true });
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`customers.csv: 3 rows, 2 customers
2 added
  + c2
  + c1
0 changed
0 unchanged
Columns that are not read: "notes"
Nothing was written (--dry-run).
`);
    expect(await stored()).toBe(0);
  });

  test('one bad row keeps everything out and is named', async () => {
    const { code, out, err } = await run([...good, 'c3,Tailspin,E1,maybe,UK,']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('line 5, column csp_status: "maybe": is not one of none, ordered');
    expect(err).toContain('line 5, column country: "UK": ');
    expect(err).toContain('Nothing was imported.');
    expect(await stored()).toBe(0);
  });

  test('--skip-bad leaves a customer with a bad row out whole', async () => {
    const { code, out, err } = await run(
      ['c2,Northwind,E1,ordered,FR,', 'c1,Contoso,E3,active,DE,', 'c1,,E5,nine,,', ',Nobody,E1,,,'],
      { skipBad: true },
    );
    expect(code).toBe(0);
    expect(err).toContain('line 4, column csp_status: "nine"');
    expect(out).toContain('1 added\n  + c2\n');
    expect(out).toContain(
      '1 customers skipped with all their rows, since one of them is bad: "c1"',
    );
    expect(out).toContain('1 rows skipped that name no customer');
    expect(await stored()).toBe(1);
  });

  test('changes are told field by field, and a second time there are none', async () => {
    const first = await run(['c2,Northwind,E1,active,,']);
    expect(first.out).toContain(`1 changed
  ~ c2
`);
    expect(first.out).toContain('subscriptions[0].cspStatus: "ordered" -> "active"');
    expect(first.out).toContain('country: "FR" -> (unknown)');
    expect((await run(['c2,Northwind,E1,active,,'])).out).toContain('0 changed\n1 unchanged');
  });

  test('many are shortened', async () => {
    const rows = Array.from({ length: 25 }, (_, at) => `n${at},Name,E1,,,`);
    const { out } = await run(rows, { dryRun: true });
    expect(out).toContain('25 added\n');
    expect(out).toContain('  + n19\n  and 5 more\n');
    expect(out).not.toContain('+ n20');
  });

  test('nothing valid is a failure, even with --skip-bad', async () => {
    const bad = await run(['c9,Contoso,E3,nine,,'], { skipBad: true });
    expect([bad.code, bad.out]).toEqual([1, '']);
    expect((await run([])).err).toContain('the file has no rows below its header');
  });

  test('a value with control characters is shown on one line', async () => {
    const { err } = await run(['c9,"a\nline 1, column x: forged",E1,,,']);
    expect(err.split('\n')[0]).toBe(
      'line 2, column customer_name: "a\\nline 1, column x: forged": holds a line break or another control character',
    );
  });

  test('progress is shown in a terminal only', async () => {
    const rows = Array.from({ length: 5_000 }, (_, at) => `n${at},Name,E1,nine,,`);
    expect((await run(rows, {}, true)).err).toMatch(/^\r5000 rows read\nline 2/);
    expect((await run(rows)).err).not.toContain('\r');
  });

  test('a customer that is missing from the file is kept, and ended with --replace', async () => {
    await run(good);
    const kept = await run(['c2,Northwind,E1,ordered,FR,']);
    expect(kept.out).toContain('1 missing from the file, kept as they are\n');
    const dry = await run(['c2,Northwind,E1,ordered,FR,'], { replace: true, dryRun: true });
    const real = await run(['c2,Northwind,E1,ordered,FR,'], { replace: true });
    for (const { out } of [dry, real]) {
      expect(out).toContain('1 ended, missing from the file\n  ~ c1\n');
      expect(out).toContain('subscriptions[0].transitionStatus: (unknown) -> "stopped"');
    }
    const again = await run(['c2,Northwind,E1,ordered,FR,'], { replace: true });
    expect(again.out).toContain('0 ended, missing from the file\n');
    expect(again.out).toContain('1 missing from the file, whose move had ended before\n');
    expect(await stored()).toBe(2);
  });

  test('--replace ends nobody because of a bad row, or of an empty file', async () => {
    await run(good);
    const bad = await run(['c2,Northwind,E1,nine,FR,'], { replace: true, skipBad: true });
    expect([bad.code, bad.out]).toEqual([1, '']);
    expect(bad.err).toContain('With --replace each row must be right');
    const empty = await run([], { replace: true });
    expect([empty.code, empty.out]).toEqual([1, '']);
    const after = await run(good);
    expect(after.out).toContain('0 changed\n');
  });

  test('the first changes are named, and with --all every one', async () => {
    const rows = Array.from({ length: 25 }, (_, at) => `many${at},Name,E1,none,,`);
    expect((await run(rows, { dryRun: true })).out).toContain('  and 5 more\n');
    const all = (await run(rows, { dryRun: true, all: true })).out;
    expect(all).toContain('  + many24\n');
    expect(all).not.toContain('more');
  });

  test('JSON lines are told by their ending, or by --format', async () => {
    const line = '{"customer_id":"j1","customer_name":"J","product":"E3"}\n';
    writeFileSync(join(folder, 'j.jsonl'), line);
    expect((await run(good, { file: 'j.jsonl' })).out).toContain('  + j1\n');
    writeFileSync(join(folder, 'j.txt'), line);
    const asked = await run(good, { file: 'j.txt', format: 'jsonl' });
    expect(asked.out).toContain('1 unchanged\n');
    await expect(run(good, { format: 'xml' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('who imported what stands in the history', async () => {
    await run(['h1,Northwind,E1,ordered,FR,'], { by: 'maria' });
    const { store } = await openStore({ dataDir: join(folder, 'data') });
    const [entry] = await store.listHistory('h1', 1);
    await store.close();
    expect(entry).toMatchObject({
      kind: 'added',
      origin: { source: 'import', from: 'customers.csv', by: 'maria' },
    });
  });

  test('a file that is not there is an error with a mend', async () => {
    await expect(run(good, { file: 'nowhere.csv' })).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
      exitStatus: 2,
    });
  });
});
