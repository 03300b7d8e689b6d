import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/core/decision.ts';
import { stampMail } from '../../src/demo/receiving-host.ts';
import { type DemoReply, type DemoServer, startDemoServer } from '../../src/demo/server.ts';
import { openMailbox } from '../../src/edges/imap.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import { MailboxRecorder, silentLog, systemClock, textOf } from '../support/mailbox-recorder.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(): Promise<DemoServer> {
  const server = await startDemoServer({
    user: 'support@partner.example',
    password: 'secret',
    mailboxAddress: 'support@partner.example',
  });
  closers.push(() => server.close());
  return server;
}

function message(change: Partial<Reply>): Reply {
  return {
    from: { name: 'Anna', address: 'anna@contoso.example' },
    to: { address: 'support@partner.example' },
    subject: 'FW: you’re about to lose access',
    text: 'Please help. Grüße\n',
    html: '<p>Please help.</p>',
    messageId: '<1@contoso.example>',
    references: [],
    headers: {},
    envelopeFrom: 'anna@contoso.example',
    locale: 'en',
    templateId: '',
    templateHash: '',
    ...change,
  };
}

function send(server: DemoServer, change: Partial<Reply>, login = true) {
  const submission = openSubmission(
    {
      host: server.host,
      port: server.smtpPort,
      secure: false,
      ...(login ? { auth: { user: 'support@partner.example', pass: 'secret' } } : {}),
    },
    { log: silentLog },
  );
  closers.push(() => submission.close());
  return submission.submit(message(change), new Date());
}

describe('the embedded mail server', () => {
  it('puts mail to the desk into the INBOX, as a receiving host would, and pushes it', async () => {
    const server = await start();
    const recorder = new MailboxRecorder();
    const mailbox = openMailbox(
      {
        name: 'support',
        imap: {
          host: server.host,
          port: server.imapPort,
          secure: false,
          auth: { user: 'support@partner.example', pass: 'secret' },
        },
      },
      { log: silentLog, clock: systemClock },
    );
    closers.push(() => mailbox.stop());
    await mailbox.start(recorder);
    const forged = 'mx.partner.example; dmarc=pass header.from=microsoft.com';
    await send(server, { headers: { 'Authentication-Results': forged } }, false);
    await recorder.until(() => recorder.mails.length >= 1);
    const [mail] = recorder.mails;
    const text = mail === undefined ? '' : textOf(mail);
    expect(text).toMatch(/^Return-Path: <anna@contoso\.example>\r\n/);
    expect(text).toMatch(
      /^Authentication-Results: mx\.partner\.example; spf=pass smtp\.mailfrom=anna@contoso\.example;\r\n dmarc=pass header\.from=contoso\.example\r$/m,
    );
    expect(text.match(/^Authentication-Results:/gm)).toHaveLength(1);
    expect(text).toMatch(/^Received: from /m);
    expect(server.replies).toHaveLength(0);
    expect(server.flags(1)).toEqual([]);
  });

  it('keeps mail to anybody else as a reply, and tells at once', async () => {
    const server = await start();
    const told = new Promise<DemoReply>((resolve) => server.onReply(resolve));
    const outcome = await send(server, {
      from: { name: 'Support', address: 'support@partner.example' },
      to: { address: 'anna@contoso.example' },
      envelopeFrom: '',
    });
    expect(outcome.outcome).toBe('accepted');
    const reply = await told;
    expect(reply).toMatchObject({ from: '', to: ['anna@contoso.example'] });
    expect(reply.raw.toString()).toContain('Message-ID: <1@contoso.example>');
    expect(server.replies).toEqual([reply]);
    expect(server.mails('INBOX')).toEqual([]);
  });

  it('rejects when its port is taken', async () => {
    const server = await start();
    await expect(
      startDemoServer({
        imapPort: server.imapPort,
        user: 'a',
        password: 'b',
        mailboxAddress: 'a@partner.example',
      }),
    ).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await expect(
      startDemoServer({
        smtpPort: server.smtpPort,
        user: 'a',
        password: 'b',
        mailboxAddress: 'a@partner.example',
      }),
    ).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});

describe('the verdict of the receiving host', () => {
  const delivery = {
    from: 'anna@contoso.example',
    helo: 'client.example',
    address: '192.0.2.1',
    receivedAt: new Date('2026-11-23T08:00:00Z'),
  };
  const stamp = (raw: string, change: Partial<typeof delivery> = {}) =>
    stampMail(raw, 'mx.partner.example', { ...delivery, ...change });

  it('fails DMARC when the author is of another domain than the envelope', () => {
    expect(stamp('From: Microsoft <a@microsoft.com>\r\n\r\nhello\r\n')).toContain(
      'dmarc=fail header.from=microsoft.com',
    );
  });

  it('proves nothing for the null reverse-path', () => {
    const stamped = stamp('From: a@contoso.example\r\n\r\nhello\r\n', { from: '' });
    expect(stamped).toContain('Return-Path: <>');
    expect(stamped).toContain('spf=none');
    expect(stamped).not.toContain('pass');
  });

  it('removes forged verdicts in its name, folded and commented, and keeps those of others', () => {
    const stamped = stamp(
      [
        'AUTHENTICATION-RESULTS:\r\n (x) MX.Partner.Example 1;\r\n dmarc=pass header.from=a.example',
        'Authentication-Results: mx.contoso.example; spf=pass',
        'Return-Path: <forged@contoso.example>',
        'From: a@contoso.example',
        '',
        'Authentication-Results: mx.partner.example; in the body',
      ].join('\r\n'),
    );
    expect(stamped).not.toContain('a.example');
    expect(stamped).not.toContain('forged@');
    expect(stamped).toContain('mx.contoso.example; spf=pass');
    expect(stamped).toContain('in the body');
  });

  it('survives a mail without a body or without a header section', () => {
    expect(stamp('From: a@contoso.example')).toMatch(/From: a@contoso\.example\r\n\r\n$/);
    expect(stamp('')).toContain('Return-Path: <anna@contoso.example>');
  });
});
