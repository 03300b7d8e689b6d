/**
 * The words above forwarded messages: every client's block, separator and prefix in every language
 * that docs/forwards.md names. Labels and separators as the clients write them (sources there).
 */
import { describe, expect, test } from 'vitest';
import {
  type BlockField,
  forwardLanguages,
  labelCharsMax,
  labelsFor,
  type SeparatorKind,
  separatorOf,
  stripSubjectPrefixes,
} from '../../src/core/forward-labels.ts';
import { languageLabels } from '../../src/core/forward-languages.ts';
import { languageSeparators } from '../../src/core/forward-separators.ts';
import { processorMs } from '../support/flood.ts';

const fieldOrder = ['from', 'date', 'to', 'cc', 'subject'] as const;

/** Language, client, labels in the order of `fieldOrder`. */
const blocks: readonly (readonly [string, string, string])[] = [
  ['en', 'Outlook', 'From|Sent|To|Cc|Subject'],
  ['en', 'Gmail, Apple Mail, Thunderbird', 'From|Date|To|Cc|Subject'],
  ['de', 'Outlook', 'Von|Gesendet|An|Cc|Betreff'],
  ['de', 'Apple Mail', 'Von|Datum|An|Kopie|Betreff'],
  ['de', 'Thunderbird', 'Von|Datum|An|Kopie (CC)|Betreff'],
  ['fr', 'Outlook', 'De|Envoyé|À|Cc|Objet'],
  ['fr', 'Outlook 2010', 'De|Envoyé le|A|Cc|Objet'],
  ['fr', 'Thunderbird', 'De|Date|Pour|Copie à|Sujet'],
  ['fr', 'Apple Mail', 'Expéditeur|Date|Destinataire|Cc|Objet'],
  ['es', 'Outlook', 'De|Enviado|Para|CC|Asunto'],
  ['es', 'Outlook 2010', 'De|Enviado el|Para|CC|Asunto'],
  ['es', 'Apple Mail', 'De|Fecha|Para|Cc|Asunto'],
  ['it', 'Outlook', 'Da|Inviato|A|Cc|Oggetto'],
  ['it', 'Thunderbird', 'Mittente|Data|A|CC|Oggetto'],
  ['nl', 'Outlook', 'Van|Verzonden|Aan|CC|Onderwerp'],
  ['nl', 'Apple Mail', 'Van|Datum|Aan|Kopie|Onderwerp'],
  ['pt', 'Outlook (BR)', 'De|Enviado|Para|Cc|Assunto'],
  ['pt', 'Outlook 2010 (BR)', 'De|Enviada em|Para|Cc|Assunto'],
  ['pt', 'Roundcube (BR)', 'De|Data|Para|Cópia|Assunto'],
  ['ca', 'Outlook', 'De|Enviat el|Per a|A/c|Tema'],
  ['gl', 'Outlook', 'De|Enviado|Para|Cc|Asunto'],
  ['eu', 'Evolution', 'Nondik|Data|Nora|Cc|Gaia'],
  ['sv', 'Outlook', 'Från|Skickat|Till|Kopia|Ämne'],
  ['sv', 'Apple Mail', 'Från|Datum|Till|Kopia|Ämne'],
  ['da', 'Outlook', 'Fra|Sendt|Til|Cc|Emne'],
  ['da', 'Apple Mail', 'Fra|Dato|Til|Cc|Emne'],
  ['nb', 'Outlook', 'Fra|Sendt|Til|Kopi|Emne'],
  ['nb', 'Apple Mail', 'Fra|Dato|Til|Kopi|Emne'],
  ['is', 'Evolution', 'Frá|Dagsetning|Til|Cc|Efni'],
  ['fi', 'Outlook', 'Lähettäjä|Lähetetty|Vastaanottaja|Kopio|Aihe'],
  ['fi', 'Apple Mail', 'Lähettäjä|Päivämäärä|Vastaanottaja|Kopio|Aihe'],
  ['fi', 'Thunderbird', 'Lähettäjä|Päiväys|Vastaanottaja|CC|Aihe'],
  ['et', 'Outlook', 'Saatja|Saadetud|Adressaat|Koopia|Teema'],
  ['et', 'Thunderbird', 'Saatja|Kuupäev|Saaja|Koopia|Teema'],
  ['lv', 'Outlook', 'No|Nosūtīts|Kam|Kopija|Tēma'],
  ['lt', 'Outlook', 'Nuo|Išsiųsta|Kam|Kopija|Tema'],
  ['lt', 'Thunderbird', 'Kas|Data|Kam|Kopija|Tema'],
  ['pl', 'Outlook', 'Od|Wysłano|Do|DW|Temat'],
  ['pl', 'Thunderbird', 'Nadawca|Data|Adresat|Kopia|Temat'],
  ['cs', 'Outlook', 'Od|Odesláno|Komu|Kopie|Předmět'],
  ['cs', 'Apple Mail', 'Od|Datum|Komu|Kopie|Předmět'],
  ['sk', 'Outlook', 'Od|Odoslané|Komu|Kópia|Predmet'],
  ['sk', 'Apple Mail', 'Od|Dátum|Pre|Cc|Predmet'],
  ['hu', 'Outlook', 'Feladó|Elküldve|Címzett|Másolatot kap|Tárgy'],
  ['hu', 'Outlook 2007', 'Feladó|Küldve|Címzett|Másolatot kap|Tárgy'],
  ['ro', 'Outlook', 'De la|Trimis|Către|Cc|Subiect'],
  ['ro', 'Apple Mail', 'Expeditorul|Dată|Destinatarul|Cc|Subiectul'],
  ['hr', 'Outlook', 'Od|Poslano|Za|Kopija|Predmet'],
  ['hr', 'Thunderbird', 'Šalje|Datum|Prima|CC|Naslov'],
  ['sl', 'Outlook', 'Od|Poslano|Za|Kp|Zadeva'],
  ['sl', 'Thunderbird', 'Od|Datum|Za|Kp|Zadeva'],
  ['sr', 'Evolution', 'Шаље|Датум|Прима|Копија|Наслов'],
  ['sr', 'Outlook', 'Od|Poslato|Za|Kopija|Naslov'],
  ['bg', 'Outlook', 'От|Изпратено|До|Копие|Относно'],
  ['bg', 'Thunderbird', 'От|Дата|До|CC|Тема'],
  ['ru', 'Outlook', 'От|Отправлено|Кому|Копия|Тема'],
  ['ru', 'Apple Mail', 'Отправитель|Дата|Кому|Копия|Тема'],
  ['uk', 'Outlook', 'Від|Надіслано|Кому|Копія|Тема'],
  ['uk', 'Apple Mail', 'Від кого|Дата|Кому|Копія|Тема'],
  ['el', 'Outlook', 'Από|Στάλθηκε|Προς|Κοιν.|Θέμα'],
  ['el', 'Thunderbird', 'Από|Ημερομηνία|Προς|Κοιν.|Θέμα'],
  ['tr', 'Outlook', 'Gönderen|Gönderildi|Kime|Bilgi|Konu'],
  ['tr', 'Outlook 2010', 'Kimden|Gönderme Tarihi|Kime|Bilgi|Konu'],
  ['tr', 'Apple Mail, in capitals', 'KİMDEN|TARİH|KİME|BİLGİ|KONU'],
  ['he', 'Outlook', 'מאת|נשלח|אל|עותק|נושא'],
  ['he', 'Thunderbird', 'מאת|תאריך|אל|עותק|נושא'],
  ['ar', 'Outlook', 'من|تاريخ الإرسال|إلى|نسخة|الموضوع'],
  ['ar', 'Thunderbird', 'مِن|التاريخ|إلى|CC|الموضوع'],
  ['fa', 'Roundcube', 'از|تاریخ|به|رونوشت|موضوع'],
  ['hi', 'Evolution', 'प्रेषक|तिथि|प्रति|Cc|विषय'],
  ['th', 'Outlook', 'จาก|ส่ง|ถึง|สำเนา|เรื่อง'],
  ['th', 'Thunderbird', 'จาก|วันที่|ถึง|สำเนาถึง|หัวเรื่อง'],
  ['vi', 'Outlook', 'Từ|Đã gửi|Tới|Cc|Chủ đề'],
  ['vi', 'Thunderbird', 'Từ|Ngày|Đến|Cc|Chủ đề'],
  ['id', 'Outlook', 'Dari|Dikirim|Kepada|Cc|Subjek'],
  ['id', 'Evolution', 'Dari|Tanggal|Untuk|Cc|Subjek'],
  ['ms', 'Outlook', 'Daripada|Dihantar|Kepada|Salinan|Subjek'],
  ['ja', 'Outlook', '差出人|送信日時|宛先|CC|件名'],
  ['ja', 'Apple Mail', '差出人|日時|宛先|Cc|件名'],
  ['ja', 'Roundcube', '発信者|日付|宛先|写し(Cc)|件名'],
  ['ja', 'full width', '送信者|日付|宛先|ＣＣ|件名'],
  ['ko', 'Outlook', '보낸 사람|보낸 날짜|받는 사람|참조|제목'],
  ['ko', 'Thunderbird', '보낸 사람|날짜|받는 사람|참조|제목'],
  ['ko', 'Naver', '보낸사람|날짜|받는사람|참조|제목'],
  ['zh-Hans', 'Outlook', '发件人|发送时间|收件人|抄送|主题'],
  ['zh-Hans', 'Apple Mail', '发件人|日期|收件人|抄送|主题'],
  ['zh-Hant', 'Outlook', '寄件者|寄件日期|收件者|副本|主旨'],
  ['zh-Hant', 'Outlook on the web, earlier', '從|寄件日期|至|副本|主旨'],
  ['zh-Hant', 'Apple Mail', '寄件人|日期|收件人|副本|主旨'],
  ['zh-Hant', 'Thunderbird', '從|日期|到|副本|主旨'],
];

