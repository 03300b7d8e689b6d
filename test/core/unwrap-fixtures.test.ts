/**
 * Every fixture of a forward, with LF and with CRLF: what comes out is what its client put in.
 *
 * The golden beside each mail was written with the mail, never taken from the parser's output. A mismatch
 * leaves `<name>.actual.json` beside it (not committed).
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { Address } from '../../src/core/address.ts';
import type { Defect, ForwardKind, Original } from '../../src/core/mail.ts';
import { parseMail } from '../../src/core/parse.ts';
import { screen } from '../../src/core/screen.ts';
import { unwrap } from '../../src/core/unwrap.ts';

const folder = new URL('../fixtures/forwards/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -'.eml'.length));

type GoldenAddress = { readonly name: string | null; readonly address: string | null };

/** README.md of the folder says what each field means. One that is absent is not compared. */
interface GoldenOriginal {
  readonly how: ForwardKind | null;
  readonly depth?: number | null;
  readonly from: GoldenAddress | null;
  readonly to: readonly GoldenAddress[] | null;
  readonly cc?: readonly GoldenAddress[];
  readonly subject: string | null;
  readonly date?: string | null;
  /** The date in words nobody has to know: absent is right, any other date is wrong. */
  readonly dateIfRead?: string;
  readonly comment?: string | null;
  readonly client?: string | null;
  /** Of a forward inside a forward: absent is right, any other client is wrong. */
  readonly clientIfRead?: string;
  readonly language?: string | null;
  readonly bodyIncludes?: readonly string[];
  readonly bodyExcludes?: readonly string[];
}

interface Golden extends GoldenOriginal {
  readonly isForward?: boolean;
  /** Nothing inside can be read, and the desk has to see it. */
  readonly review?: Defect;
  readonly also?: readonly GoldenOriginal[];
  readonly outerComment?: string | null;
}

let ran = 0;

for (const name of names) {
  const golden = JSON.parse(
    readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'),
  ) as Golden;
  const actualFile = new URL(`${name}.actual.json`, folder);
  rmSync(actualFile, { force: true });
  for (const ending of ['LF', 'CRLF'] as const) {
    test(`reads ${name} with ${ending}`, async () => {
      ran += 1;
      const raw = withEndings(readFileSync(new URL(`${name}.eml`, folder)), ending);
      const { wanted, actual } = await compare(golden, raw);
      if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
        writeFileSync(actualFile, `${JSON.stringify({ ending, actual, wanted }, null, 2)}\n`);
      }
      expect(actual).toEqual(wanted);
    });
  }
}

test('there are more than 300 fixtures of forwards', () => {
  expect(names.length).toBeGreaterThan(300);
});

afterAll(() => {
  expect(ran).toBeGreaterThan(0);
});

/** Two values of one shape: what the golden says and what the core makes of the octets. */
async function compare(golden: Golden, raw: Buffer): Promise<{ wanted: unknown; actual: unknown }> {
  const mail = await parseMail(raw);
  const policy = { policy: { ownAddresses: [] }, senderDomains: ['microsoft.com'] };
  const unwrapped = unwrap(mail, screen(mail, policy).redirected);
  const inside: readonly Original[] = unwrapped.originals.filter(
    ({ how }) => how === 'inline' || how === 'attachment',
  );
  if (golden.review !== undefined) {
    return {
      wanted: { inside: 0, defects: [golden.review] },
      actual: { inside: inside.length, defects: mail.defects },
    };
  }
  if (golden.isForward === false) {
    return { wanted: { isForward: false }, actual: { isForward: unwrapped.isForward } };
  }
  const innermost = inside.toSorted((a, b) => b.depth - a.depth)[0] ?? unwrapped.originals.at(-1);
  const further = inside.filter((found) => found !== innermost);
  const also = (golden.also ?? []).map((wanted) => {
    const twin = further.find((found) =>
      (wanted.bodyIncludes ?? []).every((words) => visibleIn(found, words)),
    );
    return { wanted: describeGolden(wanted), actual: describe(twin, wanted) };
  });
  const outer = golden.outerComment === undefined ? {} : { outerComment: golden.outerComment };
  return {
    wanted: {
      ...describeGolden(golden),
      also: also.map(({ wanted }) => wanted),
      ...(outer.outerComment === undefined ? {} : { outerComment: squeeze(outer.outerComment) }),
    },
    actual: {
      ...describe(innermost, golden),
      also: also.map(({ actual }) => actual),
      ...(outer.outerComment === undefined
        ? {}
        : { outerComment: squeeze(inside.find(({ depth }) => depth === 1)?.comment) }),
    },
  };
}

function describeGolden(golden: GoldenOriginal) {
  return {
    how: golden.how,
    ...(golden.depth === undefined ? {} : { depth: golden.depth }),
    from: golden.from,
    to: golden.to ?? [],
    ...(golden.cc === undefined ? {} : { cc: golden.cc }),
    subject: golden.subject,
    date: isoOf(golden.date ?? golden.dateIfRead),
    ...(golden.comment === undefined ? {} : { comment: squeeze(golden.comment) }),
    client: golden.client ?? golden.clientIfRead ?? null,
    ...(golden.language === undefined ? {} : { language: golden.language }),
    missing: [],
    tooMuch: [],
  };
}

/** The same of what was found; `missing` and `tooMuch` are the golden's words about its body that fail. */
function describe(original: Original | undefined, golden: GoldenOriginal) {
  const address = (value: Partial<Address> | undefined) =>
    value === undefined ? null : { name: value.name ?? null, address: value.address ?? null };
  return {
    how: original?.how ?? null,
    ...(golden.depth === undefined ? {} : { depth: original?.depth ?? null }),
    from: address(original?.from),
    to: (original?.to ?? []).map(address),
    ...(golden.cc === undefined ? {} : { cc: (original?.cc ?? []).map(address) }),
    subject: original?.subject ?? null,
    date: original?.date?.toISOString() ?? isoOf(golden.dateIfRead),
    ...(golden.comment === undefined ? {} : { comment: squeeze(original?.comment) }),
    client: clientOf(original, golden),
    ...(golden.language === undefined ? {} : { language: original?.language ?? null }),
    missing: (golden.bodyIncludes ?? []).filter((words) => !visibleIn(original, words)),
    tooMuch: (golden.bodyExcludes ?? []).filter((words) =>
      (squeeze(original?.text) ?? '').includes(squeeze(words) ?? ''),
    ),
  };
}

/** The client as read; the golden's own where it asks for none, or none was read and need not be. */
function clientOf(original: Original | undefined, golden: GoldenOriginal): string | null {
  if (golden.client === undefined && golden.clientIfRead === undefined) return null;
  return original?.client ?? golden.clientIfRead ?? null;
}

/** Whether the original's text, or the target of one of its links, has these words. */
function visibleIn(original: Pick<Original, 'text' | 'links'> | undefined, words: string): boolean {
  const targets = (original?.links ?? []).map(({ href }) => href);
  return (squeeze([original?.text ?? '', ...targets].join('\n')) ?? '').includes(
    squeeze(words) ?? '',
  );
}

function isoOf(date: string | null | undefined): string | null {
  return date === null || date === undefined ? null : new Date(date).toISOString();
}

function squeeze(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : text.replace(/\s+/g, ' ').trim();
}

function withEndings(raw: Buffer, ending: 'LF' | 'CRLF'): Buffer {
  const lf = raw.toString('latin1').replaceAll('\r\n', '\n');
  return Buffer.from(ending === 'LF' ? lf : lf.replaceAll('\n', '\r\n'), 'latin1');
}
