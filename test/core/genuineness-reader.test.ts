/**
 * What the reader of a mail sees is judged, not only the part in which the notice was found: each way to show
 * him something else beside a copy of a genuine notice, with its harmless twin.
 */
import { describe, expect, test } from 'vitest';
import { extractFields } from '../../src/core/extract.ts';
import { judgeGenuineness } from '../../src/core/genuineness.ts';
import { bareHostsMax } from '../../src/core/limits.ts';
import type { Original } from '../../src/core/mail.ts';
import { catalog, contosoId, noticeText, title } from '../support/sample-desk.ts';

const microsoft = { name: 'Microsoft', address: 'microsoft-noreply@microsoft.com' };
const anna = { name: 'Anna Hoff', address: 'anna.hoff@contoso.example' };
const evilWords =
  'Your card will be charged today. To cancel call +1 (888) 555-0142 and confirm your password.';

function noticeOf(changes: Partial<Original> = {}): Original {
  return {
    how: 'inline',
    depth: 1,
    from: microsoft,
    to: [anna],
    subject: title,
    text: noticeText(),
    links: [{ href: 'https://admin.microsoft.com/x', text: '' }],
    ...changes,
  };
}

/** The marks of an original, strong ones first, and the verdict last. */
function codes(changes: Partial<Original>, around: readonly Original[] = []): string {
  const original = noticeOf(changes);
  const { evidence } = judgeGenuineness({
    original,
    originals: [...around, original],
    fields: extractFields(original, catalog).fields,
    catalog,
    forwarderDomain: 'contoso.example',
  });
  return evidence.map(({ code }) => code).join(' ');
}

type Twin = NonNullable<Original['twin']>;
const page = (text: string, more: Partial<Twin> = {}): Partial<Original> => ({
  twin: { part: 'html', text, from: microsoft, subject: title, ...more },
});
const plain = (text: string, more: Partial<Twin> = {}): Partial<Original> => ({
  twin: { part: 'plain', text, ...more },
});

