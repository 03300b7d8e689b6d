/**
 * The sources of facts that the settings name, with their login and their clients.
 */
import { openGraph } from '../edges/graph.ts';
import { httpsSender } from '../edges/https-request.ts';
import { type HttpWorld, openMicrosoftApi, realWorld } from '../edges/microsoft-http.ts';
import { openTokens } from '../edges/microsoft-token.ts';
import { openPartnerCenter } from '../edges/partner-center.ts';
import type { SyncSettings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import type { FactSource } from '../ports/sync.ts';

export interface OpenSourcesOptions {
  readonly sync: SyncSettings;
  /** Only this one. */
  readonly only?: string;
  readonly signal?: AbortSignal;
  /** Of tests, which need not wait. */
  readonly world?: Partial<HttpWorld>;
  readonly onSkipped: (tenantId: string, error: ResponderError) => void;
}

/** Throws USAGE for a source that is not known, SETTINGS_INVALID without a login. */
export function openSources(options: OpenSourcesOptions): readonly FactSource[] {
  const { sync, only, signal, onSkipped } = options;
  const { tenantId, clientId } = sync;
  if (tenantId === undefined || clientId === undefined) {
    throw new ResponderError('SETTINGS_INVALID', 'The settings have no login for sync.', {
      details: [
        'sync: found no tenantId and clientId, expected the login of an app (docs/sync.md has the steps)',
      ],
    });
  }
  const named = only === undefined ? sync.sources : sync.sources.filter((name) => name === only);
  if (named.length === 0) {
    const known = sync.sources.join(', ');
    throw new ResponderError('USAGE', `--source: found “${only}”, expected one of ${known}.`);
  }
  const world = { ...realWorld(httpsSender(caOf(sync)), signal), ...options.world };
  const tokens = openTokens(
    { ...sync, clientId, authority: sync.loginUrl },
    { send: world.send, now: Date.now },
  );
  const apiOf = (name: string, baseUrl: string) =>
    openMicrosoftApi({
      name,
      baseUrl,
      world,
      token: (tenant, fresh) => tokens.get(tenant, baseUrl, fresh),
    });
  return named.map((name) =>
    name === 'graph'
      ? openGraph({
          api: apiOf('Microsoft Graph', sync.graphUrl),
          tenantId,
          sellers: [tenantId, ...sync.distributorTenantIds],
          onSkipped,
        })
      : openPartnerCenter({
          api: apiOf('Partner Center', sync.partnerCenterUrl),
          tenantId,
          onSkipped,
        }),
  );
}

function caOf({ ca }: SyncSettings): { readonly ca?: string } {
  return ca === undefined ? {} : { ca };
}
