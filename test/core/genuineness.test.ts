/** What speaks against a notice: strong marks warn its forwarder, weak ones leave it to the desk. */
import { expect, test } from 'vitest';
import { extractFields } from '../../src/core/extract.ts';
import { judgeGenuineness } from '../../src/core/genuineness.ts';
import type { Original } from '../../src/core/mail.ts';
import { parseMail } from '../../src/core/parse.ts';
import { unwrap } from '../../src/core/unwrap.ts';
import {
  catalog,
  expectedOf,
  fixture,
  fixtureNames,
  noticeText,
  title,
} from '../support/sample-desk.ts';

function judge(changes: Partial<Original> = {}, forwarderDomain = 'contoso.example') {
  const original: Original = {
    how: 'inline',
    depth: 1,
    from: { name: 'Microsoft', address: 'microsoft-noreply@microsoft.com' },
    to: [],
    subject: title,
    text: noticeText(),
    links: [{ href: 'https://admin.microsoft.com/x', text: '' }],
    ...changes,
  };
  const { fields } = extractFields(original, catalog);
  return judgeGenuineness({ original, fields, catalog, forwarderDomain }).verdict;
}

const link = (href: string, text = '') => ({ links: [{ href, text }] });
const safe = (url: string) =>
  `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=1`;

test.each([
  ['Microsoft’s address and links', {}, 'genuine'],
  ['only a name, as Outlook writes it', { from: { name: 'Microsoft' } }, 'genuine'],
  ['no links at all', { links: [] }, 'genuine'],
  ['a genuine link behind Safe Links', link(safe('https://admin.microsoft.com/x')), 'genuine'],
  [
    'a link to the forwarder’s own site, in a signature',
    link('https://www.contoso.example'),
    'genuine',
  ],
  ['a link to a social network', link('https://www.linkedin.com/x'), 'genuine'],
  ['soft hyphens here and there', { text: 'sub\u00ADscrip\u00ADtion' }, 'genuine'],

  ['another name', { from: { name: 'Anna Hoff' } }, 'doubtful'],
  ['another address', { from: { address: 'a@x.example' } }, 'doubtful'],
  ['a link elsewhere', link('https://x.example'), 'doubtful'],
  ['a foreign host behind Safe Links', link(safe('https://x.example')), 'doubtful'],
  ['a page that anybody can make at Microsoft', link('https://evil.sharepoint.com'), 'doubtful'],
  [
    'a storage account that anybody can have',
    link('https://evil.blob.core.windows.net/x'),
    'doubtful',
  ],
  [
    'a link that says Microsoft behind a gateway that hides its target',
    link('https://protect-eu.mimecast.com/s/1', 'https://admin.microsoft.com/x'),
    'doubtful',
  ],
  [
    'a group of the forwarder’s that rewrites its authors',
    { from: { name: "'Microsoft' via Office", address: 'office@contoso.example' } },
    'doubtful',
  ],
  [
    'a call for a telephone call',
    { text: `${noticeText()}\nTo stop the charge call +1 555 0142 000 now.` },
    'doubtful',
  ],

  [
    'Microsoft’s name at another address',
    { from: { name: 'Microsoft Billing', address: 'a@x.example' } },
    'suspicious',
  ],
  [
    'a domain like Microsoft’s',
    { from: { address: 'billing@micros0ft-renew.example' } },
    'suspicious',
  ],
  [
    'a domain that begins like Microsoft’s',
    { from: { name: 'x', address: 'a@microsoft.com.evil.example' } },
    'suspicious',
  ],
  ['a link to a host like Microsoft’s', link('https://office365-renew.example/x'), 'suspicious'],
  [
    'a link to a host that begins like Microsoft’s',
    link('https://admin.microsoft.com.evil.example/x'),
    'suspicious',
  ],
  [
    'a link whose user name is Microsoft’s host',
    link('https://admin.microsoft.com@rnicrosoft.example/'),
    'suspicious',
  ],
  ['such a host behind Safe Links', link(safe('https://office365-renew.example')), 'suspicious'],
  [
    'a link that shows Microsoft and leads elsewhere',
    link('https://x.example', 'https://admin.microsoft.com/x'),
    'suspicious',
  ],
  ['a link to a bare address', link('https://192.0.2.1/x'), 'suspicious'],
  ['a link to a bare address of IPv6', link('https://[2001:db8::1]/x'), 'suspicious'],
  [
    'a subject whose letters are torn apart',
    { subject: [...title].join('\u{E0101}') },
    'suspicious',
  ],
  ['a text whose letters are torn apart', { text: [...noticeText()].join('\u200B') }, 'suspicious'],
  [
    'Microsoft’s host before the @ of another one',
    link('https://admin.microsoft.com@x.example/'),
    'suspicious',
  ],
  [
    'the same with its dots encoded',
    link('https://admin%2Emicrosoft.com@x.example/'),
    'suspicious',
  ],
  ['a script', link('java\nscript:alert(1)'), 'suspicious'],
  ['a page inside the link', link('data:text/html;base64,PGh0bWw+'), 'suspicious'],
  ['a decimal address', link('http://3221225985/x'), 'suspicious'],
  ['a hexadecimal address', link('http://0xC0000201/x'), 'suspicious'],
  ['Cyrillic letters', link('https://admin.mіcrosoft.example/'), 'suspicious'],
  [
    'a link that shows Microsoft with a path, in a sentence',
    link('https://x.example', 'Go to https://admin.microsoft.com/renew now'),
    'suspicious',
  ],
  [
    'a link that shows Microsoft with a backslash',
    link('https://x.example', 'https:\\\\admin.microsoft.com\\x'),
    'doubtful',
  ],
  [
    'an author whose name is an address of Microsoft',
    { from: { name: 'microsoft-noreply@microsoft.com', address: 'a@x.example' } },
    'suspicious',
  ],
  [
    'a tenant of Microsoft’s that anybody can have',
    { from: { name: 'Microsoft Billing', address: 'a@evil.onmicrosoft.com' } },
    'suspicious',
  ],

  [
    'a list that rewrites its authors',
    { from: { name: "'Microsoft' via IT team", address: 'it@contoso-group.example' } },
    'doubtful',
  ],
  [
    'a gateway nobody knows, around a link of Microsoft’s',
    link(
      'https://gate.example/?to=https%3A%2F%2Fadmin.microsoft.com%2Fx',
      'https://admin.microsoft.com/x',
    ),
    'doubtful',
  ],
  ['a user name at another host', link('https://anna@x.example/'), 'doubtful'],
  ['a link that no reader agrees on', link('https://x.example:99999/'), 'doubtful'],
  ['a link without its scheme', link('//x.example/renew'), 'doubtful'],
  ['a call for a password', { text: noticeText({ extra: 'Verify your password' }) }, 'doubtful'],
  ['a picture for a text', { text: '[cid:image001.png]', links: [] }, 'doubtful'],
  ['iOS’ own links', link('x-apple-data-detectors://1'), 'genuine'],
] as const)('%s', (_, changes, expected) => {
  expect(judge(changes as Partial<Original>)).toBe(expected);
});

