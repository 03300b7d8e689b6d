/**
 * The console behind its real doors, and a browser without a screen: it keeps cookies and finds the token of a form.
 */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { DoorParts } from '../../src/console/door-parts.ts';
import { consoleDoors } from '../../src/console/doors.ts';
import type { Doors } from '../../src/console/server.ts';
import { openPasswords } from '../../src/edges/passwords.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import type { OpenedStore } from '../../src/store/open.ts';

/** As little work as argon2 knows: what a hash costs is judged elsewhere. */
export const cheapPasswords = openPasswords({ memoryCost: 8, timeCost: 1, parallelism: 1 });

export const passwordOf = (name: string): string => `the password of ${name}`;

export const hourMs = 3_600_000;

export function doorsOver(
  store: OpenedStore['store'],
  clock: { now(): Date },
  own: Partial<DoorParts> = {},
): Doors {
  return consoleDoors({
    store,
    passwords: cheapPasswords,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    host: '127.0.0.1',
    idleMs: 8 * hourMs,
    sessionMs: 24 * hourMs,
    timeZone: 'UTC',
    ...own,
  });
}

export async function addUser(
  store: OpenedStore['store'],
  name: string,
  role: ConsoleRole,
): Promise<void> {
  const passwordHash = await cheapPasswords.hash(passwordOf(name));
  const act = { at: new Date('2026-11-27T08:00:00Z'), by: 'test', via: 'command' } as const;
  await store.addUser({ name, role, passwordHash }, act);
}

export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly app: FastifyInstance;
  /** Origin of whoever asks from elsewhere; header fields of every request. */
  headers: Readonly<Record<string, string>> = {};
  #address: string | undefined;

  constructor(app: FastifyInstance) {
    this.app = app;
  }

  /** Asks from another address from now on. */
  from(address: string): this {
    this.#address = address;
    return this;
  }

  async ask(options: InjectOptions): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.app.inject({
      ...options,
      ...(this.#address === undefined ? {} : { remoteAddress: this.#address }),
      headers: { ...(cookie === '' ? {} : { cookie }), ...this.headers, ...options.headers },
    });
    for (const { name, value, maxAge, expires } of answer.cookies) {
      const isGone = maxAge === 0 || (expires !== undefined && expires.getTime() <= 0);
      if (isGone) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  get(url: string): Promise<LightMyRequestResponse> {
    return this.ask({ url });
  }

  /** Sends a form with the token that the page of it has. */
  async send(
    url: string,
    fields: Readonly<Record<string, string>>,
    { page = url }: { readonly page?: string } = {},
  ): Promise<LightMyRequestResponse> {
    return this.post(url, { _csrf: tokenIn((await this.get(page)).body), ...fields });
  }

  post(url: string, fields: Readonly<Record<string, string>>): Promise<LightMyRequestResponse> {
    return this.ask({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(fields).toString(),
    });
  }

  login(name: string, password = passwordOf(name)): Promise<LightMyRequestResponse> {
    return this.send('/login', { name, password });
  }
}

export function tokenIn(page: string): string {
  return /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}
