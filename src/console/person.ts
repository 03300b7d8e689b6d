/**
 * Who is at the console, and what each may do there.
 */
import type { FastifyRequest } from 'fastify';
import type { Act } from '../ports/audit.ts';
import type { ConsoleRole } from '../ports/doors.ts';
import type { Clock } from '../ports.ts';

/** Whoever a request is from, once the doors have let it in. */
export interface Person {
  readonly name: string;
  readonly role: ConsoleRole;
  readonly via: 'console' | 'api';
  /** What a form of this person must carry; empty for a token, which no browser sends by itself. */
  readonly csrfToken: string;
  /** Names the token that the request was sent with; no secret. Absent for a session. */
  readonly tokenId?: string;
}

/** What a route asks of whoever calls it: a role, or nothing at all. */
export type RouteRole = ConsoleRole | 'anybody';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the doors before any handler runs; absent on routes for anybody. */
    person?: Person;
    /** How many cases wait for the desk, where a page is asked for. */
    waiting?: number;
  }
  interface FastifyContextConfig {
    /** Every route says it; the console does not start with one that does not. */
    role?: RouteRole;
    /** False where no navigation is sent, so that nothing need be counted for it. */
    frame?: false;
    /** A page asks it again and again while it is open, whether or not anybody is there. */
    byItself?: true;
  }
}

/** The person of a request on a route that has a role. */
export function personOf({ person }: FastifyRequest): Person {
  if (person === undefined) throw new Error('a route with a role was reached without a person');
  return person;
}

/** Whose requests are counted together, and whose idempotency keys are one set: those of one token. */
export function callerOf({ name, tokenId }: Person): string {
  return tokenId === undefined ? `person ${name}` : `token ${tokenId}`;
}

/** What the audit log says of a change that this request makes. */
export function actOf(request: FastifyRequest, clock: Clock): Act {
  const { name, via } = personOf(request);
  return { at: clock.now(), by: name, via, from: request.ip };
}

const rank: Readonly<Record<ConsoleRole, number>> = { viewer: 0, desk: 1, admin: 2 };

/** An admin may do what the desk may, and the desk what a viewer may. */
export function mayDo(has: ConsoleRole, needs: RouteRole): boolean {
  return needs === 'anybody' || rank[has] >= rank[needs];
}
