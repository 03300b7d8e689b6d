/**
 * Days and times as people say them, seen from now.
 */
import { calendarDay } from '../../core/dates.ts';
import type { Html } from '../html.ts';
import { timeOf as timeIn } from './times.ts';

/** When it is for whoever looks. */
export interface Now {
  readonly at: Date;
  /** IANA name. */
  readonly timeZone: string;
}

const dayMs = 86_400_000;

/** `2 h`, `3 days`: how long something waits. */
export function waited(since: Date, { at }: Now): string {
  const minutes = Math.max(0, Math.floor((at.getTime() - since.getTime()) / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** `in 4 days`, `today`, `3 days ago`, of a `YYYY-MM-DD`. */
export function dayAway(day: string, now: Now): string {
  const days = daysAway(day, now);
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}

/** Days from today, negative when over. */
export function daysAway(day: string, { at, timeZone }: Now): number {
  const today = calendarDay(at, timeZone);
  return Math.round((Date.parse(day) - Date.parse(today)) / dayMs);
}

/** How near a day is, as a class of the style sheet. */
export function nearness(day: string, now: Now): 'bad' | 'warn' | '' {
  const days = daysAway(day, now);
  if (days <= 1) return 'bad';
  return days <= 7 ? 'warn' : '';
}

/** As `timeOf` of `times.ts`, for whoever has a `Now` at hand. */
export function timeOf(at: Date, { timeZone }: Pick<Now, 'timeZone'>): Html {
  return timeIn(at, timeZone);
}
