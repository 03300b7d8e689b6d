/**
 * Nobody reads a secret in the console: each one that the schema of the settings knows is set to something of its own,
 * then looked for on every page, in every answer of the API, in what doctor says, and in every line of the log.
 *
 * Pages, answers and secrets are listed by the application itself, so that a new one cannot be forgotten.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { consoleParts } from '../../src/commands/console-parts.ts';
import type { ConsoleParts } from '../../src/console/parts.ts';
import { buildConsole } from '../../src/console/server.ts';
import { expectationOf, innerSchema } from '../../src/edges/checked-yaml.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import { settingsSchema } from '../../src/edges/settings-schema.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { makeDkimKey } from '../support/dkim.ts';

/** Paths of all secrets of a schema, `mailboxes[].imap.auth.password`. */
function secretsOf(schema: z.core.$ZodType, path = ''): readonly string[] {
  const inner = innerSchema(schema);
  if (expectationOf(inner)?.secret === true) return [path];
  if (inner instanceof z.ZodArray) return secretsOf(inner.element, `${path}[]`);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as z.core.$ZodShape).flatMap(([key, child]) =>
    secretsOf(child, path === '' ? key : `${path}.${key}`),
  );
}

/** What must appear nowhere, and the environment that holds it. */
const needles: string[] = [];
const env: Record<string, string> = {};

function canary(): string {
  const needle = `c4n4ry${needles.length}that${needles.length}nobody${needles.length}may${needles.length}see`;
  needles.push(needle);
  return needle;
}

function secret(value: string = canary()): { readonly env: string } {
  const name = `SECRET_${Object.keys(env).length}`;
  env[name] = value;
  return { env: name };
}

/** Of a key each line is looked for. */
function key(pem: string): string {
  needles.push(...pem.split('\n').filter((line) => line.length === 64));
  return pem;
}

const guid = '0a1b2c3d-0000-4000-8000-00000000abcd';

function certificate(): { readonly env: string } {
  const made = makeCertificate('rsa');
  return secret(`${key(made.key)}${made.cert}`);
}

function serviceAccount(): { readonly env: string } {
  const account = { type: 'service_account', client_email: 'a@partner.example' };
  return secret(JSON.stringify({ ...account, private_key: key(makeDkimKey().pem) }));
}

function settingsFile(templatesDir: string): object {
  const server = { host: '127.0.0.1', port: 1 };
  const mailbox = (name: string, login: () => object, more: object = {}) => {
    const auth = () => ({ user: `${name}@partner.example`, ...login() });
    return {
      name,
      from: `Fabrikam <${name}@partner.example>`,
      imap: { ...server, auth: auth() },
      smtp: { ...server, auth: auth(), ...more },
    };
  };
  const oauth = (given: () => object) => () => ({ oauth: given() });
  const dkim = { domain: 'partner.example', selector: 's1' };
  return {
    partner: { name: 'Fabrikam', signature: 'Fabrikam' },
    templatesDir,
    mailboxes: [
      mailbox('password', () => ({ password: secret() }), {
        dkim: { ...dkim, privateKey: secret(key(makeDkimKey().pem)) },
      }),
      mailbox(
        'other',
        oauth(() => ({
          ...{ provider: 'other', clientId: 'app', clientSecret: secret(), refreshToken: secret() },
          tokenUrl: `https://127.0.0.1:1/token?key=${canary()}`,
        })),
      ),
      mailbox(
        'microsoft',
        oauth(() => ({
          ...{ provider: 'microsoft', tenantId: guid, clientId: guid, certificate: certificate() },
          loginUrl: 'https://127.0.0.1:1',
        })),
      ),
      mailbox(
        'google',
        oauth(() => ({
          ...{ provider: 'google', serviceAccount: serviceAccount() },
          tokenUrl: 'https://127.0.0.1:1/token',
        })),
      ),
    ],
    store: { databaseUrl: secret(`postgres://responder:${canary()}@127.0.0.1:1/responder`) },
    queue: { redisUrl: secret(`redis://:${canary()}@127.0.0.1:1`) },
    messageIdKey: secret(),
    sync: {
      ...{ tenantId: guid, clientId: guid, clientSecret: secret(), refreshToken: secret() },
      ...{ certificate: certificate(), loginUrl: 'https://127.0.0.1:1' },
      ...{ partnerCenterUrl: 'https://127.0.0.1:1', graphUrl: 'https://127.0.0.1:1' },
    },
    console: {
      publicUrl: 'http://127.0.0.1',
      oidc: { issuer: 'http://127.0.0.1:1', clientId: 'app', clientSecret: secret() },
    },
    telemetry: { otlpUrl: `http://127.0.0.1:4318/v1/traces?api-key=${canary()}` },
  };
}

