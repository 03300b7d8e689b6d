import { AssertionError } from 'node:assert/strict';
import { createServer } from 'node:net';
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/core/decision.ts';
import { openSubmission, type SubmissionSettings } from '../../src/edges/submission.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Log, Submission } from '../../src/ports.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import {
  type Deed,
  type SmtpStep,
  startScriptedSmtp,
  startSmtpSink,
} from '../support/smtp-sink.ts';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const reply: Reply = {
  from: { name: 'Fabrikam Support, “desk”', address: 'support@partner.example' },
  to: { name: 'Anna Müller', address: 'anna@contoso.example' },
  subject: 'Your move to Fabrikam: what to do now – nächste Schritte',
  text: 'Hello Anna,\n\n.a line that begins with a dot\n\nGrüße\n',
  html: '<p>Hello Anna,</p><p>Grüße</p>',
  messageId: '<case-1.abcdef@partner.example>',
  inReplyTo: '<forward-1@contoso.example>',
  references: ['<root@contoso.example>', '<forward-1@contoso.example>'],
  headers: {
    'Auto-Submitted': 'auto-replied',
    'X-Auto-Response-Suppress': 'All',
    Precedence: 'auto_reply',
  },
  envelopeFrom: '',
  locale: 'en',
  templateId: 'en/cancel-portal',
  templateHash: '00',
};
const date = new Date('2026-11-23T08:30:00Z');

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

function open(port: number, settings: Partial<SubmissionSettings> = {}): Submission {
  const submission = openSubmission(
    {
      host: '127.0.0.1',
      port,
      secure: false,
      timeoutSeconds: 0.4,
      answerSeconds: 0.4,
      ...settings,
    },
    { log: silent },
  );
  closers.push(() => submission.close());
  return submission;
}

/** The outcome, or the code of the ResponderError, as one word. */
async function outcomeOf(submission: Submission): Promise<string> {
  try {
    const outcome = await submission.submit(reply, date);
    return outcome.outcome === 'refused'
      ? `refused ${outcome.permanent ? 'for good' : 'for now'}`
      : outcome.outcome;
  } catch (error) {
    return error instanceof ResponderError ? error.code : String(error);
  }
}

describe('what goes over the wire', () => {
  it('carries the header fields, the null reverse-path and one recipient', async () => {
    const sink = await startSmtpSink();
    closers.push(() => sink.close());
    const outcome = await open(sink.port).submit(reply, date);

    expect(outcome).toEqual({ outcome: 'accepted', response: '250 queued as 1' });
    expect(sink.mails).toHaveLength(1);
    const mail = sink.mails[0];
    expect(mail?.from).toBe('');
    expect(mail?.to).toEqual(['anna@contoso.example']);
    const head = (mail?.raw ?? '').split('\r\n\r\n')[0] ?? '';
    expect(head).toMatch(/^Auto-Submitted: auto-replied$/m);
    expect(head).toMatch(/^X-Auto-Response-Suppress: All$/m);
    expect(head).toMatch(/^Precedence: auto_reply$/m);
    expect(head).toMatch(/^Message-ID: <case-1\.abcdef@partner\.example>$/m);
    expect(head).toMatch(/^In-Reply-To: <forward-1@contoso\.example>$/m);
    expect(head).toMatch(/^References: <root@contoso\.example> <forward-1@contoso\.example>$/m);
    expect(head).toMatch(/^Date: Mon, 23 Nov 2026 08:30:00 \+0000$/m);
    expect(head).toMatch(/^MIME-Version: 1\.0$/m);
    expect(head).not.toMatch(/^X-Mailer/im);
    expect(head.match(/^(From|To|Subject|Date|Message-ID):/gim)).toHaveLength(5);
  });

  it('has text and HTML as alternatives, in that order, undamaged', async () => {
    const sink = await startSmtpSink();
    closers.push(() => sink.close());
    await open(sink.port).submit(reply, date);
    const raw = sink.mails[0]?.raw ?? '';
    const parsed = await simpleParser(raw);
    expect(raw).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    expect(parsed.text).toBe(reply.text);
    expect(parsed.html).toBe(reply.html);
    expect(parsed.subject).toBe(reply.subject);
    expect(parsed.from?.value).toEqual([reply.from]);
    expect(parsed.from?.value[0]?.name).toBe(reply.from.name);
  });

  it('gives the same bytes for the same reply and date', async () => {
    const sink = await startSmtpSink();
    closers.push(() => sink.close());
    const submission = open(sink.port);
    await submission.submit(reply, date);
    await submission.submit(reply, date);
    expect(sink.mails[1]?.raw).toBe(sink.mails[0]?.raw);
  });

  it('sends from the given reverse-path, and an internationalised domain as A-labels', async () => {
    const server = await startScriptedSmtp({});
    closers.push(() => server.close());
    await open(server.port).submit(
      {
        ...reply,
        envelopeFrom: 'bounces@partner.example',
        to: { address: 'anna@müller.example' },
      },
      date,
    );
    expect(server.lines).toContain('MAIL FROM:<bounces@partner.example>');
    expect(server.lines).toContain('RCPT TO:<anna@xn--mller-kva.example>');
  });

  it('logs in, and uses one connection for messages one after another', async () => {
    const sink = await startSmtpSink({ authOptional: false });
    closers.push(() => sink.close());
    const submission = open(sink.port, { auth: { user: 'user', pass: 'secret' } });
    await submission.submit(reply, date);
    await submission.submit(reply, date);
    await submission.submit(reply, date);
    expect(sink.mails).toHaveLength(3);
    expect(sink.connections()).toBe(1);
  });

  it('uses no more than two connections for a burst', async () => {
    const sink = await startSmtpSink();
    closers.push(() => sink.close());
    const submission = open(sink.port, { timeoutSeconds: 5, answerSeconds: 5 });
    await Promise.all(Array.from({ length: 20 }, () => submission.submit(reply, date)));
    expect(sink.mails).toHaveLength(20);
    expect(sink.connections()).toBeLessThanOrEqual(2);
  });
});

