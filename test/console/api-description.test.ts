/**
 * The description of the API is true both ways: what is served is described, and what is described is served, with
 * nothing that a client could not rely on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programRoot } from '../../src/edges/settings.ts';
import { deskRefusals } from '../../src/ports/desk.ts';
import { tokenDoor } from '../support/api-client.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<Record<string, Json>>;
  readonly security?: readonly Json[];
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly securitySchemes: Json;
  };
  readonly security: readonly Json[];
}

/** Requests with a body that change nothing. */
const readsOnly = ['/proposal', '/file/check', '/customer-imports'];

let desk: TestConsole;
let told: Description;
const served: string[] = [];
const operations: (readonly [name: string, spec: Operation])[] = [];

beforeAll(async () => {
  desk = await openTestConsole({
    doors: async (app) => {
      app.addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat())
          if (url.startsWith('/api/v1') && each !== 'HEAD') served.push(`${each} ${url}`);
      });
      await tokenDoor(app);
    },
  });
  const headers = { 'x-test-person': 'v viewer' };
  told = (await desk.app.inject({ url: '/api/openapi.json', headers })).json();
  for (const [path, methods] of Object.entries(told.paths))
    for (const [method, spec] of Object.entries(methods))
      operations.push([`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, spec]);
});
afterAll(() => desk.close());

/** Names of those operations that are not as they should be. */
const wrongOf = (isRight: (spec: Operation, name: string) => boolean): readonly string[] =>
  operations.filter(([name, spec]) => !isRight(spec, name)).map(([name]) => name);

const isWrite = (name: string) =>
  !name.startsWith('GET ') && !readsOnly.some((end) => name.endsWith(end));

/** Every schema of an object below, those behind references included. */
function objectsIn(schema: unknown, seen: Set<string> = new Set()): readonly Json[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((one) => objectsIn(one, seen));
  const map = schema as Json;
  const { $ref } = map;
  if (typeof $ref === 'string') {
    if (seen.has($ref)) return [];
    seen.add($ref);
    return objectsIn(told.components.schemas[$ref.replace('#/components/schemas/', '')], seen);
  }
  const inner = Object.values(map).flatMap((one) => objectsIn(one, seen));
  return map.type === 'object' ? [map, ...inner] : inner;
}

describe('the description', () => {
  test('has every route of the API, and no other', () => {
    expect(told.openapi).toBe('3.1.0');
    expect(served.length).toBeGreaterThan(30);
    expect(operations.map(([name]) => name).toSorted()).toEqual(served.toSorted());
  });

  test('leads nowhere that is not there', () => {
    const refs = [...JSON.stringify(told).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, ref]) => ref ?? '',
    );
    expect(refs.length).toBeGreaterThan(20);
    const dead = refs.filter(
      (ref) => !(ref.replace('#/components/schemas/', '') in told.components.schemas),
    );
    expect(dead).toEqual([]);
  });

  test('says of each operation what it does, which role it needs, and how it is refused', () => {
    expect(wrongOf(({ summary = '' }) => summary.length > 10)).toEqual([]);
    const summaries = operations.map(([, { summary }]) => summary);
    expect(new Set(summaries).size).toBe(summaries.length);
    expect(wrongOf(({ tags }) => tags?.length === 1)).toEqual([]);
    expect(
      wrongOf(({ description }) =>
        /^Needs the role (?:viewer|desk|admin)\.$/.test(description ?? ''),
      ),
    ).toEqual([]);
    for (const status of ['4XX', '5XX'])
      expect(
        wrongOf(({ responses }) => JSON.stringify(responses[status]).includes('schemas/Error"')),
        status,
      ).toEqual([]);
    expect(
      wrongOf(({ responses }) => Object.keys(responses).some((status) => /^20\d$/.test(status))),
    ).toEqual([]);
  });

  test('says that nothing is open to whoever has no token', () => {
    expect(told.components.securitySchemes).toMatchObject({
      token: { type: 'http', scheme: 'bearer' },
    });
    expect(told.security).toEqual([{ token: [] }]);
    expect(wrongOf(({ security }) => security === undefined || security.length > 0)).toEqual([]);
  });

  test('says of every write, and of nothing else, that it needs a key', () => {
    const isKeyed = ({ parameters = [] }: Operation) =>
      parameters.some(({ name, in: place }) => name === 'idempotency-key' && place === 'header');
    expect(wrongOf((spec, name) => isKeyed(spec) === isWrite(name))).toEqual([]);
  });

  test('names each part of an address', () => {
    const wrong = wrongOf(({ parameters = [] }, name) => {
      const inPath = parameters.filter((one) => one.in === 'path').map((one) => `:${one.name}`);
      return [...name.matchAll(/:\w+/g)].every(([part]) => inPath.includes(part));
    });
    expect(wrong).toEqual([]);
  });

  test('has no body that takes a name too many', () => {
    let bodies = 0;
    const wrong = wrongOf(({ requestBody }) => {
      const body = requestBody?.content['application/json']?.schema;
      if (body === undefined) return true;
      bodies += 1;
      const objects = objectsIn(body);
      return objects.length > 0 && objects.every((one) => one.additionalProperties === false);
    });
    expect(wrong).toEqual([]);
    expect(bodies).toBeGreaterThan(8);
  });
});

describe('docs/api.md', () => {
  const page = readFileSync(join(programRoot, 'docs', 'api.md'), 'utf8');

  test('has every error that the API answers with, and no other', () => {
    const folder = join(programRoot, 'src', 'console');
    const files = [
      'routes/api.ts',
      ...readdirSync(join(folder, 'api')).map((name) => `api/${name}`),
    ];
    const source = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const answered = [...source.matchAll(/(?:ApiError|answer)\(\s*(\d{3}),\s*'([a-z-]+)'/g)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    const table = [...page.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    // Those that the guard of all routes gives, and those that stand in a table of the source.
    const elsewhere = ['401 not-logged-in', '403 not-allowed', '404 not-found', '409 busy'];
    expect(answered.length).toBeGreaterThan(12);
    expect([...new Set([...answered, ...elsewhere])].toSorted()).toEqual(
      [...new Set(table)].toSorted(),
    );
    for (const refusal of deskRefusals.filter((word) => word !== 'no-case'))
      expect(page).toContain(`\`${refusal}\``);
  });

  test('shows one request of each group', () => {
    const requests = page.split('\n').filter((line) => line.includes('/api/v1/'));
    for (const group of ['cases', 'customers', 'customer-imports', 'templates', 'holds', 'health'])
      expect(
        requests.some((line) => line.includes(`/api/v1/${group}`)),
        group,
      ).toBe(true);
  });
});
