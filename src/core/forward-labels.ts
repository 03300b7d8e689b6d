/**
 * What mail clients write above a forwarded message, by language: labels of the header block,
 * separator lines, subject prefixes. Data, with one look-up each.
 *
 * Sources: the fixtures of email-forward-parser 1.7.1 and the clients themselves (docs/forwards.md).
 */
import { foldDiacritics } from './normalize.ts';

export const blockFields = ['from', 'to', 'cc', 'subject', 'date', 'reply-to'] as const;
export type BlockField = (typeof blockFields)[number];

const labelsByLanguage: Readonly<Record<string, Readonly<Partial<Record<BlockField, string>>>>> = {
  en: {
    from: 'from',
    to: 'to',
    cc: 'cc',
    subject: 'subject',
    date: 'date|sent',
    'reply-to': 'reply-to|reply to',
  },
  de: {
    from: 'von',
    to: 'an',
    cc: 'kopie|kopie (cc)|cc',
    subject: 'betreff',
    date: 'datum|gesendet',
    'reply-to': 'antwort an|antwort-an',
  },
  fr: {
    from: 'de|expéditeur',
    to: 'à|pour|a',
    cc: 'copie à|copie|cc',
    subject: 'objet|sujet',
    date: 'date|envoyé|envoyé le',
    'reply-to': 'répondre à',
  },
  es: {
    from: 'de',
    to: 'para',
    cc: 'cc',
    subject: 'asunto',
    date: 'fecha|enviado|enviado el',
    'reply-to': 'responder a',
  },
  it: {
    from: 'da|mittente',
    to: 'a',
    cc: 'cc',
    subject: 'oggetto',
    date: 'data|inviato',
    'reply-to': 'rispondi a',
  },
  nl: {
    from: 'van',
    to: 'aan',
    cc: 'cc|kopie',
    subject: 'onderwerp',
    date: 'datum|verzonden',
    'reply-to': 'antwoord aan',
  },
  pt: {
    from: 'de',
    to: 'para',
    cc: 'cc',
    subject: 'assunto',
    date: 'data|enviado|enviada em',
    'reply-to': 'responder a',
  },
  sv: {
    from: 'från',
    to: 'till',
    cc: 'kopia',
    subject: 'ämne',
    date: 'datum|skickat',
    'reply-to': 'svara till',
  },
  da: {
    from: 'fra',
    to: 'til',
    cc: 'cc',
    subject: 'emne',
    date: 'dato|sendt',
    'reply-to': 'svar til',
  },
  nb: {
    from: 'fra',
    to: 'til',
    cc: 'kopi',
    subject: 'emne',
    date: 'dato|sendt',
    'reply-to': 'svar til',
  },
  fi: {
    from: 'lähettäjä',
    to: 'vastaanottaja',
    cc: 'kopio',
    subject: 'aihe',
    date: 'päivämäärä|päiväys|lähetetty',
  },
  pl: {
    from: 'od|nadawca',
    to: 'do|adresat',
    cc: 'dw|kopia',
    subject: 'temat',
    date: 'data|wysłano',
  },
  cs: { from: 'od', to: 'komu', cc: 'kopie', subject: 'předmět', date: 'datum|odesláno' },
  sk: { from: 'od', to: 'komu|pre', cc: 'kópia', subject: 'predmet', date: 'dátum|odoslané' },
  hu: {
    from: 'feladó',
    to: 'címzett',
    cc: 'másolat|másolatot kap',
    subject: 'tárgy',
    date: 'dátum|elküldve',
  },
  ro: {
    from: 'expeditorul|de la',
    to: 'destinatarul|către',
    cc: 'cc',
    subject: 'subiectul|subiect',
    date: 'dată|data|trimis',
  },
  tr: {
    from: 'kimden|gönderen',
    to: 'kime',
    cc: 'bilgi',
    subject: 'konu',
    date: 'tarih|gönderilen',
  },
  ru: {
    from: 'от|отправитель|от кого',
    to: 'кому',
    cc: 'копия',
    subject: 'тема',
    date: 'дата|отправлено',
  },
  uk: {
    from: 'від|від кого',
    to: 'кому',
    cc: 'копія',
    subject: 'тема',
    date: 'дата|відправлено|надіслано',
  },
  hr: {
    from: 'šalje|od',
    to: 'prima|za',
    cc: 'kopija',
    subject: 'predmet|naslov',
    date: 'datum|poslano',
  },
  ja: {
    from: '差出人|送信元|送信者',
    to: '宛先|送信先',
    cc: 'cc',
    subject: '件名',
    date: '日付|送信日時|日時',
  },
  zh: {
    from: '发件人|寄件者|寄件人',
    to: '收件人|收件者',
    cc: '抄送|副本',
    subject: '主题|主旨|主題',
    date: '日期|发送时间|寄件日期|傳送時間',
  },
  ko: {
    from: '보낸 사람|보낸사람',
    to: '받는 사람|받는사람',
    cc: '참조',
    subject: '제목',
    date: '보낸 날짜|날짜|보낸날짜',
  },
  el: { from: 'από', to: 'προς', cc: 'κοιν', subject: 'θέμα', date: 'ημερομηνία|στάλθηκε' },
};

