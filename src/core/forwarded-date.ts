/**
 * Settles a numeric date above a forward by the date of the mail that carries it: what was forwarded is
 * older than the forward, and rarely by more than a year.
 *
 * `03/11/26` may be a day in March, in November or of 2003; above a forward of 5 March 2026 it is one. Where two
 * readings are left, none is taken: absent rather than guessed.
 */

/** `3/11/26`, `3.11.2026`, `03-11-26`. */
const numericDate = /(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)/;

const dayMs = 86_400_000;
/** Clocks differ, and a date without a zone is taken in the forwarder's. */
const aheadMs = 2 * dayMs;
const behindMs = 400 * dayMs;

/** The text with its numeric date written as `YYYY-MM-DD` where only one reading fits; unchanged elsewhere. */
export function settleDate(text: string, forwardedAt: Date | undefined): string {
  const found = numericDate.exec(text.slice(0, 200));
  if (found === null || forwardedAt === undefined) return text;
  const [whole, first = '', separator = '', second = '', third = ''] = found;
  // With dots and four digits the day is first wherever it is written: nothing to settle.
  if (separator === '.' && third.length === 4) return text;
  const day = (year: number, month: string, date: string): string | undefined =>
    calendarDay(year, Number(month), Number(date));
  const year = third.length === 4 ? Number(third) : 2000 + Number(third);
  const readings = [
    day(year, second, first),
    ...(separator === '.' ? [] : [day(year, first, second)]),
    ...(separator === '.' || third.length === 4 ? [] : [day(2000 + Number(first), second, third)]),
  ].filter((reading) => reading !== undefined && isNear(reading, forwardedAt));
  const [only, other] = new Set(readings);
  return only === undefined || other !== undefined ? text : text.replace(whole, only);
}

function calendarDay(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.toISOString().slice(0, 10) : undefined;
}

function isNear(day: string, forwardedAt: Date): boolean {
  const age = forwardedAt.getTime() - Date.parse(day);
  return age >= -aheadMs && age <= behindMs;
}
