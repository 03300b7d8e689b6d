/** Which subjects are the title, which only quote it, and which siblings are which. */
import { expect, test } from 'vitest';
import { canonicalTitle, hasWords, matchTitle } from '../../src/core/notice-title.ts';
import { catalog, title } from '../support/sample-desk.ts';

function matches(subject: string): string {
  const found = catalog.families.flatMap((family) => {
    const match = matchTitle(subject, family);
    return match === undefined ? [] : [`${family.id} ${match.code}`];
  });
  return found.join(', ');
}

const listed = 'lose-access title-verified';
const as = (change: (title: string) => string): string => change(title);

test.each([
  ['as Microsoft writes it', title, listed],
  ['in lower case', title.toLowerCase(), listed],
  ['with a straight apostrophe', as((t) => t.replace('’', "'")), listed],
  ['with an accent for an apostrophe', as((t) => t.replace('’', '´')), listed],
  ['with “You are”', as((t) => t.replace('You’re', 'You are')), listed],
  ['without its apostrophe', as((t) => t.replace('You’re', 'Youre')), listed],
  ['in quotes', `“${title}”`, listed],
  ['in straight quotes', `"${title}"`, listed],
  ['with punctuation behind', `${title}!..`, listed],
  ['with spaces doubled', as((t) => t.replaceAll(' ', '  ')), listed],
  ['with no-break spaces', as((t) => t.replaceAll(' ', '\u00A0')), listed],
  ['in full-width letters', as((t) => t.replace('Office', 'Ｏｆｆｉｃｅ')), listed],
  ['with O365', as((t) => t.replace('Office 365', 'O365')), listed],
  ['with M365', as((t) => t.replace('Office 365', 'M365')), listed],
  ['with Office365', as((t) => t.replace('Office 365', 'Office365')), listed],
  ['with Microsoft Office 365', as((t) => t.replace('Office', 'Microsoft Office')), listed],
  ['with Microsoft 365', as((t) => t.replace('Office', 'Microsoft')), listed],
  ['with its plan', as((t) => t.replace('365', '365 Business Premium')), listed],
  ['with an enterprise plan', as((t) => t.replace('365', '365 Enterprise E3')), listed],
  [
    'with its new plan',
    as((t) => t.replace('Office 365', 'Microsoft 365 Apps for business')),
    listed,
  ],
  ['as a reminder', `Reminder: ${title}`, 'lose-access title-tagged'],
  ['as the second reminder', `2. Erinnerung: ${title}`, 'lose-access title-tagged'],
  ['with a call for action', `Action required: ${title}`, 'lose-access title-tagged'],
  [
    'in an article',
    'What to do when you’re about to lose access to your Office 365 subscription',
    'lose-access title-quoted',
  ],
  ['in a newsletter', `${title}? Five tips for admins`, 'lose-access title-quoted'],
  ['in a question', `Is “${title}” a fake?`, 'lose-access title-quoted'],
  [
    'with a tag in front of a translation',
    'WG Sie verlieren bald den Zugriff auf Ihr Office 365-Abonnement',
    'lose-access title-quoted',
  ],
  ['in other words', 'You will soon lose your access to Microsoft 365', 'lose-access concepts'],
  ['of another product', 'You’re about to lose access to your Netflix subscription', ''],
  ['without its product', 'You’re about to lose access to your subscription', ''],
  ['of other access', 'You lose 365 points and your parking access', 'lose-access concepts'],
  ['too long', `${title} ${'x'.repeat(250)}`, ''],
  ['nothing', '', ''],
])('the title %s', (_, subject, expected) => {
  expect(matches(subject)).toBe(expected);
});

test('every listed title is known by itself, and by Microsoft 365', () => {
  const titles = catalog.families.flatMap(({ titles }) => titles);
  expect(titles.length).toBeGreaterThan(30);
  for (const { text, verified } of titles) {
    const expected = `lose-access title-${verified || text.includes('Microsoft 365') ? 'verified' : 'unverified'}`;
    expect([text, matches(text)]).toEqual([text, expected]);
    const renamed = text.replace('Office 365', 'Microsoft 365');
    expect([renamed, matches(renamed)]).toEqual([renamed, expected]);
  }
});

test('only the title that was seen is verified, and no two languages share one', () => {
  const titles = catalog.families.flatMap(({ titles }) => titles);
  const verified = titles.filter((known) => known.verified).map(({ text }) => text);
  expect(verified).toEqual([title]);
  const spellings = titles.map(({ text }) => canonicalTitle(text));
  // Microsoft renamed the product, so the two English ones are one.
  expect(new Set(spellings).size).toBe(titles.length - 1);
});

test.each([
  ['Your Office 365 subscription expires in 5 days', 'expires-soon'],
  ['Ihr Abonnement läuft in 30 Tagen ab', 'expires-soon'],
  ['Votre abonnement Microsoft 365 expire dans 5 jours', 'expires-soon'],
  ['Su suscripción caducará pronto', 'expires-soon'],
  ['Uw abonnement verloopt binnenkort', 'expires-soon'],
  ['Twoja subskrypcja wygaśnie wkrótce', 'expires-soon'],
  ['サブスクリプションの有効期限が近づいています', 'expires-soon'],
  ['您的订阅即将过期', 'expires-soon'],
  ['Ihr Abonnement ist abgelaufen', 'expired'],
  ['Votre abonnement a expiré', 'expired'],
  ['La sottoscrizione è scaduta', 'expired'],
  ['Срок действия: ваша подписка истекла', 'expired'],
  ['구독이 만료되었습니다', 'expired'],
  ['Ihr Abonnement wurde deaktiviert', 'disabled'],
  ['Din prenumeration har inaktiverats', 'disabled'],
  ['Votre paiement a été refusé', 'payment-declined'],
  ['Ihre Zahlung wurde abgelehnt', 'payment-declined'],
  ['Ödemeniz reddedildi', 'payment-declined'],
  ['お支払いが失敗しました', 'payment-declined'],
  ['Dit abonnement er blevet fornyet', 'renewed'],
  ['Ihre Rechnung für Microsoft 365', 'invoice'],
  ['Microsoft 365 の請求書をご確認ください', 'invoice'],
  ['Your subscription has been canceled as requested', 'cancelled'],
  ['Ihr Abonnement wurde gekündigt', 'cancelled'],
  ['Action required: Make a purchase by May 1 to continue using your tenant', 'tenant-inactive'],
])('a sibling: “%s” is %s', (subject, family) => {
  expect(matches(subject)).toBe(`${family} concepts`);
});

test.each([
  ['a word inside another one', 'closed', 'lose', false],
  ['a word at the end', 'to lose', 'lose', true],
  ['the second of two places', 'closed, lose', 'lose', true],
  ['words in a script without spaces', '您的订阅即将过期了', '即将过期', true],
  ['an accent that makes another word', 'perdrés', 'perdre', false],
  ['no words', 'anything', '', false],
])('finds %s', (_, text, words, expected) => {
  expect(hasWords(text, words)).toBe(expected);
});
