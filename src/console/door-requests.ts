/**
 * What is judged of a request before anybody asks whose it is: which name it was sent to, from which site, and
 * whether a form was ours.
 */
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { isSame } from './door-secrets.ts';

const safeMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** RFC 9110 §9.2.1: the other methods may change something. */
export function isUnsafe({ method }: Pick<FastifyRequest, 'method'>): boolean {
  return !safeMethods.includes(method);
}

export function isApi({ url }: Pick<FastifyRequest, 'url'>): boolean {
  return url === '/api' || url.startsWith('/api/') || url.startsWith('/api?');
}

export interface OwnPlace {
  readonly publicUrl?: string;
  readonly host: string;
}

/**
 * Why a request was not meant for this console; undefined where it was.
 *
 * A page of elsewhere can let its own name point to this machine and so reach a console that listens on loopback
 * only (DNS rebinding). Without a public address only the names of this machine and plain addresses are answered.
 */
export function faultOfHost(
  request: FastifyRequest,
  { publicUrl, host }: OwnPlace,
): string | undefined {
  if (publicUrl !== undefined) return undefined;
  const name = request.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name === host.toLowerCase() || isIP(name) !== 0) return undefined;
  return 'This console is not known by that name: console.publicUrl in the settings says by which.';
}

/**
 * Why a request that may change something did not come from a page of this console; undefined where it may have.
 * Every browser of the last years says at least one of the two; a program that says neither has the token to show.
 */
export function faultOfOrigin(
  request: FastifyRequest,
  { publicUrl }: OwnPlace,
): string | undefined {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const own = publicUrl ?? `${request.protocol}://${request.host}`;
  const isOurs =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || origin === own);
  return isOurs ? undefined : 'This did not come from a page of this console, so nothing was done.';
}

/** What the form carries, wherever it was put: a header field, a field, or a field of an upload. */
function formTokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-csrf-token'];
  if (typeof header === 'string') return header;
  // A program that calls the API from a page of ours must be able to set header fields.
  if (isApi(request)) return undefined;
  const { body } = request;
  if (typeof body !== 'object' || body === null || !('_csrf' in body))
    return tokenOfAddress(request);
  const field = body._csrf;
  if (typeof field === 'string') return field;
  const isPart = typeof field === 'object' && field !== null && 'value' in field;
  return isPart && typeof field.value === 'string' ? field.value : undefined;
}

/**
 * An upload is read by its handler, after this check: its form may name the token in its address. Such a form is
 * posted and answered with a redirect, so that the address stays in no history.
 */
function tokenOfAddress(request: FastifyRequest): string | undefined {
  if (request.headers['content-type']?.startsWith('multipart/') !== true) return undefined;
  const { query } = request;
  const isGiven = typeof query === 'object' && query !== null && '_csrf' in query;
  return isGiven && typeof query._csrf === 'string' ? query._csrf : undefined;
}

/** Why the form was not one that this person was given; undefined where it was. */
export function faultOfForm(request: FastifyRequest, expected: string): string | undefined {
  const token = formTokenOf(request);
  if (token !== undefined && expected !== '' && isSame(token, expected)) return undefined;
  return 'The page was open for too long, or the login has changed meanwhile. Load it again and repeat.';
}

const pathCharsMax = 1_000;

/** Where to go after the login: a path of this console, whatever somebody wrote into the address. */
export function safePath(text: unknown): string {
  // No control characters and no backslash, which browsers take for a slash.
  const isPath =
    typeof text === 'string' &&
    text.length <= pathCharsMax &&
    /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text);
  if (!isPath || !URL.canParse(text, placeholder)) return '/';
  const { origin, pathname, search } = new URL(text, placeholder);
  const isHere = origin === placeholder && !/^\/(?:\/|log(?:in|out)(?:\/|$))/.test(pathname);
  return isHere ? `${pathname}${search}` : '/';
}

const placeholder = 'http://console.invalid';
