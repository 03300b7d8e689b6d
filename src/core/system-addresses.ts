/**
 * Local parts that nobody reads, or that a program reads: answering them is useless at best, a loop at worst.
 *
 * RFC 3834 §2 and RFC 5230 §4.6 name the English ones; the others are how people write “do not reply” in
 * their own language, with or without diacritics, in one word or several. RFC 2142 (postmaster).
 */
import { localPartOf } from './address.ts';
import { foldDiacritics } from './normalize.ts';

/** Phrases as words; written together, with any separator, and behind or before other words they count too. */
const doNotReply = [
  // en
  'no reply',
  'do not reply',
  'dont reply',
  'no response',
  'not reply',
  'no replies',
  'never reply',
  'do not respond',
  'dont respond',
  'no answer',
  'do not answer',
  'unmonitored',
  // de
  'nicht antworten',
  'bitte nicht antworten',
  'keine antwort',
  'keine antworten',
  'nicht beantworten',
  // fr
  'ne pas repondre',
  'ne repondez pas',
  'pas de reponse',
  'sans reponse',
  // es, ca
  'no responder',
  'no responda',
  'no contestar',
  'sin respuesta',
  'no respuesta',
  'no respondre',
  // it
  'non rispondere',
  'nessuna risposta',
  'senza risposta',
  // nl
  'niet beantwoorden',
  'niet reageren',
  'niet antwoorden',
  'geen antwoord',
  // pt
  'nao responda',
  'nao responder',
  'sem resposta',
  // sv, da, nb, is
  'svara inte',
  'svara ej',
  'ej svar',
  'inget svar',
  'svar ikke',
  'ikke svar',
  'besvar ikke',
  'ikke besvar',
  'ingen svar',
  'ekki svara',
  // fi, et
  'ala vastaa',
  'ei vastata',
  'ei vastausta',
  'mitte vastata',
  // pl, cs, sk
  'nie odpowiadaj',
  'nie odpowiadac',
  'nie odpisuj',
  'bez odpowiedzi',
  'neodpovidat',
  'neodpovidejte',
  'bez odpovedi',
  'neodpovedat',
  'neodpovedajte',
  // hr, sr, bs, sl
  'ne odgovaraj',
  'ne odgovarajte',
  'ne odgovarjaj',
  'bez odgovora',
  'brez odgovora',
  // hu
  'ne valaszolj',
  'ne valaszoljon',
  'nincs valasz',
  // ro
  'nu raspunde',
  'nu raspundeti',
  'fara raspuns',
  // tr
  'yanitlamayin',
  'yanitlama',
  'cevaplamayin',
  'cevap vermeyin',
  // lt, lv
  'neatsakyti',
  'neatbildet',
  // ru, uk, bg, in Latin letters and in their own
  'ne otvechat',
  'ne otvechayte',
  'bez otveta',
  'ne vidpovidaty',
  'ne otgovaryay',
  'ne otgovaryayte',
  'не отвечать',
  'не отвечайте',
  'не відповідати',
  'не отговаряйте',
  // el
  'min apantate',
  'min apantas',
  'μην απαντατε',
  // he, ar
  'לא להשיב',
  'לא להגיב',
  'لا ترد',
  // ja, zh, ko
  '返信不可',
  '返信不要',
  '请勿回复',
  '請勿回覆',
  '회신금지',
] as const;

/** Programs that answer mails by themselves. */
const machines = ['auto reply', 'auto responder', 'auto response', 'auto answer', 'auto confirm'];

const phrases = [...doNotReply, ...machines].map((phrase) => phrase.split(' '));
const joined = new Set(phrases.map((words) => words.join('')));
const hyphened = phrases.map((words) => `-${words.join('-')}-`);

/** Whether nobody reads what is sent to this address. */
export function isSystemAddress(address: string): boolean {
  const local = localPartOf(address);
  return isDaemon(local) || saysDoNotReply(local);
}

/** Whether an address, as author or as reverse-path, is a mail system’s or a list’s own. RFC 5230 §4.6. */
export function isDaemonAddress(address: string): boolean {
  // BATV puts a tag before the local part of a reverse-path.
  return isDaemon(localPartOf(address).replace(/^prvs=[0-9a-z]{1,20}=/, ''), { asPath: true });
}

function isDaemon(local: string, { asPath = false } = {}): boolean {
  return (
    /^(?:mailer-daemon|mail-daemon|mailerdaemon|post[._-]?master|listserv|majordomo)(?:$|[+._-])/.test(
      local,
    ) ||
    // Whole, since people are called so behind a dot: `root.anna`.
    /^(?:daemon|mmdf|uucp|root|nobody)(?:$|\+)/.test(local) ||
    // The author of Exchange’s own reports: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@….
    /^microsoftexchange[0-9a-f]{32}$/.test(local) ||
    /^owner-/.test(local) ||
    /-request$/.test(local) ||
    // As an author `product-owner` is a person.
    (asPath && /-owner$/.test(local)) ||
    // As a reverse-path, mail by people has these too: their provider counts its own bounces.
    (!asPath && (/^bounces?(?:$|[+._-])/.test(local) || /-bounces?$/.test(local)))
  );
}

function saysDoNotReply(local: string): boolean {
  const words = foldDiacritics(local.slice(0, 100))
    .replaceAll('ı', 'i')
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
  if (words.some((word) => joined.has(word))) return true;
  const path = `-${words.join('-')}-`;
  return hyphened.some((phrase) => path.includes(phrase));
}
