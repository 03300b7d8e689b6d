/**
 * A program that asks the API: a door that takes its word for whose token it has, and its requests.
 */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Doors } from '../../src/console/server.ts';

/** As a token would: `x-test-person: ana admin`, with a third word for one of several tokens of ana. */
export const tokenDoor: Doors = (app) => {
  app.addHook('onRequest', async (request) => {
    const [name, role, tokenId] = String(request.headers['x-test-person'] ?? '').split(' ');
    if (name === undefined || (role !== 'viewer' && role !== 'desk' && role !== 'admin')) return;
    const via = request.headers['x-test-via'] === 'console' ? 'console' : 'api';
    request.person = { name, role, via, csrfToken: '', tokenId: tokenId ?? `of ${name}` };
  });
};

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly as?: string;
  readonly key?: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function askApi(
  app: FastifyInstance,
  url: string,
  { method = 'GET', as = 'ana admin', key, body, headers }: Asked = {},
): Promise<LightMyRequestResponse> {
  return app.inject({
    method,
    url: `/api/v1${url}`,
    headers: {
      'x-test-person': as,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
}

let keys = 0;

/** A write with a key of its own. */
export function writeApi(
  app: FastifyInstance,
  url: string,
  body: object,
  asked: Asked = {},
): Promise<LightMyRequestResponse> {
  keys += 1;
  return askApi(app, url, { method: 'POST', key: `write-${keys}`, body, ...asked });
}
