/**
 * The language of a header block, by its labels: never a guess between two.
 */
import { expect, test } from 'vitest';
import { blockLanguage } from '../../src/core/block-language.ts';

test.each([
  ['Von|Gesendet|An|Cc|Betreff', 'de'],
  ['From|Sent|To|Cc|Subject', 'en'],
  ['Gönderen|Date|Subject|To', 'tr'],
  ['Von|Date|Subject|To', 'de'],
  ['Od|Dátum|Komu|Predmet', 'sk'],
  ['Od|Datum|Komu|Předmět', 'cs'],
  ['De|Envoyé|À|Objet', 'fr'],
  ['De|Enviado|Para|Asunto', 'es'],
  ['De|Enviado|Para|Assunto', 'pt'],
  ['Šalje|Datum|Prima|Naslov', 'hr'],
  ['Шаље|Датум|Прима|Наслов', 'sr'],
  ['Dari|Date|Subject|To', 'id'],
  ['发件人|发送时间|收件人|主题', 'zh-Hans'],
  ['寄件者|寄件日期|收件者|主旨', 'zh-Hant'],
])('%s is %s', (labels, language) => {
  expect(blockLanguage(labels.split('|'))).toBe(language);
});

test('one label that several languages share tells nothing without a hint', () => {
  const labels = ['De', 'Date', 'Subject', 'To'];
  expect(blockLanguage(labels)).toBeUndefined();
  expect(blockLanguage(labels, ['fr-CA'])).toBe('fr');
  expect(blockLanguage(labels, ['ja', 'es'])).toBe('es');
  expect(blockLanguage(labels, ['ja'])).toBeUndefined();
});

test('a hint never outweighs the labels', () => {
  expect(blockLanguage(['Von', 'Betreff', 'An'], ['fr'])).toBe('de');
});

test('labels nobody listed are in no language', () => {
  expect(blockLanguage(['Xyz', 'Abc'])).toBeUndefined();
  expect(blockLanguage([])).toBeUndefined();
});
