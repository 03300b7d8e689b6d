/**
 * The settings of the console: where it listens, what browsers call it, how long a login lasts, who else vouches for
 * people.
 */
import { z } from 'zod';
import { expecting } from './checked-yaml.ts';
import {
  host,
  issuerUrl,
  line,
  network,
  path,
  port,
  publicUrl,
  secret,
  whole,
} from './settings-values.ts';

function claimValues() {
  return z.array(line('a value of the claim')).default([]);
}

function scope() {
  // RFC 6749 §3.3.
  return expecting(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/), {
    expected: 'a scope such as openid, without spaces',
  });
}

const oidc = z.strictObject({
  issuer: issuerUrl(),
  clientId: line('the id of the application at the issuer'),
  clientSecret: secret(),
  name: line('what the button for it says').default('single sign-on'),
  scopes: z.array(scope()).min(1).default(['openid', 'profile', 'email']),
  roleClaim: line('the name of a claim').default('roles'),
  roles: z
    .strictObject({ viewer: claimValues(), desk: claimValues(), admin: claimValues() })
    .prefault({}),
  caFile: path('a file of certificates in PEM form').exactOptional(),
});

export const consoleSettings = z
  .strictObject({
    host: host().default('127.0.0.1'),
    port: port().exactOptional(),
    publicUrl: publicUrl().exactOptional(),
    trustProxy: z.array(network()).default([]),
    session: z
      .strictObject({
        idleHours: whole(1, 168, 'hours').default(8),
        hours: whole(1, 720, 'hours').default(24),
      })
      .prefault({}),
    oidc: oidc.exactOptional(),
  })
  .superRefine((found, context) => {
    // The issuer sends the browser back to a registered address: it cannot be guessed from a request.
    if (found.oidc === undefined || found.publicUrl !== undefined) return;
    const says =
      'missing, expected the address of the console, to which the issuer sends people back';
    context.addIssue({ code: 'custom', path: ['publicUrl'], params: { says } });
  })
  .prefault({});