describe('header injection', () => {
  const hostile: readonly (readonly [string, Partial<Reply>])[] = [
    ['subject', { subject: 'Hello\r\nBcc: everyone@contoso.example' }],
    ['a header value', { headers: { 'X-Case': '1\nBcc: everyone@contoso.example' } }],
    ['a header name', { headers: { 'X-Case: 1\r\nBcc': 'everyone@contoso.example' } }],
    ['a header field that is not free', { headers: { bcc: 'everyone@contoso.example' } }],
    ['the recipient', { to: { address: 'anna@contoso.example>\r\nRCPT TO:<b@contoso.example' } }],
    ['two recipients in one', { to: { address: 'a@contoso.example,b@contoso.example' } }],
    ['the recipient’s name', { to: { name: 'Anna\r\nX: y', address: 'anna@contoso.example' } }],
    ['the sender’s name', { from: { name: 'Desk\nX: y', address: 'support@partner.example' } }],
    ['the reverse-path', { envelopeFrom: 'a@partner.example>\r\nRSET' }],
    ['In-Reply-To', { inReplyTo: '<a@contoso.example>\r\nX: y' }],
    ['References', { references: ['<a@contoso.example>\n\nbody'] }],
    ['Message-ID', { messageId: '<a@partner.example>\r\nX: y' }],
  ];
  for (const [place, change] of hostile) {
    it(`refuses a line break in ${place}, and sends nothing`, async () => {
      const sink = await startSmtpSink();
      closers.push(() => sink.close());
      await expect(open(sink.port).submit({ ...reply, ...change }, date)).rejects.toBeInstanceOf(
        AssertionError,
      );
      expect(sink.connections()).toBe(0);
    });
  }
});

