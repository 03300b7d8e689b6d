/** Answers are no forwards, whatever stands in their subject: what they quote must not be answered again. */
import { expect, test } from 'vitest';
import { stripSubjectPrefixes } from '../../src/core/forward-labels.ts';
import { host, outcomeOf, passFor, title } from '../support/sample-desk.ts';

const notice = [
  'You’re about to lose access to your subscription',
  'Organization name: Contoso Ltd',
  'Domain: contoso.example',
  'Subscription name: Office 365 Business Premium',
  'https://admin.microsoft.com/',
].join('\n');

const block = (
  from: string,
  subject = title,
  to = 'Anna Hoff <anna.hoff@contoso.example>',
): string =>
  `From: ${from}\nSent: Thursday, November 12, 2026 9:31 AM\nTo: ${to}\nSubject: ${subject}\n`;
const fromMicrosoft = `${block('Microsoft <microsoft-noreply@microsoft.com>')}\n${notice}`;
const rule = '________________________________';
const quoted = (text: string): string => text.replaceAll(/^/gm, '> ');

const verdict = `Authentication-Results: ${host}; ${passFor('contoso.example')}\r\n`;

const outcome = (subject: string, body: string): Promise<string> =>
  outcomeOf(
    `${verdict}From: Anna Hoff <anna.hoff@contoso.example>\r\nTo: support@partner.example\r\nSubject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=\r\nMessage-ID: <1@contoso.example>\r\nDate: Fri, 13 Nov 2026 11:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
  );

const attribution = 'On 13/11/2026 10:00, Fabrikam Support wrote:';

test.each([
  [
    'below the desk’s name alone',
    `Re: Fwd: ${title}`,
    `Done.\n\n${attribution}\n${quoted(`Please do.\n\n${rule}\n${fromMicrosoft}`)}`,
  ],
  [
    'in German',
    `AW: WG: ${title}`,
    `Danke.\n\nAm 13.11.2026 um 10:00 schrieb Fabrikam Support:\n${quoted(fromMicrosoft)}`,
  ],
  [
    'below a colleague of the desk',
    `Re: Fw: ${title}`,
    `Thanks!\n\nOn Fri, 13 Nov 2026 at 10:00, Bob <bob@partner.example> wrote:\n\n${quoted(fromMicrosoft)}`,
  ],
  [
    'below an address that was folded',
    `Re: Fw: ${title}`,
    `Thanks!\n\nOn Fri, 13 Nov 2026 at 10:00, Desk <\nsupport@partner.example> wrote:\n\n${quoted(fromMicrosoft)}`,
  ],
  [
    'below a block with the desk’s name alone',
    `RE: FW: ${title}`,
    `Thanks!\n\n${block('Fabrikam Support', `RE: FW: ${title}`)}\nPlease do.\n\n${fromMicrosoft}`,
  ],
  [
    'among colleagues, the desk in copy',
    `RE: FW: ${title}`,
    `I will.\n\n${block('Ben Carter <ben.carter@contoso.example>', `FW: ${title}`)}\nReal?\n\n${fromMicrosoft}`,
  ],
  [
    'in Chinese',
    `答复: 转发: ${title}`,
    `谢谢\n\n${block('Fabrikam Support', `答复: ${title}`)}\nOK\n\n${fromMicrosoft}`,
  ],
  [
    'with its prefix taken off by a ticket system',
    `${title} [Ticket#123]`,
    `Thanks!\n\n${attribution}\n${quoted(fromMicrosoft)}`,
  ],
  [
    'with words quoted and no attribution',
    `Réf. : Tr : ${title}`,
    `Merci\n\n${quoted(`Bonjour\n\n${rule}\n${fromMicrosoft}`)}`,
  ],
  ['to Microsoft itself', `RE: ${title}`, `What is this?\n\n${fromMicrosoft}`],
  [
    'in Finnish, where VS: is an answer',
    `VS: ${title}`,
    `Kiitos\n\n${fromMicrosoft.replace('From:', 'Lähettäjä:').replace('Sent:', 'Lähetetty:').replace('To:', 'Vastaanottaja:').replace('Subject:', 'Aihe:')}`,
  ],
])('an answer %s is for the desk', async (_, subject, body) => {
  expect(await outcome(subject, body)).toBe('review review-answer-to-desk');
});

test('an answer with an unrelated message attached is for the desk', async () => {
  const body = `What is this?\r\n\r\n${fromMicrosoft}`;
  const raw = `${verdict}From: Anna Hoff <anna.hoff@contoso.example>\r\nSubject: RE: ${title}\r\nMessage-ID: <1@contoso.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\nSubject: Lunch\r\nDate: Fri, 13 Nov 2026 11:00:00 +0000\r\n\r\nAt noon.\r\n--b--`;
  expect(await outcomeOf(raw)).toBe('review review-answer-to-desk');
});

test.each([
  ['with a worn subject', `RE: FW: ${title}`, `Is this real?\n\n${fromMicrosoft}`],
  ['of an answer', `FW: RE: ${title}`, `Is this real?\n\n${fromMicrosoft}`],
  [
    'by hand, in an answer',
    `RE: ${title}`,
    `See:\n\n---------- Forwarded message ---------\n${fromMicrosoft}`,
  ],
  [
    'in Danish, where VS: is a forward',
    `VS: ${title}`,
    `Hej\n\n${fromMicrosoft.replace('From:', 'Fra:').replace('Sent:', 'Sendt:').replace('To:', 'Til:').replace('Subject:', 'Emne:')}`,
  ],
  [
    'twice, without any prefix',
    title,
    `Hi,\n\n${block('Ben Carter <ben.carter@contoso.example>', `FW: ${title}`)}\nReal?\n\n${fromMicrosoft}`,
  ],
])('a forward %s is answered', async (_, subject, body) => {
  expect(await outcome(subject, body)).toMatch(/^reply reply-instructions/);
});

test.each([
  ['FW: RE: x', 'forwarded'],
  ['RE: FW: x', 'replied'],
  ['[EXTERNAL] AW: WG: x', 'replied'],
  ['VS: x', 'either'],
  ['x', undefined],
])('the last hand that touched “%s” %s it', (subject, first) => {
  expect(stripSubjectPrefixes(subject).first).toBe(first);
});
