/**
 * The worst that all stages together can be given: forwards of a notice with a flood behind it, so that every
 * stage has work to do, and mails in which many of them lie.
 */
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail } from '../../src/core/decide-mail.ts';
import { type Flood, fill } from '../support/flood.ts';
import {
  catalog,
  customers,
  forwardText,
  inlineBlock,
  noticeText,
  now,
  policy,
  title,
} from '../support/sample-desk.ts';

const judging = { policy, catalog, ...indexCustomers(customers) };

export const decideRaw = (raw: Uint8Array): ReturnType<typeof decideMail> =>
  decideMail(raw, judging, { complete: true, now });

const flood = (name: string, make: (octets: number) => string): Flood => ({
  stage: 'pipeline',
  name,
  prepare: (octets) => {
    const raw = Buffer.from(make(octets), 'utf8');
    return () => decideRaw(raw);
  },
});

const forward = inlineBlock(noticeText());
const asHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br>');

const units = [
  'x',
  '\n',
  '> > > \n',
  'a: b\n',
  'From: a\n',
  'Domain: x\n',
  'call 1 ',
  '1/1/2026 ',
  'https://a.example/ ',
  '<',
  '\u200Ba',
  '\u0301',
  '\uFDFA',
  '㌖㌖㌖ https://x.example\n',
  `${forward}\n`,
  `${inlineBlock('', { subject: '\uFDFA'.repeat(200) })}\n`,
  `Importance: a\nSubject: ${'a '.repeat(400)},\nb,\n`,
];

const link = (href: string, text: string): string => `<a href="${href}">${text}</a> `;
const wrapped = encodeURIComponent(
  `https://urldefense.com/v3/__https://a.example/${'*'.repeat(300)}__;${'e'.repeat(400)}`,
);

const htmlUnits = [
  link('https://a.example', 'x'),
  link(`https://a.example/${'a.'.repeat(1_000)}`, '㌖'.repeat(300)),
  link(`https://nam02.safelinks.protection.outlook.com/?url=${wrapped}`, 'https://microsoft.com'),
  '<p class="a b c d e f g h i j">x</p>',
  '<div><b>',
];

const attached = (subject: string): string =>
  `Content-Type: message/rfc822\r\n\r\nFrom: Microsoft <microsoft-noreply@microsoft.com>\r\nSubject: ${title}\r\n\r\n${fill(`${inlineBlock('x', { subject })}\n`, 30 * 250)}`;

/** A mail of attached ones, as deep as they are read. */
const crowd = (subject: string) => (octets: number) =>
  forwardText({
    contentType: 'multipart/mixed; boundary=b',
    body: `${fill(`--b\r\n${attached(subject)}\r\n`, octets)}--b--`,
  });

export const pipelineFloods: readonly Flood[] = [
  ...units.flatMap((unit) => {
    const name = JSON.stringify(unit.slice(0, 30));
    return [
      flood(`${name} as text`, (octets) =>
        forwardText({ body: `${forward}\n${fill(unit, octets)}` }),
      ),
      flood(`${name} as HTML`, (octets) =>
        forwardText({
          contentType: 'text/html; octetset=utf-8',
          body: asHtml(`${forward}\n${fill(unit, octets)}`),
        }),
      ),
    ];
  }),
  ...htmlUnits.map((unit) =>
    flood(unit.slice(0, 40), (octets) =>
      forwardText({
        contentType: 'text/html; octetset=utf-8',
        body: `${asHtml(forward)}<br>${fill(unit, octets)}`,
      }),
    ),
  ),
  flood('attached mails full of forwards', crowd(title)),
  flood('attached mails full of forwards with ligatures', crowd('\uFDFA'.repeat(200))),
];