export interface Label {
  readonly field: BlockField;
  readonly languages: readonly string[];
}

const labels: ReadonlyMap<string, readonly Label[]> = buildLabels();

function buildLabels(): Map<string, Label[]> {
  const map = new Map<string, Map<BlockField, string[]>>();
  for (const [language, fields] of Object.entries(labelsByLanguage)) {
    for (const field of blockFields) {
      for (const word of fields[field]?.split('|') ?? []) {
        const byField = map.get(foldDiacritics(word)) ?? new Map<BlockField, string[]>();
        byField.set(field, [...(byField.get(field) ?? []), language]);
        map.set(foldDiacritics(word), byField);
      }
    }
  }
  return new Map(
    [...map].map(([word, byField]) => [
      word,
      [...byField].map(([field, languages]) => ({ field, languages })),
    ]),
  );
}

/** What a label may mean; empty when it is none. `label` as written, without its colon. */
export function labelsFor(label: string): readonly Label[] {
  return labels.get(foldDiacritics(label)) ?? [];
}

const forwardedWords = [
  'forwarded message',
  'forwarded mail',
  'weitergeleitete nachricht',
  'message transféré',
  'message transmis',
  'message réexpédié',
  'mensaje reenviado',
  'messaggio inoltrato',
  'doorgestuurd bericht',
  'mensagem encaminhada',
  'mensagem reencaminhada',
  'vidarebefordrat meddelande',
  'videresendt besked',
  'videresendt melding',
  'videresendt meddelelse',
  'treść przekazanej wiadomości',
  'przekazana wiadomość',
  'přeposlaná zpráva',
  'preposlaná správa',
  'továbbított üzenet',
  'mesaj redirecționat',
  'yönlendirilen ileti',
  'iletilen ileti',
  'пересылаемое сообщение',
  'пересылаемое письмо',
  'переслане повідомлення',
  'proslijeđena poruka',
  'välitetty viesti',
  'edelleen lähetetty viesti',
  'προωθημένο μήνυμα',
  '転送されたメッセージ',
  '転送メッセージ',
  '转发的邮件',
  '轉寄的郵件',
  '전달된 메시지',
  'forwarded by',
].map(foldDiacritics);

const beginForwardedWords = [
  'begin forwarded message',
  'anfang der weitergeleiteten nachricht',
  'début du message réexpédié',
  'début du message transféré',
  'inicio del mensaje reenviado',
  'inizio messaggio inoltrato',
  'begin doorgestuurd bericht',
  'início da mensagem encaminhada',
  'início da mensagem reencaminhada',
  'vidarebefordrat mejl',
  'start på videresendt besked',
  'videresendt e-post',
  'starten på videresendt melding',
  'początek przekazywanej wiadomości',
  'začátek přeposílané zprávy',
  'začiatok preposlanej správy',
  'továbbított levél kezdete',
  'mesaj redirecționat începe',
  'iletilmiş mesajın başlangıcı',
  'başlangıç',
  'начало переадресованного сообщения',
  'початок листа, що пересилається',
  'započni proslijeđenu poruku',
  'välitetty viesti alkaa',
  'έναρξη προωθημένου μηνύματος',
  '転送されたメッセージ',
  '以下是转发的邮件',
  '開始轉寄的郵件',
  '전달된 메시지 시작',
].map(foldDiacritics);

