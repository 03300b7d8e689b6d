import { describe, expect, it } from 'vitest';
import { commentLanguage } from '../../src/core/comment-language.ts';

describe('the language of a comment', () => {
  it.each([
    ['en', 'Hi, what is this? Do we need to do anything?'],
    ['de', 'Hallo zusammen, müssen wir da etwas tun?\n\nGruß, Alex'],
    ['fr', 'Bonjour, devons-nous faire quelque chose ?'],
    ['es', 'Buenos días, hemos recibido este correo. ¿Hay que hacer algo?'],
    ['it', 'Buongiorno, dobbiamo fare qualcosa?'],
    ['nl', 'Kunnen jullie hier even naar kijken?'],
    ['pt', 'Bom dia, recebemos este aviso. Podem verificar?'],
    ['pl', 'Dzień dobry, czy musimy coś zrobić?'],
    ['sv', 'Hej, behöver vi göra något åt det här?'],
    ['da', 'Hej, hvad er det her? Skal vi gøre noget?'],
    ['nb', 'Hei, hva er dette? Må vi gjøre noe?'],
    ['fi', 'Hei, pitääkö meidän tehdä jotain?'],
    ['cs', 'Dobrý den, musíme s tím něco udělat?'],
    ['tr', 'Merhaba, bir şey yapmamız gerekiyor mu?'],
    ['ja', 'ご確認ください。'],
    ['zh', '请查收'],
    ['ko', '확인 부탁드립니다'],
    ['hu', 'Jó napot, mit kell tennünk ezzel a levéllel?'],
  ])('is %s', (language, comment) => {
    expect(commentLanguage(comment)).toBe(language);
  });

  it.each(['', 'FYI', 'ok?', '???', 'Anna Berger', 'Office 365', 'Gruß Anna', 'Til orientering'])(
    'is not told by “%s”',
    (comment) => {
      expect(commentLanguage(comment)).toBeUndefined();
    },
  );

  it('is not told by addresses, links and numbers', () => {
    expect(
      commentLanguage('alex@contoso.example https://contoso.example/der/die/das 0800 589 2332'),
    ).toBeUndefined();
  });

  it('is that of the beginning, not of a long disclaimer', () => {
    const disclaimer = 'This message may contain confidential information. '.repeat(40);
    const ask = 'Hallo, bitte sagen Sie uns, ob wir wegen dieser Nachricht etwas tun müssen. ';
    expect(commentLanguage(`${ask.repeat(5)}\n\n${disclaimer}`)).toBe('de');
  });
});
