/** Whole mails that are no notice, or not only one: none of them is ever answered. */
import { expect, test } from 'vitest';
import {
  forwardText,
  inlineBlock,
  mailText,
  noticeText,
  outcomeOf,
  passFor,
  title,
} from '../support/sample-desk.ts';

const proven = { results: passFor('contoso.example') };
const own = (subject: string, body: string): string => mailText({ ...proven, subject, body });
const forwarded = (subject: string, text = noticeText(), from?: string): string =>
  forwardText({
    subject: `Fw: ${subject}`,
    body: inlineBlock(text, { subject, ...(from === undefined ? {} : { from }) }),
  });
const colleague = 'Ben Hoff <ben.hoff@contoso.example>';

test.each([
  [
    'a customer who asks in own words',
    own('Office 365', 'I got a mail that I am about to lose access to Office 365, what now?'),
    'ignore ignored-not-a-notice',
  ],
  [
    'a customer who quotes the title in own words',
    own('Question', `Microsoft writes “${title}”. Is that right?`),
    'ignore ignored-not-a-notice',
  ],
  ['a customer who asks under the title', own(title, 'What now?'), 'review review-no-original'],
  [
    'a customer who asks under a title of own words',
    own('We lose access to Office 365?', 'What now?'),
    'review review-no-original',
  ],
  [
    'a customer who pastes the notice without its header',
    own('Question', noticeText()),
    'review review-no-original',
  ],
  [
    'a customer who pastes the title on a line of its own',
    own('Question', `We got this:\n\n“${title}”\n\nWhat now?`),
    'review review-no-original',
  ],
  [
    'a customer who quotes the title in a sentence',
    own('Question', `We got a mail “${title}”. What now?`),
    'ignore ignored-not-a-notice',
  ],
  [
    'an article that quotes the title in its text',
    forwarded(
      'Five tips for admins',
      `${title}: what it means\n${noticeText()}`,
      'News <news@x.example>',
    ),
    'ignore ignored-not-a-notice',
  ],
  [
    'an article whose headline quotes the title',
    forwarded(
      `What to do when you’re about to lose access to your Office 365 subscription`,
      'Read on',
      'News <news@x.example>',
    ),
    'review review-uncertain-notice',
  ],
  [
    'the same from Microsoft itself',
    forwarded(`What to do when you’re about to lose access to your Office 365 subscription`),
    'review review-uncertain-notice',
  ],
  [
    'a colleague’s forward without what he forwarded',
    forwarded(`FW: ${title}`, 'see below', colleague),
    'review review-no-original',
  ],
  [
    'a colleague’s answer to the notice',
    forwarded(`RE: ${title}`, 'I called them', colleague),
    'review review-no-original',
  ],
  [
    'a colleague who writes under the title',
    forwarded(title, 'Please take care of this', colleague),
    'review review-uncertain-notice',
  ],
  [
    'a notice that expires soon',
    forwarded('Your subscription expires in 5 days'),
    'review review-other-notice',
  ],
  [
    'a notice that has expired',
    forwarded('Ihr Abonnement ist abgelaufen'),
    'review review-other-notice',
  ],
  [
    'a notice of a declined payment',
    forwarded('Votre paiement a été refusé'),
    'review review-other-notice',
  ],
  [
    'a notice of a renewal',
    forwarded('Su suscripción se ha renovado'),
    'ignore ignored-other-notice',
  ],
  ['an invoice', forwarded('Ihre Rechnung für Microsoft 365'), 'ignore ignored-other-notice'],
  [
    'words of a sibling from somebody else',
    forwarded('Your subscription has expired', 'Renew your magazine', 'Shop <a@x.example>'),
    'ignore ignored-not-a-notice',
  ],
  [
    'a sibling beside the notice',
    forwardText({
      body: `${inlineBlock(noticeText())}\n\n${inlineBlock(noticeText(), { subject: 'Your subscription has expired' })}`,
    }),
    'review review-doubtful-notice',
  ],
] as const)('%s', async (_, mail, expected) => {
  expect(await outcomeOf(mail)).toBe(expected);
});

test('each of them is answered when it is the notice itself', async () => {
  expect(await outcomeOf(forwarded(title))).toMatch(/^reply reply-instructions /);
  expect(await outcomeOf(forwarded(`Reminder: ${title}`))).toMatch(/^reply reply-instructions /);
});

function attached(subjects: readonly string[]): string {
  const parts = subjects.flatMap((subject) => [
    '--o',
    'Content-Type: message/rfc822',
    '',
    'From: Microsoft <microsoft-noreply@microsoft.com>',
    'To: Anna Hoff <anna.hoff@contoso.example>',
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    noticeText().replaceAll('\n', '\r\n'),
    '',
  ]);
  return mailText({
    ...proven,
    contentType: 'multipart/mixed; boundary=o',
    body: [...parts, '--o--'].join('\r\n'),
  });
}

test.each([
  ['alone', [title], /^reply reply-instructions/],
  ['twice', [title, title], /^reply reply-instructions/],
  ['with an invoice', [title, 'View your Microsoft 365 invoice'], /^reply reply-instructions/],
  [
    'with a sibling',
    [title, 'Your subscription has expired'],
    /^review review-conflicting-evidence$/,
  ],
  [
    'behind a sibling',
    ['Your payment was declined', title],
    /^review review-conflicting-evidence$/,
  ],
] as const)('an attached notice %s', async (_, subjects, expected) => {
  expect(await outcomeOf(attached(subjects))).toMatch(expected);
});