describe('what became of the message', () => {
  const table: readonly (readonly [SmtpStep, Deed, string])[] = [
    ['greeting', 'halt', 'SMTP_UNREACHABLE'],
    ['greeting', 'drop', 'SMTP_UNREACHABLE'],
    ['greeting', 'reset', 'SMTP_UNREACHABLE'],
    ['greeting', { answer: '421 4.3.2 come back later' }, 'SMTP_THROTTLED'],
    ['greeting', { answer: '554 5.7.1 not from here' }, 'SMTP_FAILED'],
    ['EHLO', 'halt', 'SMTP_UNREACHABLE'],
    ['EHLO', 'drop', 'SMTP_UNREACHABLE'],
    ['EHLO', { answer: '421 4.3.2 closing' }, 'SMTP_THROTTLED'],
    ['AUTH', 'halt', 'SMTP_FAILED'],
    ['AUTH', 'drop', 'SMTP_FAILED'],
    ['AUTH', { answer: '454 4.7.0 temporary authentication failure' }, 'SMTP_FAILED'],
    ['AUTH', { answer: '535 5.7.8 credentials invalid' }, 'SMTP_LOGIN_REFUSED'],
    ['MAIL', 'halt', 'SMTP_FAILED'],
    ['MAIL', 'drop', 'SMTP_FAILED'],
    ['MAIL', 'reset', 'SMTP_FAILED'],
    ['MAIL', { answer: '451 4.3.0 try again' }, 'refused for now'],
    ['MAIL', { answer: '550 5.1.7 bad sender' }, 'refused for good'],
    ['MAIL', { answer: '530 5.7.0 authentication required' }, 'SMTP_LOGIN_REFUSED'],
    ['MAIL', { answerAndDrop: '421 4.3.2 closing\r\n' }, 'refused for now'],
    ['RCPT', 'halt', 'SMTP_FAILED'],
    ['RCPT', 'drop', 'SMTP_FAILED'],
    ['RCPT', { answer: '450 4.2.1 greylisted' }, 'refused for now'],
    ['RCPT', { answer: '550 5.1.1 no such user' }, 'refused for good'],
    ['RCPT', { answerAndDrop: '421 4.3.2 closing\r\n' }, 'refused for now'],
    ['DATA', 'halt', 'SMTP_FAILED'],
    ['DATA', 'drop', 'SMTP_FAILED'],
    ['DATA', 'reset', 'SMTP_FAILED'],
    ['DATA', { answer: '451 4.3.0 no space' }, 'refused for now'],
    ['DATA', { answer: '554 5.5.1 no valid recipients' }, 'refused for good'],
    ['message', 'halt', 'unconfirmed'],
    ['message', 'drop', 'unconfirmed'],
    ['message', 'reset', 'unconfirmed'],
    ['dot', 'halt', 'unconfirmed'],
    ['dot', 'drop', 'unconfirmed'],
    ['dot', 'reset', 'unconfirmed'],
    ['dot', { answerAndDrop: '250 2.0.0 que' }, 'unconfirmed'],
    ['dot', { answerAndDrop: '550 5.7.1 sp' }, 'unconfirmed'],
    ['dot', { answer: 'hello?' }, 'unconfirmed'],
    ['dot', { answer: '354 go on' }, 'unconfirmed'],
    ['dot', { answer: '451 4.7.1 try again later' }, 'refused for now'],
    ['dot', { answerAndDrop: '421 4.3.2 closing\r\n' }, 'refused for now'],
    ['dot', { answer: '550 5.7.1 refused as spam' }, 'refused for good'],
    ['dot', { answer: '250 2.0.0 queued' }, 'accepted'],
    ['dot', { answerAndDrop: '250 2.0.0 queued\r\n' }, 'accepted'],
  ];
  for (const pipelining of [false, true]) {
    for (const [step, deed, expected] of table) {
      const what = typeof deed === 'string' ? deed : JSON.stringify(deed);
      it(`${pipelining ? 'pipelined: ' : ''}${step} ${what}: ${expected}`, async () => {
        const server = await startScriptedSmtp({ step, deed, pipelining });
        closers.push(() => server.close());
        const submission = open(server.port, { auth: { user: 'user', pass: 'secret' } });
        expect(await outcomeOf(submission)).toBe(expected);
        await submission.close();
        // Nothing was tried a second time, on this connection or another.
        expect(server.connections()).toBe(1);
        expect(server.messages()).toBeLessThanOrEqual(1);
        if (expected !== 'accepted' && step !== 'message' && step !== 'dot') {
          expect(server.messages()).toBe(0);
        }
      });
    }
  }

  it('opens a new connection when the idle one was closed, and sends once', async () => {
    const server = await startScriptedSmtp({
      step: 'dot',
      deed: { answerAndDrop: '250 2.0.0 queued\r\n' },
      once: true,
    });
    closers.push(() => server.close());
    const submission = open(server.port);
    expect(await outcomeOf(submission)).toBe('accepted');
    expect(await outcomeOf(submission)).toBe('accepted');
    expect(server.connections()).toBe(2);
    expect(server.messages()).toBe(2);
  });

  it('says that an unreachable server is unreachable, by host and port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const failure = await open(port)
      .submit(reply, date)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResponderError);
    expect(failure).toMatchObject({ code: 'SMTP_UNREACHABLE', retry: 'later' });
    expect(String(failure)).toContain(`127.0.0.1:${port} cannot be reached: nothing listens there`);
  });

  it('says that a host name is unknown', async () => {
    const failure = await open(25, { host: 'smtp.partner.invalid', timeoutSeconds: 5 })
      .check()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SMTP_UNREACHABLE' });
  });

  it('does not send a password over a network without TLS', async () => {
    const server = await startScriptedSmtp({});
    closers.push(() => server.close());
    // 0.0.0.0 is this machine, but not by a loopback name.
    const submission = open(server.port, {
      host: '0.0.0.0',
      auth: { user: 'user', pass: 'secret' },
    });
    expect(await outcomeOf(submission)).toBe('SMTP_UNREACHABLE');
    expect(server.lines.some((line) => line.startsWith('AUTH'))).toBe(false);
  });

  it('tells a TLS mistake from an unreachable server', async () => {
    const server = await startScriptedSmtp({});
    closers.push(() => server.close());
    const failure = await open(server.port, { secure: true })
      .check()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SMTP_UNREACHABLE' });
    expect(String(failure)).toContain('does not speak TLS');
  });
});

