/**
 * The API over a real store: every endpoint where it goes well and where it does not, writes that are sent twice, and
 * a description that is true.
 */
import { afterAll, beforeAll, test } from 'vitest';
import type { Doors } from '../../src/console/server.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';

/** As a token would: `x-test-person: ana admin`. */
const tokenDoor: Doors = (app) => {
  app.addHook('onRequest', async (request) => {
    const [name, role] = String(request.headers['x-test-person'] ?? '').split(' ');
    if (name === undefined || (role !== 'viewer' && role !== 'desk' && role !== 'admin')) return;
    const via = request.headers['x-test-via'] === 'console' ? 'console' : 'api';
    request.person = { name, role, via, csrfToken: '' };
  });
};

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole({ doors: tokenDoor });
});
afterAll(() => desk.close());

interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly as?: string;
  readonly key?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  url: string,
  { method = 'GET', as = 'ana admin', key, body, headers }: Asked = {},
) {
  const answer = await desk.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: {
      'x-test-person': as,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
  return answer;
}

test('prints', async () => {
  const caseId = await desk.takeSample('01-forward-inline-de.eml').catch(() => '');
  for (const url of [
    '/cases',
    '/review',
    `/cases/${caseId}`,
    '/customers',
    '/holds',
    '/health',
    '/settings',
    '/audit',
    '/nowhere',
    '/cases/none',
  ]) {
    const a = await ask(url);
    console.log(url, a.statusCode, a.body.slice(0, 400));
  }
  const o = await desk.app.inject({
    url: '/api/openapi.json',
    headers: { 'x-test-person': 'a viewer' },
  });
  console.log(o.body.slice(0, 1500));
});