describe.skipIf(whyNoCertificate() !== undefined)('nobody reads a secret', () => {
  let folder: string;
  let desk: TestConsole;
  let parts: ConsoleParts;
  let app: FastifyInstance;
  let caseId: string;
  const logged: string[] = [];
  const pages: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'responder-secrets-'));
    const configPath = join(folder, 'config.yaml');
    const templates = join(folder, 'templates');
    // One language, so that the pages of the templates open at once.
    for (const name of ['en', 'layout.html.hbs'])
      cpSync(join(programRoot, 'templates', name), join(templates, name), { recursive: true });
    writeFileSync(configPath, JSON.stringify(settingsFile(templates)));
    desk = await openTestConsole();
    caseId = await desk.takeSample('16_gmail_unknown_customer.eml');
    const settings = loadSettings({ configPath, env, cwd: programRoot, secrets: 'required' });
    const note = (fields: object, sentence: string): void => {
      logged.push(`${inspect(fields, { depth: 12 })} ${sentence}`);
    };
    const log = { debug: note, info: note, warn: note, error: note };
    parts = consoleParts({ ...desk.wiring, settings, log });
    app = await buildConsole({
      parts,
      doors: async (built) => {
        built.addHook('onRoute', ({ method, url }) => {
          if ([method].flat().includes('GET')) pages.push(url);
        });
        await openDoor('admin')(built);
      },
    });
    await app.ready();
  });
  afterAll(async () => {
    await app.close();
    await parts.templates.close();
    await desk.close();
    rmSync(folder, { recursive: true });
  });

  /** Also as a login of HTTP or SMTP would carry it: in Base64, wherever it begins. */
  function foundIn(text: string): readonly string[] {
    return needles.filter((needle) =>
      [needle, ...[0, 1, 2].map((before) => inBase64(needle, before))].some((form) =>
        text.includes(form),
      ),
    );
  }

  test('and each that the schema knows is set here', () => {
    const known = secretsOf(settingsSchema);
    expect(known.length).toBeGreaterThan(15);
    const set = parts.house.settings.lines
      .filter((line) => line.secret === 'set')
      .map(({ path }) => path.replaceAll(/\[\d+\]/g, '[]'));
    expect([...new Set(set)].toSorted()).toEqual([...known].toSorted());
    expect(needles.length).toBeGreaterThan(known.length);
    expect(foundIn(`a ${needles[0]} b`)).toEqual([needles[0]]);
    expect(foundIn(Buffer.from(`\0user\0${needles[0]}`).toString('base64'))).toEqual([needles[0]]);
  });

  test('in what doctor says, on any page, in any answer of the API, or in the log', async () => {
    parts.house.doctor.start('ana');
    await expect
      .poll(() => parts.house.doctor.last()?.finishedAt, { timeout: 100_000 })
      .toBeDefined();
    expect(parts.house.doctor.last()?.lines.length).toBeGreaterThan(4);
    expect(foundIn(JSON.stringify(parts.house.doctor.last()))).toEqual([]);
    const asked = pages.filter((url) => url !== '/events' && !url.startsWith('/assets'));
    expect(asked.length).toBeGreaterThan(30);
    const notShown: string[] = [];
    for (const url of asked) {
      const { statusCode, body, headers } = await app.inject(addressOf(url));
      if (statusCode !== 200) notShown.push(`${statusCode} ${url}`);
      expect(foundIn(`${body}\n${JSON.stringify(headers)}`), url).toEqual([]);
    }
    // A page that is not there shows no secret either: only those
    // that are named by a version or a random key may be missing.
    const needsKey = /\/(?:compare|version|:key|imports\/:id|:importId)$/;
    expect(notShown.filter((url) => !needsKey.test(url))).toEqual([]);
    expect(logged.length).toBeGreaterThan(0);
    expect(foundIn(logged.join('\n'))).toEqual([]);
  }, 240_000);

  function addressOf(url: string): string {
    const names: Readonly<Record<string, string>> = {
      caseId: encodeURIComponent(caseId),
      id: url.startsWith('/customers') ? 'contoso' : encodeURIComponent(caseId),
      ...{ customerId: 'contoso', locale: 'en', folder: '1' },
      name: url.includes('/partials/') ? 'costs' : 'cancel-portal',
    };
    const path = url.replaceAll(/:(\w+)/g, (_part, name: string) => names[name] ?? 'x');
    const isFile = url.startsWith('/api/v1/templates/');
    return isFile ? `${path}?id=en/cancel-portal` : path;
  }
});

/** The middle of it, which is the same whatever stands around. */
function inBase64(text: string, before: number): string {
  const whole = Buffer.from(`${'x'.repeat(before)}${text}`).toString('base64');
  return whole.slice(before === 0 ? 0 : 4, -4);
}
