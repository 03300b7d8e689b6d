/** Hosts that a text names without a link, and what only looks like one. */
import { expect, test } from 'vitest';
import { findBareHosts } from '../../src/core/bare-hosts.ts';

const found = (text: string): string =>
  findBareHosts(text)
    .hosts.map(({ host, path }) => host + path)
    .join(' ');

test.each([
  ['a host in a sentence', 'Visit renew.example.', 'renew.example'],
  ['one with a path', 'at renew.example/pay?id=1, or', 'renew.example/pay?id=1'],
  ['one in brackets', '(see renew.example)', 'renew.example'],
  ['one with a port', 'renew.example:8443/pay', 'renew.example/pay'],
  ['one behind a user name', 'admin.microsoft.com@renew.example/pay', 'renew.example/pay'],
  ['one behind words and slashes', 'portal/renew.example', 'renew.example'],
  ['one in Japanese', '詳細はrenew.exampleをご覧', 'renew.example'],
  ['one with Cyrillic letters', 'mіcrosoft.com', 'mіcrosoft.com'],
  ['one with wide letters', 'ｒｅｎｅｗ．ｃｏｍ', 'renew.com'],
  ['one in capitals', 'RENEW.COM Renew.Com', 'renew.com'],
  ['one whose second word has a capital, with a path', 'Renew.It/pay', 'renew.it/pay'],
  ['one below a suffix that anybody has names below', 'renew.github.io', 'renew.github.io'],
  ['each once', 'a.example b.example a.example', 'a.example b.example'],

  ['a link', 'https://renew.example/x.example', ''],
  ['an address', 'mailto:a@renew.example or b@renew.example.', ''],
  ['a picture', '[cid:image001.png@01DA.AB12]', ''],
  ['files', 'invoice.pdf invoice.zip photo.mov', ''],
  ['numbers', '16.0.1 12.11.2026 192.0.2.1 1.234,50', ''],
  ['abbreviations', 'z.B. e.g. U.S.A. d.o.o. S.p.A. p.m.', ''],
  ['companies', 'Contoso.Inc Co.KG', ''],
  ['a full stop without its space', 'soon.It ends.To renew', ''],
  ['a list', '3.energy', ''],
  ['suffixes alone', 'co.uk github.io', ''],
  ['dots', '... .. a..example .example', ''],
])('%s', (_, text, expected) => {
  expect(found(text)).toBe(expected);
});
