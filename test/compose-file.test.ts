/**
 * docker-compose.yml, .env.example and the Dockerfile: what runs is watched, bounded and kept; no secret
 * stands in them; every variable is one that the settings read.
 */
import { describe, expect, test } from 'vitest';
import { overrideFromEnvironment } from '../src/edges/settings-env.ts';
import { settingsSchema } from '../src/edges/settings-schema.ts';
import { compose, composeText } from './support/compose.ts';
import { readProjectFile } from './support/source-code.ts';

const { watcher, worker, console: consoleService, postgres, redis } = compose.services;
const services = Object.entries(compose.services);
const program = [
  ['watcher', watcher],
  ['worker', worker],
  ['console', consoleService],
] as const;
const dockerfile = readProjectFile('Dockerfile');

/** Variables that compose refuses to start without: `${NAME:?…}`. */
const required = new Set(
  [...composeText.matchAll(/\$\{(\w+):\?[^}]+\}/g)].map((match) => match[1] ?? ''),
);

describe.each(services)('%s', (name, service) => {
  test('comes back by itself, is watched and bounded', () => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.healthcheck.test[0]).toBe('CMD');
    expect(service.read_only).toBe(true);
    expect(service.deploy.resources.limits.memory).toMatch(/^\d+[mg]$/);
  });

  test('is not published beyond this machine, and only the console at all', () => {
    expect(service.ports.filter((port) => !String(port).startsWith('127.0.0.1:'))).toEqual([]);
    expect(service.ports.length).toBe(name === 'console' ? 1 : 0);
  });

  test('mounts what is there, or a volume that the file names', () => {
    const named = service.volumes.map((volume) => volume.split(':')[0] ?? '').filter(isName);
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

test('what must last lies in a volume', () => {
  for (const { volumes } of [postgres, redis])
    expect(volumes.filter((volume) => isName(volume))).toHaveLength(1);
});

describe.each(program)('%s', (name, service) => {
  test('waits until store and queue answer', () => {
    expect(service.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    });
  });

  test('runs one role, and is asked itself how it is, as the image asks', () => {
    const role = { watcher: 'watch', worker: 'work', console: 'console' }[name];
    expect(service.command).toEqual(['run', '--roles', role]);
    const asked = service.healthcheck.test.slice(1).map((part) => part.replaceAll(/\s/g, ''));
    expect(asked).toEqual(imageCheck().map((part) => part.replaceAll(/\s/g, '')));
  });

  test('every variable is one that the settings read', () => {
    const { store, queue, messageIdKey } = settingsSchema.parse({
      partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
    });
    const usual = [store.databaseUrl, queue.redisUrl, messageIdKey].flatMap((source) =>
      'env' in source ? [source.env] : [],
    );
    const inSettings = [
      ...readProjectFile('config/config.yaml').matchAll(/\{\s*env:\s*(\w+)\s*\}/g),
    ];
    const known = new Set([
      ...usual,
      ...inSettings.map((match) => match[1] ?? ''),
      'TRANSITION_RESPONDER_CONFIG',
    ]);
    const names = Object.keys(service.environment);
    const overrides = names.filter((variable) => variable.startsWith('TRANSITION_RESPONDER__'));
    const values = Object.fromEntries(overrides.map((variable) => [variable, 'x']));
    expect(overrideFromEnvironment({}, values, settingsSchema).faults).toEqual([]);
    expect(
      names.filter((variable) => !known.has(variable) && !overrides.includes(variable)),
    ).toEqual([]);
    expect(names.length).toBeGreaterThan(3);
  });

  test('mounts lie where the program looks', () => {
    const folder = /^WORKDIR (\S+)$/m.exec(dockerfile)?.[1];
    const targets = service.volumes.map((volume) => volume.split(':')[1]);
    expect(targets.sort()).toEqual([`${folder}/config`, `${folder}/templates`]);
  });
});

test('a watcher can be replaced, there is more than one worker, and each has the password it needs', () => {
  expect([watcher.deploy.replicas, worker.deploy.replicas]).toEqual([2, 2]);
  expect(Object.keys(watcher.environment)).not.toContain('SMTP_PASSWORD');
  expect(Object.keys(worker.environment)).not.toContain('IMAP_PASSWORD');
  expect(Object.keys(consoleService.environment).join()).not.toMatch(/(?:IMAP|SMTP)_PASSWORD/);
});

test('the port that is published is the one that the console listens on', () => {
  const port = consoleService.environment.TRANSITION_RESPONDER__CONSOLE__PORT;
  expect(consoleService.ports).toEqual([`127.0.0.1:${port}:${port}`]);
});

test('what is only for trying starts only when it is asked for', () => {
  const { dovecot, mailpit } = compose.services;
  expect([dovecot.profiles, mailpit.profiles]).toEqual([['try'], ['try']]);
  for (const service of [watcher, worker, consoleService, postgres, redis])
    expect(service.profiles).toEqual([]);
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

test('.env.example names what compose asks for, and gives no value', () => {
  const lines = readProjectFile('.env.example')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.map((line) => line.replace(/=$/, '')).sort()).toEqual([...required].sort());
  expect(readProjectFile('.gitignore').split('\n')).toContain('.env');
});

/** The command of the image's health check. */
function imageCheck(): readonly string[] {
  const check = /^HEALTHCHECK [^\n]*\\\n {2}CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
  return JSON.parse(check) as readonly string[];
}

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
    const [program, flag, script] = imageCheck();
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
});
