/**
 * What receivers make of the records that a sending domain publishes.
 */
import { expect, test } from 'vitest';
import { isDkimKey, judgeDmarc, judgeSpf } from '../../src/core/sender-records.ts';

const includes = (count: number) =>
  Array.from({ length: count }, (_, index) => `include:s${index}.example`).join(' ');

test.each([
  { records: [], verdict: 'absent' },
  { records: ['google-site-verification=x', 'v=spf10 -all'], verdict: 'absent' },
  { records: ['v=spf1 include:spf.protection.outlook.com -all'], verdict: 'ok' },
  { records: ['V=SPF1 MX ~ALL'], verdict: 'ok' },
  { records: ['v=spf1 redirect=_spf.example'], verdict: 'ok' },
  { records: ['v=spf1'], verdict: 'weak' },
  { records: ['v=spf1 ip4:192.0.2.1'], verdict: 'weak' },
  { records: ['v=spf1 +all'], verdict: 'wrong' },
  { records: ['v=spf1 mx all'], verdict: 'wrong' },
  { records: ['v=spf1 -all', 'v=spf1 ~all'], verdict: 'wrong' },
  { records: [`v=spf1 ${includes(10)} -all`], verdict: 'ok' },
  { records: [`v=spf1 ${includes(11)} -all`], verdict: 'wrong' },
  { records: [`v=spf1 a:a.example mx/24 exists:x ptr ${includes(7)} -all`], verdict: 'wrong' },
])('SPF $records is $verdict', ({ records, verdict }) => {
  expect(judgeSpf(records).verdict).toBe(verdict);
});

test.each([
  { records: [], verdict: 'absent' },
  { records: ['v=DMARC10; p=none', 'verified'], verdict: 'absent' },
  { records: ['v=DMARC1; p=reject; rua=mailto:a@b.example'], verdict: 'ok' },
  { records: ['v=DMARC1;p=quarantine'], verdict: 'ok' },
  { records: ['v = DMARC1 ; p = reject'], verdict: 'ok' },
  { records: ['v=DMARC1; p=none'], verdict: 'weak' },
  { records: ['v=DMARC1; sp=reject'], verdict: 'wrong' },
  { records: ['v=DMARC1; p=maybe'], verdict: 'wrong' },
  { records: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], verdict: 'wrong' },
])('DMARC $records is $verdict', ({ records, verdict }) => {
  expect(judgeDmarc(records).verdict).toBe(verdict);
});

test.each([
  { record: 'v=DMARC1; p=reject; sp=none', verdict: 'weak' },
  { record: 'v=DMARC1; p=none; sp=reject', verdict: 'ok' },
  { record: 'v=DMARC1; p=reject', verdict: 'ok' },
  { record: 'v=DMARC1; sp=reject', verdict: 'wrong' },
])('DMARC of the organisation, for a domain below it: $record is $verdict', (given) => {
  expect(judgeDmarc([given.record], { ofOrganization: true }).verdict).toBe(given.verdict);
});

test.each([
  ['v=DKIM1; k=rsa; p=MIIBIj', true],
  ['p=MIIB', true],
  ['v=DKIM1; p=', false],
  ['v=DKIM1; k=rsa', false],
  ['', false],
])('the key %s: %s', (record, expected) => {
  expect(isDkimKey(record)).toBe(expected);
});
