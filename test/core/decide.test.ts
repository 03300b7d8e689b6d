/** Who may be answered, row by row; and what holds an answer back that was decided. */
import { describe, expect, test } from 'vitest';
import { attachedMailsMax } from '../../src/core/limits.ts';
import { signedMessageId } from '../../src/core/message-id.ts';
import { reasons } from '../../src/core/reasons.ts';
import { replyKeyOf } from '../../src/core/reply-key.ts';
import {
  contosoId,
  customerOf,
  decideAtDesk,
  forwardText,
  host,
  inlineBlock,
  mailText,
  messageIdKey,
  noticeText,
  outcomeOf,
  passFor,
  policy,
  title,
  unprovenForward,
} from '../support/sample-desk.ts';

const own = signedMessageId('c0123456789abcdef01234567', messageIdKey, 'partner.example');
const byAnna = 'reply reply-instructions cancel-portal to anna.hoff@contoso.example';
const stranger = { from: 'zoe@stranger.example', results: passFor('stranger.example') };
const contoso = customerOf('contoso');
const northwindId = customerOf('northwind').subscriptions[0]?.advisorSubscriptionId ?? '';

describe('a notice that somebody passed on to its forwarder', () => {
  const through = (passer: string, words = 'FYI', mail = {}) =>
    forwardText({
      body: `Is this real?\n\n${inlineBlock(`${words}\n\n${inlineBlock(noticeText())}`, { from: passer, subject: `Fw: ${title}` })}`,
      ...mail,
    });
  test.each([
    ['a colleague', through('Ben <ben.carter@contoso.example>'), byAnna],
    [
      'a colleague at another domain of the record',
      through('Zoe <zoe@contoso.co.example>'),
      byAnna,
    ],
    ['a name without an address', through('Zoe'), byAnna],
    ['a stranger', through('Zoe <zoe@stranger.example>'), 'review review-doubtful-notice'],
    ['a freemail address', through('Zoe <zoe@gmail.com>'), 'review review-doubtful-notice'],
    [
      'a colleague at another domain, with a page to pay at',
      through('Zoe <zoe@contoso.co.example>', 'Pay at https://evil.example/pay'),
      'review review-doubtful-notice',
    ],
    [
      'somebody who imitates Microsoft',
      through('Microsoft Billing <zoe@stranger.example>'),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    // Whether the record knows the passer must not tell a stranger anything.
    [
      'a colleague at another domain, then a stranger',
      through('Zoe <zoe@contoso.co.example>', 'FYI', stranger),
      'review review-doubtful-notice',
    ],
    [
      'a stranger, then another one',
      through('Zoe <zoe@elsewhere.example>', 'FYI', stranger),
      'review review-doubtful-notice',
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });

  test('gets an unproven author the same answer, whether the record knows the two or not', async () => {
    const raw = unprovenForward({
      body: `Is this real?\n\n${inlineBlock(`FYI\n\n${inlineBlock(noticeText())}`, {
        from: 'Zoe <zoe@contoso.co.example>',
        subject: `Fw: ${title}`,
      })}`,
    });
    const policy = { requireAuthenticated: false };
    const withoutRecord = await outcomeOf(raw, { policy, customers: [] });
    expect(withoutRecord).toBe('review review-doubtful-notice');
    expect(await outcomeOf(raw, { policy })).toBe(withoutRecord);
  });

  test('says in the evidence why a stranger to the typed fields is believed', async () => {
    const { evidence } = await decideAtDesk(through('Zoe <zoe@contoso.co.example>'));
    const codes = evidence.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['passed-on-by-stranger', 'passed-on-by-theirs']));
  });
});

