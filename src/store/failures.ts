/**
 * What PostgreSQL and its driver say when something fails, as our operational errors. Nothing above
 * the store reads a library’s message.
 */
import { AssertionError } from 'node:assert';
import { ResponderError } from '../errors.ts';

/** Where the store is, in words for the operator; never with a password. */
export interface StorePlace {
  /** `PostgreSQL at db.example:5432`, or the data folder. */
  readonly name: string;
  readonly isServer: boolean;
}

const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
];

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What in a failure to connect can be said without the driver’s words. */
function reachProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  if (networkCodes.includes(code)) return `cannot be reached (${code})`;
  // PostgreSQL’s own classes: 28 login, 3D no such database, 08 connection, 53 and 57P no room or stopping.
  if (code.startsWith('28')) return `refused the login (${code})`;
  if (code === '3D000') return 'has no such database (3D000)';
  if (/^08|^53|^57P/.test(code)) return `takes no connection now (${code})`;
  const message = error instanceof Error ? error.message : '';
  // The driver has no codes for these.
  if (
    /connection terminated|is not queryable|timeout exceeded when trying to connect/i.test(message)
  )
    return 'cannot be reached (the connection broke off or timed out)';
  return undefined;
}

/** Turns a failure of the store into a ResponderError; our own errors and failed assertions stay. */
export function storeFailure(error: unknown, place: StorePlace): unknown {
  if (error instanceof ResponderError || error instanceof AssertionError) return error;
  const problem = place.isServer ? reachProblem(error) : undefined;
  if (problem !== undefined)
    return new ResponderError('STORE_UNREACHABLE', `${place.name} ${problem}.`, { cause: error });
  const code = codeOf(error);
  const shown = code === '' ? '' : ` (${code})`;
  return new ResponderError('STORE_FAILED', `A query of ${place.name} failed${shown}.`, {
    cause: error,
  });
}
