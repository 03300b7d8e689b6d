/**
 * The OpenID issuer of the settings, for the console and for doctor.
 */
import type { ConsoleSettings } from '../edges/settings.ts';
import type { Issuer } from '../ports/doors.ts';

/** Loaded only where the settings name an issuer. */
export async function issuerOf({ oidc, publicUrl }: ConsoleSettings): Promise<Issuer | undefined> {
  if (oidc === undefined || publicUrl === undefined) return undefined;
  const { openIssuer } = await import('../edges/oidc.ts');
  return openIssuer({ settings: oidc, publicUrl });
}
