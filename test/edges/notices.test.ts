/** The catalog of notice families, checked as a whole. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadNotices } from '../../src/edges/notices.ts';
import { programRoot } from '../../src/edges/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'notices-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the catalog of the program loads and answers lose-access', () => {
  const { families } = loadNotices(join(programRoot, 'config', 'notices.yaml'));
  expect(families.find((family) => family.id === 'lose-access')?.action).toBe('reply');
});

test('every fault is named with its path', () => {
  const file = join(folder, 'notices.yaml');
  writeFileSync(
    file,
    `families:
  - { id: Lose Access, action: answer, titles: [{ text: a, language: xx, verified: maybe }] }
  - { id: twice, action: ignore, concepts: [[]] }
  - { id: empty, action: ignore }
senderDomains: [microsoft]
linkHosts: [microsoft.com]
labels: { organization: [Organization], domains: [Domain] }
`,
  );
  const expected = [
    /^families\[0\]\.id: found the text "Lose Access", expected a kebab-case name/,
    /^families\[0\]\.action: .*expected one of reply, review, ignore/,
    /^families\[0\]\.titles\[0\]\.language: /,
    /^families\[0\]\.titles\[0\]\.verified: .*true or false/,
    /^families\[1\]\.concepts\[0\]: /,
    /^families\[2\]: found neither titles nor concepts/,
    /^senderDomains\[0\]: found the text "microsoft", expected a domain/,
    /^labels\.domains: unknown setting.*did you mean domain\?/,
    /^labels\.tenantId: missing/,
  ];
  expect(() => loadNotices(file)).toThrow(
    expect.objectContaining({
      code: 'SETTINGS_INVALID',
      details: expect.arrayContaining(expected.map((line) => expect.stringMatching(line))),
    }),
  );
});
