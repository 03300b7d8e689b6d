/**
 * Marks that a genuine notice does not have, in its words and in what the mail carries beside them.
 *
 * Words are weak marks: they leave a mail to the desk and never make it a fake, since nobody knows every
 * wording of Microsoft's. Only what stands inside the notice counts: signatures, disclaimers and banners
 * below it are the forwarder's.
 */
import { htmlCharsMax, searchedCharsMax } from './limits.ts';
import { parseUrl, unwrapLink } from './link-gateways.ts';
import type { Attachment, ForwardKind, Link, Mail } from './mail.ts';
import { foldDiacritics } from './normalize.ts';

export interface Mark {
  readonly code: string;
  readonly detail: string;
  /** A strong mark makes an imitation, a weak one only doubt. */
  readonly isStrong: boolean;
}

export const strong = (code: string, detail: string): Mark => ({ code, detail, isStrong: true });
export const weak = (code: string, detail: string): Mark => ({ code, detail, isStrong: false });

/** The address that closes Microsoft's mails, of its head office or of its European one; not its name alone. */
const closingLine =
  /(?:one microsoft way|microsoft corporation|microsoft ireland operations)[^\n]{0,80}(?:\n[^\n]{0,60})?(?:redmond|98052|dublin)[^\n]{0,120}/gi;

/** Fields of a notice, which stand above its closing address. */
const fieldLabel =
  /^[>*|\s]{0,10}(?:organi[sz]ation|domain|subscription|licen[sc]es?|tenant)[^\n:]{0,30}:/im;

/** Where the notice ends and its forwarder's footer begins; the length of the text when nothing tells. */
export function endOfNotice(text: string): number {
  const searched = text.slice(0, searchedCharsMax);
  let end = text.length;
  for (const { 0: line, index } of searched.matchAll(closingLine)) end = index + line.length;
  // An address in a greeting closes nothing.
  return fieldLabel.test(searched.slice(end)) ? text.length : end;
}

const needleCharsMax = 80;

