/**
 * Mails as large as are taken in, of as many parts, as deep: each ends as a decision, at a cost that is bounded
 * whatever its shape, with memory that is given back.
 */
import { expect, test } from 'vitest';
import { mailSizeBytesMax } from '../../src/core/limits.ts';
import { cpuMsOf, fill } from '../support/flood.ts';
import { forwardText, inlineBlock, noticeText } from '../support/sample-desk.ts';
import { decideRaw } from './pipeline-floods.ts';

const nearly = mailSizeBytesMax - 200_000;
const forward = inlineBlock(noticeText());
const asText = (body: string): string => forwardText({ body });
const parts = (part: string, count: number): string =>
  forwardText({
    contentType: 'multipart/mixed; boundary=b',
    body: `${`--b\r\n${part}\r\n`.repeat(count)}--b--`,
  });
const attached = (body: string): string =>
  `Content-Type: message/rfc822\r\n\r\nFrom: a@b.cc\r\nSubject: x\r\n\r\n${body}`;
const nested = (depth: number, body: string): string =>
  forwardText({
    contentType: `${Array.from({ length: depth }, (_, n) => `multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\nContent-Type: `).join('')}text/plain`,
    body,
  });
const headed = (fields: string): string => forwardText({ fields: [fields], body: forward });

/** Each with the reason it must end for; undefined where any but a reply will do. */
const mails: readonly (readonly [string, () => string, string?])[] = [
  ['text of 25 MB', () => asText(`${forward}\n${fill('and so on, and so on\r\n', nearly)}`)],
  ['one line of 25 MB', () => asText('x'.repeat(nearly)), 'review-no-original'],
  ['line breaks of 25 MB', () => asText('\n'.repeat(nearly))],
  [
    'HTML of 25 MB',
    () => forwardText({ contentType: 'text/html', body: fill('<p>x <b>y</b>\r\n', nearly) }),
  ],
  [
    'an attachment of 25 MB',
    () => parts(`Content-Type: application/zip\r\n\r\n${fill('QUJD\r\n', nearly)}`, 1),
  ],
  ['an attached mail of 25 MB', () => parts(attached(fill('and so on\r\n', nearly)), 1)],
  [
    'attached mails in attached mails, of 25 MB',
    () =>
      parts(
        `Content-Type: message/rfc822\r\n\r\n${'From: a@b.cc\r\nContent-Type: message/rfc822\r\n\r\n'.repeat(8)}From: a@b.cc\r\n\r\n${fill('and so on\r\n', nearly)}`,
        1,
      ),
  ],
  ['more than 25 MB', () => asText('x'.repeat(mailSizeBytesMax)), 'review-too-large'],
  ['990 parts of 25 kB', () => parts(`\r\n${fill('and so on\r\n', 25_000)}`, 990)],
  ['2,000 parts', () => parts('\r\nx', 2_000), 'review-unparsable'],
  ['300 attached mails', () => parts(attached(forward), 300)],
  ['a thousand multiparts deep', () => nested(1_000, 'x'), 'review-unparsable'],
  [
    'lines of dashes below 990 multiparts',
    () => nested(990, fill('--x\r\n', nearly)),
    'review-unparsable',
  ],
  ['a header field of a megabyte', () => headed(`X: ${'x'.repeat(1_000_000)}`)],
  ['a header section of 24 MB', () => headed(fill('X: y\r\n', nearly)), 'review-unparsable'],
  ['a header line of 24 MB', () => headed(`X: ${'x'.repeat(nearly)}`), 'review-unparsable'],
];

/** Ten times what the slowest takes alone, in CPU time. */
const boundMs = 30_000;

test.each(mails.map(([name, make, reason]) => ({ name, make, reason })))(
  '$name',
  async ({ make, reason }) => {
    const raw = Buffer.from(make(), 'latin1');
    let ended = '';
    const ms = await cpuMsOf(async () => {
      const { decision } = await decideRaw(raw);
      ended = decision.reason;
      if (reason === undefined) expect(decision.action).not.toBe('ignore');
    });
    if (reason !== undefined) expect(ended).toBe(reason);
    expect(ms).toBeLessThan(boundMs);
    // A copy or two of each octet while it is read, what Node itself needs, and what was not collected yet.
    expect(process.memoryUsage().rss).toBeLessThan(3_000_000_000);
  },
);
