/**
 * Forwards by others, body by body, where they lie beside the project (../shared/corpora): what `unwrap`
 * reads against what each says, with LF and with CRLF, and email-forward-parser beside it as the measure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import parserOfOthers from 'email-forward-parser';
import { expect, test } from 'vitest';
import type { Address } from '../src/core/address.ts';
import { parseMail } from '../src/core/parse.ts';
import { unwrap } from '../src/core/unwrap.ts';

const folder = new URL('../../shared/corpora/', import.meta.url);
const file = new URL('expected.jsonl', folder);
const isPresent = existsSync(file);
if (!isPresent)
  console.warn('SKIPPED: the forwards of others, because ../shared/corpora is not here.');

type TypedAddress = { readonly name: string | null; readonly address: string | null };

interface Expected {
  readonly forwarded: boolean;
  readonly from?: TypedAddress;
  readonly to?: readonly TypedAddress[];
  readonly to_addresses?: readonly string[];
  readonly cc?: readonly TypedAddress[];
  readonly subject?: string;
  readonly date_nonempty?: boolean;
  readonly body?: string;
  readonly message?: string | null;
}
type Field = keyof Expected;

interface Case {
  readonly path: string;
  readonly variant: string;
  readonly subject: string | null;
  readonly expect: Expected;
}

interface Row {
  readonly kind: string;
  readonly path: string;
  readonly cases: readonly {
    readonly envelope_subject: string | null;
    readonly variant: string;
    readonly expect: Expected;
  }[];
}

function readCases(): Case[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))
    .filter(({ kind }) => kind === 'forward-parse')
    .flatMap(({ path, cases }) =>
      cases.map(({ envelope_subject: subject, variant, expect: wanted }) => ({
        path,
        variant,
        subject,
        expect: secondRecipient.has(variant) ? withoutTo(wanted) : wanted,
      })),
    );
}

// docs/forwards.md, "Measured": the three files name two recipients, what is expected of them only one.
const secondRecipient: ReadonlySet<string> = new Set(['Variant8', 'Variant9', 'Variant10']);

function withoutTo({ to: _, ...rest }: Expected): Expected {
  return { ...rest, to_addresses: ['bessie.berry@acme.com', 'suzanne@globex.corp'] };
}

async function readByUs(body: string, subject: string | null): Promise<Expected> {
  const encoded = `=?utf-8?B?${Buffer.from(subject ?? '').toString('base64')}?=`;
  const mail = await parseMail(
    Buffer.from(
      `From: a@example.com\r\n${subject === null ? '' : `Subject: ${encoded}\r\n`}Date: Mon, 6 Nov 2023 10:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${body}`,
    ),
  );
  const { originals, isForward } = unwrap(mail, false);
  const original = originals.find(({ how }) => how === 'inline');
  if (!isForward || original === undefined) return { forwarded: false };
  return {
    forwarded: true,
    from: typed(original.from),
    to: original.to.map(typed),
    to_addresses: original.to.map(({ address }) => address ?? ''),
    cc: (original.cc ?? []).map(typed),
    ...(original.subject === undefined ? {} : { subject: original.subject }),
    date_nonempty: original.date !== undefined,
    body: original.text,
    message: original.comment ?? null,
  };
}

function readByOthers(body: string, subject: string | null): Expected {
  const read = new parserOfOthers().read(body, subject ?? undefined);
  if (!read.forwarded) return { forwarded: false };
  const { email } = read;
  const list = (value: typeof email.to): TypedAddress[] =>
    (Array.isArray(value) ? value : [value]).map(typed);
  return {
    forwarded: true,
    from: typed(email.from),
    to: list(email.to),
    to_addresses: list(email.to).map(({ address }) => address ?? ''),
    cc: list(email.cc),
    ...(email.subject === null ? {} : { subject: email.subject }),
    date_nonempty: email.date !== null && email.date !== '',
    body: email.body ?? '',
    message: read.message ?? null,
  };
}

function typed(
  value:
    | Partial<Address>
    | { readonly name?: string | null; readonly address?: string | null }
    | null
    | undefined,
): TypedAddress {
  return { name: value?.name ?? null, address: value?.address ?? null };
}

interface Score {
  right: number;
  all: number;
}

function compare(
  scores: Map<Field, Score>,
  { path, variant, expect: wanted }: Case,
  read: Expected,
): string[] {
  const wrong: string[] = [];
  for (const [field, value] of Object.entries(wanted) as [Field, unknown][]) {
    const score = scores.get(field) ?? { right: 0, all: 0 };
    scores.set(field, score);
    score.all += 1;
    if (isDeepStrictEqual(read[field], value)) score.right += 1;
    else
      wrong.push(
        `${path} ${variant}: ${field} is ${JSON.stringify(read[field])}, not ${JSON.stringify(value)}`,
      );
  }
  return wrong;
}

function shares(scores: ReadonlyMap<Field, Score>): string {
  return [...scores].map(([field, { right, all }]) => `${field} ${right}/${all}`).join(', ');
}

test.skipIf(!isPresent).each(['LF', 'CRLF'])(
  'reads the forwards of others with %s: 99 of 100 right in every field',
  async (ending) => {
    const cases = readCases();
    const ours = new Map<Field, Score>();
    const theirs = new Map<Field, Score>();
    const wrong: string[] = [];
    for (const one of cases) {
      const text = readFileSync(new URL(one.path, folder), 'utf8').replaceAll('\r\n', '\n');
      const body = ending === 'LF' ? text : text.replaceAll('\n', '\r\n');
      wrong.push(...compare(ours, one, await readByUs(body, one.subject)));
      compare(theirs, one, readByOthers(body, one.subject));
    }
    console.info(
      `${cases.length} forwards of others, ${ending}\n  this reader: ${shares(ours)}\n  email-forward-parser: ${shares(theirs)}\n${wrong.map((line) => `  ${line}\n`).join('')}`,
    );
    expect(cases.length).toBeGreaterThan(130);
    for (const [field, { right, all }] of ours)
      expect(right / all, field).toBeGreaterThanOrEqual(0.99);
  },
);