function meaningIn(language: string, label: string): readonly BlockField[] {
  return labelsFor(label)
    .filter(({ languages }) => languages.includes(language))
    .map(({ field }) => field);
}

describe('labels', () => {
  test.each(blocks)('%s: the block of %s', (language, _client, labels) => {
    const written = labels.split('|');
    expect(written.map((label) => meaningIn(language, label)[0])).toEqual(fieldOrder);
  });

  test('every language of the table has a test, and every tested one is in the table', () => {
    expect([...new Set(blocks.map(([language]) => language))].sort()).toEqual(
      forwardLanguages.toSorted(),
    );
    expect(Object.keys(languageSeparators).sort()).toEqual(forwardLanguages.toSorted());
  });

  // Vowel signs and points are marks, and marks are folded away: that must not make two words one.
  test.each(forwardLanguages)('%s: no label means two fields, but for the skipped ones', (tag) => {
    const words = Object.values({ ...languageLabels[tag] })
      .join('|')
      .split('|')
      .map((word) => word.trim());
    const contradictory = words.filter(
      (word) => meaningIn(tag, word).filter((field) => field !== 'other').length > 1,
    );
    expect(contradictory).toEqual([]);
    expect(words.filter((word) => meaningIn(tag, word).length === 0)).toEqual([]);
  });

  test.each([
    ['Bcc', 'bcc'],
    ['Blindkopie', 'bcc'],
    ['Cci', 'bcc'],
    ['密送', 'bcc'],
    ['Reply-To', 'reply-to'],
    ['Antwort an', 'reply-to'],
    ['Odpovedať-Pre', 'reply-to'],
    ['返信先', 'reply-to'],
    ['Importance', 'other'],
    ['Wichtigkeit', 'other'],
    ['Pièces jointes', 'other'],
    ['添付ファイル', 'other'],
    ['Organization', 'organization'],
    ['Resent-From', 'other'],
  ])('%s does not end a block', (label, field) => {
    expect(labelsFor(label).map((known) => known.field)).toContain(field);
  });

  test('the language is the one that spells it so', () => {
    expect(labelsFor('Předmět')[0]?.languages).toEqual(['cs']);
    expect(labelsFor('Predmet')[0]?.languages).toEqual(['sk', 'hr', 'sl', 'sr']);
    expect(labelsFor('Envoye')[0]?.languages).toEqual(['fr']);
  });

  test('a second author’s label is skipped', () => {
    expect(labelsFor('Sender').map(({ field }) => field)).toEqual(['from', 'other']);
  });

  test.each(['', 'Hello', 'http', 'PS', 'Note', '10', 'x'.repeat(5_000), 'From the desk of'])(
    'is no label: %s',
    (label) => {
      expect(labelsFor(label)).toEqual([]);
    },
  );

  test('is read however it is written', () => {
    for (const label of ['FROM', ' From ', 'Ｆｒｏｍ', 'From\u00A0', '\u200EFrom']) {
      expect(labelsFor(label)[0]?.field, label).toBe('from');
    }
    expect(labelsFor('보낸 사람'.normalize('NFD'))[0]?.field).toBe('from');
    expect(labelsFor('Tới'.normalize('NFD'))[0]?.field).toBe('to');
    expect(labelsFor('Envoye')[0]?.field).toBe('date');
    expect(labelCharsMax).toBeLessThan(40);
  });
});