const originalMessageWords = [
  'original message',
  'ursprüngliche nachricht',
  'originalnachricht',
  "message d'origine",
  'mensaje original',
  'messaggio originale',
  'oorspronkelijk bericht',
  'mensagem original',
  'ursprungligt meddelande',
  'oprindelig meddelelse',
  'opprinnelig melding',
  'alkuperäinen viesti',
  'wiadomość oryginalna',
  'původní zpráva',
  'eredeti üzenet',
  'orijinal ileti',
  'исходное сообщение',
  '元のメッセージ',
  '邮件原件',
  '原始邮件',
  '원본 메시지',
].map(foldDiacritics);

export const separatorKinds = ['forwarded', 'begin-forwarded', 'original-message', 'rule'] as const;
/** `rule`: the line of underscores of Outlook on the web, which replies carry as well. */
export type SeparatorKind = (typeof separatorKinds)[number];

/** Whether a line stands above forwarded messages, and which kind it is. */
export function separatorOf(line: string): SeparatorKind | undefined {
  const text = line
    .slice(0, 200)
    .replace(/^[>\s*\uFEFF]+/, '')
    .trimEnd();
  if (text.length < 4) return undefined;
  if (/^_{20,}$/.test(text)) return 'rule';
  const words = foldDiacritics(text.replace(/^[-–—=_]+|[-–—=_:：\s]+$/g, ''));
  const isRuled = /^[-–—=]{2}/.test(text);
  if (isRuled && forwardedWords.some((word) => words.startsWith(word))) return 'forwarded';
  if (isRuled && originalMessageWords.includes(words)) return 'original-message';
  if (/[:：]$/.test(text) && beginForwardedWords.includes(words)) return 'begin-forwarded';
  return undefined;
}

const forwardPrefixes =
  'fwd fw wg tr rv i enc vs vb vl pd redir ilt doorst továbbítás továbbítva pr fs προωθ 转发 轉寄 转寄 転送 전달 пересл hl'
    .split(' ')
    .map(foldDiacritics);
const replyPrefixes =
  're aw sv antw odp vá ynt rif res ref bls atb rép reponse 回复 回覆 答复 返信 답장 회신 απ отв odg'
    .split(' ')
    .map(foldDiacritics);

export interface SubjectPrefixes {
  /** The subject without prefixes and gateway tags. */
  readonly base: string;
  readonly forwarded: boolean;
  readonly replied: boolean;
}

/** Takes `[EXTERNAL]`, `RE:`, `WG:` and the like off the front. RFC 5256 §2.1 (base subject), widened. */
export function stripSubjectPrefixes(subject: string): SubjectPrefixes {
  let base = subject.slice(0, 1_000).trim();
  let forwarded = false;
  let replied = false;
  for (let round = 0; round < 10; round += 1) {
    const tag = /^[[(【（]\s?[\p{L}\p{N} :!._-]{1,30}[\])】）]\s?:?\s*/u.exec(base);
    if (tag !== null && tag[0].length < base.length) {
      base = base.slice(tag[0].length);
      continue;
    }
    const prefix = /^([\p{L}.]{1,12})\s?(?:[[(]\d{1,3}[\])])?\s?[:：]\s*/u.exec(base);
    const word = foldDiacritics(prefix?.[1] ?? '').replace(/\.$/, '');
    if (prefix === null || word === '') break;
    if (forwardPrefixes.includes(word)) forwarded = true;
    else if (replyPrefixes.includes(word)) replied = true;
    else break;
    base = base.slice(prefix[0].length);
  }
  return { base: base.trim(), forwarded, replied };
}
