/**
 * Settings of one mailbox: each value over that of the top, by itself, and checked together with it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { knowledgeFor, loadKnowledge, settingsOf } from '../../src/commands/knowledge.ts';
import { templateFolders } from '../../src/commands/template-keepers.ts';
import { loadSettings, policyOf, type Settings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-mailboxes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const configPath = join(folder, 'config.yaml');

type Values = Readonly<Record<string, unknown>>;

function mailbox(name: string, own: Values = {}, smtp: Values = {}): Values {
  const auth = { user: `${name}@partner.example`, password: { env: 'PASSWORD' } };
  return {
    name,
    imap: { host: 'imap.partner.example', auth },
    smtp: { host: 'smtp.partner.example', auth, ...smtp },
    from: `The ${name} desk <${name}@partner.example>`,
    ...own,
  };
}

function load(mailboxes: readonly Values[], top: Values = {}, env: Record<string, string> = {}) {
  const partner = { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' };
  writeFileSync(configPath, stringify({ partner, mailboxes, ...top }));
  return loadSettings({
    configPath,
    env: { PASSWORD: 'secret', ...env },
    cwd: folder,
    secrets: 'required',
  });
}

async function knowledgeOf(settings: Settings, index: number) {
  const own = settings.mailboxes[index];
  if (own === undefined) throw new Error('there is no such mailbox');
  return knowledgeFor(await loadKnowledge(settings), own);
}

test('a mailbox that says nothing has everything as it stands at the top', async () => {
  const settings = load([mailbox('support')], { mode: 'review', limits: { perDomainPerHour: 7 } });
  const { policy, partner } = await knowledgeOf(settings, 0);
  expect(policy).toEqual(policyOf(settings));
  expect(partner).toEqual(settings.partner);
});

test('each value counts by itself, and for its mailbox alone', async () => {
  const own = {
    partner: { name: 'Blue Cloud' },
    mode: 'shadow',
    locale: 'de',
    timeZone: 'Europe/Berlin',
    trustedAuthservIds: ['mx.blue.example'],
    requireAuthenticated: false,
    answerColleagues: false,
    tellAlreadyAnswered: true,
    thresholds: { reply: 0.9 },
    limits: { perMailboxPerHour: 500 },
    followUp: { afterDays: 0 },
  };
  const settings = load([mailbox('support'), mailbox('blue', own)], {
    trustedAuthservIds: ['mx.partner.example'],
    limits: { perDomainPerHour: 7 },
  });
  const blue = await knowledgeOf(settings, 1);
  expect(blue.partner).toEqual({ name: 'Blue Cloud', signature: 'Fabrikam support desk' });
  expect(blue.policy).toMatchObject({
    mode: 'shadow',
    locale: 'de',
    timeZone: 'Europe/Berlin',
    trustedAuthservIds: ['mx.blue.example'],
    trustedArcSealers: [],
    requireAuthenticated: false,
    answerColleagues: false,
    tellAlreadyAnswered: true,
    thresholds: { reply: 0.9, review: 0.4 },
    limits: { perDomainPerHour: 7, perMailboxPerHour: 500, perAddressPerDay: 10 },
    followUp: { afterDays: 0, remind: false },
    ownAddresses: ['support@partner.example', 'blue@partner.example'],
  });
  expect((await knowledgeOf(settings, 0)).policy).toEqual(policyOf(settings));
});

test('a value may come from the environment', async () => {
  const settings = load(
    [mailbox('support')],
    {},
    {
      TRANSITION_RESPONDER__MAILBOXES__0__MODE: 'shadow',
      TRANSITION_RESPONDER__MAILBOXES__0__LIMITS__PER_DOMAIN_PER_HOUR: '9',
    },
  );
  const { policy } = await knowledgeOf(settings, 0);
  expect([policy.mode, policy.limits.perDomainPerHour]).toEqual(['shadow', 9]);
});

test('its thresholds are in order together with those of the top', () => {
  try {
    load([mailbox('support', { thresholds: { reply: 0.3 } })]);
    expect.unreachable('0.3 is below 0.4');
  } catch (error) {
    if (!(error instanceof ResponderError)) throw error;
    expect(error.details).toEqual([
      'mailboxes[0].thresholds: found 0.4 for thresholds.review of this mailbox, expected at most its thresholds.reply (0.3)',
    ]);
  }
});

test('folders of templates are kept once each, with those that use them', async () => {
  const partner = { name: 'Blue Cloud' };
  const settings = load(
    [
      mailbox('support'),
      mailbox('sales'),
      mailbox('blue', { templatesDir: 'blue', partner }),
      mailbox('azure', { templatesDir: join(folder, 'blue'), partner }),
      mailbox('teal', { templatesDir: 'blue', partner: { name: 'Teal Cloud' } }),
    ],
    { templatesDir: 'words' },
  );
  const folders = templateFolders(settings, await loadKnowledge(settings));
  expect(
    [...folders].map(([path, users]) => [path, users.map((user) => user.partner.name)]),
  ).toEqual([
    [join(folder, 'words'), ['Fabrikam Cloud']],
    [join(folder, 'blue'), ['Blue Cloud', 'Teal Cloud']],
  ]);
  expect(settingsOf(settings, settings.mailboxes[2]).templatesDir).toBe(join(folder, 'blue'));
});

test('where every mailbox has a folder of its own, that of the top is nobody’s', async () => {
  const settings = load([mailbox('blue', { templatesDir: 'blue' })], { templatesDir: 'words' });
  const folders = templateFolders(settings, await loadKnowledge(settings));
  expect([...folders.keys()]).toEqual([join(folder, 'blue')]);
});

test.each([
  ['smtp.office365.com', {}, 30],
  ['SMTP.Office365.com', {}, 30],
  ['smtp-hve.office365.com', {}, 30],
  ['smtp.office365.com', { perMinute: 5 }, 5],
  ['smtp.partner.example', { perMinute: 600 }, 600],
  ['smtp.partner.example', {}, undefined],
  ['smtp.office365.com.attacker.example', {}, undefined],
])('so many mails a minute through %s with %o: %s', (host, smtp, expected) => {
  const [own] = load([mailbox('support', {}, { host, ...smtp })]).mailboxes;
  expect(own?.smtp.perMinute).toBe(expected);
});

test('hosts that are believed for one mailbox only leave the warning for the others', () => {
  const warned = (own: Values, top: Values = {}) =>
    load([mailbox('support', own)], top).warnings.some((line) => /^trustedAuthservIds/.test(line));
  expect(warned({})).toBe(true);
  expect(warned({ trustedAuthservIds: ['mx.blue.example'] })).toBe(false);
  expect(warned({ trustedAuthservIds: [] }, { trustedAuthservIds: ['mx.blue.example'] })).toBe(
    true,
  );
});