const separators: readonly (readonly [string, SeparatorKind])[] = [
  ['---------- Forwarded message ---------', 'forwarded'],
  ['---------- Forwarded message ----------', 'forwarded'],
  ['-------- Forwarded Message --------', 'forwarded'],
  ['------- Forwarded Message -------', 'forwarded'],
  ['============ Forwarded message ============', 'forwarded'],
  ['> ---------- Forwarded message ---------', 'forwarded'],
  ['*---------- Forwarded message ---------*', 'forwarded'],
  ['———— Forwarded Message ————', 'forwarded'],
  ['－－－－ 転送メッセージ －－－－', 'forwarded'],
  ['----- Forwarded by Anna Hoff/Contoso on 01/12/2026 10:00 AM -----', 'forwarded'],
  ['----- Weitergeleitet von Anna Hoff/Contoso am 12.01.2026 10:00 -----', 'forwarded'],
  ['Forwarded message:', 'forwarded'],
  ['----- Weitergeleitete Nachricht -----', 'forwarded'],
  ['----- Message transmis -----', 'forwarded'],
  ['-------- Message transféré --------', 'forwarded'],
  ['----- Mail transféré -----', 'forwarded'],
  ['---------- Mensaje reenviado ---------', 'forwarded'],
  ['-------- Messaggio Inoltrato --------', 'forwarded'],
  ['---------- Doorgestuurd bericht ---------', 'forwarded'],
  ['---------- Mensagem encaminhada ---------', 'forwarded'],
  ['-------- Mensagem reencaminhada --------', 'forwarded'],
  ['-------- Missatge reenviat --------', 'forwarded'],
  ['-------- Mensaxe reenviada --------', 'forwarded'],
  ['-------- Birbidalitako mezua --------', 'forwarded'],
  ['---------- Vidarebefordrat meddelande ---------', 'forwarded'],
  ['----- Videresendt meddelelse -----', 'forwarded'],
  ['---------Videresendt melding-------', 'forwarded'],
  ['-------- Áframsendur póstur --------', 'forwarded'],
  ['-------- Välitetty viesti / Fwd.Msg --------', 'forwarded'],
  ['---------- Edelleenlähetetty viesti ---------', 'forwarded'],
  ['-------- Edastatud kiri --------', 'forwarded'],
  ['-------- Pārsūtīta vēstule --------', 'forwarded'],
  ['-------- Persiųstas laiškas --------', 'forwarded'],
  ['--- Treść przekazanej wiadomości ---', 'forwarded'],
  ['---------- Wiadomość przesłana dalej ---------', 'forwarded'],
  ['-------- Přeposlaná zpráva --------', 'forwarded'],
  ['-------- Preposlaná správa --- Forwarded Message --------', 'forwarded'],
  ['-------- Továbbított üzenet --------', 'forwarded'],
  ['-------- Mesaj redirecționat --------', 'forwarded'],
  ['-------- Proslijeđena poruka --------', 'forwarded'],
  ['-------- Posredovano sporočilo --------', 'forwarded'],
  ['-------- Прослеђена порука --------', 'forwarded'],
  ['-------- Препратено писмо --------', 'forwarded'],
  ['-------- Перенаправленное сообщение --------', 'forwarded'],
  ['-------- Пересылаемое сообщение --------', 'forwarded'],
  ['-------- Начало переадресованного сообщения --------', 'forwarded'],
  ['-------- Переслане повідомлення --------', 'forwarded'],
  ['-------- Προωθημένο μήνυμα --------', 'forwarded'],
  ['-------- İletilen İleti --------', 'forwarded'],
  ['----- İletilmiş Mesaj -----', 'forwarded'],
  ['-------- הודעה מועברת --------', 'forwarded'],
  ['\u200F-------- הודעה מועברת --------', 'forwarded'],
  ['-------- رسالة ممرّرة --------', 'forwarded'],
  ['-------- پیام ارجاع داده شده --------', 'forwarded'],
  ['-------- अग्रेषित संदेश --------', 'forwarded'],
  ['-------- ข้อความส่งต่อ --------', 'forwarded'],
  ['━━━Thư đã chuyển tiếp━━━', 'forwarded'],
  ['-------- Isi Pesan Asli --------', 'forwarded'],
  ['-------- Mesej Dimajukan --------', 'forwarded'],
  ['---------- メッセージを転送 ---------', 'forwarded'],
  ['-------- 전달된 메시지 --------', 'forwarded'],
  ['-------- 转发的消息 --------', 'forwarded'],
  ['-------- 转发邮件信息 --------', 'forwarded'],
  ['---- 转发的邮件 ----', 'forwarded'],
  ['-------- 轉寄郵件 --------', 'forwarded'],
  ['Begin forwarded message:', 'begin-forwarded'],
  ['> Begin forwarded message:', 'begin-forwarded'],
  ['Begin forwarded message', 'begin-forwarded'],
  ['Anfang der weitergeleiteten Nachricht:', 'begin-forwarded'],
  ['Anfang der weitergeleiteten E-Mail:', 'begin-forwarded'],
  ['Début du message réexpédié :', 'begin-forwarded'],
  ['Début du message transféré\u00A0:', 'begin-forwarded'],
  ['Inicio del mensaje reenviado:', 'begin-forwarded'],
  ['Inizio messaggio inoltrato:', 'begin-forwarded'],
  ['Begin doorgestuurd bericht:', 'begin-forwarded'],
  ['Início da mensagem reencaminhada:', 'begin-forwarded'],
  ['Vidarebefordrat mejl:', 'begin-forwarded'],
  ['Start på videresendt besked:', 'begin-forwarded'],
  ['Videresendt melding:', 'begin-forwarded'],
  ['Välitetty viesti alkaa:', 'begin-forwarded'],
  ['Początek przekazywanej wiadomości:', 'begin-forwarded'],
  ['Začátek přeposílané zprávy:', 'begin-forwarded'],
  ['Začiatok preposlanej správy:', 'begin-forwarded'],
  ['Továbbított levél kezdete:', 'begin-forwarded'],
  ['Începe mesajul redirecționat:', 'begin-forwarded'],
  ['Započni proslijeđenu poruku:', 'begin-forwarded'],
  ['Начало переадресованного сообщения:', 'begin-forwarded'],
  ['Початок листа, що пересилається:', 'begin-forwarded'],
  ['İleti başlangıcı:', 'begin-forwarded'],
  ['転送されたメッセージ:', 'begin-forwarded'],
  ['以下是转发的邮件：', 'begin-forwarded'],
  ['開始轉寄的郵件：', 'begin-forwarded'],
  ['전달된 메시지:', 'begin-forwarded'],
  ['-----Original Message-----', 'original-message'],
  ['-----Original Message----- From: Anna Hoff', 'original-message'],
  ['-------- Original message --------', 'original-message'],
  ['‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐', 'original-message'],
  ['---- Replied Message ----', 'original-message'],
  ['------------------ Original ------------------', 'original-message'],
  ['-------- Ursprüngliche Nachricht --------', 'original-message'],
  ['------ Originalnachricht ------', 'original-message'],
  ["-----Message d'origine-----", 'original-message'],
  ['-----Message d’origine-----', 'original-message'],
  ['-----Mensaje original-----', 'original-message'],
  ['-----Messaggio originale-----', 'original-message'],
  ['-----Oorspronkelijk bericht-----', 'original-message'],
  ['-----Mensagem original-----', 'original-message'],
  ['-----Ursprungligt meddelande-----', 'original-message'],
  ['-----Oprindelig meddelelse-----', 'original-message'],
  ['-----Opprinnelig melding-----', 'original-message'],
  ['-----Alkuperäinen viesti-----', 'original-message'],
  ['-------- Algne kiri --------', 'original-message'],
  ['-----Oryginalna wiadomość-----', 'original-message'],
  ['---------- Původní e-mail ----------', 'original-message'],
  ['-----Pôvodná správa-----', 'original-message'],
  ['-----Eredeti üzenet-----', 'original-message'],
  ['-----Mesaj original-----', 'original-message'],
  ['-----Izvorna poruka-----', 'original-message'],
  ['-----Izvirno sporočilo-----', 'original-message'],
  ['-----Оригинално съобщение-----', 'original-message'],
  ['-----Исходное сообщение-----', 'original-message'],
  ['-------- Оригінальне повідомлення --------', 'original-message'],
  ['-----Αρχικό μήνυμα-----', 'original-message'],
  ['-----Özgün İleti-----', 'original-message'],
  ['-----הודעה מקורית-----', 'original-message'],
  ['-----الرسالة الأصلية-----', 'original-message'],
  ['-------- ข้อความต้นฉบับ --------', 'original-message'],
  ['-------- Thư Gốc --------', 'original-message'],
  ['-------- Pesan Asli --------', 'original-message'],
  ['-----元のメッセージ-----', 'original-message'],
  ['--------    원본 메시지    --------', 'original-message'],
  ['------------------ 原始邮件 ------------------', 'original-message'],
  ['---- 回复的原邮件 ----', 'original-message'],
  ['-----邮件原件-----', 'original-message'],
  ['------- 原始郵件 -------', 'original-message'],
  ['________________________________', 'rule'],
];