describe('the other part of the mail', () => {
  test.each([
    ['the same', page(noticeText()), 'genuine'],
    ['the same, folded elsewhere', page(noticeText().replaceAll(' ', '\n')), 'genuine'],
    [
      'the same with pictures, targets and bullets written out',
      page(`[image: Microsoft]\n* ${noticeText()} <https://aka.ms/x> [cid:a.png@01DA]`),
      'genuine',
    ],
    [
      'the same below a disclaimer of its own',
      page(
        `${noticeText()}\n${'Diese Nachricht ist vertraulich und nur für den Empfänger. '.repeat(9)}`,
      ),
      'genuine',
    ],
    ['a stub for text', plain('Your client cannot show this message.'), 'genuine'],
    ['a text that is empty', plain(''), 'genuine'],
    [
      'all of it beside a text that was cut',
      { ...page(noticeText()), text: 'You', links: [] },
      'genuine',
    ],
    [
      'a stub that asks to call',
      plain('To stop the charge call +1 555 0142 000.'),
      'asks-to-call doubtful',
    ],
    [
      'the same and other words',
      page(`${noticeText()}\nx\n`.replace('\nMicrosoft C', `\n${evilWords}\nMicrosoft C`)),
      'asks-to-call asks-for-credentials doubtful',
    ],
    [
      'words that press instead',
      page(evilWords),
      /^parts-disagree asks-to-call asks-for-credentials/,
    ],
    [
      'harmless words instead',
      page(`${'Please pay the open sum today so that nobody has to stop any work. '.repeat(3)}`),
      'parts-disagree doubtful',
    ],
    ['a picture instead', page(''), 'parts-disagree doubtful'],
    [
      'another author',
      page(noticeText(), { from: { address: 'billing@evil.example' } }),
      'sender-elsewhere parts-disagree doubtful',
    ],
    [
      'another author who calls himself Microsoft',
      page(noticeText(), { from: { name: 'Microsoft', address: 'billing@evil.example' } }),
      'sender-imitates-microsoft parts-disagree suspicious',
    ],
    [
      'the author in capitals',
      page(noticeText(), { from: { address: microsoft.address.toUpperCase() } }),
      'genuine',
    ],
    ['another subject', page(noticeText(), { subject: 'Pay now' }), 'parts-disagree doubtful'],
    ['the subject folded', page(noticeText(), { subject: title.replace(' ', '\n ') }), 'genuine'],
    [
      'letters that are torn apart',
      page([...noticeText()].join('\u200B')),
      /^invisible-characters .*suspicious$/,
    ],
    [
      'a host without a link',
      page(`Renew at evil.example/pay\n${noticeText()}`),
      'link-elsewhere doubtful',
    ],
  ])('%s', (_, changes, expected) => {
    if (typeof expected === 'string') expect(codes(changes)).toBe(expected);
    else expect(codes(changes)).toMatch(expected);
  });

  test('what the forwarder wrote above is not the notice’s, in a part without a header block', () => {
    const comment =
      'Please call me about it on 030 5550142. Our shop is contoso-shop.example/start';
    const whole = { part: 'html' as const, text: `${comment}\n\nMicrosoft\n${noticeText()}` };
    expect(codes({ comment: comment.replace(' about', '\nabout'), twin: whole })).toBe('genuine');
    expect(codes({ comment: 'FYI', twin: whole })).toBe('asks-to-call link-elsewhere doubtful');
  });

  test('a link of the forwarder’s signature above is his, in a part without a header block', () => {
    const links = [{ href: 'tel:+49305550142', text: '030 5550142' }];
    const whole = { part: 'html' as const, text: `Anna, 030 5550142\n\n${noticeText()}` };
    expect(codes({ comment: 'Hi\n\nAnna, 030 5550142', twin: whole, links })).toBe('genuine');
    expect(codes({ comment: 'Hi', twin: whole, links })).toBe('asks-to-call doubtful');
    const inside = { ...whole, text: noticeText({ extra: 'Anna, 030 5550142' }) };
    expect(codes({ twin: inside, links })).toBe('asks-to-call doubtful');
  });

  test('a page in Japanese that is folded elsewhere is the same', () => {
    const text =
      'お客様のサブスクリプションへのアクセスがまもなく失われます。組織の名前は次のとおりです。';
    const folded = text.replaceAll(/(.{7})/gu, '$1\n');
    expect(codes({ text, ...page(folded) })).toBe('genuine');
  });

  test('a text/plain that is a copy beside a page that is not', () => {
    const other =
      'Ihre Rechnung ist offen, bitte zahlen Sie die Summe auf das Konto unten. '.repeat(20);
    expect(codes({ twin: { part: 'html', text: other } })).toBe('parts-disagree doubtful');
  });
});

describe('the forwarder’s footer below a quoted notice', () => {
  const quoted = noticeText();
  test.each([
    [
      'a signature',
      '-- \nAnna Hoff\nCall us: 030 5550142\nwww.contoso-group.example',
      [],
      'genuine',
    ],
    [
      'a call about the notice',
      'To cancel the renewal call +1 555 0142 000',
      [],
      'asks-to-call doubtful',
    ],
    [
      'a site without its scheme',
      'www.contoso-group.example',
      [{ href: 'http://www.contoso-group.example', text: '' }],
      'genuine',
    ],
    [
      'an imprint',
      'Impressum',
      [{ href: 'https://contoso-group.example/impressum', text: 'Impressum' }],
      'genuine',
    ],
    [
      'a call for action',
      'Renew now',
      [{ href: 'https://evil.example/', text: 'Renew now' }],
      'link-elsewhere doubtful',
    ],
  ])('%s', (_, footer, links, expected) => {
    expect(codes({ text: quoted, footer, links })).toBe(expected);
  });

  test('is no part of the notice where nothing tells its end', () => {
    const open = noticeText().replace(/Microsoft Corporation.*/, '');
    expect(codes({ text: open, footer: 'Call me on 030 5550142' })).toBe('genuine');
    expect(codes({ text: `${open}\nCall me on 030 5550142` })).toBe('asks-to-call doubtful');
  });
});

test.each([
  ['what was left unread', { incomplete: true }, 'not-all-read doubtful'],
  [
    'more text than is searched',
    { text: noticeText() + ' \n'.repeat(100_000) },
    'not-all-read doubtful',
  ],
  ['as much as is searched', { text: noticeText() + ' \n'.repeat(90_000) }, 'genuine'],
] as const)('%s', (_, changes, expected) => {
  expect(codes(changes)).toBe(expected);
});

