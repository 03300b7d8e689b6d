/**
 * Logging in by OpenID Connect, at a real issuer over real sockets, and at one that forges.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openIssuer } from '../../src/edges/oidc.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { addUser, doorsOver, Visitor } from '../support/doors.ts';
import {
  clientId,
  clientSecret,
  type ForgingIssuer,
  loginAtIssuer,
  publicUrl,
  type RealIssuer,
  startForgingIssuer,
  startIssuer,
  type TestIssuer,
} from '../support/issuers.ts';

const now = new Date('2026-11-27T09:00:00Z');
const deskGroup = '8f2a6c1e-0000-4000-8000-000000000001';

async function openAt(issuer: TestIssuer, roleClaim = 'roles'): Promise<TestConsole> {
  const settings = {
    ...{ issuer: issuer.url, clientId, clientSecret, name: 'Contoso login', roleClaim },
    scopes: ['openid', 'profile', 'email'],
    roles: { viewer: ['Responder.Viewer'], desk: ['desk', deskGroup], admin: ['Responder.Admin'] },
  };
  return openTestConsole({
    doorsOver: (store) =>
      doorsOver(
        store,
        { now: () => now },
        {
          publicUrl,
          issuer: openIssuer({ settings, publicUrl }),
        },
      ),
  });
}

/** To the issuer and back, up to the callback, which is not opened yet. */
async function goAndReturn(visitor: Visitor, next = '/account'): Promise<URL> {
  const start = await visitor.get(`/login/oidc?next=${encodeURIComponent(next)}`);
  expect(start.statusCode).toBe(303);
  return loginAtIssuer(String(start.headers.location));
}

const back = (visitor: Visitor, { pathname, search }: URL) => visitor.get(`${pathname}${search}`);