describe('separators', () => {
  test.each(separators)('%s', (line, kind) => {
    expect(separatorOf(line)).toBe(kind);
  });

  test.each([
    '',
    '--',
    '-- ',
    '________',
    '--------------------',
    '-- Anna Hoff',
    '- Forwarded message',
    'I forwarded message 12 to you',
    'The original message was lost.',
    'Original message',
    'Forwarded message',
    'Başlangıç',
    '-------- Конец переадресованного сообщения --------',
    '---------- Forwarded messaging rules ----------',
  ])('is none: %s', (line) => {
    expect(separatorOf(line)).toBeUndefined();
  });
});

const forwards =
  `FW|Fwd|FWD|WG|TR|Tr|RV|I|ENC|VB|VL|PD|Redir.|İLT|ilt|ILT|Doorst|Továbbítás|Továbbítva|
  FS|ΠΡΘ|Πρθ|הועבר|إعادة توجيه|اعادة توجيه|ส่งต่อ|Chuyển tiếp|TRS|Terusan|Diteruskan|転送|전달|转发|轉寄|
  ＦＷ|Posredovano|Přeposláno|Videresend|Weitergeleitet|Odp: FW|AW: WG|RE: FW|Re: Fwd`
    .split('|')
    .map((prefix) => prefix.trim());