// What clients, gateways and organisations append below what they forward.
const footers = [
  ['Outlook for iOS', 'Get Outlook for iOS', 'https://aka.ms/o0ukef'],
  ['Outlook for Android', 'Get Outlook for Android', 'https://aka.ms/AAb9ysg'],
  [
    'Mail for Windows',
    'Sent from Mail for Windows',
    'https://go.microsoft.com/fwlink/?LinkId=550986',
  ],
  ['Yahoo', 'Yahoo Mail: Search, Organize, Conquer', 'https://mail.onelink.me/107872968?pid=x'],
  ['Proton', 'Sent with Proton Mail secure email.', 'https://proton.me/mail/home'],
  ['Thunderbird', 'Thunderbird', 'https://www.thunderbird.net'],
  ['Avast', 'Virus-free. www.avast.com', 'https://www.avast.com/sig-email?utm_medium=email'],
  ['AVG', 'www.avg.com', 'http://www.avg.com/email-signature?utm_medium=email'],
  ['Mimecast’s banner', 'http://www.mimecast.com', 'http://www.mimecast.com'],
  ['LinkedIn', 'LinkedIn', 'https://www.linkedin.com/company/x'],
  ['the organisation', 'www.contoso.example', 'https://www.contoso.example/en/'],
  ['its sister', 'www.contoso-group.example', 'https://www.contoso-group.example'],
  ['its imprint', 'Impressum', 'https://contoso-group.example/impressum'],
  ['its privacy policy', 'Privacy policy', 'https://privacy.contoso-group.example/privacy'],
  ['a scanner nobody knows', 'Scanned by Example Guard', 'https://guard.example'],
] as const;