describe('a host in the text without a link', () => {
  test.each([
    ['with a path', 'Renew at renew.example/pay.', 'link-elsewhere doubtful'],
    ['alone', 'Visit renew.example', 'link-elsewhere doubtful'],
    ['behind a colon', 'Renew:renew.example', 'link-elsewhere doubtful'],
    ['with a port', 'Renew at renew.example:8443', 'link-elsewhere doubtful'],
    [
      'with letters like Microsoft’s',
      'Visit micros0ft-renew.example',
      'link-imitates-microsoft suspicious',
    ],
    [
      'Microsoft’s before another',
      'Visit admin.microsoft.com@renew.example/x',
      'link-elsewhere doubtful',
    ],
    ['of a page that anybody can make', 'Visit evil.sharepoint.com/pay', 'link-elsewhere doubtful'],
    ['with its dots hidden', 'Visit re\u200Bnew\u2060.example/pay', 'link-elsewhere doubtful'],
    ['in capitals, as products are', 'Plan: O365.BUSINESS', 'link-elsewhere doubtful'],

    ['of Microsoft', 'Visit admin.microsoft.com or microsoft.com/privacy', 'genuine'],
    ['of Microsoft where anybody has pages', 'Visit Office.com', 'genuine'],
    ['of the forwarder', 'Visit www.contoso.example/x', 'genuine'],
    ['of an address', 'User: anna.hoff@renew.example', 'genuine'],
    ['of a tenant', 'Tenant: contosogroup.onmicrosoft.com', 'genuine'],
    ['that is a file', 'See invoice.pdf and invoice.zip', 'genuine'],
    ['that is a version', 'Version 16.0.1', 'genuine'],
    ['that is an abbreviation', 'z.B. e.g. i.e. U.S.A. d.o.o.', 'genuine'],
    ['that is a company', 'Contoso.Inc, Contoso GmbH & Co.KG', 'genuine'],
    [
      'that is a full stop without its space',
      'Renew your subscription.It ends soon.To renew',
      'genuine',
    ],
    ['of a picture', '[cid:image001.png@01DA.AB]', 'genuine'],
  ])('%s', (_, extra, expected) => {
    expect(codes({ text: noticeText({ extra }) })).toBe(expected);
  });

  test('that the notice names as its own domain is its organisation’s, a page there is not', () => {
    expect(codes({ text: noticeText({ domain: 'adatum.example' }) })).toBe('genuine');
    const text = noticeText({ domain: 'adatum.example', extra: 'Pay at adatum.example/pay' });
    expect(codes({ text })).toBe('link-elsewhere doubtful');
  });

  test('that an organisation is called like is its name, in a sentence it is not', () => {
    expect(codes({ text: noticeText({ organization: 'Adatum.example Ltd' }) })).toBe('genuine');
    const text = noticeText({ organization: 'Go to adatum.example and renew' });
    expect(codes({ text })).toBe('link-elsewhere doubtful');
  });

  test('of a recipient of the notice is his organisation’s', () => {
    const text = noticeText({ extra: 'Domains: adatum.example' });
    expect(codes({ text, to: [{ address: 'zoe@adatum.example' }] })).toBe('genuine');
    expect(codes({ text, to: [{ address: 'zoe@gmail.com' }] })).toBe('link-elsewhere doubtful');
  });

  test('below the notice is a signature’s, a page to pay at is not', () => {
    const below = (line: string) => codes({ text: `${noticeText()}\n${line}` });
    expect(below('contoso-group.example/impressum')).toBe('genuine');
    expect(below('contoso-group.example/pay')).toBe('link-elsewhere doubtful');
    expect(below('micros0ft.example/pay')).toBe('link-imitates-microsoft doubtful');
  });

  test.each([
    ['as many as are judged', bareHostsMax, ''],
    ['one more', bareHostsMax + 1, 'not-all-read'],
  ])('%s', (_, count, expected) => {
    const hosts = Array.from({ length: count }, (__, n) => `a${n}.microsoft.com`).join(' ');
    const text = `${noticeText({ domain: '' })}`.replace(/Microsoft C.*/, hosts);
    expect(codes({ text })).toBe(expected === '' ? 'genuine' : `${expected} doubtful`);
  });
});