const answers =
  `RE|Re|AW|Antw|Antwort|SV|Odp|YNT|Ynt|Vá|R|RIF|RES|BLS|ATB|ΑΠ|ΣΧΕΤ|Отв|回复|答复|回覆|返信|
  회신|답장|رد|ตอบกลับ|Trả lời|Rép|Odg`
    .split('|')
    .map((prefix) => prefix.trim())
    .filter((prefix) => prefix !== 'רד: Re');

describe('prefixes', () => {
  test.each(forwards)('%s: is a forward', (prefix) => {
    for (const colon of [': ', ':', ' : ', '： ', '\u00A0: ']) {
      const read = stripSubjectPrefixes(`${prefix}${colon}Your subscription`);
      expect(read, `${prefix}${colon}`).toMatchObject({
        base: 'Your subscription',
        forwarded: true,
      });
    }
  });

  test.each(answers)('%s: is an answer', (prefix) => {
    expect(stripSubjectPrefixes(`${prefix}: Your subscription`)).toMatchObject({
      base: 'Your subscription',
      forwarded: false,
      replied: true,
    });
  });

  test.each([
    ['RE[2]: Notice', 'Notice', false, true],
    ['FW (2): Notice', 'Notice', true, false],
    ['Re^3: Notice', 'Notice', false, true],
    ['Re2: Notice', 'Notice', false, true],
    ['AW: WG: Notice', 'Notice', true, true],
    ['Fwd: Fwd: FW: WG: Notice', 'Notice', true, false],
    ['[EXTERNAL] FW: Notice', 'Notice', true, false],
    ['[EXT] [Possible spam?] FW: Notice', 'Notice', true, false],
    ['FW: [EXTERNAL] Notice', 'Notice', true, false],
    ['EXTERNAL: FW: Notice', 'Notice', true, false],
    ['**EXTERN** WG: Notice', 'Notice', true, false],
    ['{External} RE: Notice', 'Notice', false, true],
    ['【転送】Notice', 'Notice', true, false],
    ['【社外】FW：Notice', 'Notice', true, false],
    ['[Fwd: Notice]', 'Notice', true, false],
    ['Notice (fwd)', 'Notice', true, false],
    ['\u200FFW: Notice', 'Notice', true, false],
    ['VS: Notice', 'Notice', true, true],
    ['転送: Re: 通知', '通知', true, true],
    ['Notice', 'Notice', false, false],
    ['', '', false, false],
    ['FW:', '', true, false],
    ['[Action required]', '[Action required]', false, false],
    ['[12345]', '[12345]', false, false],
  ])('%s', (subject, base, forwarded, replied) => {
    expect(stripSubjectPrefixes(subject)).toMatchObject({ base, forwarded, replied });
  });

  test.each([
    'Info: your subscription',
    'Note: your subscription',
    'PR: merged',
    'Response: none',
    'Microsoft 365: your subscription',
    'Reminder: forwarded',
    'Invoice 12: due',
    '10:30 meeting',
    'Forwarding rules: changed',
  ])('an ordinary word is no prefix: %s', (subject) => {
    expect(stripSubjectPrefixes(subject)).toMatchObject({
      base: subject,
      forwarded: false,
      replied: false,
    });
  });

  test('reads hostile subjects and lines in linear time', () => {
    const hostile = [
      're:'.repeat(400),
      '['.repeat(1_000),
      '[a] '.repeat(300),
      '*'.repeat(1_000),
      ' '.repeat(1_000),
      `${'('.repeat(500)}fwd)`,
      '\u0300'.repeat(1_000),
      'a'.repeat(1_000),
      '- '.repeat(500),
      `${'-'.repeat(500)}${' '.repeat(500)}`,
      '\u200F'.repeat(1_000),
    ];
    const begin = processorMs();
    for (let round = 0; round < 20; round += 1) {
      for (const text of hostile) {
        stripSubjectPrefixes(text.repeat(100));
        separatorOf(text.repeat(100));
        labelsFor(text.repeat(100));
      }
    }
    expect(processorMs() - begin).toBeLessThan(2_000);
  });
});
