/**
 * Zones as clients write them beside a time: an offset, or a name.
 *
 * A name that several countries use for different times keeps all its offsets; which one is meant is
 * for the caller, who knows the zone of whoever forwarded. RFC 5322 §3.3, §4.3.
 */
import { foldDate } from './date-words.ts';

export interface ZonedText {
  /** Minutes east of UTC: one, or all that the name may mean. */
  readonly offsets: readonly number[];
  /** The text without the zone, so that its digits are read as nothing else. */
  readonly rest: string;
}

const zoneNames: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    ...{ UTC: [0], GMT: [0], UT: [0], WET: [0], WEST: [60] },
    ...{ CET: [60], SEČ: [60], MEZ: [60], MET: [60], HNEC: [60] },
    ...{ CEST: [120], SELČ: [120], MESZ: [120], MEST: [120], HAEC: [120], SAST: [120] },
    ...{
      EET: [120],
      OEZ: [120],
      EEST: [180],
      OESZ: [180],
      MSK: [180],
      МСК: [180],
      TRT: [180],
      IDT: [180],
    },
    ...{ EDT: [-240], CDT: [-300], MDT: [-360], PDT: [-420], AKST: [-540], AKDT: [-480] },
    ...{ HST: [-600], BRT: [-180], ART: [-180], JST: [540], KST: [540], HKT: [480], SGT: [480] },
    ...{ WIB: [420], WITA: [480], ICT: [420], PKT: [300], NPT: [345], AWST: [480], ACST: [570] },
    ...{ AEST: [600], ACDT: [630], AEDT: [660], NZST: [720], NZDT: [780] },
    // North America and Asia, Ireland, Israel and India, Britain and Bangladesh, Canada and Arabia.
    ...{ EST: [-300], MST: [-420, 480], PST: [-480, 480], CST: [-360, 480] },
    ...{ IST: [330, 120, 60], BST: [60, 360], AST: [-240, 180] },
  }),
);

/** Finds the zone in a date. Names must be in capitals, since `est` is a word in three languages. */
export function findZone(text: string): ZonedText | undefined {
  return offsetIn(text) ?? nameIn(text);
}

/** `+0100`, `GMT+3`, `UTC+01:00`, `(UTC-5)`. Hours to 14, so that the year of `1-12-2026` is none. */
function offsetIn(text: string): ZonedText | undefined {
  const found =
    /(?:utc|gmt)\s?([+-])\s?(\d{1,2})(?::?([0-5]\d))?(?![\d:])/i.exec(text) ??
    /(?<=^|[\s(,\]]|:\d\d|:\d\d\.\d{3})([+-])(\d\d):?([0-5]\d)(?![\d:./-])/.exec(text);
  if (found === null || Number(found[2]) > 14) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0);
  return without(text, found.index, found[0].length, [found[1] === '-' ? -minutes : minutes]);
}

function nameIn(text: string): ZonedText | undefined {
  const zulu = /(?<=:\d\d(?:\.\d{1,9})?\s?)Z(?![\p{L}\d])/u.exec(text);
  if (zulu !== null) return without(text, zulu.index, 1, [0]);
  for (const { 0: name, index } of text.matchAll(/(?<![\p{L}\d])\p{Lu}{2,4}(?![\p{L}\d])/gu)) {
    const offsets = zoneNames.get(name);
    if (offsets !== undefined) return without(text, index, name.length, offsets);
  }
  return undefined;
}

function without(text: string, at: number, length: number, offsets: readonly number[]): ZonedText {
  return { offsets, rest: `${text.slice(0, at)} ${text.slice(at + length)}` };
}

/** Cities of each time whose long names are known. */
const cities =
  'Europe/London Europe/Lisbon Europe/Berlin Europe/Athens Europe/Moscow Europe/Istanbul America/New_York America/Chicago America/Denver America/Los_Angeles America/Sao_Paulo Asia/Tokyo Asia/Shanghai Asia/Seoul Asia/Kolkata Australia/Sydney'.split(
    ' ',
  );
const locales =
  'en en-GB de fr fr-CA es es-MX it nl pt pt-PT sv da nb fi pl cs sk hu ro tr ru uk hr sl el bg he ar th vi id ja ko zh-Hans zh-Hant'.split(
    ' ',
  );

let longNames: ReadonlyMap<string, ReadonlySet<number>> | undefined;

/**
 * Finds a name such as `Mitteleuropäische Zeit` or `中央ヨーロッパ夏時間`, by the Unicode CLDR; the text
 * behind the time is enough. Empty when there is none.
 */
export function longZoneOffsets(text: string): readonly number[] {
  // Asking Intl takes a tenth of a second, so short words such as `Uhr` are not worth it.
  if ((text.match(/\p{L}/gu) ?? []).length < 5) return [];
  longNames ??= readLongNames();
  const folded = foldDate(text);
  let best = '';
  for (const name of longNames.keys()) {
    if (name.length > best.length && folded.includes(name)) best = name;
  }
  return [...(longNames.get(best) ?? [])];
}

function readLongNames(): Map<string, Set<number>> {
  const names = new Map<string, Set<number>>();
  const days = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];
  for (const timeZone of cities) {
    const inMinutes = offsetsOf(timeZone, days);
    for (const locale of locales) {
      for (const timeZoneName of ['long', 'longGeneric'] as const) {
        const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName });
        days.forEach((day, index) => {
          const part = format.formatToParts(day).find(({ type }) => type === 'timeZoneName');
          const name = foldDate(part?.value ?? '');
          const offset = inMinutes[index];
          // Where a language has no name of its own the CLDR gives an offset.
          if (name === '' || /\d/.test(name) || offset === undefined) return;
          names.set(name, (names.get(name) ?? new Set()).add(offset));
        });
      }
    }
  }
  return names;
}

function offsetsOf(timeZone: string, days: readonly number[]): number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return days.map((day) => {
    const part = format.formatToParts(day).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return offsetIn(part)?.offsets[0] ?? 0;
  });
}
