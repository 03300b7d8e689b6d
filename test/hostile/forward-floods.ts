/**
 * The worst that can stand in a text for whoever looks for forwards in it: header blocks that never end, labels
 * without values, separators, attributions, typed lists.
 */
import { readAttribution } from '../../src/core/attribution.ts';
import { layOutBlocks } from '../../src/core/block-layout.ts';
import { labelsFor, separatorOf, stripSubjectPrefixes } from '../../src/core/forward-labels.ts';
import { settleDate } from '../../src/core/forwarded-date.ts';
import { BlockLines, readLabelledBlock } from '../../src/core/header-block.ts';
import { readShapedBlock } from '../../src/core/shaped-block.ts';
import { readLines } from '../../src/core/text-lines.ts';
import { readTypedAddresses } from '../../src/core/typed-addresses.ts';
import { unwrap } from '../../src/core/unwrap.ts';
import { hasAddress, hasDay, hasMoment } from '../../src/core/value-shape.ts';
import { type Flood, fill, unitFloods } from '../support/flood.ts';
import { now } from '../support/sample-desk.ts';
import { mailWith } from './mail-floods.ts';

/** A subject as long as is looked at, so that each comparison with it costs most. */
const subject = fill('Zugriff ', 1_000).trim();
const from = 'From: Microsoft <m@microsoft.com>\n';
const block = `${from}Sent: Thursday, November 12, 2026 9:31 AM\nTo: Anna <anna@contoso.example>\nSubject: ${subject}\n\n`;
const shaped = 'Abc: Anna <a@b.cc>\nDef: 2026-11-12 10:10\nGhi: some words\n';

/** Lines of which a text is filled. Each begins something that the next ones never end, or begins it again. */
const lineUnits = [
  '\n',
  '> \n',
  ' \n',
  'a\n',
  'a:\n',
  'a: b\n',
  'From:\n',
  'From: a\n',
  'From: a\n\n',
  'From: a,\n',
  'From: a\nTo: b\n',
  'Subject:\n',
  'Subject: a\n',
  `From: a\nSubject: ${subject.slice(0, 500)}\n`,
  'Importance: a\n',
  'Attachments:\n',
  `${fill('Importance: a\n', 280)}Subject: a,\n${fill('b,\n', 60)}`,
  `${fill('Importance: a\n', 280)}Subject: ${subject.slice(0, 900)},\n${fill('b,\n', 60)}`,
  `${fill('Importance: a\n', 280)}From: a,\n${fill('b,\n', 60)}`,
  'Sent: 2026-11-12 10:10\n',
  'a: x@y.zz\nb: 2026 10:10\n',
  shaped,
  `${shaped}\n`,
  'Abc: 2026-11-12 10:10\nGhi: some words\n',
  'Abc: a@b.cc,\n<a@b.cc>,\n',
  `Abc: ${subject.slice(0, 900)}\n`,
  block,
  `> ${block.replaceAll('\n', '\n> ')}\n`,
  from,
  `${from}To: ${fill('"', 200)}\nSubject: a\n`,
  `${from}To: ${fill('a,', 8_000)}\nSubject: a\n`,
  `${from}To: ${fill('[mailto:', 8_000)}\nSubject: a\n`,
  `${from}To: ${fill('<a@b.cc<mailto:', 8_000)}\nSubject: a\n`,
  `${from}Sent: ${fill('1/1/2026 ', 190)}\nSubject: a\n`,
  `${from}Sent: ${fill('mar 1 ', 190)}\nSubject: a\n`,
  '-------- Forwarded message --------\n',
  '-------- Forwarded message --------\nFrom "Anna" <a@b.cc>\n',
  '________________________________\n',
  `${'-'.repeat(119)}\n`,
  `--- ${':'.repeat(190)}x\n`,
  'On 28/10/2026 12:46 <a@b.cc> wrote\n',
  'On 28/10/2026 12:46, “Anna” <a@b.cc> wrote\n\n',
  `On 28/10/2026 12:46, ${fill('a', 300)}\n`,
  'From: a : b : c : d : e : f : g : h\n',
  `From: a b ${fill('To : ', 3_000)}\n`,
  `From: A <a@b.cc>To: b@c.ddSent: x ${fill('Subject ', 3_000)}\n`,
  '\u200E\u202A',
  'https://a.example/x ',
  'https://a.example/)',
  `https://a.example/${')'.repeat(1_900)} `,
  'http://',
  'x',
  ' ',
  '*',
  '>',
  ':',
];

