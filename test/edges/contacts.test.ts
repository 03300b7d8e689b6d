import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadContacts } from '../../src/edges/contacts.ts';

const dir = await mkdtemp(join(tmpdir(), 'contacts-'));
afterAll(() => rm(dir, { recursive: true, force: true }));
const shipped = await readFile('config/contacts.yaml', 'utf8');

async function load(text: string) {
  const file = join(dir, 'contacts.yaml');
  await writeFile(file, text);
  return loadContacts(file);
}

describe('contacts.yaml', () => {
  it('ships with numbers of some forty countries', async () => {
    const contacts = await loadContacts('config/contacts.yaml');
    expect(contacts.phones.DE).toBe('0800 589 2332');
    expect(contacts.phones.NO).toBe('800 31068');
    expect(Object.keys(contacts.phones).length).toBeGreaterThanOrEqual(40);
    expect(contacts.portalUrl).toBe('https://admin.microsoft.com');
  });

  it.each([
    ['a link without https', /portalUrl: .*/, 'portalUrl: http://admin.microsoft.com', /portalUrl/],
    [
      'a link that pretends a host',
      /portalUrl: .*/,
      'portalUrl: https://admin.microsoft.com@evil.example',
      /portalUrl/,
    ],
    ['a country that is no code', /DE: .*/, 'Germany: 0800 589 2332', /Germany/],
    ['a number with letters', /DE: .*/, 'DE: call us', /phones\.DE/],
    ['a country that YAML takes for no', /"NO": .*/, 'NO: [1]', /phones\.NO/],
    ['a day that is none', /asOf: .*/, 'asOf: yesterday', /asOf/],
    ['an unknown key', /asOf: /, 'portalURL: https://a.example\nasOf: ', /portalURL/],
    ['a country twice', /DE: .*/, 'DE: 0800 1\n  DE: 0800 2', /unique|Map keys/],
  ])('refuses %s, and names it', async (_, from, to, says) => {
    const text = shipped.replace(from, to);
    expect(text).not.toBe(shipped);
    await expect(load(text)).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      details: expect.arrayContaining([expect.stringMatching(says)]),
    });
  });

  it('says which file it cannot read', async () => {
    await expect(loadContacts(join(dir, 'nowhere.yaml'))).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
    });
  });
});
