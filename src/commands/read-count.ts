/**
 * A number that an option was given.
 */
import { ResponderError } from '../errors.ts';

/** From 1 to `max`; undefined where the option was not given. Throws USAGE. */
export function readCount(
  option: string,
  text: string | undefined,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw new ResponderError(
    'USAGE',
    `${option}: found “${text}”, expected a number from 1 to ${max}.`,
  );
}
