/**
 * The worst that can stand in an original for whoever judges it: classify, genuineness, links, extract, dates,
 * match, decide, and the folding of text that all of them begin with.
 */
import { authenticate } from '../../src/core/authenticate.ts';
import { classify } from '../../src/core/classify.ts';
import { parseCalendarDate, parseDateTime, zoneOf } from '../../src/core/dates.ts';
import { decide } from '../../src/core/decide.ts';
import { extractFields } from '../../src/core/extract.ts';
import { judgeGenuineness } from '../../src/core/genuineness.ts';
import { carriesHost, unwrapLink } from '../../src/core/link-gateways.ts';
import { hostOf, isScript, isUnreadable, shownHosts, userOf } from '../../src/core/links.ts';
import { imitatesMicrosoft } from '../../src/core/look-alike.ts';
import type { Link, Mail, Original } from '../../src/core/mail.ts';
import { judgeMatch, matchKeys } from '../../src/core/match.ts';
import {
  asciiDigits,
  countInterleaved,
  foldDiacritics,
  foldText,
  normalizeText,
  shown,
} from '../../src/core/normalize.ts';
import { endOfNotice, partMarks } from '../../src/core/notice-marks.ts';
import { matchTitle } from '../../src/core/notice-title.ts';
import { normalizeOrganization } from '../../src/core/organization-name.ts';
import { screen } from '../../src/core/screen.ts';
import { type Flood, fill, unitFloods } from '../support/flood.ts';
import { catalog, customers, noticeText, policy, title } from '../support/sample-desk.ts';
import { mailWith } from './mail-floods.ts';

function original(part: Partial<Original>): Original {
  return {
    how: 'inline',
    depth: 1,
    from: { address: 'microsoft-noreply@microsoft.com' },
    to: [],
    subject: title,
    text: '',
    links: [],
    ...part,
  };
}

/** Links as many as are judged, each as long as fills the rest. */
function links(unit: string, octets: number, make: (filling: string) => Link): readonly Link[] {
  const count = Math.min(500, Math.max(1, Math.floor(octets / unit.length)));
  const link = make(fill(unit, Math.min(7_000, octets / count)));
  return Array.from({ length: count }, () => link);
}

const invisible = ['\u200B', 'a\u200B', '\u00AD', '\u3164', 'a\u3164', '\u034F'];
const folding = [
  ...invisible,
  'a',
  'A',
  ' ',
  '\n',
  '\r',
  '\u00A0',
  '\u0301',
  '\u0301\u0323',
  'a\u0301',
  '\uFDFA',
  '㌖',
  '\u1100\u1161',
  'İ',
  '٣',
  '\uD800',
  '😀',
  '“',
  '.',
];

const normalizing = unitFloods('normalize', folding, (text) => [
  normalizeText(text),
  foldText(text),
  foldDiacritics(text),
  asciiDigits(text),
  countInterleaved(text),
  shown(text, 200),
]);

const textUnits = [
  ...folding,
  'Domain:\n',
  'Domain: \n\n',
  `Domain: x${'*'.repeat(1_900)}y\n`,
  `Domain:\n\nx${'*'.repeat(5_000)}y\n`,
  'Domain: a.b\n',
  `Domain: ${'a.'.repeat(100)}\n`,
  `Organization name: ${'< '.repeat(100)}\n`,
  'Subscription expiration date: 1/1/2026\n',
  `Subscription expiration date: ${'1. '.repeat(60)}\n`,
  'Licenses: 12\n',
  'a:\n',
  '*',
  '|',
  '12 licenses\n',
  'a.onmicrosoft.com ',
  `${'a'.repeat(62)}.`,
  'a-',
  'call 1',
  'call 1 ',
  'call +(1 2 3 4 5 6 7\n',
  'usd 1',
  '1,',
  '$1 ',
  'microsoft corporation ',
  'one microsoft way\n> > ',
  'within 24 ',
  'verify your e-mail ',
  'enter your card',
  'bel',
  "You're about to lose access ",
  '<form ',
  'https://a.example/ ',
  'Renew',
];

const bodies = [
  ['in a notice', (text: string) => `${noticeText()}\n${text}`],
  ['in one line', (text: string) => `${noticeText()}\n${text.replaceAll('\n', ' ')}x`],
] as const;

const overTexts = (stage: string, run: (text: string) => unknown): readonly Flood[] =>
  bodies.flatMap(([where, make]) =>
    unitFloods(stage, textUnits, (text) => run(make(text))).map((flood) => ({
      ...flood,
      name: `${flood.name} ${where}`,
    })),
  );

const classifying = (originals: readonly Original[], outerSubject = `Fwd: ${title}`): unknown =>
  classify({ originals, outerSubject, catalog, reviewThreshold: 0.4 });

const judging = (part: Partial<Original>): unknown =>
  judgeGenuineness({ original: original(part), catalog, forwarderDomain: 'contoso.example' });

