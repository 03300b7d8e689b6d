/**
 * What the doors are made of, and the cookies that they set.
 */
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditStore } from '../ports/audit.ts';
import type { DoorStore, Issuer, OpenedSession, Passwords } from '../ports/doors.ts';
import type { Clock, Log } from '../ports.ts';
import type { OwnPlace } from './door-requests.ts';
import { derived, hashOf, newSecret } from './door-secrets.ts';

export interface DoorParts extends OwnPlace {
  readonly store: DoorStore & AuditStore;
  readonly passwords: Passwords;
  /** Absent: only local users. */
  readonly issuer?: Issuer;
  readonly clock: Clock;
  readonly log: Log;
  /** A session ends after so long without a request, and after so long at all. */
  readonly idleMs: number;
  readonly sessionMs: number;
  /** IANA name, for times on the screen. */
  readonly timeZone: string;
}

export type CookieKind = 'session' | 'visit' | 'issuer';

function isEncrypted({ publicUrl }: OwnPlace): boolean {
  return publicUrl?.startsWith('https:') === true;
}

/** RFC 6265bis §4.1.3.2: a browser takes `__Host-` from this very host only, over TLS, for no subdomain. */
function cookieName(kind: CookieKind, place: OwnPlace): string {
  return `${isEncrypted(place) ? '__Host-' : ''}responder-${kind}`;
}

/** Lax, not Strict: the issuer's redirect and a link in a mail come from elsewhere, and forms of elsewhere do not count. */
function cookieOptions(place: OwnPlace): CookieSerializeOptions {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isEncrypted(place) };
}

export function readCookie(
  request: FastifyRequest,
  kind: CookieKind,
  place: OwnPlace,
): string | undefined {
  const value = request.cookies[cookieName(kind, place)];
  return value === undefined || value === '' || value.length > 3_000 ? undefined : value;
}

export function setCookie(
  reply: FastifyReply,
  kind: CookieKind,
  { value, place, seconds }: { value: string; place: OwnPlace; seconds?: number },
): void {
  reply.setCookie(cookieName(kind, place), value, {
    ...cookieOptions(place),
    ...(seconds === undefined ? {} : { maxAge: seconds }),
  });
}

export function clearCookie(reply: FastifyReply, kind: CookieKind, place: OwnPlace): void {
  reply.clearCookie(cookieName(kind, place), cookieOptions(place));
}

/** The token of a form that is sent before anybody is logged in; the cookie that it belongs to is set with it. */
export function visitToken(request: FastifyRequest, reply: FastifyReply, place: OwnPlace): string {
  const known = readCookie(request, 'visit', place);
  const secret = known ?? newSecret();
  if (known === undefined) setCookie(reply, 'visit', { value: secret, place });
  return derived(secret, 'form');
}

/** Lets a person in: with a new id, whatever the browser had before, which ends. */
export async function letIn(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { name, how }: { readonly name: string; readonly how: OpenedSession['how'] },
  parts: DoorParts,
): Promise<void> {
  const at = parts.clock.now();
  const act = { at, by: name, via: 'console', from: request.ip } as const;
  const before = readCookie(request, 'session', parts);
  if (before !== undefined) await parts.store.endSession(hashOf(before), act);
  const id = newSecret();
  const endsAt = new Date(at.getTime() + parts.sessionMs);
  await parts.store.openSession(
    { idHash: hashOf(id), userName: name, how, endsAt },
    act,
    parts.idleMs,
  );
  setCookie(reply, 'session', { value: id, place: parts });
  clearCookie(reply, 'visit', parts);
}
