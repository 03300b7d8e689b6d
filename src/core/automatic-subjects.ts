/**
 * Subjects that automatic replies have, as clients and people write them.
 *
 * Weak evidence: alone it sends a mail to the desk, never into silence, since people write such subjects too.
 */
import { foldText } from './normalize.ts';

/** What a subject begins with, in lower case and without diacritics being taken off. */
const beginnings = [
  // en
  'automatic reply',
  'auto reply',
  'auto-reply',
  'autoreply',
  'auto response',
  'auto-response',
  'autoresponse',
  'automatic response',
  'automated reply',
  'automated response',
  'out of office',
  'out of the office',
  'out-of-office',
  'away from the office',
  'away from office',
  'ooo',
  // de
  'automatische antwort',
  'automatische rückantwort',
  'automatische rückmeldung',
  'abwesenheitsnotiz',
  'abwesenheitsassistent',
  'abwesenheitsmeldung',
  'abwesenheitsnachricht',
  'abwesenheit',
  'abwesend',
  'nicht im büro',
  'außer haus',
  // fr
  'réponse automatique',
  'réponse auto',
  'absence du bureau',
  'absent du bureau',
  'absente du bureau',
  'message d’absence',
  'avis d’absence',
  // es, ca
  'respuesta automática',
  'fuera de la oficina',
  'fuera de oficina',
  'ausente de la oficina',
  'mensaje de ausencia',
  'resposta automàtica',
  // it
  'risposta automatica',
  'fuori sede',
  'fuori ufficio',
  'assenza dall’ufficio',
  // nl
  'automatisch antwoord',
  'automatische reactie',
  'afwezigheidsbericht',
  'afwezigheidsmelding',
  'afwezig',
  'niet aanwezig',
  'niet op kantoor',
  // pt
  'resposta automática',
  'fora do escritório',
  'ausência do escritório',
  'ausente do escritório',
  'ausência temporária',
  // sv
  'autosvar',
  'automatiskt svar',
  'frånvaromeddelande',
  'frånvarande',
  'inte på kontoret',
  // da, nb
  'automatisk svar',
  'fraværsmeddelelse',
  'fraværsbesked',
  'fraværsmelding',
  'fraværende',
  'ikke på kontoret',
  'ikke til stede',
  // fi, et, lv, lt
  'automaattinen vastaus',
  'poissaoloilmoitus',
  'poissaoloviesti',
  'poissa toimistosta',
  'automaatvastus',
  'automātiska atbilde',
  'automatinis atsakymas',
  // pl
  'odpowiedź automatyczna',
  'automatyczna odpowiedź',
  'poza biurem',
  'nieobecność w biurze',
  // cs, sk
  'automatická odpověď',
  'mimo kancelář',
  'nepřítomnost v kanceláři',
  'automatická odpoveď',
  'mimo kancelárie',
  'neprítomnosť',
  // hr, sr, sl
  'automatski odgovor',
  'izvan ureda',
  'аутоматски одговор',
  'samodejni odgovor',
  'odsotnost',
  // hu
  'automatikus válasz',
  'házon kívül',
  'irodán kívül',
  // ro
  'răspuns automat',
  'în afara biroului',
  'absent de la birou',
  // tr
  'otomatik yanıt',
  'otomatik cevap',
  'ofis dışında',
  'ofis dışı',
  // ru, uk, bg, el
  'автоматический ответ',
  'автоответ',
  'вне офиса',
  'нет на рабочем месте',
  'автоматична відповідь',
  'автовідповідь',
  'поза офісом',
  'автоматичен отговор',
  'извън офиса',
  'αυτόματη απάντηση',
  'εκτός γραφείου',
  // he, ar, vi, id
  'מענה אוטומטי',
  'תשובה אוטומטית',
  'رد تلقائي',
  'trả lời tự động',
  'balasan otomatis',
] as const;

/** Scripts without spaces: whatever follows. */
const unspaced = [
  '自動応答',
  '自動返信',
  '不在通知',
  '不在連絡',
  '自动答复',
  '自动回复',
  '自動回覆',
  '外出自动回复',
  '자동 회신',
  '자동회신',
  '자동 응답',
  '자동응답',
  '부재중',
  'ตอบกลับอัตโนมัติ',
] as const;

const folded = beginnings.map(foldText);
const foldedUnspaced = unspaced.map(foldText);

/** `[EXTERNAL]`, `{External}`, `*EXTERNAL*`, `EXTERNAL:`: what gateways put in front. */
const tags =
  /^(?:\s{0,5}(?:\[[^[\]]{0,40}\]|\{[^{}]{0,40}\}|\*{1,3}[^*]{1,40}\*{1,3}|external\s?:)){1,3}/;

/** Whether a subject begins like that of an automatic reply, behind tags such as `[EXTERNAL]`. */
export function looksLikeAutomaticReply(subject: string): boolean {
  const text = foldText(subject.slice(0, 300)).replace(tags, '').trim();
  return (
    folded.some(
      (start) => text.startsWith(start) && !/^[\p{L}\p{N}]/u.test(text.slice(start.length)),
    ) || foldedUnspaced.some((start) => text.startsWith(start))
  );
}