const linkUnits = [
  'a',
  '.',
  'a.',
  'a@',
  '%25',
  '%2e',
  '*',
  '**B',
  '__;',
  '___',
  '-3A',
  'aHR0cHM6Ly9h',
  '//',
  ' ',
  '\t',
  '㌖',
  'xn--',
  'https://',
  'blocked::',
  '\u0301',
];
const wrappings = [
  'https://',
  'https://admin.microsoft.com/?x=',
  'https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2F',
  'https://urldefense.com/v3/__https://',
  'https://urldefense.proofpoint.com/v2/url?u=https-3A__',
  'https://secure-web.cisco.com/1/https%3A%2F%2F',
  'https://protection.sophos.com/?u=',
  'javascript:',
];

const readLink = (href: string): unknown => [
  unwrapLink(href),
  hostOf(href),
  userOf(href),
  isScript(href),
  isUnreadable(href),
  shownHosts(href),
  carriesHost(href, 'admin.microsoft.com'),
];

const linking: readonly Flood[] = [
  ...wrappings.flatMap((before) =>
    linkUnits.map(
      (unit): Flood => ({
        stage: 'links',
        name: `${before} and ${JSON.stringify(unit)}`,
        prepare: (octets) => {
          const href = `${before}${fill(unit, 7_500 - before.length)}`;
          return () => {
            for (let at = 0; at < octets; at += 7_500) readLink(href);
          };
        },
      }),
    ),
  ),
  ...unitFloods('links', linkUnits, readLink),
  ...unitFloods('links', [...linkUnits, 'rn', 'xn--9', 'xn--z.'], imitatesMicrosoft),
];

const judgingLinks: readonly Flood[] = linkUnits.flatMap((unit) =>
  [0, 500].map(
    (behind): Flood => ({
      stage: 'genuineness',
      name: `links of ${JSON.stringify(unit)}${behind === 0 ? '' : ' below the notice'}`,
      prepare: (octets) => {
        const made = links(unit, octets, (filling) => ({
          href: `https://a.example/${filling}`,
          text: filling,
        }));
        const text = `${noticeText()}\n${'a'.repeat(behind === 0 ? 0 : 20_000)}`;
        return () => judging({ text, links: made, below: { text: 'x', links: made } });
      },
    }),
  ),
);

const parts: readonly Flood[] = [
  ...['.', ' ', '\u200B', 'a.exe ', '.a'].map(
    (unit): Flood => ({
      stage: 'genuineness',
      name: `an attachment’s name of ${JSON.stringify(unit)}`,
      prepare: (octets) => {
        const filename = `${fill(unit, octets)}x`;
        const mail = mailWith({ attachments: [{ filename, mediaType: 'a/b', sizeBytes: 1 }] });
        return () => partMarks(mail, 'inline');
      },
    }),
  ),
  ...unitFloods(
    'genuineness',
    ['<form', '<input ', '<input type=', '<input type     =', '<form><input x="'],
    (html) => partMarks(mailWith({ html: `<form >${html}` }), 'direct'),
  ),
  ...unitFloods('genuineness', textUnits, endOfNotice),
  ...unitFloods('genuineness', textUnits, (name) => judging({ from: { name } })),
];

const dateUnits = [
  '1',
  '1.',
  '1. ',
  '1/1/2026 ',
  '2026-01-01 ',
  '2026年1月1日',
  '令和1年',
  'mar ',
  'mar 1 ',
  'dec 1 2026 ',
  'thứ 6 ',
  'tháng 1 ',
  '1:00 ',
  '1.00 ',
  '1h00 ',
  'pm ',
  'am. ',
  'utc+1 ',
  'GMT',
  '+0100 ',
  'Z',
  'CET ',
  'Mitteleuropäische Zeit ',
  '下午',
  '٣',
  '\uFDFA',
  '\u0301',
  ' ',
  '(',
];

const dating: readonly Flood[] = [
  ...dateUnits.map(
    (unit): Flood => ({
      stage: 'dates',
      // Thirty forwards in each of two bodies, and fifty values beside a label.
      name: `dates of ${JSON.stringify(unit)}`,
      prepare: (octets) => {
        const value = ''.padEnd(200, unit);
        return () => {
          for (let at = 0; at < Math.min(octets, 110 * 200); at += 200) {
            parseDateTime(value, 60);
            parseCalendarDate(value);
            zoneOf(value);
          }
        };
      },
    }),
  ),
  ...unitFloods('dates', dateUnits, (text) => [
    parseDateTime(text, 60),
    parseCalendarDate(text),
    zoneOf(text),
  ]),
];

const many = Array.from({ length: 50 }, (_, index) => customers[index % customers.length]).flatMap(
  (customer) => customer ?? [],
);

