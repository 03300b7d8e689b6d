/** Which original is a notice, of which family, and how surely; and what is none. */
import { expect, test } from 'vitest';
import { classify } from '../../src/core/classify.ts';
import { extractFields } from '../../src/core/extract.ts';
import type { Original } from '../../src/core/mail.ts';
import { parseMail } from '../../src/core/parse.ts';
import { screen } from '../../src/core/screen.ts';
import { unwrap } from '../../src/core/unwrap.ts';
import { processorMs } from '../support/flood.ts';
import {
  catalog,
  expectedOf,
  fixture,
  fixtureNames,
  noticeText,
  policy,
  title,
} from '../support/sample-desk.ts';

const microsoft = { name: 'Microsoft', address: 'microsoft-noreply@microsoft.com' };

function originalOf(changes: Partial<Original> & { readonly subject?: string } = {}): Original {
  return {
    how: 'inline',
    depth: 1,
    from: microsoft,
    to: [],
    subject: title,
    text: noticeText(),
    links: [{ href: 'https://admin.microsoft.com/x', text: '' }],
    ...changes,
  };
}

const judge = (originals: readonly Original[], outerSubject = `Fw: ${title}`) =>
  classify({ originals, outerSubject, catalog, reviewThreshold: policy.thresholds.review });

function answered(subject: string | undefined, changes: Partial<Original> = {}): string {
  const { subject: _, ...rest } = originalOf(changes);
  const { notice } = judge([subject === undefined ? rest : { ...rest, subject }], `Fw: ${title}`);
  if (notice === undefined) return 'none';
  return `${notice.family.id} ${notice.confidence >= policy.thresholds.reply ? 'sure' : 'unsure'}`;
}

test.each([
  ['the title as Microsoft writes it', title, 'lose-access sure'],
  ['with a straight apostrophe', title.replace('’', "'"), 'lose-access sure'],
  ['with “You are”', title.replace('You’re', 'You are'), 'lose-access sure'],
  ['with O365', title.replace('Office 365', 'O365'), 'lose-access sure'],
  ['in capitals', title.toUpperCase(), 'lose-access sure'],
  ['with a full stop', `${title}.`, 'lose-access sure'],
  ['with a gateway’s tag', `[EXTERNAL] ${title}`, 'lose-access sure'],
  ['with Microsoft 365', title.replace('Office', 'Microsoft'), 'lose-access sure'],
  ['in German', 'Sie verlieren bald den Zugriff auf Ihr Office 365-Abonnement', 'lose-access sure'],
  ['with a reminder in front', `Reminder: ${title}`, 'lose-access sure'],
  ['in other words', 'You will soon lose your access to Microsoft 365', 'lose-access unsure'],
  ['somebody’s own forward of it', `FW: ${title}`, 'none'],
  ['somebody’s answer to it', `RE: ${title}`, 'none'],
  [
    'a long article that quotes it',
    `What to do when Microsoft writes to you: “${title}” and what it means`,
    'lose-access unsure',
  ],
  [
    'what to do about it',
    'What to do when you’re about to lose access to your Office 365 subscription',
    'lose-access unsure',
  ],
  ['with Office365', title.replace('Office 365', 'Office365'), 'lose-access sure'],
  ['with its plan', title.replace('365', '365 Business Premium'), 'lose-access sure'],
  ['another subject', 'Lunch on Friday', 'none'],
  ['words that only contain the concept’s', 'Closed accessories for 3650 offices', 'none'],
  ['no words', '!!!', 'none'],
])('a subject: %s', (_, subject, expected) => {
  expect(answered(subject)).toBe(expected);
});

test('where a client writes no subject, that of the mail counts, and is less sure', () => {
  expect(answered(undefined)).toBe('lose-access sure');
  expect(answered(undefined, { from: { name: 'x' }, text: '', links: [] })).toBe(
    'lose-access unsure',
  );
});

test('a title alone is not enough to be answered', () => {
  expect(answered(title, { from: { name: 'Microsoft' }, text: 'Hello', links: [] })).toBe(
    'lose-access unsure',
  );
});

test('a title and an address, but nothing of the notice’s body, is not enough to be answered', () => {
  expect(answered(title, { text: 'Hello', links: [] })).toBe('lose-access unsure');
  expect(answered(title, { text: 'Domain: contoso.example', links: [] })).toBe('lose-access sure');
});

const german = 'Sie verlieren bald den Zugriff auf Ihr Office 365-Abonnement';

test('a translation that nobody has seen needs fields in its own words', () => {
  const text =
    'Name der Organisation: Contoso\nDomäne: contoso.example\nAblaufdatum: 1. Dezember 2026';
  expect(answered(german, { text })).toBe('lose-access sure');
  expect(answered(german, { text: 'Zugriff verlieren' })).toBe('lose-access unsure');
});

test('fields are known in every language of the titles', () => {
  const bodies = [
    ['組織名: Contoso', 'ドメイン：contoso.example', 'サブスクリプションの有効期限: 2026年12月1日'],
    ['组织名称：Contoso', '域: contoso.example', '到期日期: 2026年12月1日'],
    [
      'Nom de l’organisation : Contoso',
      'Domaine : contoso.example',
      'Date d’expiration : 1 décembre 2026',
    ],
    [
      'Название организации: Contoso',
      'Домен: contoso.example',
      'Дата окончания: 1 декабря 2026 г.',
    ],
    ['שם הארגון: Contoso', 'תחום: contoso.example', 'תאריך תפוגה: 1 בדצמבר 2026'],
    ['اسم المؤسسة: Contoso', 'المجال: contoso.example', 'تاريخ انتهاء الصلاحية: ١ ديسمبر ٢٠٢٦'],
    ['ชื่อองค์กร: Contoso', 'โดเมน: contoso.example', 'วันหมดอายุ: 1 ธันวาคม 2569'],
    ['조직 이름: Contoso', '도메인: contoso.example', '만료 날짜: 2026년 12월 1일'],
    ['Szervezet neve: Contoso', 'Tartomány: contoso.example', 'Lejárati dátum: 2026. december 1.'],
  ];
  for (const lines of bodies) {
    const original = originalOf({ text: lines.join('\n'), links: [] });
    expect(judge([original]).evidence.find(({ code }) => code === 'labels')?.detail).toBe(
      'organization, domain, expiresOn',
    );
    const { fields } = extractFields(original, catalog);
    expect([lines, fields]).toEqual([
      lines,
      { organization: 'Contoso', tenantDomain: 'contoso.example', expiresOn: '2026-12-01' },
    ]);
  }
});

