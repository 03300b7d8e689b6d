/**
 * Checks of single values of a customers file: text in, the value as the record keeps it, or what is wrong
 * and how to mend it.
 *
 * Nothing is guessed: a date that could be read in two ways, or a number that a spreadsheet has
 * rounded, would become a wrong instruction to a customer.
 */
import type { Address } from '../core/address.ts';
import { customerListMax, nameCharsMax } from '../core/limits.ts';
import { parseAddressText, parseBareAddress, parseDomainText } from './address-text.ts';
import { findNearest } from './did-you-mean.ts';
import { parseLocale } from './settings-values.ts';

/** `message` completes `line L, column C: "value": …`. */
export type Checked<Value> = { readonly value: Value } | { readonly message: string };

export function plainText(text: string): Checked<string> {
  // Some signs become longer by it: what is kept must be read again from an export.
  const value = text.normalize('NFC').replace(/ {2,}/g, ' ');
  return value.length > nameCharsMax
    ? { message: `has ${value.length} characters, at most ${nameCharsMax} are allowed` }
    : { value };
}

/** An id of whatever system the file comes from; kept as it stands. */
export function customerId(text: string): Checked<string> {
  return roundedByExcel(text) ?? plainText(text);
}

/** Excel shows long numbers as 1.23E+15 and saves them so: the id is lost. */
function roundedByExcel(text: string): { readonly message: string } | undefined {
  return /^\d+([.,]\d+)?E\+\d+$/i.test(text)
    ? { message: 'was rounded by the spreadsheet; format the column as text and enter it again' }
    : undefined;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function findGuid(text: string): string | undefined {
  const bare = text.replace(/^\{(.*)\}$/, '$1').toLowerCase();
  return guid.test(bare) ? bare : undefined;
}

export function tenantId(text: string): Checked<string> {
  const value = findGuid(text);
  return value === undefined
    ? { message: 'is not a tenant id, which looks like 0a1b2c3d-0000-4000-8000-00000000abcd' }
    : { value };
}

/** A GUID, or whatever else the system calls its subscriptions, in lower case. */
export function subscriptionId(text: string): Checked<string> {
  const value = findGuid(text);
  if (value !== undefined) return { value };
  const rounded = roundedByExcel(text);
  if (rounded !== undefined) return rounded;
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/.test(text)
    ? { value: text.toLowerCase() }
    : { message: 'is not an id: letters, digits, -, _, . and : only, without spaces' };
}

export function domainName(text: string): Checked<string> {
  const value = parseDomainText(text);
  if (value !== undefined) return { value };
  const inside = /^(?:https?:\/\/|[^@\s]+@)([^/@\s]+)/i.exec(text)?.[1];
  const meant = inside === undefined ? undefined : parseDomainText(inside);
  const mend = meant === undefined ? ' such as contoso.example' : `; did you mean ${meant}?`;
  return { message: `is not a domain${mend}` };
}

export function domainList(text: string): Checked<readonly string[]> {
  return list(text.split(/;/), domainName, (domain) => domain);
}

export function bareAddress(text: string): Checked<string> {
  const value = parseBareAddress(text);
  return value === undefined
    ? { message: 'is not an address such as kim@contoso.example' }
    : { value };
}

export function contactList(text: string): Checked<readonly Address[]> {
  // A `;` inside quotation marks belongs to the name: "Doe; Kim" <kim@contoso.example>.
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|[^;"]|")+/g) ?? [];
  return list(parts, contact, (address) => address.address);
}

function contact(text: string): Checked<Address> {
  const value = parseAddressText(text);
  if (value !== undefined) return { value };
  const severalHint = (text.match(/@/g)?.length ?? 0) > 1 ? '; separate several with ;' : '';
  return {
    message: `${JSON.stringify(text)} is neither an address nor Name <address>${severalHint}`,
  };
}

/** What `contactList` reads as this one contact. */
export function contactText({ name, address }: Address): string {
  if (name === undefined) return address;
  const quoted = /[;"\\]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name;
  return `${quoted} <${address}>`;
}

function list<Item>(
  parts: readonly string[],
  check: (text: string) => Checked<Item>,
  keyOf: (item: Item) => string,
): Checked<readonly Item[]> {
  const items = new Map<string, Item>();
  for (const part of parts.map((text) => text.trim()).filter((text) => text !== '')) {
    const checked = check(part);
    if ('message' in checked) return checked;
    const key = keyOf(checked.value);
    if (!items.has(key)) items.set(key, checked.value);
  }
  return items.size > customerListMax
    ? { message: `has ${items.size} entries, at most ${customerListMax} are allowed` }
    : { value: [...items.values()] };
}

/** `YYYY-MM-DD`, with or without a time of day behind it, which is cut off. */
export function calendarDate(text: string): Checked<string> {
  const iso =
    /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
  const day = iso.exec(text)?.[1];
  if (day === undefined) return { message: otherDateMessage(text) };
  return isCalendarDay(day)
    ? { value: day }
    : { message: 'is not a day of the calendar between 1990 and 2100' };
}

function isCalendarDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  // The last day of a month is the one before the first of the next.
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return (
    year >= 1990 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth
  );
}