/** Whether a link stands only below the notice: by its text, or by its target where it has none. */
export function standsBelow({ href, text: shown }: Link, text: string, end: number): boolean {
  if (end >= text.length) return false;
  const searched = text.slice(0, searchedCharsMax);
  // `www.contoso.example` stands in the text without the scheme that its link has.
  const needles = [
    shown.replace(/\s+/g, ' ').trim(),
    href,
    href.replace(/^https?:\/\//, ''),
  ].filter(({ length }) => length >= 3);
  for (const needle of needles) {
    const at = searched.indexOf(needle.slice(0, needleCharsMax));
    if (at >= 0) return at >= end;
  }
  return false;
}

/** Calls to do something about a subscription, an account or a payment. */
const action =
  /renew|extend|keep my|activat|sign.?in|log.?in|verif|confirm|updat|pay|cancel|subscri|account|microsoft|office|365|click|portal|password|billing|invoice|restor|verlanger|anmeld|konto|rechnung|zahl|aktualis|kundig|abonn|renouvel|connex|compte|paie|factur|renov|iniciar|sesion|cuenta|pagar|conta\b|rinnov|acced|abbonam|fattur|verleng|rekening|betal|forny|logg|odnow|zalog|konta|platn|obnov|prihlas|megujit|fizet|yenile|giris|odeme/;

/** Whether the text of a link calls for something to be done about a subscription, an account or a payment. */
export function asksToAct(shown: string): boolean {
  return action.test(foldDiacritics(shown.slice(0, 500)));
}

/** Pages that a footer leads to. */
const footerPage =
  /privacy|datenschutz|impressum|imprint|legal|disclaimer|terms|voorwaarden|agb|rodo|informativa|unsubscribe|kontakt|contact|about|mentions|confidential|rgpd|gdpr|privacidad|avisolegal|colophon|integritet|tietosuoja|gizlilik|\.(?:vcf|ics)$/;

/**
 * Whether a link below a notice is one of a footer: a site's front page, an imprint, and no call for action.
 * In a script that is not known here any words may call for action.
 */
export function isFooterLink({ href, text: shown }: Link): boolean {
  const url = parseUrl(unwrapLink(href));
  if (url === undefined) return false;
  const folded = foldDiacritics(shown.slice(0, 500));
  const words = folded.split(' ').map((word) => (/[./]/.test(word) ? '' : word));
  if (action.test(words.join(' ')) || /[^\P{L}\p{sc=Latn}]/u.test(folded)) return false;
  const path = url.pathname.toLowerCase();
  const isFrontPage =
    /^\/(?:[a-z]{2}(?:-[a-z]{2})?\/?|index\.html?)?$/.test(path) && url.search === '';
  return isFrontPage || (footerPage.test(path) && !action.test(path.replace(footerPage, '')));
}

// Microsoft's own servers were made to send texts whose only purpose is a stranger's number (docs/notices.md).
const askToCall =
  /(?:(?<!\p{L})(?:call|dial|ring|phone|anrufen|rufen|appelez|llame|llamenos|chiami|chiamate|ligue|bel|soita|zadzwon|volejte|zavolejte|hivja|sunati|arayin|goi|hubungi)(?!\p{L})|позвоните|звоните|телефонуите|καλεστε|обадете|اتصل|התקשר|โทร|電話|电话|拨打|撥打|전화)[^\n]{0,60}?\+?\(?\d[\d ().-]{6,20}\d/u;

/** Nobody is named who rings, but a number is given for help: nine digits or more, so that a date is none. */
const numberForHelp =
  /(?:contact|support|help ?line|help ?desk|hotline|toll.?free|billing desk|kontaktieren|hilfe|contactez|assistenza|soporte|请联系|致电|聯絡)[^\n]{0,60}?\n?[^\n]{0,20}?(\+?\(?\d[\d ()./-]{7,24}\d)/gu;

function asksToCall(folded: string): string | undefined {
  const asked = askToCall.exec(folded)?.[0];
  if (asked !== undefined) return asked;
  for (const { 0: found, 1: number = '' } of folded.matchAll(numberForHelp)) {
    if (number.replace(/\D/g, '').length >= 9) return found;
  }
  return undefined;
}

const moneyTaken =
  /(?:[$€£¥]|usd|eur|gbp)\s?\d[\d.,]{1,12}|\d[\d.,]{1,12}\s?(?:[$€£¥]|usd|eur|gbp)/;

/** What imitations press with. Each is in words that a notice about a subscription has no use for. */
const pressure: readonly { readonly code: string; readonly words: RegExp }[] = [
  {
    code: 'asks-for-credentials',
    words:
      /(?:verify|confirm|enter|validate|update) your (?:e-?mail )?(?:password|identity|credentials|mailbox)|(?:bestatigen|uberprufen) sie (?:ihr passwort|ihre identitat)|passwort (?:bestatigen|eingeben)|(?:verifie[rz]|confirme[rz]) votre (?:mot de passe|identite)|(?:verifique|confirme) su (?:contrasena|identidad)|(?:verifica|conferma) la tua (?:password|identita)|(?:verifique|confirme) (?:a )?sua (?:senha|identidade)|(?:verifieer|bevestig) uw (?:wachtwoord|identiteit)/,
  },
  {
    code: 'asks-for-card',
    words:
      /(?:enter|provide|confirm|update) your (?:credit |payment |debit )?card (?:number|details|data)|\bcvv\b|kreditkartendaten|coordonnees bancaires|numero de (?:carte|tarjeta)|gift cards?\b|bitcoin/,
  },
  {
    code: 'presses-for-time',
    words:
      /(?:within|in(?: the next)?) (?:24|48|72|12) hours|innerhalb von (?:24|48|72|12) stunden|(?:dans|sous) (?:les )?(?:24|48|72|12) ?(?:prochaines )?h(?:eures)?\b|en (?:las proximas )?(?:24|48|72|12) horas|entro (?:24|48|72|12) ore|binnen (?:24|48|72|12) uur|(?:immediate|permanent) (?:account )?(?:termination|suspension)/,
  },
];

/** `Never enter your password after clicking …`: a gateway's banner, a disclaimer. */
const warned = /(?:never|niemals|jamais|nunca|nooit|aldrig|aldri)(?!\p{L})/u;

/** Line ends stay: a number belongs to the call on its own line. */
function foldedLines(text: string): string[] {
  return text.split('\n').map((line) => (line === '' ? '' : foldDiacritics(line.slice(0, 5_000))));
}

/** What a call below the notice is about when it is not the forwarder's own number. */
const aboutTheNotice =
  /charge|refund|cancel|subscri|microsoft|renew|your data|your files|lose access|expire|invoice|payment|order|belast|kundig|abonn|rechnung|annul|rembours|cancelar|suscri|annulla|sottoscri/;

/**
 * The marks in the words of a notice and, for calls to ring a number, below it. `hasGenuineLink`: whether
 * it leads anywhere of Microsoft's.
 */
export function wordingMarks(text: string, end: number, hasGenuineLink: boolean): Mark[] {
  const folded = foldedLines(text.slice(0, Math.min(end, searchedCharsMax))).join('\n');
  const below = foldedLines(text.slice(end, searchedCharsMax));
  const marks: Mark[] = [];
  const asked = asksToCall(folded) ?? callAboutNotice(below);
  if (asked !== undefined) {
    // A sum that was taken and a number to get it back, and not one link of Microsoft's.
    const isScam = !hasGenuineLink && moneyTaken.test(folded);
    marks.push({ code: 'asks-to-call', detail: asked, isStrong: isScam });
  }
  marks.push(...pressureMarks(folded));
  // The hours of the forwarder's office are his own; nobody's signature asks for a password.
  const askedBelow = pressureMarks(below.join('\n'));
  marks.push(...askedBelow.filter(({ code }) => code !== 'presses-for-time'));
  if (hasHardlyText(folded) && !hasGenuineLink) {
    const detail = 'hardly any text: what its reader sees may be a picture';
    marks.push({ code: 'no-text', detail, isStrong: false });
  }
  return marks;
}

/** Whether a text may be a picture and its caption. */
export function hasHardlyText(text: string): boolean {
  return !fortyLetters.test(text.slice(0, searchedCharsMax));
}

const fortyLetters = /^(?:\P{L}*\p{L}){40}/u;

function callAboutNotice(lines: readonly string[]): string | undefined {
  return lines.find((line) => askToCall.test(line) && aboutTheNotice.test(line));
}

function pressureMarks(folded: string): Mark[] {
  return pressure.flatMap(({ code, words }) => {
    const found = words.exec(folded);
    if (found === null || warned.test(folded.slice(Math.max(0, found.index - 40), found.index)))
      return [];
    return [weak(code, found[0])];
  });
}

/**
 * The marks in the words of somebody who passed the notice on. He may name a day and his own number; about
 * the notice he has no number to give, and nothing to ask for.
 */
export function aboutNoticeMarks(text: string): Mark[] {
  const lines = foldedLines(text.slice(0, searchedCharsMax));
  const asked = callAboutNotice(lines);
  return [
    ...(asked === undefined ? [] : [weak('asks-to-call', asked)]),
    ...pressureMarks(lines.join('\n')).filter(({ code }) => code !== 'presses-for-time'),
  ];
}

const programs =
  /\.(?:exe|scr|com|pif|bat|cmd|ps1|vbs|vbe|js|jse|wsf|wsh|hta|msi|msp|jar|lnk|cpl|reg|iso|img|vhdx?|one)$/;
const pages =
  /\.(?:s?html?|xhtml|mht|mhtml|svg|xml|url|docm|dotm|xlsm|xlsb|xltm|pptm|zip|rar|7z|gz|tgz|bz2|xz|tar|cab|ace|arj|z)$/;
/** Known by their type where the name has no ending. */
const typed =
  /^application\/(?:x-msdownload|x-msdos-program|x-ms-shortcut|java-archive|hta|zip|x-zip-compressed|x-rar-compressed|vnd\.rar|x-7z-compressed)$|^image\/svg\+xml$/;
// Exchange and Apple Mail cut a body into such parts; as HTML they hold hardly more than their frame.
const bodyPart = /^att\d{3,8}\.(?:html?|txt)$/;
const bodyPartBytesMax = 1_024;

/**
 * The marks of a mail beside its text: attachments that run or hold a page, forms to type into. A genuine
 * notice has at most a PDF. What the forwarder attached to a forward is weak, since it may be the forwarder's.
 */
export function partMarks(mail: Mail, how: ForwardKind): Mark[] {
  const attached = mailsInside(mail);
  const isOuterMicrosofts = how === 'direct' || how === 'redirect';
  return [
    ...attachmentMarks(mail.attachments, isOuterMicrosofts),
    ...attached.flatMap(({ attachments }) => attachmentMarks(attachments, how === 'attachment')),
    ...[mail, ...attached].flatMap(({ html }) => formMarks(html ?? '')),
  ];
}

function mailsInside(mail: Mail): Mail[] {
  return mail.attachedMails.flatMap((inside) => [inside, ...mailsInside(inside)]);
}

function attachmentMarks(attachments: readonly Attachment[], isMicrosofts: boolean): Mark[] {
  return attachments.flatMap(({ filename, mediaType, sizeBytes }) => {
    const name = withoutPadding((filename ?? '').toLowerCase());
    if (bodyPart.test(name) && (name.endsWith('.txt') || sizeBytes <= bodyPartBytesMax)) return [];
    if (programs.test(name))
      return [{ code: 'attached-program', detail: name, isStrong: isMicrosofts }];
    if (pages.test(name)) return [weak('attached-page', name)];
    return !name.includes('.') && typed.test(mediaType) ? [weak('attached-page', mediaType)] : [];
  });
}

/** `invoice.exe . .`: from the end, so that a run of dots costs its length once. */
function withoutPadding(name: string): string {
  return /^.*[^\s\p{Default_Ignorable_Code_Point}.]/su.exec(name)?.[0] ?? '';
}

function formMarks(html: string): Mark[] {
  const read = html.slice(0, htmlCharsMax);
  if (!/<form[\s>]/i.test(read)) return [];
  const isStrong = /<input\s[^>]{0,300}type\s{0,5}=\s{0,5}["']?password/i.test(read);
  return [
    {
      code: isStrong ? 'form-for-password' : 'form',
      detail: 'the mail has a form to type into',
      isStrong,
    },
  ];
}
