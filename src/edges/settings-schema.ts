/**
 * The settings file: every setting with what is expected of it and what holds where it is absent.
 *
 * docs/settings.md is compared with this schema by a test, names and defaults both ways.
 */
import { z } from 'zod';
import { domainOf, isAligned, organizationalDomain } from '../core/address.ts';
import { modes } from '../core/policy.ts';
import { redactions } from '../core/redact.ts';
import { expecting } from './checked-yaml.ts';
import { login } from './settings-login.ts';
import {
  address,
  asOf,
  authservId,
  dkimKeys,
  dnsServer,
  domain,
  envelopeFrom,
  folder,
  guid,
  host,
  httpsUrl,
  keyword,
  line,
  lines,
  locale,
  namedAddress,
  oneOf,
  path,
  port,
  secret,
  selector,
  share,
  timeZone,
  webUrl,
  whole,
  yesNo,
} from './settings-values.ts';

/** Names the settings whose default depends on others; docs/settings.md says on which. */
export const derivedDefaults = [
  'mailboxes[].imap.port',
  'mailboxes[].imap.auth.oauth.scope',
  'mailboxes[].imap.auth.oauth.tokenUrl',
  'mailboxes[].imap.auth.oauth.loginUrl',
  'mailboxes[].imap.tls.rejectUnauthorized',
  'mailboxes[].smtp.port',
  'mailboxes[].smtp.auth.oauth.scope',
  'mailboxes[].smtp.auth.oauth.tokenUrl',
  'mailboxes[].smtp.auth.oauth.loginUrl',
  'mailboxes[].smtp.tls.rejectUnauthorized',
  'work.threads',
  'templatesDir',
  'noticesFile',
  'contactsFile',
  'log.pretty',
] as const;

function tls() {
  return z
    .strictObject({
      rejectUnauthorized: yesNo().exactOptional(),
      caFile: path('a file of certificates in PEM form').exactOptional(),
    })
    .prefault({});
}

const imap = z.strictObject({
  host: host(),
  port: port().exactOptional(),
  secure: yesNo().default(true),
  auth: login(),
  folder: folder().default('INBOX'),
  pollSeconds: whole(5, 3_600, 'seconds').default(60),
  // RFC 2177: a server may log a silent client out after 30 minutes, so IDLE is renewed before 29.
  idleMinutes: whole(1, 28, 'minutes').default(5),
  tls: tls(),
});

const smtp = z.strictObject({
  host: host(),
  port: port().exactOptional(),
  secure: yesNo().default(true),
  auth: login().exactOptional(),
  tls: tls(),
  timeoutSeconds: whole(5, 600, 'seconds').default(30),
  envelopeFrom: envelopeFrom().default(''),
  dkim: z
    .strictObject({ domain: domain(), selector: selector(), privateKey: secret() })
    .exactOptional(),
});

