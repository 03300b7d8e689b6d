/**
 * Access tokens from a real token endpoint over HTTPS: what is asked, kept, renewed and refused. Nothing here waits.
 */
import { generateKeyPairSync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginRequestMsMax } from '../../src/core/limits.ts';
import { httpsSender } from '../../src/edges/https-request.ts';
import { openTokenSource, type TokenSource } from '../../src/edges/oauth.ts';
import type { OauthSettings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import { silentLog } from '../support/mailbox-recorder.ts';
import { answer, type Fault, never, truncated } from '../support/microsoft-server.ts';
import {
  entraError,
  oauthError,
  startTokenServer,
  type TokenServer,
} from '../support/token-server.ts';

const user = 'support@partner.example';
const tenantId = '0a1b2c3d-0000-4000-8000-000000000001';
const clientId = '0a1b2c3d-0000-4000-8000-000000000002';
const clientSecret = 's3cret: +/=&ü';
const refreshToken = 'r3fresh';

const skipped = whyNoCertificate();

describe.skipIf(skipped !== undefined)('access tokens', () => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  let server: TokenServer;
  let nowMs: number;
  /** What was put off: how long, and what. */
  let later: { readonly ms: number; readonly run: () => void }[];
  let warnings: object[];
  const world = new EventEmitter();

  beforeEach(async () => {
    [nowMs, later, warnings] = [Date.parse('2026-11-27T08:00:00Z'), [], []];
    server = await startTokenServer({
      ...{ user, clientId, clientSecret, refreshToken, publicKey: keys.publicKey },
    });
  });
  afterEach(() => server.close());

  function microsoft(more: object = {}): OauthSettings {
    return {
      ...{ provider: 'microsoft', tenantId, clientId, clientSecret, loginUrl: server.url },
      scope: 'https://outlook.office365.com/.default',
      ca: server.ca,
      ...more,
    };
  }

  function other(more: object = {}): OauthSettings {
    const { tokenUrl, ca } = server;
    return { provider: 'other', tokenUrl, clientId, clientSecret, scope: 'mail', ca, ...more };
  }

  function google(more: object = {}): OauthSettings {
    const { tokenUrl, ca } = server;
    return { provider: 'google', tokenUrl, scope: 'https://mail.google.com/', ca, ...more };
  }

  function serviceAccount(privateKey = keys.privateKey): string {
    return JSON.stringify({
      ...{ type: 'service_account', client_email: 'desk@project.iam.example' },
      ...{ private_key: privateKey, private_key_id: 'k1', token_uri: 'https://elsewhere.example' },
    });
  }

  function open(oauth: OauthSettings, timeoutMs = loginRequestMsMax): TokenSource {
    return openTokenSource(
      { user, oauth },
      {
        send: httpsSender({ ca: server.ca, timeoutMs }),
        now: () => nowMs,
        log: { ...silentLog, warn: (fields) => warnings.push(fields) },
        later: (ms, run) => {
          const entry = { ms, run };
          later.push(entry);
          world.emit('later');
          return () => {
            later = later.filter((one) => one !== entry);
          };
        },
      },
    );
  }

  async function failureOf(source: TokenSource): Promise<ResponderError> {
    const error = await source.get().catch((thrown: unknown) => thrown);
    if (!(error instanceof ResponderError)) throw new Error(`not refused: ${String(error)}`);
    const told = JSON.stringify([error.message, error.details, error.cause, { ...error }]);
    for (const secret of [clientSecret, refreshToken, 'good-token', 'BEGIN'])
      expect(told).not.toContain(secret);
    return error;
  }

  describe('are asked for', () => {
    test('by an app at Microsoft, with its secret', async () => {
      expect(server.isGood(await open(microsoft()).get())).toBe(true);
      const [{ path, form } = { path: '', form: undefined }] = server.requests;
      expect(path.split('?')[0]).toBe(`/${tenantId}/oauth2/v2.0/token`);
      expect(form?.get('grant_type')).toBe('client_credentials');
      expect(form?.get('scope')).toContain('https://outlook.office365.com/.default');
    });

    test('by an app at Microsoft, with its certificate', async () => {
      const { key, cert } = makeCertificate('rsa');
      const source = open(microsoft({ clientSecret: undefined, certificate: `${key}${cert}` }));
      expect(server.isGood(await source.get())).toBe(true);
      expect(server.requests[0]?.form.get('client_assertion')).toMatch(/^eyJ/);
      expect(server.requests[0]?.form.has('client_secret')).toBe(false);
    });

    test('by the stored consent of a person at Microsoft', async () => {
      await open(microsoft({ refreshToken })).get();
      expect(server.requests[0]?.form.get('refresh_token')).toBe(refreshToken);
    });

    test('by a service account at Google, on behalf of the user', async () => {
      const token = await open(google({ serviceAccount: serviceAccount() })).get();
      expect(server.isGood(token)).toBe(true);
      const [header, claims] = (server.requests[0]?.form.get('assertion') ?? '')
        .split('.', 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
      expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
      expect(claims).toEqual({
        ...{ iss: 'desk@project.iam.example', sub: user, scope: 'https://mail.google.com/' },
        // Where the token is asked for, and not where a key file points to.
        ...{ aud: server.tokenUrl, iat: nowMs / 1_000, exp: nowMs / 1_000 + 3_600 },
      });
    });

    test('by the stored consent of a person at Google', async () => {
      await open(google({ clientId, clientSecret, refreshToken })).get();
      expect(server.requests[0]?.authorization).toBeUndefined();
      expect(server.requests[0]?.form.get('grant_type')).toBe('refresh_token');
    });

    test('by an app elsewhere, its secret encoded in the header', async () => {
      expect(server.isGood(await open(other()).get())).toBe(true);
      expect(server.requests[0]?.authorization).toMatch(/^Basic /);
      expect(server.requests[0]?.form.toString()).toBe('grant_type=client_credentials&scope=mail');
    });

    test('by a stored consent elsewhere, which the server replaces at each use', async () => {
      const granted = { token_type: 'bearer', access_token: 'a', refresh_token: 'r-2' };
      server.fail(answer(200, granted), answer(200, granted));
      const source = open(other({ refreshToken }));
      await source.get();
      nowMs += 3_600_000;
      await source.get();
      expect(server.requests.map(({ form }) => form.get('refresh_token'))).toEqual([
        refreshToken,
        'r-2',
      ]);
    });
  });

  describe('are kept', () => {
    test('until five minutes before they expire', async () => {
      const source = open(other());
      expect(source.expiresAt).toBeUndefined();
      const first = await source.get();
      expect(source.expiresAt).toEqual(new Date(nowMs + 3_600_000));
      nowMs += 55 * 60_000 - 1;
      expect([await source.get(), source.hasEnded(first)]).toEqual([first, false]);
      nowMs += 1;
      expect(source.hasEnded(first)).toBe(true);
      expect(await source.get()).not.toBe(first);
      expect(source.hasEnded(first)).toBe(true);
      expect(server.tokens).toHaveLength(2);
    });

    test('for three quarters of their life, where that is short', async () => {
      server.lifetime = 60;
      const source = open(other());
      const first = await source.get();
      nowMs += 44_000;
      expect(await source.get()).toBe(first);
      nowMs += 1_000;
      expect(await source.get()).not.toBe(first);
    });

    test('and asked for once, however many connections need one', async () => {
      const source = open(other());
      const all = await Promise.all(Array.from({ length: 10 }, () => source.get()));
      expect(new Set(all).size).toBe(1);
      expect(server.requests).toHaveLength(1);
    });

    test('but not those that a mail server did not take, unless they are new', async () => {
      const source = open(other());
      const first = await source.get();
      source.refused(first);
      // Another one would be refused as well: this must not become a loop.
      expect([await source.get(), source.hasEnded(first)]).toEqual([first, false]);
      nowMs += 60_000;
      source.refused('of another connection');
      expect(await source.get()).toBe(first);
      source.refused(first);
      expect(source.hasEnded(first)).toBe(true);
      expect(await source.get()).not.toBe(first);
    });

    test('nor those of before the clock was set back', async () => {
      const source = open(other());
      const first = await source.get();
      nowMs -= 3_600_000;
      source.refused(first);
      expect(await source.get()).not.toBe(first);
    });

    test('and renewed by themselves before they end, until the login is closed', async () => {
      const source = open(other());
      const first = await source.get();
      expect(later.map(({ ms }) => ms)).toEqual([55 * 60_000]);
      nowMs += 55 * 60_000;
      later.shift()?.run();
      expect(await source.get()).not.toBe(first);
      expect(server.tokens).toHaveLength(2);
      source.close();
      expect(later).toEqual([]);
    });

    test.each([
      ['cannot be reached', [answer(503, 'busy'), answer(503, 'busy')]],
      ['refuses', [oauthError('invalid_grant')]],
    ])('and shown to their end while the login %s', async (_how, faults) => {
      const source = open(other());
      const first = await source.get();
      server.fail(...faults);
      nowMs += 60 * 60_000 - 1;
      expect(await source.get()).toBe(first);
      nowMs += 1;
      await failureOf(source);
      nowMs += 5 * 60_000;
      expect(await source.get()).not.toBe(first);
    });

    test('and a grant that was revoked is asked for once in five minutes, whoever wants a token', async () => {
      const source = open(other());
      const first = await source.get();
      server.fail(oauthError('invalid_grant'), oauthError('invalid_grant'));
      nowMs += 56 * 60_000;
      for (let replies = 0; replies < 5; replies += 1) expect(await source.get()).toBe(first);
      expect(server.requests).toHaveLength(2);
      nowMs += 4 * 60_000;
      for (let replies = 0; replies < 5; replies += 1) await failureOf(source);
      expect(server.requests).toHaveLength(2);
      nowMs += 60_000;
      await failureOf(source);
      expect(server.requests).toHaveLength(3);
      nowMs += 5 * 60_000;
      expect(await source.get()).not.toBe(first);
    });

    test('and no timer overflows with one that holds for years', async () => {
      server.lifetime = 10 * 365 * 86_400;
      await open(other()).get();
      expect(later.map(({ ms }) => ms)).toEqual([2 ** 31 - 1]);
    });

    test.each([
      ['soon, when the login cannot be reached', answer(503, 'busy'), 60_000],
      ['later, when the grant was revoked', oauthError('invalid_grant'), 300_000],
    ])('a renewal that fails is tried again %s', async (_when, fault, pauseMs) => {
      const source = open(other());
      const first = await source.get();
      nowMs += 55 * 60_000;
      server.fail(fault);
      const putOff = once(world, 'later');
      later.shift()?.run();
      await putOff;
      expect(later.map(({ ms }) => ms)).toEqual([pauseMs]);
      expect(warnings).toMatchObject([{ user, expiresAt: '2026-11-27T09:00:00.000Z' }]);
      expect(JSON.stringify(warnings)).not.toContain(first);
      nowMs += pauseMs;
      later.shift()?.run();
      expect(await source.get()).not.toBe(first);
      expect(later.map(({ ms }) => ms)).toEqual([55 * 60_000]);
    });
  });

  describe('that are refused say why, with the mend, and no secret', () => {
    test.each([
      ['7000222', /secret has expired/],
      ['7000215', /secret is wrong/],
      ['700016', /app is not known in this tenant/],
      ['7000112', /app is disabled/],
      ['90002', /no such tenant/],
      ['65001', /nobody has consented/],
      ['500011', /check scope/],
      ['700027', /certificate is not registered/],
      ['700082', /refresh token has expired/],
      ['50173', /refresh token was revoked/],
      ['53003', /Conditional Access/],
      ['50076', /multi-factor/],
    ])('AADSTS%s', async (number, mend) => {
      server.fail(entraError(number));
      const error = await failureOf(open(microsoft()));
      expect([error.code, error.retry, error.pause]).toEqual(['OAUTH_REFUSED', 'later', 'long']);
      expect(error.message).toMatch(
        new RegExp(`^The login of ${user} at localhost:\\d+ gives no token \\(AADSTS${number}\\)`),
      );
      expect(error.details).toEqual([expect.stringMatching(mend)]);
    });

    test('a number that is not known stands alone', async () => {
      server.fail(entraError('9999999'));
      const error = await failureOf(open(microsoft()));
      expect([error.code, error.details]).toEqual(['OAUTH_REFUSED', []]);
    });

    test.each([
      ['the key was deleted', oauthError('invalid_grant', 'Invalid JWT Signature.'), /new key/],
      [
        'the clock is wrong',
        oauthError('invalid_grant', 'Token must be a short-lived token (60 minutes)'),
        /clock of this machine/,
      ],
      ['no such user', oauthError('invalid_grant', 'Invalid email or User ID'), /auth\.user/],
      ['revoked', oauthError('invalid_grant', 'Token has been expired or revoked.'), /sign in/],
      ['not delegated', oauthError('unauthorized_client', '', 401), /delegate the scope/],
      ['a wrong client', oauthError('invalid_client', '', 401), /clientSecret/],
      ['a wrong scope', oauthError('invalid_scope'), /check scope/],
      ['no token endpoint', answer(404, '<h1>Not found</h1>'), /check tokenUrl/],
    ])('at Google and elsewhere: %s', async (_what, fault, mend) => {
      server.fail(fault);
      const error = await failureOf(open(google({ serviceAccount: serviceAccount() })));
      expect(error.code).toBe('OAUTH_REFUSED');
      expect(error.details).toEqual([expect.stringMatching(mend)]);
    });

    test('the endpoint itself finds a key of another account out', async () => {
      const { privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      const error = await failureOf(open(google({ serviceAccount: serviceAccount(privateKey) })));
      expect(error.details).toEqual([expect.stringMatching(/new key/)]);
    });

    test('a description that repeats what was sent is not shown', async () => {
      server.fail(oauthError('invalid_request', `bad refresh_token ${refreshToken}`));
      expect((await failureOf(open(other({ refreshToken })))).message).toMatch(/invalid_request/);
    });
  });

  describe('that cannot be asked for are asked for again later', () => {
    const faults: readonly (readonly [string, Fault])[] = [
      ['it stumbles', answer(500, {})],
      ['it is asked too much', answer(429, { error: 'too_many' }, { 'Retry-After': '60' })],
      ['its answer ends early', truncated],
      ['its answer is no JSON', answer(200, '<html>')],
      ['it gives nothing', answer(200, { token_type: 'Bearer', expires_in: 3_600 })],
    ];
    test.each(faults)('%s', async (_what, fault) => {
      for (const oauth of [microsoft(), other()]) {
        server.fail(fault);
        const source = open(oauth);
        const error = await failureOf(source);
        expect([error.code, error.retry, error.pause]).toEqual([
          'OAUTH_UNREACHABLE',
          'later',
          undefined,
        ]);
        expect(server.isGood(await source.get())).toBe(true);
      }
    });

    test('it is silent', async () => {
      server.fail(never);
      expect((await failureOf(open(other(), 100))).code).toBe('OAUTH_UNREACHABLE');
    });

    test('nothing listens there', async () => {
      const gone = other();
      await server.close();
      const error = await failureOf(open(gone));
      expect(error.message).toMatch(/cannot be reached: ECONNREFUSED\.$/);
    });

    test('its certificate is not believed', async () => {
      const source = openTokenSource(
        { user, oauth: other() },
        { send: httpsSender(), now: () => nowMs, log: silentLog, later: () => () => undefined },
      );
      expect((await failureOf(source)).code).toBe('OAUTH_UNREACHABLE');
    });
  });
});
