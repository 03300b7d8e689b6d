/** What a forwarder's client copied into a text: flattened blocks, attributions, quotations, chains. */
import { expect, test } from 'vitest';
import { findInlineOriginals } from '../../src/core/inline-originals.ts';
import { inlineDepthMax } from '../../src/core/limits.ts';

const find = (text: string, subject = 'The title', saysForward = true) =>
  findInlineOriginals(
    { text, links: [] },
    { zone: 60, forwardedAt: undefined, languages: [], outerSubject: subject, saysForward },
  );

const author = { name: 'Anna Hoff', address: 'anna@contoso.example' };

test.each([
  [
    'Yahoo, German',
    '----- Weitergeleitete Nachricht ----- Von: Anna Hoff <anna@contoso.example>An: "b@x.example" <b@x.example>CC: C <c@x.example>Gesendet: Dienstag, 10. November 2026, 09:31:50 MEZBetreff: The title\n The body.',
  ],
  [
    'Yahoo, French, with spaces before the colons',
    '   ----- Message transmis ----- De : Anna Hoff <anna@contoso.example>À : "b@x.example" <b@x.example>Cc : C <c@x.example>Envoyé : mardi 10 novembre 2026, 09:31:50 UTC+1Objet : The title\n The body.',
  ],
  [
    'Yahoo, Polish, without a colon behind Dw',
    '----- Przekazana wiadomość ----- Od: Anna Hoff <anna@contoso.example>Do: "b@x.example" <b@x.example>Dw C <c@x.example>Wysłano: wtorek, 10 listopada 2026, 09:31:50 CETTemat: The title\n The body.',
  ],
  [
    'a gateway that folds lines to spaces',
    'From: Anna Hoff <anna@contoso.example> Sent: Tuesday, November 10, 2026 9:31:50 AM To: b@x.example <b@x.example> Cc: C <c@x.example> Subject: The title\n\nThe body.',
  ],
  [
    'the body on the same line',
    'From: Anna Hoff <anna@contoso.example> Sent: Tuesday, November 10, 2026 9:31:50 AM To: b@x.example Cc: C <c@x.example> Subject: FW: The title The body.',
  ],
])('takes a flattened block apart: %s', (_, text) => {
  const [found] = find(text);
  expect(found?.original).toMatchObject({
    from: author,
    to: [{ address: 'b@x.example' }],
    cc: [{ name: 'C', address: 'c@x.example' }],
    subject: expect.stringMatching(/^(?:FW: )?The title$/),
    date: new Date('2026-11-10T08:31:50Z'),
    text: 'The body.',
  });
  expect(found?.original.comment).toBeUndefined();
});

test.each([
  ['English', 'On 28/10/2026 12:46, "Anna Hoff" <anna@contoso.example> wrote:'],
  ['German', 'Am 28/10/2026, 12:46 schrieb "Anna Hoff" <anna@contoso.example>:'],
  ['French', 'Le 28/10/2026 12:46, « Anna Hoff » <anna@contoso.example> a écrit :'],
  ['Finnish', 'Anna Hoff <anna@contoso.example> kirjoitti 28/10/2026 12.46:'],
  ['Slovak', '28/10/2026 12:46 používateľ Anna Hoff (<anna@contoso.example>) napísal:'],
  ['Polish', 'Dnia 28/10/2026, 12:46 użytkownik „Anna Hoff” <anna@contoso.example> napisał:'],
  ['English, folded', 'On 28/10/2026 12:46, "Anna Hoff" <anna@contoso.example>\nwrote:'],
])('reads an attribution: %s', (_, line) => {
  const [found] = find(`Please look.\n\n\uFEFF${line}\n\n    The body.\n    Goes on.\n`);
  expect(found?.original).toMatchObject({
    from: author,
    subject: 'The title',
    date: new Date('2026-10-28T11:46:00Z'),
    text: 'The body.\nGoes on.',
    comment: 'Please look.',
  });
});

test('an attribution in a mail that does not say forward belongs to an answer', () => {
  const text = 'On 28/10/2026 12:46, "Anna Hoff" <anna@contoso.example> wrote:\n\n> The body.';
  expect(find(text, 'The title', false)).toEqual([]);
});

test.each([
  ['no address', 'On 28/10/2026 12:46, Anna Hoff wrote:'],
  ['no date', 'As Anna Hoff <anna@contoso.example> wrote:'],
  ['no colon', 'On 28/10/2026 12:46, "Anna Hoff" <anna@contoso.example> wrote'],
])('reads no attribution in a sentence with %s', (_, line) => {
  expect(find(`${line}\n\nText.`)).toEqual([]);
});

const block = (from: string, subject: string) =>
  `From: ${from} <${from}@x.example>\nSent: Tuesday, November 10, 2026 9:31 AM\nTo: z@x.example\nSubject: ${subject}\n`;

test('what is quoted loses its marks, and an unquoted signature below is not part of it', () => {
  const quoted = `${block('a', 'The title')}\nThe body.\n\nIts end.`.replaceAll(/^/gm, '> ');
  const [found] = find(`Begin forwarded message:\n\n${quoted}\n\n-- \nBest regards\nBob`);
  expect(found?.original.text).toBe('The body.\n\nIts end.');
  expect(found?.original.comment).toBeUndefined();
});

test('what is quoted twice loses both marks', () => {
  const quoted = `${block('a', 'The title')}\nThe body.`.replaceAll(/^/gm, '> > ');
  expect(find(quoted)[0]?.original.text).toBe('The body.');
});

test('a chain is read link by link, each with the comment above it', () => {
  const text = `One.\n\n${block('a', 'FW: The title')}\nTwo.\n\n${block('b', 'The title')}\nThe body.`;
  expect(
    find(text).map(({ original }) => [original.depth, original.from?.name, original.comment]),
  ).toEqual([
    [1, 'a', 'One.'],
    [2, 'b', 'Two.'],
  ]);
  expect(find(text)[0]?.original).toMatchObject({
    text: 'Two.',
    below: { text: expect.stringContaining('The body.') },
  });
});

test.each([
  [inlineDepthMax, inlineDepthMax],
  [inlineDepthMax + 1, inlineDepthMax],
])('of %i forwards inside one another, %i are read', (count, read) => {
  const text = Array.from({ length: count }, (_, index) => block(`a${index}`, 's')).join('\n');
  expect(find(text)).toHaveLength(read);
});
