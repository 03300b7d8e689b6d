/**
 * The access tokens of one login: kept, renewed before they expire, shared by its connections.
 *
 * A mailbox's IMAP and SMTP connections show the same token. One renewal runs at a time, and one is started by
 * itself some minutes before the kept token expires, so that a revoked grant is noticed while the connections
 * still stand. A token is in no log, error or text. RFC 6749 §1.4, §1.5.
 */
import { loginRequestMsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { httpsSender } from './https-request.ts';
import { LoginFault } from './login-fault.ts';
import { type LoginWorld, logInAtMicrosoft } from './microsoft-login.ts';
import { type Granted, grantOfGoogle, grantOfOther } from './oauth-grants.ts';
import type { OauthLogin, OauthSettings } from './settings-types.ts';

export interface TokenSource {
  /** The kept token, or a new one. Throws OAUTH_REFUSED or OAUTH_UNREACHABLE. */
  get(): Promise<string>;
  /** A mail server did not take the token: when it is not quite new, the next `get` asks for another. */
  refused(token: string): void;
  /** Whether a connection that was opened with it is to be opened anew: it expires, or another has its place. */
  hasEnded(token: string): boolean;
  /** Until when the kept token holds; absent before the first `get`. */
  readonly expiresAt: Date | undefined;
  /** Ends the renewing. */
  close(): void;
}

/** How a connection logs in. */
export type MailLogin =
  | { readonly user: string; readonly pass: string }
  | { readonly user: string; readonly tokens: TokenSource };

export interface TokenWorld extends LoginWorld {
  readonly log: Log;
  /** Runs it after the time; what it returns calls that off. */
  readonly later: (ms: number, run: () => void) => () => void;
  /** Called after each new token. */
  readonly renewed?: () => void;
}

/** The world as it is. */
export function tokenWorld(oauth: OauthSettings, log: Log): TokenWorld {
  const { ca } = oauth;
  const timeoutMs = loginRequestMsMax;
  return {
    send: httpsSender(ca === undefined ? { timeoutMs } : { ca, timeoutMs }),
    now: Date.now,
    log,
    later: (ms, run) => {
      const timer = setTimeout(run, ms);
      // A login that is not needed any more keeps no process alive.
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** How long before its end a token is renewed; a quarter of its life, where that is shorter. */
const marginMs = 5 * 60_000;
/** A token that is refused so soon after it was given is no worse than another would be. */
const newMs = 60_000;
/** The longest that a timer of Node runs. */
const timerMsMax = 2 ** 31 - 1;
/** Between attempts to renew by itself. */
const retryMs = 60_000;
const refusedRetryMs = 5 * 60_000;
/** What was refused is not asked for again, whoever wants it: a little less, for those who waited just as long. */
const refusedMs = refusedRetryMs - 1_000;

interface Kept {
  readonly token: string;
  readonly givenMs: number;
  readonly expiresMs: number;
  readonly renewMs: number;
}

class KeptTokens implements TokenSource {
  readonly #login: OauthLogin;
  readonly #world: TokenWorld;
  #kept: Kept | undefined;
  #renewing: Promise<Kept> | undefined;
  #refusal: { readonly error: ResponderError; readonly atMs: number } | undefined;
  /** RFC 6749 §6: a server may replace it at each use. */
  #refreshToken: string | undefined;
  #callOff: () => void = () => undefined;
  #isClosed = false;

  constructor(login: OauthLogin, world: TokenWorld) {
    this.#login = login;
    this.#world = world;
    this.#refreshToken = login.oauth.refreshToken;
  }

  get expiresAt(): Date | undefined {
    return this.#kept === undefined ? undefined : new Date(this.#kept.expiresMs);
  }

  async get(): Promise<string> {
    const kept = this.#kept;
    if (kept !== undefined && kept.renewMs > this.#world.now()) return kept.token;
    try {
      return (await this.#renew()).token;
    } catch (error) {
      // Renewed ahead of its end, it is still good for a while.
      const isGood = kept !== undefined && kept === this.#kept;
      if (isGood && kept.expiresMs > this.#world.now()) return kept.token;
      throw error;
    }
  }

  refused(token: string): void {
    const kept = this.#kept;
    if (kept?.token !== token) return;
    const ageMs = this.#world.now() - kept.givenMs;
    // A clock that was set back knows no age.
    if (ageMs >= newMs || ageMs < 0) this.#kept = undefined;
  }

  hasEnded(token: string): boolean {
    return this.#kept?.token !== token || this.#kept.renewMs <= this.#world.now();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff();
  }

  async #renew(): Promise<Kept> {
    if (this.#refusal !== undefined) {
      const ageMs = this.#world.now() - this.#refusal.atMs;
      // A clock that was set back knows no age.
      if (ageMs >= 0 && ageMs < refusedMs) throw this.#refusal.error;
    }
    this.#renewing ??= this.#acquire().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #acquire(): Promise<Kept> {
    const { token, expiresMs, refreshToken } = await this.#grant();
    this.#refusal = undefined;
    const givenMs = this.#world.now();
    const renewMs = expiresMs - Math.min(marginMs, (expiresMs - givenMs) / 4);
    const kept = { token, givenMs, expiresMs, renewMs };
    this.#kept = kept;
    this.#refreshToken = refreshToken ?? this.#refreshToken;
    this.#renewAfter(renewMs - givenMs);
    this.#world.renewed?.();
    return kept;
  }

  async #grant(): Promise<Granted> {
    const { user, oauth } = this.#login;
    try {
      switch (oauth.provider) {
        case 'microsoft': {
          const { loginUrl: authority, tenantId, scope } = oauth;
          return await logInAtMicrosoft({ ...oauth, authority }, this.#world, { tenantId, scope });
        }
        case 'google':
          return await grantOfGoogle(oauth, user, this.#refreshToken, this.#world);
        case 'other':
          return await grantOfOther(oauth, this.#refreshToken, this.#world);
      }
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      const told = failure(this.#login, error);
      if (told.pause === 'long') this.#refusal = { error: told, atMs: this.#world.now() };
      throw told;
    }
  }

  #renewAfter(ms: number): void {
    this.#callOff();
    if (this.#isClosed) return;
    const pauseMs = Math.min(Math.max(ms, 0), timerMsMax);
    this.#callOff = this.#world.later(pauseMs, () => void this.#renewByItself());
  }

  async #renewByItself(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      const { user } = this.#login;
      const known = error instanceof ResponderError ? error : undefined;
      this.#world.log.warn(
        {
          user,
          ...(known === undefined
            ? { error: String(error) }
            : { code: known.code, error: known.message, mends: known.details }),
          expiresAt: this.expiresAt?.toISOString(),
        },
        'the access token could not be renewed; it is tried again by itself',
      );
      this.#renewAfter(known?.pause === 'long' ? refusedRetryMs : retryMs);
    }
  }
}

/** Nothing is asked for before the first `get`. */
export function openTokenSource(login: OauthLogin, world: TokenWorld): TokenSource {
  return new KeptTokens(login, world);
}

function failure({ user, oauth }: OauthLogin, fault: LoginFault): ResponderError {
  const { host } = new URL(oauth.provider === 'microsoft' ? oauth.loginUrl : oauth.tokenUrl);
  return fault.kind === 'unreachable'
    ? new ResponderError(
        'OAUTH_UNREACHABLE',
        `The login of ${user} at ${host} cannot be reached: ${fault.message}.`,
      )
    : new ResponderError(
        'OAUTH_REFUSED',
        `The login of ${user} at ${host} gives no token (${fault.message}).`,
        { details: fault.mends },
      );
}
