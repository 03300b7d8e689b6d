/** Every fixture of a forward, with LF and with CRLF: what comes out is what its client put in. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Original } from '../../src/core/mail.ts';
import { parseMail } from '../../src/core/parse.ts';
import { screen } from '../../src/core/screen.ts';
import { unwrap } from '../../src/core/unwrap.ts';

const folder = new URL('../fixtures/forwards/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -'.eml'.length));

interface Expected {
  readonly isForward?: boolean;
  readonly from: { readonly name: string | null; readonly address: string | null } | null;
  readonly to: readonly { readonly name: string | null; readonly address: string | null }[] | null;
  readonly subject: string | null;
  readonly date: string | null;
  readonly comment: string | null;
  readonly how: string | null;
  readonly depth: number | null;
  readonly bodyIncludes?: readonly string[];
  readonly bodyExcludes?: readonly string[];
}

test('there are fixtures of forwards', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
});

for (const name of names) {
  const expected = JSON.parse(
    readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'),
  ) as Expected;
  for (const ending of ['LF', 'CRLF'] as const) {
    test(`reads ${name} with ${ending}`, async () => {
      const raw = withEndings(readFileSync(new URL(`${name}.eml`, folder)), ending);
      const mail = await parseMail(raw);
      const { redirected } = screen(mail, {
        policy: { ownAddresses: [] },
        senderDomains: ['microsoft.com'],
      });
      const unwrapped = unwrap(mail, redirected);
      const inside = unwrapped.originals.filter(
        ({ how }) => how === 'inline' || how === 'attachment',
      );
      if (expected.isForward === false) {
        expect(unwrapped.isForward).toBe(false);
        return;
      }
      const original =
        inside.toSorted((a, b) => b.depth - a.depth)[0] ?? unwrapped.originals.at(-1);
      const actual = describeOriginal(original);
      const wanted = {
        how: expected.how,
        depth: expected.depth,
        from: expected.from,
        to: expected.to ?? [],
        subject: expected.subject,
        date: expected.date === null ? null : new Date(expected.date).toISOString(),
        comment: squeeze(expected.comment),
      };
      if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
        writeFileSync(
          new URL(`${name}.actual.json`, folder),
          JSON.stringify({ actual, wanted }, null, 2),
        );
      }
      expect(actual).toEqual(wanted);
      const visible =
        squeeze([original?.text, ...(original?.links ?? []).map(({ href }) => href)].join('\n')) ??
        '';
      for (const words of expected.bodyIncludes ?? []) expect(visible).toContain(squeeze(words));
      for (const words of expected.bodyExcludes ?? [])
        expect(squeeze(original?.text)).not.toContain(squeeze(words));
    });
  }
}

function describeOriginal(original: Original | undefined) {
  const address = (value: Original['from']) =>
    value === undefined ? null : { name: value.name ?? null, address: value.address ?? null };
  return {
    how: original?.how ?? null,
    depth: original?.depth ?? null,
    from: address(original?.from),
    to: (original?.to ?? []).map(address),
    subject: original?.subject ?? null,
    date: original?.date?.toISOString() ?? null,
    comment: squeeze(original?.comment),
  };
}

function squeeze(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : text.replace(/\s+/g, ' ').trim();
}

function withEndings(raw: Buffer, ending: 'LF' | 'CRLF'): Buffer {
  const lf = raw.toString('latin1').replaceAll('\r\n', '\n');
  return Buffer.from(ending === 'LF' ? lf : lf.replaceAll('\n', '\r\n'), 'latin1');
}