/** 2/1/2019 is February in one country and January in the other. */
function otherDateMessage(text: string): string {
  const parts = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b/.exec(text);
  const [, first = '', , second = '', year = ''] = parts ?? [];
  const readings = [
    `${year}-${first.padStart(2, '0')}-${second.padStart(2, '0')}`,
    `${year}-${second.padStart(2, '0')}-${first.padStart(2, '0')}`,
  ].filter((day, index, all) => isCalendarDay(day) && all.indexOf(day) === index);
  if (readings.length === 2) return `is ambiguous; write ${readings.join(' or ')}`;
  if (readings.length === 1) return `is not written as YYYY-MM-DD; write ${readings[0]}`;
  return 'is not a date; write it as YYYY-MM-DD';
}

const countMax = 10_000_000;

export function count(text: string): Checked<number> {
  if (/^\d{1,9}$/.test(text) && Number(text) <= countMax) return { value: Number(text) };
  return { message: `is not a whole number from 0 to ${countMax}, written with digits only` };
}

export function money(text: string): Checked<string> {
  if (/^\d{1,12}(\.\d{1,4})?$/.test(text)) return { value: text };
  const mend = /^\d+,\d{1,4}$/.test(text) ? `; write ${text.replace(',', '.')}` : '';
  return { message: `is not an amount such as 412.50, without currency and separators${mend}` };
}

export function currency(text: string): Checked<string> {
  return /^[A-Za-z]{3}$/.test(text)
    ? { value: text.toUpperCase() }
    : { message: 'is not a currency of three letters such as EUR' };
}

/** A file of a million rows names a few dozen. */
const knownTags = new Map<string, string | undefined>();
const knownTagsMax = 1_000;

export function languageTag(text: string): Checked<string> {
  if (!knownTags.has(text) && knownTags.size < knownTagsMax) knownTags.set(text, parseLocale(text));
  const value = knownTags.has(text) ? knownTags.get(text) : parseLocale(text);
  return value === undefined
    ? { message: 'is not a language tag such as en, de or pt-BR' }
    : { value };
}

/** ISO 3166-1 alpha-2, as of 2024; and Kosovo, which is known by a code that the list leaves to its users. */
const countries = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS ' +
    'BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE ' +
    'EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM ' +
    'HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC ' +
    'LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA ' +
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO ' +
    'TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'
  ).split(' '),
);

/** Codes of other lists that people write for these countries. */
const otherCodes: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR', EN: 'GB' };

const countryNames = new Intl.DisplayNames('en', { type: 'region' });

export function country(text: string): Checked<string> {
  const code = text.toUpperCase();
  if (countries.has(code)) return { value: code };
  const meant =
    otherCodes[code] ??
    [...countries].find((known) => countryNames.of(known)?.toLowerCase() === text.toLowerCase());
  const mend = meant === undefined ? ' such as DE' : `; did you mean ${meant}?`;
  return { message: `is not a country of two letters (ISO 3166-1)${mend}` };
}

/** The link stands in replies, so nothing but a plain https address is let in. */
export function httpsLink(text: string): Checked<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url?.protocol === 'https:' && url.username === '' && url.password === '' && !/\s/.test(text);
  return isPlain && parseDomainText(url.hostname) !== undefined
    ? { value: url.href }
    : { message: 'is not a link that begins with https://' };
}

export interface Approval {
  readonly approved: boolean;
  /** `YYYY-MM-DD`, where a date stands instead of yes. */
  readonly on?: string;
}

export function approval(text: string): Checked<Approval> {
  const word = text.toLowerCase();
  if (word === 'yes' || word === 'no') return { value: { approved: word === 'yes' } };
  if (!/^\d/.test(text)) return { message: 'is neither yes nor no nor a date as YYYY-MM-DD' };
  const day = calendarDate(text);
  return 'message' in day ? day : { value: { approved: true, on: day.value } };
}

/** One of a closed list, capitals or not. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return (text: string): Checked<Word> => {
    const value = words.find((word) => word === text.toLowerCase());
    if (value !== undefined) return { value };
    const nearest = findNearest(text, words);
    const mend = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return { message: `is not one of ${words.join(', ')}${mend}` };
  };
}