describe('links that ring or write', () => {
  const link = (href: string, text = '') => ({ links: [{ href, text }] });
  test.each([
    ['a call', link('tel:+18885550142', 'Call Microsoft billing'), 'asks-to-call doubtful'],
    ['a text message', link('sms:+18885550142?body=x'), 'asks-to-call doubtful'],
    ['a call by another program', link('skype:billing.help?call'), 'asks-to-call doubtful'],
    ['mail to somebody else', link('mailto:billing@evil.example'), 'link-elsewhere doubtful'],
    [
      'mail to Microsoft and somebody else',
      link('mailto:microsoft-noreply@microsoft.com?cc=billing%40evil.example'),
      'link-elsewhere doubtful',
    ],
    ['a file of another machine', link('file://evil.example/x'), 'link-unreadable doubtful'],
    ['a search in one', link('search-ms:query=x&crumb=location:evil'), 'link-unreadable doubtful'],

    ['mail to Microsoft', link('mailto:microsoft-noreply@microsoft.com'), 'genuine'],
    ['mail to the forwarder’s organisation', link('mailto:it@contoso.example'), 'genuine'],
    ['mail to nobody', link('mailto:'), 'genuine'],
    ['a postcode that a telephone made a link of', link('tel:98052', '98052'), 'genuine'],
    [
      'a piece of the id that it made one of',
      link(`tel:${contosoId.slice(0, 8)}1234567`, contosoId.slice(0, 8)),
      'genuine',
    ],
    ['a broken picture of Word’s', link('file:///C:/Users/x.png'), 'genuine'],
  ])('%s', (_, changes, expected) => {
    expect(codes(changes)).toBe(expected);
  });

  test('to a recipient of the notice at another place', () => {
    const changes = {
      ...link('mailto:zoe@adatum.example'),
      to: [{ address: 'zoe@adatum.example' }],
    };
    expect(codes(changes)).toBe('genuine');
  });

  test('below the notice are the forwarder’s', () => {
    const text = `${noticeText()}\nAnna, +49 30 5550142, anna@adatum.example`;
    const links = [
      { href: 'tel:+49305550142', text: '+49 30 5550142' },
      { href: 'mailto:anna@adatum.example', text: 'anna@adatum.example' },
    ];
    expect(codes({ text, links })).toBe('genuine');
  });
});