const mailboxShape = z.strictObject({
  name: expecting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), {
    expected: 'a short name of letters, digits, -, _ and . such as support',
  }),
  imap,
  smtp,
  from: namedAddress(),
  mark: z
    .strictObject({
      answered: yesNo().default(true),
      keyword: keyword().exactOptional(),
      move: z
        .strictObject({
          reply: folder().exactOptional(),
          review: folder().exactOptional(),
          suppress: folder().exactOptional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** RFC 7489 §3.1.1: a signature of a domain that is not aligned with From is nothing to DMARC. */
const mailbox = mailboxShape.superRefine(({ smtp: { dkim }, from }, context) => {
  const author = domainOf(from.address);
  if (dkim === undefined || isAligned(dkim.domain, author)) return;
  const says = `found ${JSON.stringify(dkim.domain)}, expected ${organizationalDomain(author)} or a domain below it, as in mailboxes[].from: else DMARC does not count the signature`;
  context.addIssue({ code: 'custom', path: ['smtp', 'dkim', 'domain'], params: { says } });
});

/** Two mailboxes of one name would share their ledger; one folder watched twice answers twice. */
function mustDiffer(mailboxes: readonly z.output<typeof mailbox>[], context: z.RefinementCtx) {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  mailboxes.forEach((one, index) => {
    const earlierName = names.get(one.name.toLowerCase());
    if (earlierName !== undefined) {
      const says = `found ${JSON.stringify(one.name)} again, expected a name that mailboxes[${earlierName}] does not have`;
      context.addIssue({ code: 'custom', path: [index, 'name'], params: { says } });
    }
    const place = [one.imap.host, one.imap.port, one.imap.auth.user, one.imap.folder]
      .join('\n')
      .toLowerCase();
    const earlierPlace = places.get(place);
    if (earlierPlace !== undefined) {
      const says = `found the same user and folder as in mailboxes[${earlierPlace}], expected each folder to be watched once`;
      context.addIssue({ code: 'custom', path: [index, 'imap'], params: { says } });
    }
    names.set(one.name.toLowerCase(), index);
    places.set(place, index);
  });
}

function thresholdsInOrder(
  thresholds: { readonly reply: number; readonly review: number },
  context: z.RefinementCtx,
) {
  if (thresholds.review <= thresholds.reply) return;
  const says = `found ${thresholds.review}, expected at most thresholds.reply (${thresholds.reply})`;
  context.addIssue({ code: 'custom', path: ['review'], params: { says } });
}

export const syncSources = ['partner-center', 'graph'] as const;

const sync = z.strictObject({
  everyMinutes: whole(0, 10_080, 'minutes').default(0),
  sources: z.array(oneOf(syncSources)).min(1).default(['partner-center', 'graph']),
  tenantId: guid().exactOptional(),
  clientId: guid().exactOptional(),
  clientSecret: secret().exactOptional(),
  certificate: secret().exactOptional(),
  refreshToken: secret().exactOptional(),
  distributorTenantIds: z.array(guid()).default([]),
  loginUrl: httpsUrl().default('https://login.microsoftonline.com'),
  partnerCenterUrl: httpsUrl().default('https://api.partnercenter.microsoft.com'),
  graphUrl: httpsUrl().default('https://graph.microsoft.com'),
  caFile: path('a file of certificates in PEM form').exactOptional(),
});

/** A login is whole or absent: half of one would fail only when it is used. */
function loginWhole(found: z.output<typeof sync>, context: z.RefinementCtx) {
  const missing = (key: string, expected: string) =>
    context.addIssue({
      code: 'custom',
      path: [key],
      params: { says: `missing, expected ${expected}` },
    });
  const hasCredential = found.clientSecret !== undefined || found.certificate !== undefined;
  const isUsed = found.everyMinutes > 0 || hasCredential || found.refreshToken !== undefined;
  if (!isUsed) return;
  if (found.tenantId === undefined) missing('tenantId', 'the id of your own tenant');
  if (found.clientId === undefined) missing('clientId', 'the id of the app');
  if (!hasCredential) missing('clientSecret', 'it, or sync.certificate, for the login of the app');
}

export const settingsSchema = z.strictObject({
  partner: z.strictObject({
    name: line('the name of the partner, as customers know it'),
    signature: lines('what stands under each reply'),
  }),
  mailboxes: z.array(mailbox).superRefine(mustDiffer).default([]),
  siblings: z.array(address()).default([]),
  mode: oneOf(modes).default('auto'),
  trustedAuthservIds: z.array(authservId()).default([]),
  trustedArcSealers: z.array(domain()).default([]),
  requireAuthenticated: yesNo().default(true),
  answerColleagues: yesNo().default(true),
  tellAlreadyAnswered: yesNo().default(false),
  verification: z
    .strictObject({
      dns: yesNo().default(false),
      keys: dkimKeys().default({}),
      timeoutSeconds: whole(1, 60, 'seconds').default(5),
      servers: z.array(dnsServer()).min(1).exactOptional(),
    })
    .prefault({}),
  locale: locale().default('en'),
  timeZone: timeZone().default('UTC'),
  rules: z
    .strictObject({
      portalLicensesBelow: whole(1, 1_000_000, 'licenses').default(25),
      source: line('where the rule stands').default(
        'Microsoft, Advisor to CSP transitions and avoiding the “lose access” mails',
      ),
      asOf: asOf().default('2016'),
    })
    .prefault({}),
  thresholds: z
    .strictObject({ reply: share().default(0.8), review: share().default(0.4) })
    .superRefine(thresholdsInOrder)
    .prefault({}),
  limits: z
    .strictObject({
      genericPerAddressPerDay: whole(0, 100, 'replies').default(1),
      perAddressPerDay: whole(1, 1_000, 'replies').default(10),
      perDomainPerHour: whole(1, 10_000, 'replies').default(3),
      perMailboxPerHour: whole(1, 100_000, 'replies').default(60),
    })
    .prefault({}),
  followUp: z
    .strictObject({
      afterDays: whole(0, 365, 'days').default(7),
      remind: yesNo().default(false),
    })
    .prefault({}),
  retention: z
    .strictObject({
      rawDays: whole(0, 3_650, 'days').default(90),
      caseDays: whole(0, 3_650, 'days').default(730),
    })
    .prefault({}),
  outreach: z.strictObject({ perHour: whole(1, 1_000, 'mails').default(30) }).prefault({}),
  watch: z.strictObject({ leaseSeconds: whole(10, 600, 'seconds').default(30) }).prefault({}),
  work: z.strictObject({ threads: whole(0, 64, 'threads').exactOptional() }).prefault({}),
  store: z
    .strictObject({
      dataDir: path('a folder').default('data'),
      databaseUrl: secret().default({ env: 'DATABASE_URL' }),
    })
    .prefault({}),
  queue: z.strictObject({ redisUrl: secret().default({ env: 'REDIS_URL' }) }).prefault({}),
  sync: sync.superRefine(loginWhole).prefault({}),
  messageIdKey: secret().default({ env: 'TRANSITION_RESPONDER_SECRET' }),
  templatesDir: path('the folder of the templates').exactOptional(),
  noticesFile: path('the file of notice families').exactOptional(),
  contactsFile: path('the file of phone numbers and links').exactOptional(),
  log: z
    .strictObject({
      level: oneOf(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      pretty: yesNo().exactOptional(),
      redact: oneOf(redactions).default('addresses'),
    })
    .prefault({}),
  http: z
    .strictObject({ host: host().default('127.0.0.1'), port: port().exactOptional() })
    .prefault({}),
  telemetry: z
    .strictObject({
      otlpUrl: webUrl('where spans are sent').exactOptional(),
      serviceName: line('what the service is called in traces').default('transition-responder'),
    })
    .prefault({}),
});

/** The settings as they stand in the file, checked, before secrets and paths are resolved. */
export type SettingsFile = z.output<typeof settingsSchema>;
