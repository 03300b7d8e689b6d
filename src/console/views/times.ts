/**
 * Times and durations as the screen shows them: by the partner's clock, with the exact moment in the markup.
 */
import { type Html, html } from '../html.ts';

interface Formats {
  readonly time: Intl.DateTimeFormat;
  readonly moment: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
}

/** A console has one time zone; making a format takes longer than a page. */
const kept = new Map<string, Formats>();

function formatsOf(timeZone: string): Formats {
  const known = kept.get(timeZone);
  if (known !== undefined) return known;
  const made: Formats = {
    time: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    moment: new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'medium',
      timeZone,
    }),
    day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  };
  kept.set(timeZone, made);
  return made;
}

/** `27 Nov 2026, 12:04`. */
export function timeOf(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${timeWords(at, timeZone)}</time>`;
}

/** The same where no markup may stand. */
export function timeWords(at: Date, timeZone: string): string {
  return formatsOf(timeZone).time.format(at);
}

/** `27 Nov 2026, 12:04:31`, where the order of what happened counts. */
export function momentOf(at: Date, { timeZone }: { readonly timeZone: string }): Html {
  return html`<time datetime="${at.toISOString()}">${formatsOf(timeZone).moment.format(at)}</time>`;
}

/** `27 Nov`, of a day `YYYY-MM-DD`. */
export function shortDay(day: string): string {
  return formatsOf('UTC').day.format(new Date(`${day}T00:00:00Z`));
}

/** `12 seconds`, `3 minutes`, `5 hours`, `2 days`: the largest unit that is at least two of it, or one. */
export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return counted(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.round(hours / 24), 'day');
}

/** `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`, where there is little room. */
export function shortDuration(ms: number): string {
  if (ms < 50) return '< 0.1 s';
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** `1 case`, `2 cases`. */
export function counted(count: number, word: string, words = `${word}s`): string {
  return `${count} ${count === 1 ? word : words}`;
}