const matching: readonly Flood[] = [
  ['recipients', (octets: number) => ({ to: octets / 20, organization: 'Contoso' })],
  ['an organisation', (octets: number) => ({ to: 1, organization: fill('a ', octets) })],
  [
    'an organisation of marks',
    (octets: number) => ({ to: 1, organization: fill('\u0301', octets) }),
  ],
].map(
  ([name, make]): Flood => ({
    stage: 'match',
    name: name as string,
    prepare: (octets) => {
      const { to, organization } = (
        make as (octets: number) => { readonly to: number; readonly organization: string }
      )(octets);
      const input = {
        notice: { organization },
        original: original({
          to: Array.from({ length: to }, (_, n) => ({ address: `a${n}@b${n}.example` })),
        }),
        forwarder: 'anna.hoff@contoso.example',
        catalog,
        ownAddresses: policy.ownAddresses,
      };
      return () => [matchKeys(input), judgeMatch(many, input), normalizeOrganization(organization)];
    },
  }),
);

/** Everything that `decide` compares: many originals with comments, another notice in each. */
function deciding(octets: number, part: Partial<Original>, of: Partial<Mail> = {}): () => unknown {
  const originals = Array.from({ length: Math.max(1, octets / 4_000) }, (_, depth) =>
    original({ depth, comment: fill('<support@', 4_000), ...part }),
  );
  const mail = mailWith({ sizeBytes: 1, ...of });
  const screening = screen(mail, { policy, senderDomains: catalog.senderDomains });
  const authentication = authenticate(mail, policy);
  const classification = classify({
    originals,
    outerSubject: title,
    catalog,
    reviewThreshold: 0.4,
  });
  return () =>
    decide({
      mail,
      screening,
      authentication,
      unwrapped: { originals, isForward: true, isAnswer: false, evidence: [] },
      classification,
      carriesOwnReply: false,
      notice: { tenantDomain: 'contoso.example' },
      otherNotices: originals.map(() => ({ tenantDomain: 'contoso.example' })),
      judgement: { verdict: 'genuine', evidence: [] },
      policy,
      catalog,
      now: new Date('2026-11-20T12:00:00Z'),
      evidence: [],
    });
}

const decisions: readonly Flood[] = [
  { stage: 'decide', name: 'many notices', prepare: (octets) => deciding(octets, {}) },
  {
    stage: 'decide',
    name: 'many originals by nobody',
    prepare: (octets) => deciding(octets, { subject: 'x', from: { name: fill('a', 4_000) } }),
  },
  {
    stage: 'decide',
    name: 'many authors',
    prepare: (octets) =>
      deciding(
        octets,
        {},
        { from: Array.from({ length: octets / 10 }, () => ({ address: 'a@b.cc' })) },
      ),
  },
];

const titles: readonly Flood[] = [
  '1',
  '12 ',
  '1 2',
  'ext ',
  'external ',
  'final notice ',
  'office 365 ',
  'office 365 business ',
  'a ',
  '\uFDFA',
  '"',
].map((unit) => ({
  stage: 'classify',
  name: `titles behind ${JSON.stringify(unit)}`,
  prepare: (octets) => {
    const subjects = [
      `${''.padEnd(110, unit)}x ${title}`,
      `${''.padEnd(110, unit)}${title}`,
      ''.padEnd(240, unit),
    ];
    return () => {
      for (let at = 0; at < octets; at += 720) {
        for (const subject of subjects)
          for (const family of catalog.families.slice(0, 2)) matchTitle(subject, family);
      }
    };
  },
}));

const crowds: readonly Flood[] = [
  {
    stage: 'classify',
    // As many as can come out of one mail: thirty in each of sixty attached ones.
    name: 'originals with a title',
    prepare: (octets) => {
      const originals = Array.from({ length: Math.min(1_860, octets / 540) }, (_, depth) =>
        original({ depth, text: fill('Domain: x\n', 500) }),
      );
      return () => classifying(originals);
    },
  },
  ...linkUnits.map(
    (unit): Flood => ({
      stage: 'classify',
      name: `links of ${JSON.stringify(unit)}`,
      prepare: (octets) => {
        const made = links(unit, octets, (text) => ({ href: `https://a.example/${text}`, text }));
        return () => classifying([original({ links: made })]);
      },
    }),
  ),
];

export const noticeFloods: readonly Flood[] = [
  ...normalizing,
  ...overTexts('classify', (text) => classifying([original({ text })])),
  ...unitFloods('classify', textUnits, (subject) =>
    classifying([original({ subject })], `${subject}${title}`),
  ),
  ...titles,
  ...crowds,
  ...overTexts('genuineness', (text) => judging({ text })),
  ...overTexts('genuineness', (text) =>
    judging({ text: noticeText(), below: { text, links: [] } }),
  ),
  ...judgingLinks,
  ...parts,
  ...linking,
  ...overTexts('extract', (text) => extractFields(original({ text }), catalog)),
  ...linkUnits.map(
    (unit): Flood => ({
      stage: 'extract',
      name: `links of ${JSON.stringify(unit)}`,
      prepare: (octets) => {
        const made = links(unit, octets, (text) => ({
          href: `https://admin.microsoft.com/${text}subscriptions/`,
          text,
        }));
        return () => extractFields(original({ links: made }), catalog);
      },
    }),
  ),
  ...dating,
  ...matching,
  ...decisions,
];
