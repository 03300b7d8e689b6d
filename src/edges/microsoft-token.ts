/**
 * Tokens for Microsoft’s interfaces, for the partner’s tenant and those of its customers (Secure Application Model).
 *
 * A token is kept until shortly before it expires. No secret is ever part of an error.
 */
import { ResponderError } from '../errors.ts';
import { LoginFault, type LoginToken } from './login-fault.ts';
import { type LoginWorld, logInAtMicrosoft, type MicrosoftApp } from './microsoft-login.ts';

export interface Tokens {
  /** `resource`: the URL of the interface. `fresh`: not the one that is kept. */
  get(tenantId: string, resource: string, fresh: boolean): Promise<string>;
}

/** A token is taken for expired so long before it is: a request may wait for its turn. */
const expiryMarginMs = 5 * 60_000;

export function openTokens(app: MicrosoftApp, world: LoginWorld): Tokens {
  const kept = new Map<string, { readonly token: string; readonly untilMs: number }>();
  return {
    async get(tenantId, resource, fresh) {
      const key = `${tenantId}\n${resource}`;
      const known = kept.get(key);
      if (!fresh && known !== undefined && known.untilMs > world.now()) return known.token;
      const { token, expiresMs } = await acquire(app, world, tenantId, resource);
      // One entry a customer tenant: those that are done with need not be kept.
      if (kept.size > 1_000) kept.clear();
      kept.set(key, { token, untilMs: expiresMs - expiryMarginMs });
      return token;
    },
  };
}

async function acquire(
  app: MicrosoftApp,
  world: LoginWorld,
  tenantId: string,
  resource: string,
): Promise<LoginToken> {
  try {
    const scope = `${resource.replace(/\/$/, '')}/.default`;
    return await logInAtMicrosoft(app, world, { tenantId, scope });
  } catch (error) {
    if (!(error instanceof LoginFault)) throw error;
    const host = new URL(app.authority).host;
    throw error.kind === 'unreachable'
      ? new ResponderError(
          'SYNC_FAILED',
          `The login at ${host} cannot be reached: ${error.message}.`,
        )
      : new ResponderError(
          'SYNC_LOGIN_FAILED',
          `The login to tenant ${tenantId} failed (${error.message}).`,
          { details: error.mends },
        );
  }
}