describe('a forward by hand', () => {
  test.each([
    ['a contact, proven', forwardText(), byAnna],
    [
      'a contact, in other capitals',
      forwardText({ from: 'ANNA.HOFF@Contoso.Example' }),
      'reply reply-instructions cancel-portal to ANNA.HOFF@contoso.example',
    ],
    [
      'a colleague, proven',
      forwardText({ from: 'zoe@contoso.example' }),
      'reply reply-instructions cancel-portal to zoe@contoso.example',
    ],
    [
      'a colleague at another domain of the customer',
      forwardText({ from: 'zoe@contoso.co.example', results: passFor('contoso.co.example') }),
      'reply reply-instructions cancel-portal to zoe@contoso.co.example',
    ],
    [
      'a stranger, proven',
      forwardText(stranger),
      'reply reply-ask-for-details ask-for-details to zoe@stranger.example',
    ],
    [
      'a colleague of the desk',
      forwardText({ from: 'maria.lopez@partner.example', results: passFor('partner.example') }),
      'review review-forwarded-by-colleague',
    ],
    [
      'a stranger with a private mailbox',
      forwardText({ from: 'zoe@gmail.com', results: passFor('gmail.com') }),
      'reply reply-ask-for-details ask-for-details to zoe@gmail.com',
    ],
    ['a contact whom nothing proves', unprovenForward(), 'review review-unauthenticated-forwarder'],
    [
      'a contact whom another host proves',
      unprovenForward({
        above: [`Authentication-Results: mx.evil.example; ${passFor('contoso.example')}`],
      }),
      'review review-unauthenticated-forwarder',
    ],
    [
      'a contact whose check failed',
      forwardText({ results: 'dmarc=fail header.from=contoso.example' }),
      'review review-failed-authentication',
    ],
    [
      'a contact for whom another domain passed',
      forwardText({ results: passFor('evil.example') }),
      'review review-unauthenticated-forwarder',
    ],
    [
      'a stranger whom nothing proves',
      unprovenForward({ from: stranger.from }),
      'review review-unauthenticated-forwarder',
    ],
    [
      'two authors',
      forwardText({ from: 'anna.hoff@contoso.example, eve@evil.example' }),
      'review review-several-authors',
    ],
    [
      'two From fields',
      forwardText({ fields: ['From: eve@evil.example'] }),
      'review review-several-authors',
    ],
    ['no author', forwardText({ from: '' }), 'review review-no-author'],
    ['an author who is no address', forwardText({ from: 'Anna Hoff' }), 'review review-no-author'],
    [
      'a contact of another customer',
      forwardText({
        from: 'juergen.vogel@northwind.example',
        results: passFor('northwind.example'),
      }),
      'review review-conflicting-evidence',
    ],
    [
      'a contact whose subject looks automatic',
      forwardText({ subject: 'Automatic reply: away' }),
      'review review-looks-automatic',
    ],
    [
      'an automatic reply',
      forwardText({ fields: ['Auto-Submitted: auto-replied'] }),
      'suppress suppressed-auto-submitted',
    ],
    [
      'a mailing list',
      forwardText({ fields: ['List-Id: <l.x.example>'] }),
      'suppress suppressed-list',
    ],
    [
      'our own mailbox',
      forwardText({ from: 'support@partner.example' }),
      'suppress suppressed-own-mail',
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });

  test('a Reply-To elsewhere changes nothing', async () => {
    for (const field of [
      'Reply-To: eve@evil.example',
      'Sender: eve@evil.example',
      'Return-Path: <eve@evil.example>',
    ])
      expect(await outcomeOf(forwardText({ fields: [field] }))).toBe(byAnna);
  });

  test('a colleague is a stranger where the settings say so', async () => {
    const options = { policy: { answerColleagues: false } };
    expect(await outcomeOf(forwardText({ from: 'zoe@contoso.example' }), options)).toBe(
      'reply reply-ask-for-details ask-for-details to zoe@contoso.example',
    );
    expect(await outcomeOf(forwardText(), options)).toBe(byAnna);
  });

  test('a shared domain in a record makes nobody a colleague', async () => {
    const shared = { ...contoso, otherDomains: ['gmail.com'] };
    const raw = forwardText({ from: 'eve@gmail.com', results: passFor('gmail.com') });
    expect(await outcomeOf(raw, { customers: [shared] })).toBe(
      'reply reply-ask-for-details ask-for-details to eve@gmail.com',
    );
  });

  test('a contact with a private mailbox is known by the whole address', async () => {
    const owner = { ...contoso, contacts: [{ name: 'Ann', address: 'Ann@gmail.com' }] };
    const options = { customers: [owner] };
    const gmail = { results: passFor('gmail.com') };
    expect(await outcomeOf(forwardText({ ...gmail, from: 'ann@gmail.com' }), options)).toBe(
      'reply reply-instructions cancel-portal to ann@gmail.com',
    );
    expect(await outcomeOf(forwardText({ ...gmail, from: 'ann2@gmail.com' }), options)).toBe(
      'reply reply-ask-for-details ask-for-details to ann2@gmail.com',
    );
  });
});

describe('what is asked of a stranger', () => {
  const anyone = {
    ...stranger,
    notice: { organization: 'Nobody Inc.', domain: 'nobody.example', subscriptionId: '' },
  };

  async function planOf(raw: string, options: Parameters<typeof decideAtDesk>[1] = {}) {
    const decision = await decideAtDesk(raw, options);
    return decision.action === 'reply' ? decision.plan : decision.reason;
  }

  test.each([
    ['a customer', forwardText(stranger)],
    ['two customers', forwardText({ ...stranger, notice: { subscriptionId: northwindId } })],
    [
      'a customer, with a tenant that is not the recorded one',
      forwardText({
        ...stranger,
        notice: { extra: 'Tenant ID: 00000000-0000-4000-8000-000000000000' },
      }),
    ],
    [
      'a customer whose move was stopped',
      forwardText({
        ...stranger,
        notice: {
          organization: 'Coho Vineyard',
          domain: 'cohovineyard.example',
          subscriptionId: '',
        },
      }),
    ],
    [
      'a customer, in a language of its own',
      forwardText({
        ...stranger,
        notice: {
          organization: 'Northwind Traders',
          domain: 'northwind.example',
          subscriptionId: northwindId,
        },
      }),
    ],
  ])('is the same about %s as about nobody', async (_, raw) => {
    expect(await planOf(raw)).toEqual(await planOf(forwardText(anyone)));
  });

  test('is the same where two records share the domain', async () => {
    const customers = [contoso, { ...contoso, id: 'twin' }];
    expect(await planOf(forwardText(stranger), { customers })).toEqual(
      await planOf(forwardText(anyone), { customers }),
    );
  });

  test('holds nothing of a record, and a key of the address and the day alone', async () => {
    expect(await planOf(forwardText(stranger))).toEqual({
      to: 'zoe@stranger.example',
      scenario: 'ask-for-details',
      locale: 'en',
      lines: [],
      replyKey: 'general:zoe@stranger.example:2026-11-20',
    });
  });

  test('is the same for a known address that nothing proves', async () => {
    const options = { policy: { requireAuthenticated: false } };
    const nobody = { from: anyone.from, notice: anyone.notice };
    const shape = async (raw: string) => {
      const plan = await planOf(raw, options);
      return typeof plan === 'string' ? plan : { ...plan, to: '', replyKey: '' };
    };
    const known = await shape(unprovenForward());
    expect(known).toEqual(await shape(unprovenForward(nobody)));
    expect(known).toEqual(
      await shape(unprovenForward({ notice: { subscriptionId: northwindId } })),
    );
    expect(known).toMatchObject({ scenario: 'ask-for-details' });
  });
});

test('without required authentication a failed one is still not answered', async () => {
  const options = { policy: { requireAuthenticated: false } };
  const raw = forwardText({ results: 'dmarc=fail header.from=contoso.example' });
  expect(await outcomeOf(raw, options)).toBe('review review-failed-authentication');
  expect(await outcomeOf(forwardText(), options)).toBe(byAnna);
});

describe('what a rule passed on', () => {
  const rule = ['X-MS-Exchange-Inbox-Rules-Loop: a@x.example', 'Auto-Submitted: auto-generated'];
  const redirect = (mail: Parameters<typeof mailText>[0] = {}, notice = {}): string =>
    mailText({
      from: 'Microsoft <microsoft-noreply@microsoft.com>',
      subject: title,
      results: passFor('microsoft.com'),
      fields: ['Resent-From: anna.hoff@contoso.example'],
      body: noticeText(notice),
      ...mail,
    });

  test.each([
    ['a forward of a contact’s own rule', forwardText({ fields: rule }), byAnna],
    [
      'a forward of a stranger’s rule',
      forwardText({ ...stranger, fields: rule }),
      'review review-no-customer',
    ],
    [
      'a forward whose notice names two customers',
      forwardText({ ...stranger, fields: rule, notice: { subscriptionId: northwindId } }),
      'review review-conflicting-evidence',
    ],
    [
      'a mail without a notice',
      mailText({ fields: rule, subject: 'Lunch', body: 'x' }),
      'review review-forwarding-hop',
    ],
    ['Microsoft’s mail, signed', redirect(), byAnna],
    ['Microsoft’s mail, signed, straight to the desk', redirect({ fields: [] }), byAnna],
    [
      'Microsoft’s mail, with SPF alone',
      redirect({
        results: 'spf=pass smtp.mailfrom=microsoft.com; dmarc=pass header.from=microsoft.com',
      }),
      'review review-unproven-notice',
    ],
    [
      'Microsoft’s mail, signed by somebody else',
      redirect({
        results: 'dkim=pass header.d=evil.example; dmarc=pass header.from=microsoft.com',
      }),
      'review review-unproven-notice',
    ],
    [
      'Microsoft’s mail, and DMARC failed upstream',
      redirect({
        fields: [
          'ARC-Authentication-Results: i=1; x.example; dmarc=fail header.from=microsoft.com',
        ],
      }),
      'review review-unproven-notice',
    ],
    [
      'Microsoft’s mail, whose check failed',
      redirect({
        results: 'dkim=fail header.d=microsoft.com; dmarc=fail header.from=microsoft.com',
      }),
      'review review-unproven-notice',
    ],
    [
      'Microsoft’s mail, signed, that names the customer only by name',
      redirect({}, { domain: '', subscriptionId: '' }),
      'review review-unproven-notice',
    ],
    [
      'Microsoft’s mail, signed, of nobody in the record',
      redirect({}, { organization: 'X', domain: 'x.example', subscriptionId: '' }),
      'review review-no-customer',
    ],
    [
      'Microsoft’s mail, signed, that quotes a notice somebody typed',
      redirect({
        subject: 'Your support request',
        body: `You wrote:\n\n${inlineBlock(noticeText())}`,
      }),
      'review review-unproven-notice',
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });

  test('where the record names no contact there is nobody to answer', async () => {
    expect(await outcomeOf(redirect(), { customers: [{ ...contoso, contacts: [] }] })).toBe(
      'review review-no-contact',
    );
  });

  test('unproven Microsoft without any verdict is not answered, whatever the settings', async () => {
    const raw = redirect().replace(/^Authentication-Results:.*\r\n/m, '');
    expect(await outcomeOf(raw, { policy: { requireAuthenticated: false } })).toBe(
      'review review-unproven-notice',
    );
  });
});

describe('an answer to us', () => {
  const answers = (body: string, subject = 'Re: Your subscription'): string =>
    mailText({
      results: passFor('contoso.example'),
      subject,
      fields: [`In-Reply-To: ${own}`],
      body,
    });
  const ours = { from: 'Fabrikam Support <support@partner.example>', subject: 'Your subscription' };
  /** The notice attached, behind a mail by somebody else or a text. */
  const attachedMails = (author: string | undefined, text = 'see'): string => {
    const part = (from: string, subject: string, body: string): string =>
      `--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: ${from}\r\nTo: anna.hoff@contoso.example\r\nSubject: ${subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n`;
    const other = author === undefined ? '' : part(author, 'Your subscription', 'We wrote');
    const notice = part('Microsoft <microsoft-noreply@microsoft.com>', title, noticeText());
    return mailText({
      results: passFor('contoso.example'),
      contentType: 'multipart/mixed; boundary=b',
      body: `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n${other}${notice}--b--\r\n`,
    });
  };

  test.each([
    ['thanks', answers('Thank you!'), 'suppress suppressed-answer-to-reply'],
    [
      'thanks, under the title',
      answers('Thank you!', `Re: ${title}`),
      'suppress suppressed-answer-to-reply',
    ],
    [
      'a notice that may be new',
      answers(`One more.\n\n${inlineBlock(noticeText())}`),
      'review review-answer-to-desk',
    ],
    [
      'a new notice, forwarded',
      answers(
        `One more.\n\n---------- Forwarded message ---------\n${inlineBlock(noticeText()).replace(/^_+\n/, '')}`,
      ),
      byAnna,
    ],
    [
      'a forward that is only quoted',
      answers(
        `Thanks\n\n> ---------- Forwarded message ---------\n${inlineBlock(noticeText()).replace(/^/gm, '> ')}`,
      ),
      'review review-answer-to-desk',
    ],
    [
      'the old notice, below our reply',
      answers(`Thanks\n\n${inlineBlock(`We wrote\n\n${inlineBlock(noticeText())}`, ours)}`),
      'review review-answer-to-desk',
    ],
    [
      'a person at the desk, with the notice below',
      forwardText({
        subject: `RE: ${title}`,
        body: `It worked.\n\n${inlineBlock(`Please try\n\n${inlineBlock(noticeText())}`, { from: 'Maria Lopez <maria.lopez@partner.example>', subject: `RE: ${title}` })}`,
      }),
      'review review-answer-to-desk',
    ],
    [
      'an answer to the notice itself, sent to us',
      forwardText({ subject: `RE: ${title}` }),
      'review review-answer-to-desk',
    ],
    [
      'the desk quoted in Gmail’s way, with the notice below',
      forwardText({
        body: `It says not allowed.\n\nOn Mon, 23 Nov 2026 Fabrikam Support <support@partner.example> wrote:\n\n${inlineBlock(noticeText())}`,
      }),
      'review review-answer-to-desk',
    ],
    [
      'our reply attached beside the notice',
      attachedMails(ours.from),
      'review review-answer-to-desk',
    ],
    [
      'our reply quoted above the attached notice',
      attachedMails(undefined, inlineBlock('We wrote', ours)),
      'review review-answer-to-desk',
    ],
    [
      'a colleague’s mail attached beside the notice',
      attachedMails('Ben Carter <ben.carter@contoso.example>'),
      byAnna,
    ],
    [
      'somebody else’s Message-ID of our form',
      answers('Thanks').replace(/\.[0-9a-f]{32}@/, `.${'0'.repeat(32)}@`),
      'ignore ignored-not-a-notice',
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });
});

describe('what is inside', () => {
  const attached = (notices: readonly string[]): string =>
    mailText({
      results: passFor('contoso.example'),
      contentType: 'multipart/mixed; boundary=b',
      body: `--b\r\n\r\nsee\r\n${notices
        .map(
          (notice) =>
            `--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Microsoft <microsoft-noreply@microsoft.com>\r\nTo: anna.hoff@contoso.example\r\nSubject: ${title}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${notice}\r\n`,
        )
        .join('')}--b--\r\n`,
    });
  const second = noticeText({ subscriptionId: northwindId });

  test.each([
    [
      'two attached notices about two subscriptions',
      attached([noticeText(), second]),
      'review review-conflicting-evidence',
    ],
    ['two attached notices about the same', attached([noticeText(), noticeText()]), byAnna],
    [
      'one attached notice more than is read',
      attached(Array.from({ length: attachedMailsMax + 1 }, () => noticeText())),
      'review review-conflicting-evidence',
    ],
    [
      'two notices in the text about two subscriptions',
      forwardText({ body: `${inlineBlock(noticeText())}\n\n${inlineBlock(second)}` }),
      'review review-conflicting-evidence',
    ],
    [
      'two notices in the text about two domains',
      forwardText({
        body: `${inlineBlock(noticeText({ subscriptionId: '' }))}\n\n${inlineBlock(noticeText({ subscriptionId: '', domain: 'northwind.example' }))}`,
      }),
      'review review-conflicting-evidence',
    ],
    [
      'two notices in the text about two products',
      forwardText({
        body: `${inlineBlock(noticeText({ subscriptionId: '' }))}\n\n${inlineBlock(noticeText({ subscriptionId: '', product: 'Visio Plan 2' }))}`,
      }),
      'review review-conflicting-evidence',
    ],
    [
      'two notices in the text about the same',
      forwardText({ body: `${inlineBlock(noticeText())}\n\n${inlineBlock(noticeText())}` }),
      byAnna,
    ],
    [
      'a look-alike',
      forwardText({
        body: inlineBlock(noticeText(), { from: 'Microsoft <billing@micros0ft-renew.example>' }),
      }),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    [
      'a look-alike that a stranger forwards',
      forwardText({
        ...stranger,
        body: inlineBlock(noticeText(), { from: 'Microsoft <billing@micros0ft-renew.example>' }),
      }),
      'reply reply-suspicious suspicious to zoe@stranger.example',
    ],
    [
      'a look-alike that a colleague of the desk forwards',
      forwardText({
        from: 'maria.lopez@partner.example',
        results: passFor('partner.example'),
        body: inlineBlock(noticeText(), { from: 'Microsoft <billing@micros0ft-renew.example>' }),
      }),
      'review review-suspicious-notice',
    ],
    [
      'a look-alike that nothing proves',
      unprovenForward({
        body: inlineBlock(noticeText(), { from: 'Microsoft <billing@micros0ft-renew.example>' }),
      }),
      'review review-suspicious-notice',
    ],
    [
      'a look-alike that a rule passed on',
      forwardText({
        fields: ['Resent-From: a@x.example'],
        body: inlineBlock(noticeText(), { from: 'Microsoft <billing@micros0ft-renew.example>' }),
      }),
      'review review-suspicious-notice',
    ],
    [
      'a notice with a link elsewhere',
      forwardText({ body: inlineBlock(`${noticeText()}\nhttps://x.example/renew`) }),
      'review review-doubtful-notice',
    ],
    [
      'a notice in other words',
      forwardText({
        body: inlineBlock(noticeText(), {
          subject: 'You will soon lose your access to Microsoft 365',
        }),
      }),
      'review review-uncertain-notice',
    ],
    [
      'a notice of a family that the desk wants to see',
      forwardText({
        body: inlineBlock(noticeText(), { subject: 'Your subscription has expired' }),
      }),
      'review review-other-notice',
    ],
    [
      'a notice of a family that is left alone',
      forwardText({
        body: inlineBlock(noticeText(), { subject: 'View your Microsoft 365 invoice' }),
      }),
      'ignore ignored-other-notice',
    ],
    [
      'an answer that quotes a notice which is left alone',
      forwardText({
        subject: 'RE: our bill',
        body: inlineBlock(noticeText(), { subject: 'View your Microsoft 365 invoice' }),
      }),
      'ignore ignored-other-notice',
    ],
    [
      'a notice of another subscription',
      forwardText({ notice: { subscriptionId: '00000000-0000-4000-8000-000000000009' } }),
      'review review-not-in-transition',
    ],
    [
      'the title, and nothing inside',
      forwardText({ body: 'see subject' }),
      'review review-no-original',
    ],
    [
      'something only Outlook can read',
      forwardText({
        subject: 'Fw: help',
        contentType: 'application/ms-tnef; name=winmail.dat',
        body: 'x',
      }),
      'review review-no-original',
    ],
    [
      'an ordinary question',
      forwardText({ subject: 'Lunch', body: 'Friday?' }),
      'ignore ignored-not-a-notice',
    ],
    [
      'an ordinary forward',
      forwardText({
        subject: 'Fw: Lunch',
        body: inlineBlock('Friday?', { from: 'a@x.example', subject: 'Lunch' }),
      }),
      'ignore ignored-not-a-notice',
    ],
    ['no content', forwardText({ subject: 'Lunch', body: '' }), 'review review-empty-mail'],
    ['nothing at all', '', 'review review-empty-mail'],
    ['no header section', '\r\n\r\ntext', 'review review-unparsable'],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });

  test('a mail of which only the head was fetched goes to the desk', async () => {
    expect(await outcomeOf(forwardText(), { complete: false })).toBe('review review-too-large');
  });
});

test('a reply names the contact as the record does, never as the mail does', async () => {
  const decision = await decideAtDesk(
    forwardText({ from: 'EVIL NAME <anna.hoff@contoso.example>' }),
  );
  expect(decision.action === 'reply' && decision.plan.toName).toBe('Anna Hoff');
  const colleague = await decideAtDesk(forwardText({ from: 'EVIL NAME <zoe@contoso.example>' }));
  expect(colleague.action === 'reply' && colleague.plan.toName).toBeUndefined();
});

describe('the language of a reply', () => {
  const { locale: _, ...silent } = contoso;
  const localeOf = async (raw: string, customer: typeof contoso = silent) => {
    const decision = await decideAtDesk(raw, { customers: [customer], policy: { locale: 'nl' } });
    return decision.action === 'reply' ? decision.plan.locale : decision.reason;
  };
  const english = inlineBlock(noticeText());
  const german = english
    .replace('From:', 'Von:')
    .replace('Sent:', 'Gesendet:')
    .replace('To:', 'An:')
    .replace('Subject:', 'Betreff:');
  const french = 'Bonjour, devons-nous faire quelque chose ?';
  const from = (body: string, mail = {}) => forwardText({ body, ...mail });

  test('is the record’s before all', async () => {
    expect(await localeOf(from(`${french}\n\n${german}`), { ...contoso, locale: 'pl' })).toBe('pl');
  });
  test('is that of the comment, whatever the client', async () => {
    expect(await localeOf(from(`${french}\n\n${german}`))).toBe('fr');
    expect(await localeOf(from(`${french}\n\n${english}`))).toBe('fr');
  });
  test('is that of the client where the comment tells nothing', async () => {
    expect(await localeOf(from(german))).toBe('de');
    expect(await localeOf(from(`FYI\n\n${german}`))).toBe('de');
  });
  test('is the settings’ where the client’s labels are English, as many are', async () => {
    expect(await localeOf(from(english))).toBe('nl');
    expect(await localeOf(from(`FYI\n\n${english}`))).toBe('nl');
  });
  test('is not the record’s for a stranger', async () => {
    const asked = from(`${french}\n\n${english}`, stranger);
    expect(await localeOf(asked, { ...contoso, locale: 'pl' })).toBe('fr');
  });
});

test('every decision ends with its reason among the evidence, and goes with its action', async () => {
  for (const raw of [forwardText(), unprovenForward(), forwardText(stranger), mailText(), '']) {
    const { action, reason, evidence } = await decideAtDesk(raw);
    expect(evidence.at(-1)).toMatchObject({ stage: 'decide', code: reason });
    expect(reasons[reason].action).toBe(action);
  }
});

describe('what makes two replies the same one', () => {
  const key = (changes = {}, subscription = {}): string => {
    const [first] = contoso.subscriptions;
    const customer = {
      ...contoso,
      ...changes,
      subscriptions: first === undefined ? [] : [{ ...first, ...subscription }],
    };
    return replyKeyOf(customer, 'cancel-portal', [
      { product: 'x', scenario: 'cancel-portal', index: 0 },
    ]);
  };

  test.each([
    ['another contact', { contacts: [] }],
    ['another name', { name: 'Contoso Group' }],
    ['another account manager', { accountManager: 'x@partner.example' }],
  ])('%s is no reason to answer again', (_, changes) => {
    expect(key(changes)).toBe(key());
  });

  test.each([
    ['another number of licenses', { licensesAssigned: 99 }],
    ['another state of the old one', { advisorStatus: 'expired' }],
    ['another state of the new one', { cspStatus: 'ordered' }],
    ['another end', { advisorEndsOn: '2027-01-01' }],
  ])('%s is', (_, subscription) => {
    expect(key({}, subscription)).not.toBe(key());
  });

  test('another country is, since the number to call changes', () => {
    expect(key({ country: 'DE' })).not.toBe(key());
  });

  test('two customers never share one', () => {
    expect(key({ id: 'other' })).not.toBe(key());
  });
});

test('the trusted host of these tests is the one that the mails name', () => {
  expect(policy.trustedAuthservIds).toEqual([host]);
  expect(contosoId).not.toBe('');
});