const noTls = whyNoCertificate();

describe.skipIf(noTls !== undefined)(`TLS${noTls ? ` (skipped: ${noTls})` : ''}`, () => {
  it('verifies the certificate, by the authority that is named', async () => {
    const certificate = makeCertificate();
    const sink = await startSmtpSink({ secure: true, ...certificate });
    closers.push(() => sink.close());
    expect(await outcomeOf(open(sink.port, { secure: true }))).toBe('SMTP_UNREACHABLE');
    const tls = { ca: certificate.cert };
    expect(await outcomeOf(open(sink.port, { secure: true, tls }))).toBe('accepted');
  });

  it('upgrades by STARTTLS before the password', async () => {
    const sink = await startSmtpSink({ disabledCommands: [], ...makeCertificate() });
    closers.push(() => sink.close());
    // 0.0.0.0 is this machine, but not by a name of the certificate.
    const named = { host: '0.0.0.0', auth: { user: 'user', pass: 'secret' } };
    expect(await outcomeOf(open(sink.port, named))).toBe('SMTP_UNREACHABLE');
    const lax = { ...named, tls: { rejectUnauthorized: false } };
    expect(await outcomeOf(open(sink.port, lax))).toBe('accepted');
  });
});

describe('check', () => {
  it('logs in and sends nothing', async () => {
    const server = await startScriptedSmtp({});
    closers.push(() => server.close());
    await open(server.port, { auth: { user: 'user', pass: 'secret' } }).check();
    expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'AUTH', 'QUIT']);
  });

  it('names the user whose login is refused, and never the password', async () => {
    const sink = await startSmtpSink();
    closers.push(() => sink.close());
    const failure = await open(sink.port, { auth: { user: 'user', pass: 'wrong-password' } })
      .check()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SMTP_LOGIN_REFUSED' });
    expect(String(failure)).toContain('refuses user');
    expect(String(failure)).not.toContain('wrong-password');
  });
});

describe('close', () => {
  it('waits for the message in hand and refuses new ones', async () => {
    let release: (() => void) | undefined;
    const arrived = new Promise<void>((resolve) => {
      release = resolve;
    });
    let finish: (() => void) | undefined;
    const sink = await startSmtpSink({
      onData(stream, _session, callback) {
        stream.resume();
        stream.on('end', () => {
          finish = () => callback(null, 'queued');
          release?.();
        });
      },
    });
    closers.push(() => sink.close());
    const submission = open(sink.port, { timeoutSeconds: 5, answerSeconds: 5 });
    const sending = submission.submit(reply, date);
    await arrived;
    const closing = submission.close();
    await expect(submission.submit(reply, date)).rejects.toMatchObject({ code: 'SMTP_FAILED' });
    finish?.();
    expect((await sending).outcome).toBe('accepted');
    await closing;
  });
});