test.each(footers)('a footer of %s below a genuine notice leaves it genuine', (_, text, href) => {
  const signed = `${noticeText()}\n\n--\nAnna Hoff\nTel. +49 30 5550142\nCall us: 030 5550142\n${text}`;
  const admin = { href: 'https://admin.microsoft.com/x', text: 'Renew your subscription' };
  expect(judge({ text: signed, links: [admin, { href, text }] })).toBe('genuine');
  // Many clients write only the target into text/plain.
  const plain = `${noticeText()}\n\n${text}<${href}>`;
  expect(judge({ text: plain, links: [admin, { href, text: '' }] }, 'contoso.example')).toBe(
    'genuine',
  );
});

test.each([
  ['leads on', 'Renew now', 'https://x.example'],
  ['looks like a footer but is inside the notice', 'www.x.example', 'https://www.x.example'],
  ['leads to a page of its own', 'our site', 'https://x.example/a8f3/renew'],
])('a link that %s is doubtful', (reason, text, href) => {
  const isInside = reason.includes('inside');
  const noted = isInside ? noticeText({ extra: text }) : `${noticeText()}\n${text}`;
  expect(judge({ text: noted, links: [{ href, text }] })).toBe('doubtful');
});

test('an imitating link in a footer is the desk’s to judge, inside the notice it is a fake', () => {
  const [text, href] = ['Outlook experts', 'https://outlook-experts.example'];
  expect(judge({ text: `${noticeText()}\n${text}`, links: [{ href, text }] })).toBe('doubtful');
  expect(judge({ text: noticeText({ extra: text }), links: [{ href, text }] })).toBe('suspicious');
});

test('marks of the mail beside its text count', () => {
  const original: Original = { how: 'inline', depth: 1, to: [], text: noticeText(), links: [] };
  const verdict = (isStrong: boolean) =>
    judgeGenuineness({
      original,
      catalog,
      forwarderDomain: '',
      parts: [{ code: 'form', detail: '', isStrong }],
    }).verdict;
  expect(verdict(false)).toBe('doubtful');
  expect(verdict(true)).toBe('suspicious');
});

test('a shared domain is nobody’s own', () => {
  expect(judge(link('https://www.gmail.com'), 'gmail.com')).toBe('doubtful');
  expect(judge({ from: { name: 'Microsoft', address: 'a@gmail.com' } }, 'gmail.com')).toBe(
    'suspicious',
  );
});

test('the evidence names each host once and ends with the verdict', () => {
  const original: Original = {
    how: 'inline',
    depth: 1,
    to: [],
    text: noticeText({ domain: '' }),
    links: Array.from({ length: 50 }, () => ({ href: 'https://x.example', text: '' })),
  };
  const { evidence } = judgeGenuineness({ original, catalog, forwarderDomain: '' });
  expect(evidence.map(({ code }) => code)).toEqual(['link-elsewhere', 'doubtful']);
});

interface Expected {
  readonly genuineness: string;
}

for (const name of fixtureNames('notices')) {
  test(`judges ${name}`, async () => {
    const { originals } = unwrap(await parseMail(fixture('notices', name)), false);
    const { genuineness } = expectedOf<Expected>('notices', name);
    const own = originals.at(-1);
    expect(own === undefined ? undefined : judge(own, '')).toBe(genuineness);
  });
}

// No customer may ever be told that a genuine notice is a fake.
for (const name of fixtureNames('forwards')) {
  test(`suspects nothing in ${name}`, async () => {
    const mail = await parseMail(fixture('forwards', name));
    const { originals } = unwrap(mail, false);
    const domain = mail.from[0]?.address.split('@')[1] ?? '';
    for (const original of originals) {
      if (original.from?.address?.endsWith('@microsoft.com'))
        expect(judge(original, domain)).not.toBe('suspicious');
    }
  });
}
