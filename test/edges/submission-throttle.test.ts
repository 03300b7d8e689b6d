/**
 * Which answers of a sending server ask for less, and which speak of one message alone.
 */
import { afterEach, expect, test } from 'vitest';
import { openSubmission } from '../../src/edges/submission.ts';
import { asksToSlowDown } from '../../src/edges/submission-throttle.ts';
import type { Submission } from '../../src/ports.ts';
import { silent } from '../support/pipeline-desk.ts';
import { plainReply } from '../support/plain-reply.ts';
import { type ScriptedSmtp, type SmtpStep, startScriptedSmtp } from '../support/smtp-sink.ts';

test.each([
  ['Exchange Online', 432, '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded'],
  [
    'Exchange Online',
    432,
    '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/',
  ],
  ['Exchange', 451, '451 4.7.500 Server busy. Please try again later from [192.0.2.1].'],
  ['Outlook.com', 451, '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited'],
  ['Gmail', 421, '421 4.7.0 Try again later, closing connection.'],
  ['Gmail', 421, '421 4.7.28 Our system has detected an unusual rate of mail'],
  ['Gmail', 454, '454 4.7.0 Too many login attempts, please try again later.'],
  ['Amazon SES', 454, '454 Throttling failure: Maximum sending rate exceeded.'],
  ['Postfix', 450, '450 4.7.1 Error: too much mail from 192.0.2.1'],
  ['Sendmail', 421, '421 4.3.2 Connection rate limit exceeded.'],
  ['any', 421, '421 Service not available'],
  ['any', 452, '452 4.4.5 Mail system congestion'],
])('%s asks to slow down: %i', (_server, code, response) => {
  expect(asksToSlowDown(code, response)).toBe(true);
});

test.each([
  ['the mailbox of the recipient is full', 452, '452 4.2.2 Over quota'],
  ['this recipient gets too much', 450, '450 4.2.1 The user is receiving mail at a rate that …'],
  ['greylisting', 451, '451 4.7.1 Greylisting in action, please come back in 300 seconds'],
  ['too many recipients', 452, '452 4.5.3 Too many recipients'],
  ['no such user', 550, '550 5.1.1 User unknown'],
  ['blocked for good', 550, '550 5.7.1 Too many messages from this sender'],
  ['a local error', 451, '451 4.3.0 Error: queue file write error'],
])('is no request to slow down: %s', (_what, code, response) => {
  expect(asksToSlowDown(code, response)).toBe(false);
});

let server: ScriptedSmtp | undefined;
let submission: Submission | undefined;
afterEach(async () => {
  await submission?.close();
  await server?.close();
});

async function submitTo(step: SmtpStep, answer: string) {
  server = await startScriptedSmtp({ step, deed: { answer } });
  const settings = { host: '127.0.0.1', port: server.port, secure: false, timeoutSeconds: 5 };
  submission = openSubmission(
    step === 'AUTH' ? { ...settings, auth: { user: 'user', pass: 'secret' } } : settings,
    { log: silent },
  );
  return submission.submit(plainReply(), new Date());
}

const busy = '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded';

test.each(['MAIL', 'RCPT', 'DATA', 'dot'] as const)(
  'told so at %s, nothing was sent',
  async (at) => {
    const outcome = await submitTo(at, busy);
    expect(outcome).toMatchObject({ outcome: 'refused', permanent: false, isThrottled: true });
  },
);

test.each(['greeting', 'AUTH'] as const)('told so at %s, it is an error of its own', async (at) => {
  const answer = at === 'greeting' ? '421 4.3.2 Too many connections' : '454 4.7.0 Too many logins';
  await expect(submitTo(at, answer)).rejects.toMatchObject({ code: 'SMTP_THROTTLED' });
});

test('a refusal of one recipient is none', async () => {
  const outcome = await submitTo('RCPT', '450 4.2.1 receiving mail too fast');
  expect(outcome).not.toHaveProperty('isThrottled');
});