describe('a real issuer', () => {
  let issuer: RealIssuer;
  let desk: TestConsole;
  beforeEach(async () => {
    issuer = await startIssuer();
    desk = await openAt(issuer);
  });
  afterEach(async () => {
    await desk.close();
    await issuer.close();
  });

  async function login(visitor = new Visitor(desk.app)) {
    const answer = await back(visitor, await goAndReturn(visitor));
    return { visitor, answer };
  }

  test('lets in whom it vouches for, under the highest role that the claims give', async () => {
    issuer.claims = {
      ...{ sub: 'u-1', preferred_username: 'Ana@partner.example' },
      roles: ['Responder.Viewer', 'desk', 'unknown'],
    };
    const { visitor, answer } = await login();
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/account']);
    const page = (await visitor.get('/account')).body;
    expect(page).toContain('Ana@partner.example');
    expect(page).toContain('<dd>desk</dd>');
    expect(await desk.store.listUsers()).toMatchObject([{ role: 'desk', login: 'issuer' }]);
  });

  test('and no role: refused with a page, and a role that is withdrawn ends what was open', async () => {
    issuer.claims = { sub: 'u-1', email: 'ana@partner.example', roles: ['desk'] };
    const { visitor } = await login();
    expect((await visitor.get('/account')).statusCode).toBe(200);
    issuer.claims = { sub: 'u-1', email: 'ana@partner.example', roles: ['Payroll'] };
    const { answer } = await login();
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('ana@partner.example has no role in this console');
    expect((await visitor.get('/account')).statusCode).toBe(303);
    issuer.claims = { sub: 'u-2' };
    expect((await login()).answer.statusCode).toBe(403);
    expect(await desk.store.listUsers()).toHaveLength(1);
  });

  test('knows people by their subject: who takes over a name takes over nothing', async () => {
    await addUser(desk.store, 'ana@partner.example', 'admin');
    issuer.claims = { sub: 'u-9', preferred_username: 'ana@partner.example', roles: ['desk'] };
    const { visitor } = await login();
    const page = (await visitor.get('/account')).body;
    expect(page).toContain('ana@partner.example (u-9)');
    expect(page).toContain('<dd>desk</dd>');
    issuer.claims = { sub: 'u-9', preferred_username: 'renamed@partner.example', roles: ['desk'] };
    await login();
    expect((await desk.store.listUsers()).map(({ name }) => name)).toEqual([
      'ana@partner.example',
      'ana@partner.example (u-9)',
    ]);
  });

  test('groups of Entra ID give roles by their ids', async () => {
    await desk.close();
    desk = await openAt(issuer, 'groups');
    issuer.claims = { sub: 'u-1', roles: ['Responder.Admin'], groups: ['other', deskGroup] };
    const { visitor } = await login();
    expect((await visitor.get('/account')).body).toContain('<dd>desk</dd>');
  });

  test('a code opens nothing a second time, nor in another browser, nor under another state', async () => {
    issuer.claims = { sub: 'u-1', roles: ['desk'] };
    const visitor = new Visitor(desk.app);
    const returned = await goAndReturn(visitor);
    const cookies = [...visitor.cookies];
    expect((await back(new Visitor(desk.app), returned)).statusCode).toBe(400);
    const other = new Visitor(desk.app);
    await other.get('/login/oidc');
    expect((await back(other, returned)).statusCode).toBe(403);
    expect((await back(visitor, returned)).statusCode).toBe(303);
    expect((await back(visitor, returned)).statusCode).toBe(400);
    const thief = new Visitor(desk.app);
    for (const [name, value] of cookies) thief.cookies.set(name, value);
    expect((await back(thief, returned)).statusCode).toBe(403);
    expect(thief.cookies.has('__Host-responder-session')).toBe(false);
  });

  test('a text that somebody puts into the way back is not shown', async () => {
    const visitor = new Visitor(desk.app);
    const start = new URL(String((await visitor.get('/login/oidc')).headers.location));
    const state = start.searchParams.get('state') ?? '';
    const iss = encodeURIComponent(issuer.url);
    const answer = await visitor.get(
      `/login/oidc/callback?error=access_denied&error_description=call-1-800-EVIL&state=${state}&iss=${iss}`,
    );
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('did not let you in');
    expect(answer.body).not.toContain('EVIL');
  });

  test('logging out ends our session, and offers to end the one there', async () => {
    issuer.claims = { sub: 'u-1', roles: ['desk'] };
    const { visitor } = await login();
    const out = await visitor.send('/logout', {}, { page: '/account' });
    expect((await visitor.get(String(out.headers.location))).body).toContain('/login/oidc/logout');
    const there = new URL(String((await visitor.get('/login/oidc/logout')).headers.location));
    expect(there.origin).toBe(issuer.url);
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${publicUrl}/login`);
    expect((await visitor.get('/account')).statusCode).toBe(303);
  });

  test('that is down is said to be, and a password still opens the door', async () => {
    await issuer.close();
    await addUser(desk.store, 'ben', 'desk');
    const answer = await new Visitor(desk.app).get('/login/oidc');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('Contoso login');
    expect((await new Visitor(desk.app).login('ben')).statusCode).toBe(303);
    issuer = await startIssuer();
  });
});

describe('an id token that does not fit', () => {
  let issuer: ForgingIssuer;
  let desk: TestConsole;
  beforeEach(async () => {
    issuer = await startForgingIssuer();
    desk = await openAt(issuer);
  });
  afterEach(async () => {
    await desk.close();
    await issuer.close();
  });

  async function login() {
    const visitor = new Visitor(desk.app);
    const start = await visitor.get('/login/oidc');
    const asked = new URL(String(start.headers.location)).searchParams;
    issuer.nonce = asked.get('nonce') ?? '';
    return visitor.get(`/login/oidc/callback?code=c&state=${asked.get('state')}`);
  }

  test('the forging issuer is believed while it does not forge', async () => {
    expect((await login()).statusCode).toBe(303);
  });

  test.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['a nonce of another login', (claims) => ({ ...claims, nonce: 'other' })],
    ['no nonce', ({ nonce: _nonce, ...claims }) => claims],
    ['another audience', (claims) => ({ ...claims, aud: 'another-app' })],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['an end in the past', (claims) => ({ ...claims, exp: 1_000_000_000 })],
    ['no subject', ({ sub: _sub, ...claims }) => claims],
  ])('%s is refused', async (_name, forge) => {
    issuer.forge = forge;
    const answer = await login();
    expect(answer.statusCode).toBe(403);
    expect(await desk.store.listUsers()).toEqual([]);
  });

  test('a signature by a key that the issuer does not publish is refused', async () => {
    issuer.isForeignKey = true;
    const answer = await login();
    expect(answer.statusCode).toBe(403);
  });
});
