/**
 * Loads the settings: found, read, overridden from the environment, checked as a whole, made whole.
 *
 * Either everything is right or nothing starts: all faults are told at once. Secrets come from the
 * environment or from files only, and no error, warning or description ever shows one.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Policy } from '../core/policy.ts';
import { ResponderError } from '../errors.ts';
import { faultLines, readYamlFile } from './checked-yaml.ts';
import { completeSettings, readCertificates, settingsWarnings } from './settings-complete.ts';
import { type Environment, overrideFromEnvironment } from './settings-env.ts';
import { settingLines } from './settings-lines.ts';
import { settingsSchema } from './settings-schema.ts';
import { checkSecrets, findSecrets, type SecretsNeeded } from './settings-secrets.ts';
import type {
  ConsoleSettings,
  ImapSettings,
  LoginSettings,
  OwnSettings,
  Settings,
  SmtpSettings,
  SyncSettings,
} from './settings-types.ts';

export type {
  ConsoleSettings,
  ImapSettings,
  LoginSettings,
  MailboxSettings,
  OauthSettings,
  OwnSettings,
  Settings,
  SmtpSettings,
  SyncSettings,
} from './settings-types.ts';

/** The folder of the program: the package's own `config/` and `templates/` lie in it. */
export const programRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface LoadOptions {
  /** `--config`; relative to `cwd`. */
  readonly configPath?: string;
  readonly env: Environment;
  readonly cwd: string;
  /**
   * `required`: for commands that connect; at least one mailbox must be there. `store`: for commands
   * that only open the store. `sync`: those of the store and of the sources of facts. `optional`: for those that need no secret; missing ones stay absent.
   */
  readonly secrets: SecretsNeeded;
}

/**
 * Reads the settings.
 *
 * Throws SETTINGS_NOT_FOUND, FILE_NOT_READABLE, or SETTINGS_INVALID whose `details` hold one line for
 * each fault: `path: what was found, what is expected (hint)`.
 */
export function loadSettings(options: LoadOptions): Settings {
  const file = findSettingsFile(options);
  const root = rootOf(file);
  const data = readYamlFile(file);
  const overridden = overrideFromEnvironment(data, options.env, settingsSchema);
  const checked = settingsSchema.safeParse(overridden.data);
  const secrets = checkSecrets(
    findSecrets(overridden.data, settingsSchema, { env: options.env, root }),
    options,
  );
  const faults = [...overridden.faults, ...secrets.faults];
  if (!checked.success) {
    faults.unshift(
      ...faultLines(checked.error, overridden.data, settingsSchema, overridden.origins),
    );
  } else if (isForService(options.secrets) && checked.data.mailboxes.length === 0) {
    faults.push(
      'mailboxes: missing, expected at least one mailbox to watch (docs/settings.md has an example)',
    );
  }
  const certificates = readCertificates(checked.data, root);
  faults.push(...certificates.faults);
  if (!checked.success || faults.length > 0) throw invalid(file, faults);
  const settings = completeSettings(checked.data, {
    secrets: secrets.values,
    certificates: certificates.values,
    places: { file, root, programRoot },
  });
  const lines = settingLines({
    schema: settingsSchema,
    file: data,
    overridden,
    checked: checked.data,
    complete: settings,
    secretsFound: new Set(secrets.values.keys()),
  });
  return { ...settings, warnings: settingsWarnings(settings), lines };
}

function isForService(secrets: SecretsNeeded): boolean {
  return secrets !== 'store' && secrets !== 'sync' && secrets !== 'optional';
}

function invalid(file: string, faults: readonly string[]): ResponderError {
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  return new ResponderError('SETTINGS_INVALID', `The settings in ${file} have ${count}.`, {
    details: faults,
  });
}

/** `--config`, else TRANSITION_RESPONDER_CONFIG, else config/config.yaml here, else the program's. */
function findSettingsFile(options: LoadOptions): string {
  const fromEnvironment = options.env.TRANSITION_RESPONDER_CONFIG;
  const named = options.configPath ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (named !== undefined) {
    const file = resolve(options.cwd, named);
    if (existsSync(file)) return file;
    throw new ResponderError('SETTINGS_NOT_FOUND', `The settings file ${file} does not exist.`);
  }
  const candidates = [options.cwd, programRoot].map((root) => join(root, 'config', 'config.yaml'));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw new ResponderError(
    'SETTINGS_NOT_FOUND',
    `There is no settings file: neither ${[...new Set(candidates)].join(' nor ')} exists.`,
  );
}

/**
 * The folder that relative paths in the settings start from: the one that holds the settings file,
 * or, where that is called `config`, the one above it. Never the folder a command is called in: the
 * same settings must mean the same data folder from wherever they are used.
 */
function rootOf(file: string): string {
  const folder = dirname(file);
  return basename(folder) === 'config' ? dirname(folder) : folder;
}

