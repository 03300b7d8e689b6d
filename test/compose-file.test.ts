/**
 * docker-compose.yml, .env.example and the Dockerfile: what runs is watched, bounded and kept; no secret
 * stands in them; every variable is one that the settings read.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { overrideFromEnvironment } from '../src/edges/settings-env.ts';
import { settingsSchema } from '../src/edges/settings-schema.ts';
import { readProjectFile } from './support/source-code.ts';

const serviceSchema = z.looseObject({
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()),
  command: z.array(z.string()).default([]),
  healthcheck: z.looseObject({
    test: z.array(z.string()),
    interval: z.string(),
    timeout: z.string(),
  }),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  deploy: z.looseObject({
    resources: z.looseObject({ limits: z.strictObject({ cpus: z.string(), memory: z.string() }) }),
  }),
  ports: z.array(z.unknown()).default([]),
});

const compose = z
  .looseObject({
    services: z.strictObject({
      worker: serviceSchema,
      postgres: serviceSchema,
      redis: serviceSchema,
    }),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(readProjectFile('docker-compose.yml'), { merge: true }));

const { worker, postgres, redis } = compose.services;
const services = Object.entries(compose.services);
const dockerfile = readProjectFile('Dockerfile');

/** Variables that compose refuses to start without: `${NAME:?…}`. */
const required = new Set(
  [...readProjectFile('docker-compose.yml').matchAll(/\$\{(\w+):\?[^}]+\}/g)].map(
    (match) => match[1] ?? '',
  ),
);

describe.each(services)('%s', (_name, service) => {
  test('comes back by itself, is watched and bounded', () => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.healthcheck.test[0]).toBe('CMD');
    expect(service.deploy.resources.limits.memory).toMatch(/^\d+[mg]$/);
  });

  test('is not published to the host', () => {
    expect(service.ports).toEqual([]);
  });

  test('keeps its data in a volume that the file names', () => {
    const named = service.volumes.map((volume) => volume.split(':')[0] ?? '').filter(isName);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in compose.volumes))).toEqual([]);
  });

  test('has no secret in plain sight', () => {
    const literal = Object.entries(service.environment)
      .filter(([name]) => /PASS|SECRET|TOKEN|KEY/.test(name))
      .filter(([, value]) => !/^\$\{\w+:\?[^}]+\}$/.test(value));
    expect(literal).toEqual([]);
    const urls = Object.values(service.environment).filter((value) => value.includes('@'));
    expect(urls.filter((url) => !/:\$\{\w+:\?[^}]+\}@/.test(url))).toEqual([]);
  });
});

function isName(source: string): boolean {
  return !/^[./~]/.test(source);
}

test('the worker waits until store and queue answer', () => {
  expect(worker.depends_on).toEqual({
    postgres: { condition: 'service_healthy' },
    redis: { condition: 'service_healthy' },
  });
});

test('the queue is durable and never evicts a job', () => {
  expect(redis.command.join(' ')).toContain('--appendonly yes');
  expect(redis.command.join(' ')).toContain('--maxmemory-policy noeviction');
});

test('store and queue are reached under the names and the user that the file gives them', () => {
  const url = new URL((worker.environment.DATABASE_URL ?? '').replace(/\$\{[^}]+\}/, 'secret'));
  expect(url.hostname).toBe('postgres');
  expect(url.username).toBe(postgres.environment.POSTGRES_USER);
  expect(url.pathname).toBe(`/${postgres.environment.POSTGRES_DB}`);
  expect(new URL(worker.environment.REDIS_URL ?? '').hostname).toBe('redis');
});

test('every variable of the worker is one that the settings read', () => {
  const { store, queue, messageIdKey } = settingsSchema.parse({
    partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
  });
  const usual = [store.databaseUrl, queue.redisUrl, messageIdKey].flatMap((source) =>
    'env' in source ? [source.env] : [],
  );
  const inSettings = [...readProjectFile('config/config.yaml').matchAll(/\{\s*env:\s*(\w+)\s*\}/g)];
  const known = new Set([
    ...usual,
    ...inSettings.map((match) => match[1] ?? ''),
    'TRANSITION_RESPONDER_CONFIG',
  ]);
  const names = Object.keys(worker.environment);
  const overrides = names.filter((name) => name.startsWith('TRANSITION_RESPONDER__'));
  const values = Object.fromEntries(overrides.map((name) => [name, 'x']));
  expect(overrideFromEnvironment({}, values, settingsSchema).faults).toEqual([]);
  expect(names.filter((name) => !known.has(name) && !overrides.includes(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(3);
});

test('.env.example names what compose asks for, and gives no value', () => {
  const lines = readProjectFile('.env.example')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.map((line) => line.replace(/=$/, '')).sort()).toEqual([...required].sort());
  expect(readProjectFile('.gitignore').split('\n')).toContain('.env');
});

describe('the image', () => {
  test('runs as nobody special, with a Node that the project takes', () => {
    const engines: unknown = JSON.parse(readProjectFile('package.json')).engines.node;
    const major = /^FROM node:(\d+)-slim$/m.exec(dockerfile)?.[1];
    expect(engines).toBe(`>=${major}`);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/npm ci --omit=dev/);
  });

  test('asks the service how it is, where it answers', () => {
    const [, port] = /^ENV TRANSITION_RESPONDER__HTTP__PORT=(\d+)$/m.exec(dockerfile) ?? [];
    const { faults } = overrideFromEnvironment(
      {},
      { TRANSITION_RESPONDER__HTTP__PORT: port ?? '' },
      settingsSchema,
    );
    expect(faults).toEqual([]);
    const check = /^HEALTHCHECK [^\n]*\\\n {2}CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
    const [program, flag, script] = JSON.parse(check) as readonly string[];
    expect([program, flag]).toEqual(['node', '-e']);
    expect(script).toContain('TRANSITION_RESPONDER__HTTP__PORT');
    expect(script).toContain('/readyz');
  });

  test('is given everything it copies, and neither secrets nor data', () => {
    const ignore = readProjectFile('.dockerignore').split('\n');
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(ignore).toContain('*');
    expect(copied.filter((path) => !ignore.includes(`!${path}`))).toEqual([]);
    expect(ignore.filter((line) => /^!(?:\.env|data|secrets)/.test(line))).toEqual([]);
  });

  test('mounts and volumes lie where the program looks', () => {
    const folder = /^WORKDIR (\S+)$/m.exec(dockerfile)?.[1];
    const targets = worker.volumes.map((volume) => volume.split(':')[1]);
    expect(targets.sort()).toEqual([`${folder}/config`, `${folder}/data`, `${folder}/templates`]);
    expect(dockerfile).toContain(`VOLUME ${folder}/data`);
  });
});
