/**
 * Every route of the console, by a table that the application itself makes: a new route cannot be forgotten.
 *
 * Each is asked without a person, with too low a role, without the token of its form, with another's, and from a
 * foreign site; none of these may reach its handler.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mayDo, type RouteRole } from '../../src/console/person.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { addUser, doorsOver, tokenIn, Visitor } from '../support/doors.ts';

interface Route {
  readonly method: string;
  readonly url: string;
  readonly role: RouteRole;
}

const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE'];
const roles: readonly ConsoleRole[] = ['viewer', 'desk', 'admin'];

describe('every route', () => {
  let desk: TestConsole;
  let app: FastifyInstance;
  const routes: Route[] = [];
  const people = new Map<ConsoleRole, Visitor>();

  beforeAll(async () => {
    desk = await openTestConsole({
      doorsOver: (store, clock) => async (built) => {
        built.addHook('onRoute', ({ method, url, config }) => {
          for (const each of [method].flat())
            routes.push({ method: each, url, role: config?.role ?? 'admin' });
        });
        await doorsOver(store, clock)(built);
      },
    });
    app = desk.app;
    for (const role of roles) {
      await addUser(desk.store, role, role);
      const visitor = new Visitor(app);
      await visitor.login(role);
      people.set(role, visitor);
    }
  });
  afterAll(() => desk.close());

  const ask = (visitor: Visitor, route: Route, headers: Readonly<Record<string, string>> = {}) =>
    visitor.ask({
      method: route.method as 'GET',
      url: pathOf(route),
      ...(unsafe.includes(route.method) ? { payload: '', headers } : { headers }),
    });

  test('the table is not empty, and nothing in it is for nobody', () => {
    expect(routes.length).toBeGreaterThan(15);
    expect(routes.filter(({ method }) => unsafe.includes(method)).length).toBeGreaterThan(8);
    const open = routes.filter(({ role }) => role === 'anybody').map(({ url }) => url);
    expect([...new Set(open)].sort()).toEqual(['/assets/*', '/login', '/login/once/:token']);
  });

  test('without a person: the login, or 401 for the API', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ role }) => role !== 'anybody')) {
      const answer = await ask(new Visitor(app), route);
      const isRight = route.url.startsWith('/api')
        ? answer.statusCode === 401
        : answer.statusCode === 303 && answer.headers.location?.toString().startsWith('/login');
      if (!isRight) wrong.push(`${route.method} ${route.url}: ${answer.statusCode}`);
    }
    expect(wrong).toEqual([]);
  });

  test('with too low a role: 403', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const route of routes) {
      for (const role of roles.filter((one) => !mayDo(one, route.role))) {
        asked += 1;
        const visitor = people.get(role) ?? new Visitor(app);
        const token = tokenIn((await visitor.get('/account')).body);
        const answer = await ask(visitor, route, { 'x-csrf-token': token });
        if (answer.statusCode !== 403)
          wrong.push(`${route.method} ${route.url} as ${role}: ${answer.statusCode}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(5);
  });

  test.each([
    ['without the token of a form', () => ({})],
    ['with the token of somebody else', (other: string) => ({ 'x-csrf-token': other })],
  ])('what changes something is not done %s', async (_name, headersOf) => {
    const wrong: string[] = [];
    const admin = people.get('admin') ?? new Visitor(app);
    const other = tokenIn((await (people.get('viewer') ?? admin).get('/account')).body);
    expect(other).not.toBe('');
    for (const route of routes.filter(({ method }) => unsafe.includes(method))) {
      const answer = await ask(admin, route, headersOf(other));
      if (answer.statusCode !== 403)
        wrong.push(`${route.method} ${route.url}: ${answer.statusCode}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin at all (a sandboxed frame)', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
    ['the same host on another port', { origin: 'http://localhost:8080' }],
  ])('what changes something is not done for %s', async (_name, headers) => {
    const wrong: string[] = [];
    const admin = people.get('admin') ?? new Visitor(app);
    const token = tokenIn((await admin.get('/account')).body);
    for (const route of routes.filter(({ method }) => unsafe.includes(method))) {
      const answer = await ask(admin, route, { 'x-csrf-token': token, ...headers });
      if (answer.statusCode !== 403)
        wrong.push(`${route.method} ${route.url}: ${answer.statusCode}`);
    }
    expect(wrong).toEqual([]);
  });

  test('nothing is kept by a cache, refusals and redirects included', async () => {
    for (const route of routes.filter(({ url }) => url !== '/assets/*')) {
      const answer = await ask(new Visitor(app), route);
      expect(answer.headers['cache-control'], `${route.method} ${route.url}`).toBe('no-store');
    }
  });
});

function pathOf({ url }: Route): string {
  return url.replaceAll(/:(\w+)/g, 'x').replace('*', 'x');
}