/** What the settings say to the stages. */
export function policyOf(settings: Settings): Policy {
  const own = settings.mailboxes.flatMap((mailbox) => [
    mailbox.from.address,
    mailbox.smtp.envelopeFrom,
    // Replies sent to the login's own address would come back into the watched mailbox.
    mailbox.imap.auth.user.toLowerCase(),
  ]);
  const ownAddresses = [...own, ...settings.siblings].filter((address) => address.includes('@'));
  return {
    mode: settings.mode,
    ownAddresses: [...new Set(ownAddresses)],
    trustedAuthservIds: settings.trustedAuthservIds,
    trustedArcSealers: settings.trustedArcSealers,
    requireAuthenticated: settings.requireAuthenticated,
    answerColleagues: settings.answerColleagues,
    tellAlreadyAnswered: settings.tellAlreadyAnswered,
    portalLicensesBelow: settings.rules.portalLicensesBelow,
    locale: settings.locale,
    timeZone: settings.timeZone,
    thresholds: settings.thresholds,
    limits: settings.limits,
    followUp: settings.followUp,
    outreach: settings.outreach,
    ...(settings.messageIdKey === undefined ? {} : { messageIdKey: settings.messageIdKey }),
  };
}

/** The policy of one mailbox: its own settings over those of all. */
export function policyFor(policy: Policy, own: OwnSettings): Policy {
  return {
    ...policy,
    mode: own.mode ?? policy.mode,
    trustedAuthservIds: own.trustedAuthservIds ?? policy.trustedAuthservIds,
    trustedArcSealers: own.trustedArcSealers ?? policy.trustedArcSealers,
    requireAuthenticated: own.requireAuthenticated ?? policy.requireAuthenticated,
    answerColleagues: own.answerColleagues ?? policy.answerColleagues,
    tellAlreadyAnswered: own.tellAlreadyAnswered ?? policy.tellAlreadyAnswered,
    locale: own.locale ?? policy.locale,
    timeZone: own.timeZone ?? policy.timeZone,
    thresholds: { ...policy.thresholds, ...own.thresholds },
    limits: { ...policy.limits, ...own.limits },
    followUp: { ...policy.followUp, ...own.followUp },
  };
}

/** The settings as YAML for people, with `(set)` or `(not set)` in place of each secret. */
export function describeSettings(settings: Settings): string {
  const {
    store,
    queue,
    sync,
    mailboxes,
    messageIdKey,
    console: doors,
    lines: _lines,
    ...rest
  } = settings;
  return stringify({
    ...rest,
    mailboxes: mailboxes.map((mailbox) => ({
      ...mailbox,
      imap: describeServer(mailbox.imap),
      smtp: { ...describeServer(mailbox.smtp), ...describeDkim(mailbox.smtp) },
    })),
    store: { ...store, databaseUrl: masked(store.databaseUrl) },
    queue: { redisUrl: masked(queue.redisUrl) },
    sync: describeSync(sync),
    console: describeConsole(doors),
    messageIdKey: masked(messageIdKey),
  });
}

function masked(secret: string | undefined): string {
  return secret === undefined || secret === '' ? '(not set)' : '(set)';
}

function describeSync({ ca, ...sync }: SyncSettings) {
  return {
    ...sync,
    clientSecret: masked(sync.clientSecret),
    certificate: masked(sync.certificate),
    refreshToken: masked(sync.refreshToken),
    ...(ca === undefined ? {} : { ca: '(read from its file)' }),
  };
}

function describeConsole({ oidc, ...doors }: ConsoleSettings) {
  if (oidc === undefined) return doors;
  const { ca, ...shown } = oidc;
  return {
    ...doors,
    oidc: {
      ...shown,
      clientSecret: masked(oidc.clientSecret),
      ...(ca === undefined ? {} : { ca: '(read from its file)' }),
    },
  };
}

function describeDkim({ dkim }: SmtpSettings) {
  return dkim === undefined ? {} : { dkim: { ...dkim, privateKey: masked(dkim.privateKey) } };
}

function describeLogin(auth: LoginSettings) {
  if ('pass' in auth) return { user: auth.user, password: masked(auth.pass) };
  const { ca, ...oauth } = auth.oauth;
  const secrets = ['clientSecret', 'certificate', 'refreshToken', 'serviceAccount'];
  const shown = Object.entries(oauth).map(([key, value]) => [
    key,
    secrets.includes(key) ? masked(value) : value,
  ]);
  const authority = ca === undefined ? {} : { ca: '(read from its file)' };
  return { user: auth.user, oauth: { ...Object.fromEntries(shown), ...authority } };
}

function describeServer({ auth, tls, ...server }: ImapSettings | SmtpSettings) {
  return {
    ...server,
    ...(auth === undefined ? {} : { auth: describeLogin(auth) }),
    tls: { ...tls, ...(tls.ca === undefined ? {} : { ca: '(read from its file)' }) },
  };
}
