/**
 * Whatever stands in the record, the settings or the mail: a reply has the fields of the contract and no other, goes
 * to the one address that was decided, and breaks no line on the wire. A failure prints its seed; it can be given
 * back with FAST_CHECK_SEED.
 */
import { domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeReply } from '../../src/core/compose.ts';
import { isOwnScenario, scenarios } from '../../src/core/decision.ts';
import { TemplateError } from '../../src/core/template.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import type { Submission } from '../../src/ports.ts';
import { customerWith, inputFor, planFor } from '../core/compose-fixture.ts';
import { makeDkimKey, verifyDkim } from '../support/dkim.ts';
import { silent } from '../support/pipeline-desk.ts';
import { expectReplyForm } from '../support/reply-contract.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);

const key = makeDkimKey();
const dkim = { domain: 'partner.example', selector: 'desk', privateKey: key.pem };
let sink: SmtpSink;
let submission: Submission;
beforeAll(async () => {
  sink = await startSmtpSink();
  submission = openSubmission(
    { host: '127.0.0.1', port: sink.port, secure: false, timeoutSeconds: 20, dkim },
    { log: silent },
  );
});
afterAll(async () => {
  await submission.close();
  await sink.close();
});

const shards = fc.constantFrom(
  '\r\nBcc: eve@evil.example',
  '\nX-Evil: 1',
  '\rCc: eve@evil.example',
  '\r\n\r\nbody',
  '\r\n.\r\nRCPT TO:<eve@evil.example>\r\n',
  '\0',
  '\u2028Reply-To: eve@evil.example',
  '\u0085',
  '=?utf-8?q?=0D=0ABcc:_eve=40evil.example?=',
  '=?utf-8?b?QmNjOiBldmVAZXZpbC5leGFtcGxl?=',
  '=?',
  '?=',
  '"',
  '\\',
  ',',
  ';',
  ':',
  '<eve@evil.example>',
  'eve@evil.example, ',
  '＠evil.example',
  '\u202Eelpmaxe.live',
  '\u2066',
  '(comment',
  'group: a@b.example;',
  'Ünï çödé ',
  '山田',
  '👩🏽‍💻',
  '\uD800',
  'x'.repeat(10_000),
  'é'.repeat(5_000),
  ' ',
  'Anna',
);
const text = fc
  .array(fc.oneof(shards, fc.string({ unit: 'binary', maxLength: 20 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const id = fc.oneof(
  text.map((inside) => `<${inside}@x.example>`),
  fc.constantFrom('<a@x.example>', `<${'a'.repeat(240)}@x.example>`, '', '<>', '<a@b> <c@d>'),
);
const address = fc.oneof(
  { weight: 3, arbitrary: fc.constant('anna@contoso.example') },
  { weight: 1, arbitrary: text.map((inside) => `${inside}@contoso.example`) },
  { weight: 1, arbitrary: text.map((inside) => `anna@${inside}.example`) },
  { weight: 1, arbitrary: fc.constantFrom("o'neil+x@contoso.example", 'anna@müller.example') },
);
/** As the sink reads it: an internationalised domain in lower case, its A-labels decoded. */
function readBack(to: string): string {
  if (!/[^\x00-\x7f]/.test(to)) return to;
  const at = to.lastIndexOf('@');
  return `${to.slice(0, at)}@${domainToUnicode(to.slice(at + 1)).normalize('NFC')}`;
}

const locales = fc.constantFrom('en', 'de', 'fr', 'ja', 'x\r\ny');

test('no value adds a field, a recipient or a line', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...scenarios),
      locales,
      fc.record({
        to: address,
        toName: text,
        name: text,
        product: text,
        partner: text,
        from: text,
      }),
      fc.record({
        messageId: id,
        references: fc.array(id, { maxLength: 30 }),
        inReplyTo: fc.array(id, { maxLength: 2 }),
      }),
      async (scenario, locale, values, mail) => {
        const customer = customerWith(
          [{ product: values.product, licensesAssigned: 3, advisorEndsOn: '2026-12-01' }],
          { name: values.name },
        );
        const plan = {
          ...planFor(scenario, locale, customer),
          to: values.to,
          toName: values.toName,
        };
        const sender = { name: values.from, address: 'support@partner.example', envelopeFrom: '' };
        const partner = { name: values.partner, signature: values.partner };
        let reply: ReturnType<typeof composeReply>;
        try {
          reply = composeReply(inputFor(plan, { mail, sender, partner }));
        } catch (error) {
          // What cannot be composed is the desk's, and nothing is sent.
          if (error instanceof TemplateError) return;
          throw error;
        }
        const outcome = await submission.submit(reply, new Date('2026-11-23T08:30:00Z'));
        expect(outcome.outcome).toBe('accepted');
        sent += 1;
        const got = sink.mails.at(-1);
        if (got === undefined) throw new Error('nothing arrived');
        expectReplyForm(got, {
          to: readBack(values.to),
          signed: true,
          own: isOwnScenario(scenario),
          ...(isOwnScenario(scenario) ? { from: sender.address } : {}),
          inReplyTo: reply.inReplyTo !== undefined,
          references: reply.references.length > 0,
        });
        expect(verifyDkim(got.octets, key.p)).toBe('pass');
        const parsed = await simpleParser(got.octets);
        const recipients = Array.isArray(parsed.to) ? parsed.to : [parsed.to];
        expect(recipients.flatMap((one) => one?.value ?? [])).toHaveLength(1);
        expect(parsed.from?.value).toMatchObject([{ address: 'support@partner.example' }]);
        expect(`${recipients[0]?.value[0]?.name} ${parsed.subject}`).not.toMatch(/[\r\n\0]/);
        expect(recipients[0]?.value[0]?.name).not.toMatch(/[@＠\u202A-\u202E\u2066-\u2069]/);
      },
    ),
    { seed, numRuns: 400, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );

  expect(sent).toBeGreaterThan(50);
  expect(sink.mails).toHaveLength(sent);
}, 60_000);
