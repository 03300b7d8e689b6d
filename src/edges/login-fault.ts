/**
 * Why a login gave no token, before whoever asked for it has said what that means to them.
 *
 * No secret and no token is ever part of it: of a server's own words only the name of the error is taken.
 */

/** Given by a provider of logins. */
export interface LoginToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

export class LoginFault extends Error {
  /** `unreachable`: trying again can help. `refused`: somebody must do something first. */
  readonly kind: 'unreachable' | 'refused';
  readonly mends: readonly string[];

  constructor(kind: 'unreachable' | 'refused', why: string, mends: readonly string[] = []) {
    super(why);
    this.name = 'LoginFault';
    this.kind = kind;
    this.mends = mends;
  }
}
