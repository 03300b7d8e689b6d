/**
 * Which day it is where a customer is.
 *
 * The record names the country and no time zone. A country of several zones can be on two days at once: then
 * the later one counts, since a day that may be over is for the desk to judge, not for a reply to promise.
 * Zones by country: Unicode CLDR, through Intl.
 */
import { calendarDay } from './dates.ts';

/** Every zone is a multiple of this away from UTC, so within a quarter of an hour no day begins. */
const quarterMs = 15 * 60_000;

/** The last answer for each zone or country: a report asks for the same few a million times. */
const answers = new Map<string, { readonly quarter: number; readonly day: string }>();

/** `YYYY-MM-DD`. `otherwise` is the IANA time zone of the settings, for customers whose country is unknown. */
export function customerDay(now: Date, country: string | undefined, otherwise: string): string {
  const zones = country === undefined ? [] : timeZonesOf(country);
  return zones.length === 0
    ? answer(otherwise, now, [otherwise])
    : answer(`country ${country}`, now, zones);
}

function answer(key: string, now: Date, zones: readonly string[]): string {
  const quarter = Math.floor(now.getTime() / quarterMs);
  const known = answers.get(key);
  if (known?.quarter === quarter) return known.day;
  const days = zones.map((zone) => calendarDay(now, zone)).sort();
  const day = days.at(-1) ?? calendarDay(now, 'UTC');
  answers.set(key, { quarter, day });
  return day;
}

const zonesByCountry = new Map<string, readonly string[]>();

function timeZonesOf(country: string): readonly string[] {
  const known = zonesByCountry.get(country);
  if (known !== undefined) return known;
  const isCode = /^[A-Z]{2}$/.test(country);
  const zones = isCode ? (localeOf(country).getTimeZones?.() ?? []) : [];
  zonesByCountry.set(country, zones);
  return zones;
}

/** ECMA-402, Intl Locale Info: Node has it, the types of the language do not yet. */
function localeOf(country: string): Intl.Locale & { getTimeZones?(): string[] | undefined } {
  return new Intl.Locale(`und-${country}`);
}
