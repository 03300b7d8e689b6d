/**
 * Days, numbers, lists and countries as a locale writes them.
 *
 * Building a formatter costs more than the whole rest of a reply, so they are kept; what comes out depends
 * on the locale and the value alone. Unicode CLDR, by way of Intl.
 */

interface Formatters {
  readonly day: Intl.DateTimeFormat;
  readonly number: Intl.NumberFormat;
  readonly plural: Intl.PluralRules;
  readonly list: Intl.ListFormat;
  readonly region: Intl.DisplayNames;
  /** By currency, as they are met. */
  readonly money: Map<string, Intl.NumberFormat>;
}

// Records may hold any locale; more than this are never in use at once.
const keptMax = 100;
const kept = new Map<string, Formatters>();

/** A day without a time (`YYYY-MM-DD`), as the locale writes it. */
export function formatDay(day: string, locale: string): string {
  const text = formattersOf(locale).day.format(new Date(`${day}T00:00:00Z`));
  // French says premier for the first, Portuguese of Brazil primeiro, which CLDR’s long form leaves out.
  if (/^fr\b/.test(locale)) return text.replace(/^1 /, '1er ');
  return /^pt(?:-BR)?$/.test(locale) ? text.replace(/^1 /, '1º ') : text;
}

/** A number as the locale writes it. */
export function formatNumber(value: number, locale: string): string {
  return formattersOf(locale).number.format(value);
}

export interface Money {
  /** `412.50`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** An amount of money as the locale writes it; without cents where it has none. */
export function formatMoney({ amount, currency }: Money, locale: string): string {
  const { money } = formattersOf(locale);
  const options = { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' } as const;
  const format = money.get(currency) ?? new Intl.NumberFormat(locale, options);
  money.set(currency, format);
  // As text, so that no amount passes through a binary fraction.
  return format.format(amount as `${number}`);
}

/** Which plural form of the locale’s language a number takes. */
export function pluralForm(value: number, locale: string): Intl.LDMLPluralRule {
  return formattersOf(locale).plural.select(value);
}

/** The forms that the locale’s language has for whole numbers as records hold them. Unicode CLDR. */
export function pluralForms(locale: string): readonly Intl.LDMLPluralRule[] {
  const { plural } = formattersOf(locale);
  // Every rule for whole numbers below a million looks at the last three digits and at the number itself.
  const numbers = Array.from({ length: 1_001 }, (_, number) => number);
  return [...new Set(numbers.map((number) => plural.select(number)))].sort();
}

/** `a, b and c`. */
export function formatList(values: readonly string[], locale: string): string {
  return formattersOf(locale).list.format(values);
}

/** The name of a country (ISO 3166-1 alpha-2); undefined when there is none. */
export function countryName(country: string, locale: string): string | undefined {
  return /^[A-Z]{2}$/.test(country) ? formattersOf(locale).region.of(country) : undefined;
}

function formattersOf(locale: string): Formatters {
  const known = kept.get(locale);
  if (known !== undefined) return known;
  if (kept.size >= keptMax) kept.clear();
  const made: Formatters = {
    day: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }),
    number: new Intl.NumberFormat(locale),
    plural: new Intl.PluralRules(locale),
    list: new Intl.ListFormat(locale, { type: 'conjunction' }),
    region: new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' }),
    money: new Map(),
  };
  kept.set(locale, made);
  return made;
}
