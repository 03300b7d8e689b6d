/** The labels above a forwarded message: found by their shape, in any language, and only where they are one. */
import { expect, test } from 'vitest';
import { blockLanguage } from '../../src/core/block-language.ts';
import { BlockLines, readLabelledBlock } from '../../src/core/header-block.ts';
import { readLines } from '../../src/core/text-lines.ts';

const read = (text: string, subject = '') =>
  readLabelledBlock(new BlockLines(readLines(text)), 0, subject);

test.each([
  ['English, Outlook', 'From: A <a@x.example>\nSent: Monday\nTo: b\nSubject: s', 'en'],
  ['English, Gmail', 'From: A <a@x.example>\nDate: Monday\nSubject: s\nTo: <b@x.example>', 'en'],
  ['German', 'Von: A <a@x.example>\nGesendet: Montag\nAn: b\nBetreff: s', 'de'],
  ['French with a space before the colon', 'De : A\nEnvoyé : lundi\nÀ : b\nObjet : s', 'fr'],
  ['labels between asterisks', '*From:* A\n*Sent:* Monday\n*To:* b\n*Subject:* s', 'en'],
  ['quoted', '> From: A\n> Date: Monday\n> To: b\n> Subject: s', 'en'],
  ['a full-width colon', '发件人：A\n收件人：b\n主题：s', 'zh-Hans'],
  ['blank lines between labels', 'From: A\n\nSent: Monday\n\nTo: b\n\nSubject: s', 'en'],
  ['values on lines of their own', 'From:\nA <a@x.example>\nDate:\nMonday\nSubject:\ns', 'en'],
  ['lower-case labels', 'from: A\nsent: Monday\nto: b\nsubject: s', 'en'],
])('reads a block: %s', (_, text, language) => {
  const block = read(text);
  expect(block?.values.from).toContain('A');
  expect(block?.values.subject).toBe('s');
  expect(blockLanguage(block?.labels ?? [])).toBe(language);
});

test.each([
  ['a single label', 'From: A <a@x.example>'],
  ['two labels', 'From: A\nSubject: s'],
  ['labels without an author', 'To: b\nSubject: s\nDate: Monday'],
  ['an empty author', 'From:\n\n\nTo: b'],
  ['a sentence with a colon', 'Note: from here on\nTo: everybody'],
  ['nothing', ''],
])('finds no block in %s', (_, text) => {
  expect(read(text)).toBeUndefined();
});

test('a folded list of recipients belongs to its label', () => {
  const block = read('From: A\nTo: b@x.example,\nc@x.example\nSubject: s');
  expect(block?.values.to).toBe('b@x.example, c@x.example');
});

test('a body that follows without a blank line is not the subject’s', () => {
  const block = read('From: A\nDate: Monday\nTo: b\nSubject: the title\nThe body.', 'the title');
  expect(block?.values.subject).toBe('the title');
  expect(block?.end).toBe(4);
});

test('a second From ends the block', () => {
  const block = read('From: A\nDate: x\nTo: b\nSubject: s\nFrom: B\nDate: y\nTo: c\nSubject: t');
  expect(block?.end).toBe(4);
  expect(block?.values.from).toBe('A');
});

test('a line of no use inside the block is passed over, and below it belongs to the body', () => {
  const block = read(
    'From: A\nImportance: High\nDate: Monday\nTo: b\nSubject: s\nOrganization: Contoso\n\nBody.',
  );
  expect(block).toMatchObject({ end: 5, values: { from: 'A', date: 'Monday', subject: 's' } });
});

test.each([
  ['of the mail itself, folded by the client', 'A title that is\nlonger than a line\n\nBody.', 6],
  ['of another mail, above a body without a blank line', 'Another title\nBody.', 5],
])('a subject %s', (_, rest, end) => {
  const block = read(
    `From: A\nDate: x\nTo: b\nCc: c\nSubject: ${rest}`,
    'A title that is longer than a line',
  );
  expect(block?.end).toBe(end);
});

test('a stray label above the block is not part of it', () => {
  const text = 'To: everybody\nFrom: A <a@x.example>\nSent: x\nTo: b\nSubject: s';
  expect(read(text)).toBeUndefined();
  expect(read(text.split('\n').slice(1).join('\n'))?.values).toMatchObject({
    to: 'b',
    subject: 's',
  });
});

test('fields of the header section that some clients show too are passed over', () => {
  const block = read('From: A\nSubject: s\nThread-Topic: other\nMIME-Version: 1.0\nDate: x\nTo: b');
  expect(block?.values).toMatchObject({ subject: 's', date: 'x', to: 'b' });
});

test('an address torn apart by a fold is whole again', () => {
  const block = read('From: A [mailto:micro-\nsoft@x.example]\nSent: x\nTo: b\nSubject: s');
  expect(block?.values.from).toBe('A [mailto:micro-soft@x.example]');
});
