/** The table of disclosure, row by row: how the check of the author came out, and what is sent then, to whom. */
import { describe, expect, test } from 'vitest';
import { disclosableTo } from '../../src/core/disclosure.ts';
import { type AuthResult, authResults } from '../../src/core/verification.ts';
import {
  decideAtDesk,
  inlineBlock,
  mailText,
  noticeText,
  outcomeOf,
  passFor,
  unprovenForward,
} from '../support/sample-desk.ts';
import { readProjectFile } from '../support/source-code.ts';

/** What the trusted host writes so that the result is this one, for an author at a domain. */
const resultsFor: Readonly<Record<AuthResult, (domain: string) => string>> = {
  pass: passFor,
  fail: (domain) => `dmarc=fail header.from=${domain}`,
  softfail: (domain) => `spf=softfail smtp.mailfrom=${domain}`,
  temperror: () => 'dmarc=temperror',
  none: () => 'none',
  neutral: (domain) => `spf=neutral smtp.mailfrom=${domain}`,
  permerror: () => 'dmarc=permerror',
};

const authors = {
  contact: 'anna.hoff@contoso.example',
  colleague: 'zoe@contoso.example',
  stranger: 'zoe@stranger.example',
} as const;
type Author = keyof typeof authors;

function mailOf(result: AuthResult, author: Author): string {
  const from = authors[author];
  return unprovenForward({ from, results: resultsFor[result](from.split('@')[1] ?? '') });
}

const instructions = (author: Author): string =>
  `reply reply-instructions cancel-portal to ${authors[author]}`;
const question = (author: Author): string =>
  `reply reply-ask-for-details ask-for-details to ${authors[author]}`;
const unproven = () => 'review review-unauthenticated-forwarder';
const refuted = () => 'review review-failed-authentication';
const unknown = () => 'review review-authentication-unavailable';
const known = (author: Author): string =>
  author === 'stranger' ? question(author) : instructions(author);

type Sent = (author: Author) => string;
const rows: readonly (readonly [AuthResult, boolean, Sent])[] = [
  ['pass', true, known],
  ['pass', false, known],
  ['fail', true, refuted],
  ['fail', false, refuted],
  ['softfail', true, refuted],
  ['softfail', false, refuted],
  ['temperror', true, unknown],
  ['temperror', false, unknown],
  ['none', true, unproven],
  ['none', false, question],
  ['neutral', true, unproven],
  ['neutral', false, question],
  ['permerror', true, unproven],
  ['permerror', false, question],
];

describe.each(rows)('%s, requireAuthenticated: %s', (result, requireAuthenticated, sent) => {
  const options = { policy: { requireAuthenticated } };
  test.each(['contact', 'colleague', 'stranger'] as const)('%s', async (author) => {
    const { authentication } = await decideAtDesk(mailOf(result, author), options);
    expect(authentication.result).toBe(result);
    expect(await outcomeOf(mailOf(result, author), options)).toBe(sent(author));
  });

  test('a warning about an imitation goes to a proven author only', async () => {
    const body = inlineBlock(noticeText(), { from: 'Microsoft Billing <zoe@stranger.example>' });
    const from = authors.contact;
    const results = resultsFor[result]('contoso.example');
    expect(await outcomeOf(mailText({ from, results, body }), options)).toBe(
      result === 'pass'
        ? `reply reply-suspicious suspicious to ${from}`
        : 'review review-suspicious-notice',
    );
  });

  test('who is not proven gets the same whether or not there is a record', async () => {
    if (result === 'pass') return;
    const outcome = await outcomeOf(mailOf(result, 'contact'), options);
    const withoutRecord = { ...options, customers: [] };
    expect(await outcomeOf(mailOf(result, 'contact'), withoutRecord)).toBe(outcome);
  });
});

test('every result word has its two rows', () => {
  expect(rows.map(([result]) => result).toSorted()).toEqual(
    [...authResults, ...authResults].toSorted(),
  );
});

test('docs/authentication.md shows the table as it is', () => {
  const told = [
    ...readProjectFile('docs/authentication.md').matchAll(
      /^\| `(\w+)` \| [^|]* \| ([^|]*) \| ([^|]*) \|$/gm,
    ),
  ].map(([, result = '', required = '', notRequired = '']) => [
    result,
    required.trim(),
    notRequired.trim(),
  ]);
  const shownAs = (result: AuthResult, requireAuthenticated: boolean): string => {
    const may = disclosableTo(result, { requireAuthenticated });
    if (may.atMost === 'nothing') return `nothing: \`${may.reason}\``;
    return may.atMost === 'record' ? 'the record' : 'the general text';
  };
  expect(told.toSorted()).toEqual(
    authResults.map((result) => [result, shownAs(result, true), shownAs(result, false)]).toSorted(),
  );
});
