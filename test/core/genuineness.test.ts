/** What speaks against a notice: strong marks warn its forwarder, weak ones leave it to the desk. */
import { expect, test } from 'vitest';
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
  return judgeGenuineness({ original, catalog, forwarderDomain }).verdict;
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
  ['a mail link', link('mailto:a@x.example'), 'genuine'],
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
] as const)('%s', (_, changes, expected) => {
  expect(judge(changes as Partial<Original>)).toBe(expected);
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
    text: '',
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
