/**
 * The whole service on a mailbox that knows tokens only: a forward comes in by a real Dovecot, which asks a real
 * token server, and the reply goes out by a server that asks the same.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { whyNoCertificate } from '../support/certificate.ts';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type LoopBot, startLoopBot } from '../support/loop-bot.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { forwardBy, newCustomer } from './loops-customer.ts';

const desk = 'support@partner.example';
const tenantId = '0a1b2c3d-0000-4000-8000-000000000001';
const clientId = '0a1b2c3d-0000-4000-8000-000000000002';
const clientSecret = 's3cret';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

interface World {
  readonly tokens: TokenServer;
  readonly dovecot: Dovecot;
  readonly sink: SmtpSink;
  readonly office: PostOffice;
}

async function world(): Promise<World> {
  const tokens = await startTokenServer({ user: desk, clientId, clientSecret });
  closers.push(() => tokens.close());
  const { introspectionUrl } = tokens;
  const dovecot = await startDovecot({ oauth2: { introspectionUrl, mechanisms: ['xoauth2'] } });
  const sink = await startSmtpSink({
    authOptional: false,
    authMethods: ['LOGIN', 'XOAUTH2'],
    onAuth: (auth, _session, callback) =>
      callback(null, tokens.isGood(auth.accessToken ?? '') ? { user: auth.username } : {}),
  });
  closers.push(() => sink.close());
  const office = await startPostOffice();
  closers.push(() => office.close());
  return { tokens, dovecot, sink, office };
}

/** As an admin of Exchange Online writes them, but for the hosts. */
async function startBot({ tokens, dovecot, sink, office }: World): Promise<LoopBot> {
  const oauth = {
    ...{ provider: 'microsoft', tenantId, clientId, loginUrl: tokens.url, caFile: tokens.caFile },
    ...{ clientSecret: { env: 'IMAP_PASSWORD' }, clientSecretExpires: '2099-01-31' },
  };
  const server = { host: '127.0.0.1', secure: false, auth: { user: desk, oauth } };
  return startLoopBot({
    office,
    address: desk,
    mailbox: {
      ...{ host: dovecot.host, port: dovecot.port, user: desk, password: clientSecret },
      deliver: (raw, envelope) => dovecot.deliver(Buffer.from(raw, 'latin1'), envelope),
      stop: () => dovecot.stop(),
    },
    settings: {
      mailboxes: [
        {
          name: 'desk',
          imap: { ...server, port: dovecot.port },
          smtp: { ...server, port: sink.port },
          from: `Support <${desk}>`,
        },
      ],
    },
  });
}

const missing = whyNoDovecot() ?? whyNoCertificate();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(`the service with logins by token${skipped}`, () => {
  test('answers a forward, with one token for both ways', async () => {
    const here = await world();
    const bot = await startBot(here);
    closers.push(() => bot.stop());
    const customer = newCustomer();
    const { record, anna } = customer;
    await bot.know([record]);
    here.office.house(desk, 'desk', bot.resident);
    here.office.post({ by: 'anna', from: anna, to: desk, raw: forwardBy(anna, desk, customer) });
    await here.office.atRest();
    expect(here.office.trace).toEqual([`${anna} > desk: reply-instructions`]);
    expect(here.sink.mails.map(({ to }) => to)).toEqual([[anna]]);
    expect(here.tokens.tokens).toHaveLength(1);
    expect(bot.service.loginExpiries()).toEqual([
      { mailbox: 'desk', what: 'token', at: expect.any(Date) },
      { mailbox: 'desk', what: 'secret', at: new Date('2099-01-31') },
    ]);
  });
});
