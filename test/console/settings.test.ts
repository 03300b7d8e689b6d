/**
 * Settings and health: nothing secret is ever shown, what is shown says where it comes from, a hold is released once.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { houseOf } from '../../src/commands/console-house.ts';
import { buildConsole } from '../../src/console/server.ts';
import { describeSettings, loadSettings, programRoot } from '../../src/edges/settings.ts';
import type { House } from '../../src/ports/house.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

const canary = 'c4n4ry-that-nobody-may-see';

const file = `
partner: { name: Fabrikam Cloud, signature: Fabrikam support desk }
mailboxes:
  - name: support
    imap: { host: 127.0.0.1, port: 1, secure: true, auth: { user: support@partner.example, password: { env: IMAP_PASSWORD } } }
    smtp: { host: 127.0.0.1, port: 1, secure: true, auth: { user: support@partner.example, password: { file: smtp-password } } }
    from: Fabrikam Support <support@partner.example>
  - name: oauth
    imap:
      host: 127.0.0.1
      port: 1
      auth:
        user: other@partner.example
        oauth: { provider: other, tokenUrl: "https://login.partner.example/token?key=${canary}", clientId: app, clientSecret: { env: CLIENT_SECRET }, refreshToken: { env: REFRESH_TOKEN } }
    smtp: { host: 127.0.0.1, port: 1 }
    from: Other <other@partner.example>
sync: { tenantId: 0a1b2c3d-0000-4000-8000-00000000abcd, clientId: 0a1b2c3d-0000-4000-8000-00000000abcd, clientSecret: { env: SYNC_SECRET }, refreshToken: { env: SYNC_TOKEN } }
telemetry: { otlpUrl: "http://127.0.0.1:4318/v1/traces?api-key=${canary}" }
`;

const env = {
  IMAP_PASSWORD: canary,
  CLIENT_SECRET: canary,
  REFRESH_TOKEN: canary,
  SYNC_SECRET: canary,
  SYNC_TOKEN: canary,
  DATABASE_URL: `postgres://responder:${canary}@127.0.0.1:1/responder`,
  REDIS_URL: `redis://:${canary}@127.0.0.1:1`,
  TRANSITION_RESPONDER_SECRET: canary,
  TRANSITION_RESPONDER__MODE: 'review',
};

let folder: string;
let desk: TestConsole;
let app: FastifyInstance;
let house: House;
const logged: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'responder-settings-'));
  writeFileSync(join(folder, 'config.yaml'), file);
  writeFileSync(join(folder, 'smtp-password'), canary);
  desk = await openTestConsole();
  const settings = loadSettings({
    configPath: join(folder, 'config.yaml'),
    env,
    cwd: programRoot,
    secrets: 'required',
  });
  const note = (fields: object, sentence: string): void => {
    logged.push(`${JSON.stringify(fields)} ${sentence}`);
  };
  const log = { debug: note, info: note, warn: note, error: note };
  const { pool } = desk;
  house = houseOf({
    ...{ settings, store: desk.store, pipelineOf: () => undefined, clock: desk.parts.clock, log },
    service: { jobs: { depth: async () => [] }, pool, loginExpiries: () => [] },
  });
  app = await buildConsole({ parts: { ...desk.parts, house, log }, doors: openDoor('admin') });
  await app.ready();
}, 60_000);
afterAll(async () => {
  await app.close();
  await desk.close();
  rmSync(folder, { recursive: true });
});

function lineOf(path: string) {
  return house.settings.lines.find((line) => line.path === path);
}

describe('where a setting comes from', () => {
  test('is the variable, the file or the default', () => {
    expect(lineOf('mode')).toEqual({
      path: 'mode',
      value: 'review',
      source: { kind: 'environment', name: 'TRANSITION_RESPONDER__MODE' },
    });
    expect(lineOf('partner.name')?.source).toEqual({ kind: 'file' });
    expect(lineOf('limits.perDomainPerHour')).toMatchObject({ source: { kind: 'default' } });
  });

  test('of a secret there is only whether it is set, and the name of its place', () => {
    expect(lineOf('mailboxes[0].imap.auth.password')).toEqual({
      path: 'mailboxes[0].imap.auth.password',
      secret: 'set',
      source: { kind: 'environment', name: 'IMAP_PASSWORD' },
    });
    expect(lineOf('mailboxes[0].smtp.auth.password')?.source).toEqual({
      kind: 'secret file',
      name: 'smtp-password',
    });
    expect(lineOf('sync.certificate')).toMatchObject({ secret: 'not set' });
    const secrets = house.settings.lines.filter(({ secret }) => secret === 'set');
    expect(secrets.length).toBeGreaterThanOrEqual(9);
    expect(secrets.filter(({ value }) => value !== undefined)).toEqual([]);
  });
});

describe('nobody reads a secret', () => {
  test('on any page, in any answer of the API, in the log or the audit log', async () => {
    house.doctor.start('ana');
    await expect.poll(() => house.doctor.last()?.finishedAt, { timeout: 50_000 }).toBeDefined();
    const urls = [
      '/settings',
      '/settings/health',
      '/settings/health/doctor',
      '/settings/queue',
      '/settings/audit',
      '/settings/audit.csv',
      '/api/openapi.json',
      '/api/v1/settings',
      '/api/v1/health',
      '/api/v1/audit',
      '/api/v1/holds',
      '/',
      '/cases',
      '/customers',
    ];
    for (const url of urls) {
      const { statusCode, body } = await app.inject(url);
      expect(statusCode, url).toBe(200);
      expect(body, url).not.toContain(canary);
    }
    expect(logged.join('\n')).not.toContain(canary);
    expect(JSON.stringify(house.doctor.last())).not.toContain(canary);
  }, 60_000);
});

describe('health', () => {
  test('says that a mailbox nobody looks at is not watched', async () => {
    const { body } = await app.inject('/settings/health');
    expect(body).toContain('mailbox support: no successful look lately');
  });

  test('runs the checks once a minute at most, and one at a time', () => {
    expect(house.doctor.start('ana')).toBe('too-soon');
  });

  test('releases a hold with whoever did it in the audit log, and says when somebody was quicker', async () => {
    await desk.pool.query(
      `insert into holds (kind, name, at, detail) values ('mailbox', 'support', now(), 'too many replies')`,
    );
    const page = await app.inject('/settings/health');
    expect(page.body).toContain('Replies go out from support again, from now on.');
    const release = () =>
      app.inject({
        method: 'POST',
        url: '/settings/health/release',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'kind=mailbox&name=support',
      });
    expect((await release()).headers.location).toBe('/settings/health?done=released');
    expect((await release()).headers.location).toBe('/settings/health?done=not-held');
    expect(await desk.store.listAudit({ subject: 'hold', limit: 10 })).toMatchObject([
      { by: 'ana', via: 'console', action: 'released', subjectId: 'support' },
    ]);
  });

  test('a viewer can neither release nor have mail servers asked', async () => {
    const viewer = await buildConsole({
      parts: { ...desk.parts, house },
      doors: openDoor('viewer'),
    });
    const body = (await viewer.inject('/settings/health')).body;
    expect(body).not.toContain('Check now');
    for (const url of ['/settings/health/release', '/settings/health/doctor'])
      expect((await viewer.inject({ method: 'POST', url })).statusCode).toBe(403);
    await viewer.close();
  });
});

test('the description of the settings for the log shows none of them either', () => {
  expect(describeSettings(desk.settings)).not.toContain('lines');
});