describe('who passed the notice on before its forwarder', () => {
  const between = (address: string, text = 'FYI', changes: Partial<Original> = {}): Original =>
    noticeOf({
      from: { name: 'Ben', address },
      subject: `Fw: ${title}`,
      text,
      links: [...text.matchAll(/https:\S+/g)].map(([href]) => ({ href, text: '' })),
      ...changes,
    });
  const through = (...around: readonly Original[]): string =>
    codes(
      { depth: around.length + 1 },
      around.map((one, index) => ({ ...one, depth: index + 1 })),
    );

  test.each([
    ['a colleague', between('ben@contoso.example'), 'genuine'],
    ['a colleague below a subdomain', between('ben@mail.contoso.example'), 'genuine'],
    ['a recipient of the notice', between('ANNA.HOFF@contoso.example'), 'genuine'],
    ['only a name', between('', 'FYI', { from: { name: 'Ben' } }), 'genuine'],
    ['nobody', between('', 'FYI', { from: {} }), 'genuine'],
    ['a stranger', between('ben@evil.example'), 'passed-on-by-stranger doubtful'],
    ['a freemail address', between('ben@gmail.com'), 'passed-on-by-stranger doubtful'],
    [
      'a stranger with a page to pay at',
      between('billing@evil.example', 'Pay at https://evil.example/pay'),
      'passed-on-by-stranger link-elsewhere doubtful',
    ],
    [
      'a stranger who calls himself Microsoft',
      between('a@evil.example', 'FYI', {
        from: { name: 'Microsoft Billing', address: 'a@evil.example' },
      }),
      'sender-imitates-microsoft suspicious',
    ],
    [
      'a domain like Microsoft’s',
      between('a@micros0ft.example'),
      'sender-imitates-microsoft suspicious',
    ],
    [
      'a stranger with a link like Microsoft’s',
      between('a@evil.example', 'See https://micros0ft.example/'),
      'link-imitates-microsoft passed-on-by-stranger suspicious',
    ],
    [
      'a colleague whose name says Office',
      between('a@contoso.example', 'FYI', {
        from: { name: 'Office Accounts', address: 'a@contoso.example' },
      }),
      'genuine',
    ],
    [
      'a colleague with a signature',
      between(
        'ben@contoso.example',
        'Can you look at it within 24 hours? Call me: 030 5550142\nhttps://contoso-group.example/ contoso-group.example',
      ),
      'genuine',
    ],
    [
      'a colleague’s name above a page to pay at',
      between('ben@contoso.example', 'Pay at https://evil.example/pay'),
      'link-elsewhere doubtful',
    ],
    [
      'the same without a link',
      between('ben@contoso.example', 'Pay at evil.example/pay'),
      'link-elsewhere doubtful',
    ],
    [
      'a colleague’s name above a number to cancel at',
      between('ben@contoso.example', 'To cancel the subscription call +1 555 0142 000'),
      'asks-to-call doubtful',
    ],
    [
      'a name above a question for a password',
      between('', 'Please confirm your password', { from: { name: 'Ben' } }),
      'asks-for-credentials doubtful',
    ],
    [
      'a colleague, in a page that says something else',
      between('ben@contoso.example', 'FYI', {
        twin: { part: 'html', text: 'Enter your card details', subject: 'x' },
      }),
      'asks-for-card doubtful',
    ],
    [
      'a colleague whose words were left unread',
      between('ben@contoso.example', 'FYI', { incomplete: true }),
      'not-all-read doubtful',
    ],
  ])('%s', (_, one, expected) => {
    expect(through(one)).toBe(expected);
  });

  test('each of them counts', () => {
    const [ben, eve] = [between('ben@contoso.example'), between('eve@evil.example')];
    expect(through(ben, eve)).toBe('passed-on-by-stranger doubtful');
    expect(through(eve, ben)).toBe('passed-on-by-stranger doubtful');
    expect(through(ben, ben)).toBe('genuine');
  });

  test('a message beside the notice does not', () => {
    const beside = between('eve@evil.example');
    expect(codes({ how: 'attachment' }, [beside])).toBe('genuine');
    // Deeper inside another attached message.
    expect(
      codes({ how: 'attachment' }, [between('ben@contoso.example'), { ...beside, depth: 2 }]),
    ).toBe('genuine');
  });
});

test('no text takes long', () => {
  // Of the processor: others may need it meanwhile.
  const before = process.cpuUsage();
  for (const piece of ['a', 'a.co ', '\n', 'a@', '5f0b1c2a-1234-', 'evil.example/', 'x.', ':/']) {
    const text = piece.repeat(Math.floor(150_000 / piece.length));
    const links = Array.from({ length: 250 }, () => ({ href: 'tel:+15550142000', text: 'b' }));
    const outer = noticeOf({ text, links, twin: { part: 'html', text } });
    codes({ depth: 2, text, links, footer: text, twin: { part: 'html', text } }, [outer]);
  }
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(5_000);
});

describe('hosts where anybody can publish', () => {
  const link = (href: string, shown = 'Renew now'): Partial<Original> => ({
    links: [
      { href: 'https://admin.microsoft.com/x', text: '' },
      { href, text: shown },
    ],
  });

  test.each([
    ['a form', link('https://forms.microsoft.com/r/abc'), 'link-elsewhere doubtful'],
    ['a chat', link('https://teams.microsoft.com/l/chat/0/0'), 'link-elsewhere doubtful'],
    ['a social site that calls for action', link('https://x.com/m365'), 'link-elsewhere doubtful'],
    ['a social site as an icon', link('https://x.com/Microsoft', 'X'), 'genuine'],
    ['the admin centre', link('https://admin.microsoft.com/y'), 'genuine'],
  ])('%s', (_, changes, expected) => {
    expect(codes(changes)).toBe(expected);
  });
});

test('a stranger is not believed because the block names him as the recipient', () => {
  const otto = { address: 'otto@evil.example' };
  const between: Original = {
    ...noticeOf(),
    from: otto,
    to: [anna],
    text: 'See below.',
    links: [],
  };
  expect(codes({ depth: 2, to: [otto] }, [between])).toContain('passed-on-by-stranger');
});
