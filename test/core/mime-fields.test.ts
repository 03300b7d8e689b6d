/** What the MIME parser is spared, and what it must never be spared. */
import { expect, test } from 'vitest';
import { withMimeFieldsOnly } from '../../src/core/mime-fields.ts';

const sparedOf = (raw: string): string =>
  withMimeFieldsOnly(Buffer.from(raw, 'latin1')).toString('latin1');

test.each([
  [
    'what relays and filters write goes, with all its lines',
    'Return-Path: <a@b>\r\nReceived: from a\r\n\tby b;\r\n today\r\nSubject: x\r\n y\r\nTo: c@d\r\nContent-Type: text/plain;\r\n charset=x\r\nX-A: 1\r\n\r\nReceived: body\r\n',
    'Return-Path: <a@b>\r\nSubject: x\r\n y\r\nContent-Type: text/plain;\r\n charset=x\r\n\r\nReceived: body\r\n',
  ],
  ['lines may end without CR', 'A: 1\nB: 2\nSubject: x\n\nB: 3\n', 'A: 1\nSubject: x\n\nB: 3\n'],
  [
    'octets stay octets',
    'A: 1\r\nB: 2\r\nSubject: \xE4\r\n\r\n\xFF',
    'A: 1\r\nSubject: \xE4\r\n\r\n\xFF',
  ],
])('%s', (_, raw, spared) => {
  expect(sparedOf(raw)).toBe(spared);
});

test.each([
  ['no empty line ends the header section', 'A: 1\r\nB: 2\r\n'],
  ['the mail begins with an empty line', '\r\nA: 1\r\nB: 2\r\n\r\nx'],
  ['a bare CR may end a line', 'A: 1\r\nB: 2\rContent-Type: text/html\r\n\r\nx'],
  ['a name has a space before its colon', 'A: 1\r\nContent-Type : text/html\r\nB : 2\r\n\r\nx'],
  [
    'a line has no colon, and the next one is folded',
    'A: 1\r\nContent-Type\r\n : text/html\r\n\r\nx',
  ],
  ['there are more lines than mails have', `${'A: 1\r\n'.repeat(500)}\r\nx`],
  ['it is longer than header sections are', `A: 1\r\nB: ${'x'.repeat(40_000)}\r\n\r\nx`],
])('nothing is left out where %s', (_, raw) => {
  expect(sparedOf(raw)).toBe(raw);
});
