/**
 * The doors of the console: who may come in, and as what.
 *
 * Whatever opens a door (a session's cookie, a token, a one-time address) is known to the store by its SHA-256 only:
 * whoever reads the store, or a backup of it, cannot come in with what stands there.
 */
import type { Act } from './audit.ts';

/** `viewer` reads. `desk` decides about cases and corrects customers. `admin` also edits templates, users and imports. */
export const consoleRoles = ['viewer', 'desk', 'admin'] as const;
export type ConsoleRole = (typeof consoleRoles)[number];

export interface User {
  /** What they log in with, and what the audit log says. */
  readonly name: string;
  /** Absent: an account of the issuer that has no role any more; it cannot come in. */
  readonly role?: ConsoleRole;
  /** `issuer`: known by OpenID Connect, whose claims give the role at every login. */
  readonly login: 'password' | 'issuer';
  readonly createdAt: Date;
  readonly lastLoginAt?: Date;
}

/** An account as the issuer vouches for it. */
export interface IssuerAccount {
  readonly issuer: string;
  readonly subject: string;
  /** What people call it: an address, as a rule. It may change, and proves nothing. */
  readonly name: string;
  /** The highest that its claims give. */
  readonly role?: ConsoleRole;
}

export const userRefusals = [
  'no-user',
  'name-taken',
  /** Nobody takes the last admin's role away by mistake: another admin does it, or the command. */
  'own-account',
  /** The issuer's claims say it, at every login. */
  'role-from-issuer',
] as const;
export type UserRefusal = (typeof userRefusals)[number];
export type UserOutcome = 'done' | UserRefusal;

export interface OpenedSession {
  readonly idHash: string;
  readonly userName: string;
  readonly how: 'password' | 'issuer' | 'once';
  /** It ends then, however busy. */
  readonly endsAt: Date;
}

export interface Session {
  readonly user: User & { readonly role: ConsoleRole };
  readonly how: OpenedSession['how'];
}

/** A session in a list. Its id is the hash, with which nobody can come in. */
export interface SessionLine {
  readonly idHash: string;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly address?: string;
}

export interface ApiToken {
  /** Names it in lists; no secret. */
  readonly id: string;
  readonly userName: string;
  /** What it is for. */
  readonly label: string;
  /** Never more than its owner has. */
  readonly role: ConsoleRole;
  readonly createdAt: Date;
  readonly endsAt: Date;
  readonly lastUsedAt?: Date;
}

export interface DoorStore {
  listUsers(): Promise<readonly User[]>;
  findUser(name: string): Promise<User | undefined>;
  /** Of a user who logs in by password. */
  findPasswordHash(name: string): Promise<string | undefined>;
  addUser(
    user: { readonly name: string; readonly role: ConsoleRole; readonly passwordHash: string },
    act: Act,
  ): Promise<UserOutcome>;
  /** Ends the user's sessions and tokens, as the next two do. */
  changeRole(name: string, role: ConsoleRole, act: Act): Promise<UserOutcome>;
  changePassword(name: string, passwordHash: string, act: Act): Promise<UserOutcome>;
  removeUser(name: string, act: Act): Promise<UserOutcome>;
  /** The same password under newer parameters; only while the hash is still the old one. */
  keepRehash(name: string, from: string, to: string): Promise<void>;
  /**
   * Adds or updates whom the issuer vouches for. Without a role nobody is added, and one who was there loses it, with
   * sessions and tokens.
   */
  keepIssuerAccount(account: IssuerAccount, act: Omit<Act, 'by'>): Promise<User | undefined>;

  /** Ends what has ended meanwhile as well. */
  openSession(session: OpenedSession, act: Act, idleMs: number): Promise<void>;
  /** Undefined once it has ended: logged out, idle for too long, or too old. */
  findSession(
    idHash: string,
    at: Date,
    idleMs: number,
    /** What a page asks by itself must not keep alive a login that nobody uses any more. */
    isByItself?: boolean,
  ): Promise<Session | undefined>;
  endSession(idHash: string, act: Act): Promise<void>;
  listSessions(userName: string): Promise<readonly SessionLine[]>;
  /** All of a user but one. */
  endOtherSessions(userName: string, keptIdHash: string, act: Act): Promise<number>;

  /**
   * Counts a try before it is judged, so that many at once count too. `waitUntil`: too many were wrong, nothing is
   * judged before.
   */
  beginLogin(nameHash: string, at: Date): Promise<{ readonly waitUntil?: Date }>;
  /** Whether this user came in from that address since then. */
  hasComeFrom(userName: string, address: string, since: Date): Promise<boolean>;
  /** It was the right password. */
  forgetLogins(nameHash: string): Promise<void>;

  addOneTimeLogin(login: {
    readonly tokenHash: string;
    readonly userName: string;
    readonly endsAt: Date;
  }): Promise<void>;
  /** Whose it is; it is used up by that. */
  takeOneTimeLogin(tokenHash: string, at: Date): Promise<User | undefined>;

  addToken(
    token: ApiToken & { readonly tokenHash: string },
    act: Act,
  ): Promise<'done' | 'no-user' | 'role-too-high'>;
  findToken(tokenHash: string, at: Date): Promise<ApiToken | undefined>;
  /** Those that have not ended, of everybody or of one. */
  listTokens(at: Date, userName?: string): Promise<readonly ApiToken[]>;
  /** False where there is none. */
  revokeToken(id: string, act: Act): Promise<boolean>;
}

/** Passwords as they are kept. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Takes as long where there is no hash, so that nobody learns which names there are. `rehash`: the password is
   * right, and its hash has older parameters than those of today.
   */
  verify(
    password: string,
    hash: string | undefined,
  ): Promise<{ readonly matches: boolean; readonly rehash?: string }>;
}

/** What a login at the issuer begins with; the three are kept by the browser, and come back with it. */
export interface IssuerChallenge {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** OpenID Connect, for one issuer. */
export interface Issuer {
  /** What the button on the login page says. */
  readonly name: string;
  /** Where the browser is sent. Throws OIDC_UNREACHABLE. */
  authorizationUrl(challenge: IssuerChallenge): Promise<URL>;
  /**
   * Whom the issuer sent back, proven by its id token. Throws OIDC_UNREACHABLE, or OIDC_REFUSED where the issuer said
   * no or its answer does not fit the challenge.
   */
  account(returned: URL, challenge: IssuerChallenge): Promise<IssuerAccount>;
  /** Where the session at the issuer can be ended, if it has such a place and answers. */
  logoutUrl(): Promise<URL | undefined>;
  /** Throws OIDC_UNREACHABLE. */
  check(): Promise<void>;
}