const bodies: readonly [string, (text: string) => Parameters<typeof mailWith>[0]][] = [
  ['as text', (text) => ({ text })],
  ['below a forward', (text) => ({ text: `${block}${text}` })],
  [
    'in HTML',
    (text) => ({ html: `<div id="divRplyFwdMsg">${text.replaceAll('\n', '<br>')}</div>` }),
  ],
];

const unwrapping: readonly Flood[] = bodies.flatMap(([where, make]) =>
  unitFloods('unwrap', lineUnits, (text) =>
    unwrap(mailWith({ subject: `Fwd: ${subject}`, date: now, ...make(text) }), false),
  ).map((flood) => ({ ...flood, name: `${flood.name} ${where}` })),
);

const nestedMails: Flood = {
  stage: 'unwrap',
  name: 'forwards inside many attached mails',
  prepare: (octets) => {
    const inner = mailWith({ text: fill(`${from}Sent: x\nTo: a@b.cc\n\n`, 2_000), subject });
    const mail = mailWith({
      subject,
      attachedMails: Array.from({ length: octets / 2_000 }, () => inner),
    });
    return () => unwrap(mail, false);
  },
};

const markedQuotes: Flood = {
  stage: 'unwrap',
  name: 'blocks known by their shape among many marked elements',
  prepare: (octets) => {
    const block = `<p class="a b c d e f g h i j gmail_quote">${shaped.replaceAll('\n', '<br>')}</p>`;
    const html = fill(block, octets);
    return () => unwrap(mailWith({ subject: 'Fwd: x', html }), false);
  },
};

/** Values as long as their stage takes them, as many as fill a text. */
const values = (
  stage: string,
  units: readonly string[],
  length: number,
  read: (value: string) => unknown,
): readonly Flood[] =>
  units.map((unit) => ({
    stage,
    name: `values of ${JSON.stringify(unit)}`,
    prepare: (octets) => {
      const value = ''.padEnd(length, unit);
      return () => {
        for (let at = 0; at < octets; at += length) read(`${value}x`);
      };
    },
  }));

const listUnits = [
  '"',
  '<',
  '>',
  ',',
  'a,',
  'a;',
  'a@b.cc,',
  '@',
  'a@',
  '(',
  '[mailto:',
  '<mailto:',
  '<a<mailto:',
  '<a@b.cc<mailto:a>>',
  'a <',
  "'",
  ' ',
  '<abc',
  '=?',
  '\u200B',
];
const labelUnits = [
  '-',
  '- ',
  '_',
  ':',
  '：',
  '*',
  ' ',
  'a',
  '\uFDFA',
  'Fwd: ',
  '[a] ',
  'RE[2]: ',
  '*a* ',
  '(',
  '\u0301',
  'Forwarded ',
];
const shapeUnits = ['1', '1:1', '20261', '2026 1:1', '@', 'a@', 'a@b.', '1/1/', '٣', ' '];

export const forwardFloods: readonly Flood[] = [
  ...unwrapping,
  nestedMails,
  markedQuotes,
  ...unitFloods('layout', lineUnits, (text) => layOutBlocks(readLines(text), subject)),
  ...unitFloods('header block', lineUnits, (text) => {
    const reader = new BlockLines(readLines(text));
    for (let i = 0; i < reader.lines.length; i += 1) readLabelledBlock(reader, i, subject);
  }),
  ...unitFloods('shaped block', lineUnits, (text) => {
    const reader = new BlockLines(readLines(text));
    const context = { outerSubject: subject, isBelowSeparator: () => false };
    for (let i = 0; i < reader.lines.length; i += 1) readShapedBlock(reader, i, context);
  }),
  ...unitFloods('attribution', lineUnits, (text) => {
    const lines = readLines(text);
    for (let i = 0; i < lines.length; i += 1) readAttribution(lines, i);
  }),
  ...values('typed addresses', listUnits, 8_000, readTypedAddresses),
  ...unitFloods('typed addresses', listUnits, readTypedAddresses),
  ...values('labels', labelUnits, 199, separatorOf),
  ...values('labels', labelUnits, 60, labelsFor),
  ...values('labels', labelUnits, 1_000, stripSubjectPrefixes),
  ...unitFloods('labels', labelUnits, (text) => [
    separatorOf(text),
    labelsFor(text),
    stripSubjectPrefixes(text),
  ]),
  ...values('shapes', shapeUnits, 150, (value) => [
    hasAddress(value),
    hasMoment(value),
    hasDay(value),
  ]),
  ...unitFloods('shapes', shapeUnits, (text) => [
    hasAddress(text),
    hasDay(text),
    settleDate(text, now),
  ]),
];
