/**
 * The settings file: every setting with what is expected of it and what holds where it is absent.
 *
 * docs/settings.md is compared with this schema by a test, names and defaults both ways.
 */
import { z } from 'zod';
import { domainOf, isAligned, organizationalDomain } from '../core/address.ts';
import { redactions } from '../core/redact.ts';
import { expecting } from './checked-yaml.ts';
import { consoleSettings } from './settings-console.ts';
import { login } from './settings-login.ts';
import { ownOfMailbox, shared } from './settings-shared.ts';
import {
  address,
  asOf,
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
  namedAddress,
  oneOf,
  path,
  port,
  secret,
  selector,
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
  'mailboxes[].smtp.perMinute',
  'mailboxes[].partner.name',
  'mailboxes[].partner.signature',
  'mailboxes[].mode',
  'mailboxes[].locale',
  'mailboxes[].timeZone',
  'mailboxes[].templatesDir',
  'mailboxes[].trustedAuthservIds',
  'mailboxes[].trustedArcSealers',
  'mailboxes[].requireAuthenticated',
  'mailboxes[].answerColleagues',
  'mailboxes[].tellAlreadyAnswered',
  'mailboxes[].thresholds.reply',
  'mailboxes[].thresholds.review',
  'mailboxes[].limits.genericPerAddressPerDay',
  'mailboxes[].limits.perAddressPerDay',
  'mailboxes[].limits.perDomainPerHour',
  'mailboxes[].limits.perMailboxPerHour',
  'mailboxes[].followUp.afterDays',
  'mailboxes[].followUp.remind',
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
  perMinute: whole(1, 10_000, 'mails').exactOptional(),
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
  ...ownOfMailbox,
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

const { thresholds, limits, followUp } = shared;

const wholeFile = z.strictObject({
  partner: z.strictObject(shared.partner),
  mailboxes: z.array(mailbox).superRefine(mustDiffer).default([]),
  siblings: z.array(address()).default([]),
  mode: shared.mode.default('auto'),
  trustedAuthservIds: shared.trustedAuthservIds.default([]),
  trustedArcSealers: shared.trustedArcSealers.default([]),
  requireAuthenticated: shared.requireAuthenticated.default(true),
  answerColleagues: shared.answerColleagues.default(true),
  tellAlreadyAnswered: shared.tellAlreadyAnswered.default(false),
  verification: z
    .strictObject({
      dns: yesNo().default(false),
      keys: dkimKeys().default({}),
      timeoutSeconds: whole(1, 60, 'seconds').default(5),
      servers: z.array(dnsServer()).min(1).exactOptional(),
    })
    .prefault({}),
  locale: shared.locale.default('en'),
  timeZone: shared.timeZone.default('UTC'),
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
    .strictObject({
      reply: thresholds.reply.default(0.8),
      review: thresholds.review.default(0.4),
    })
    .superRefine(thresholdsInOrder)
    .prefault({}),
  limits: z
    .strictObject({
      genericPerAddressPerDay: limits.genericPerAddressPerDay.default(1),
      perAddressPerDay: limits.perAddressPerDay.default(10),
      perDomainPerHour: limits.perDomainPerHour.default(3),
      perMailboxPerHour: limits.perMailboxPerHour.default(60),
    })
    .prefault({}),
  followUp: z
    .strictObject({
      afterDays: followUp.afterDays.default(7),
      remind: followUp.remind.default(false),
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
  templatesDir: shared.templatesDir.exactOptional(),
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
  console: consoleSettings,
  telemetry: z
    .strictObject({
      otlpUrl: webUrl('where spans are sent').exactOptional(),
      serviceName: line('what the service is called in traces').default('transition-responder'),
    })
    .prefault({}),
});

export const settingsSchema = wholeFile.superRefine((file, context) => {
  file.mailboxes.forEach((own, index) => {
    const both = { ...file.thresholds, ...own.thresholds };
    if (own.thresholds === undefined || both.review <= both.reply) return;
    const says = `found ${both.review} for thresholds.review of this mailbox, expected at most its thresholds.reply (${both.reply})`;
    context.addIssue({
      code: 'custom',
      path: ['mailboxes', index, 'thresholds'],
      params: { says },
    });
  });
});

/** The settings as they stand in the file, checked, before secrets and paths are resolved. */
export type SettingsFile = z.output<typeof settingsSchema>;