test('a name alone, as Outlook writes it, counts less than an address', () => {
  const { notice } = judge([originalOf({ from: { name: 'Microsoft' }, links: [] })]);
  const { notice: addressed } = judge([originalOf({ links: [] })]);
  expect(notice?.confidence).toBeLessThan(addressed?.confidence ?? 0);
  expect(answered(title, { from: { name: 'Microsoft' } })).toBe('lose-access sure');
});

test('the evidence says what was found and what was missing', () => {
  const { evidence } = judge([originalOf({ links: [], from: { name: 'Anna' } })]);
  expect(evidence.map(({ code }) => code)).toEqual([
    'title-verified',
    'labels',
    'wording',
    'product',
    'missing',
    'lose-access',
  ]);
  expect(evidence.find(({ code }) => code === 'missing')?.detail).toBe(
    'sender-microsoft, link-genuine',
  );
});

test('a sibling beside the notice is named, whichever of them is surer', () => {
  const sibling = originalOf({ subject: 'Your Office 365 subscription has expired', depth: 2 });
  const found = judge([originalOf(), sibling]);
  expect(found.notice?.family.id).toBe('lose-access');
  expect(found.siblings.map(({ family }) => family.id)).toEqual(['expired']);
  expect(found.evidence.some(({ code }) => code === 'sibling')).toBe(true);
});

test('an invoice never hides a notice that needs somebody', () => {
  const invoice = originalOf({ subject: 'View your Microsoft 365 Business Basic invoice' });
  const unsure = originalOf({ from: { name: 'x' }, text: '', links: [], depth: 2 });
  const found = judge([invoice, unsure]);
  expect(found.notice?.family.id).toBe('lose-access');
  expect(found.siblings.map(({ family }) => family.id)).toEqual(['invoice']);
});

test('Microsoft’s own answer to somebody is no notice', () => {
  const direct = originalOf({ how: 'direct', depth: 0, subject: `RE: ${title}` });
  expect(judge([direct]).notice).toBeUndefined();
});

test('no original takes long', () => {
  const started = processorMs();
  for (const piece of ['Domain:', 'Domain: x\n', 'lose access ', ':', '>', ' ', 'é']) {
    const text = piece.repeat(Math.floor(1_000_000 / piece.length));
    judge([originalOf({ text, subject: text })], text);
    extractFields(originalOf({ text }), catalog);
  }
  expect(processorMs() - started).toBeLessThan(7_000);
});

test('the text alone is no notice: only a subject counts', () => {
  expect(answered('Question', { text: `${title}\n${noticeText()}` })).toBe('none');
});

test('a mail that nobody passed on is a notice only from Microsoft', () => {
  const direct = originalOf({ how: 'direct', depth: 0 });
  expect(judge([direct]).notice?.family.id).toBe('lose-access');
  expect(judge([{ ...direct, from: { address: 'a@x.example' } }]).notice).toBeUndefined();
  expect(
    judge([{ ...direct, from: { address: 'a@microsoft.com.evil.example' } }]).notice,
  ).toBeUndefined();
});

test('of two alike the innermost is the notice, and the other is named', () => {
  const [outer, inner] = [originalOf(), originalOf({ depth: 2 })];
  const found = judge([outer, inner]);
  expect(found.notice?.original).toBe(inner);
  expect(found.others.map(({ original }) => original)).toEqual([outer]);
});

test.each([
  ['Your Office 365 subscription expires in 5 days', 'expires-soon'],
  ['Your subscription has expired', 'expired'],
  ['Your subscription will be disabled', 'disabled'],
  ['Your payment was declined', 'payment-declined'],
  ['Your subscription has been renewed', 'renewed'],
  ['View your Microsoft 365 Business Basic invoice', 'invoice'],
  ['Your subscription was cancelled', 'cancelled'],
  ['Action required: Make a purchase by May 1 to continue using your tenant', 'tenant-inactive'],
])('a sibling: “%s” is %s, and never sure', (subject, family) => {
  expect(answered(subject)).toBe(`${family} unsure`);
});

test('a sibling’s words from somebody else are not a notice', () => {
  expect(answered('Your subscription has expired', { from: { address: 'a@x.example' } })).toBe(
    'none',
  );
});

test('says whether the mail’s own subject is the title', () => {
  expect(judge([]).titleOutside).toBe(true);
  expect(judge([], 'Lunch').titleOutside).toBe(false);
});

interface Expected {
  readonly family?: string;
}

for (const name of fixtureNames('notices')) {
  test(`classifies ${name}`, async () => {
    const mail = await parseMail(fixture('notices', name));
    const { redirected } = screen(mail, { policy, senderDomains: catalog.senderDomains });
    const { originals } = unwrap(mail, redirected);
    const { family } = expectedOf<Expected>('notices', name);
    const found = judge(originals, mail.subject).notice;
    if (family !== undefined) expect(found?.family.id).toBe(family);
    else expect(found?.family.action).not.toBe('reply');
  });
}
