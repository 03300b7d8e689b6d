/**
 * Customers told ahead of the notice, on the real pipeline over a real store: who is, who is not, and never twice.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { ResponderError } from '../../src/errors.ts';
import { type OutreachOptions, outreach } from '../../src/pipeline/outreach.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
let desk: PipelineDesk;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());
beforeEach(async () => {
  await emptyStore(opened.pool);
  desk = await openPipelineDesk(opened.store);
});

const hourMs = 3_600_000;

function changed(name: string, change: Partial<SubscriptionTransition>): Customer {
  const customer = readyCustomer(name);
  return {
    ...customer,
    subscriptions: customer.subscriptions.map((one) => ({ ...one, ...change })),
  };
}

function importNow(...customers: readonly Customer[]) {
  return opened.store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });
}

/** What became of each customer, as `id: kind, why`. */
async function run(options: Partial<OutreachOptions> = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  const all = { mailbox: 'support', send: true, isStopped: () => false, ...options };
  for await (const { customer, outcome } of outreach(desk.parts, all))
    lines.push(`${customer.id}: ${outcome.kind}${'why' in outcome ? `, ${outcome.why}` : ''}`);
  return lines;
}

const tables = ['mails', 'cases', 'replies', 'follow_ups', 'holds'];
async function rowCounts(): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const table of tables) {
    const { rows } = await opened.pool.query<{ count: number }>(
      `select count(*)::int as count from ${table}`,
    );
    counts.push(rows[0]?.count ?? -1);
  }
  return counts;
}

test('a dry run lists who would be told and why others are not, writes nothing and sends nothing', async () => {
  await importNow(
    readyCustomer('a-ready'),
    changed('b-waits', { cspStatus: 'ordered' }),
    changed('c-done', { advisorStatus: 'cancelled' }),
    { ...readyCustomer('d-nobody'), contacts: [] },
    changed('e-unknown', { cspStatus: undefined } as never),
    { ...readyCustomer('f-ours'), contacts: [{ address: 'Support@partner.example' }] },
    { ...readyCustomer('g-machine'), contacts: [{ address: 'no-reply@g-machine.example' }] },
    { ...readyCustomer('h-colleague'), contacts: [{ address: 'sam@partner.example' }] },
    changed('i-thin', {
      licensesAssigned: undefined,
      licensesTotal: 300,
      cspLicensesAssigned: 1,
    } as never),
  );
  expect(await run({ send: false })).toEqual([
    'a-ready: ready',
    'b-waits: left-out, nothing to tell ahead: wait-for-csp',
    'c-done: left-out, nothing to tell ahead: already-cancelled',
    'd-nobody: left-out, the record names no contact',
    expect.stringMatching(/^e-unknown: left-out, review-incomplete-record: /),
    'f-ours: left-out, no contact of the record is a person of theirs: Support@partner.example',
    'g-machine: left-out, no contact of the record is a person of theirs: no-reply@g-machine.example',
    'h-colleague: left-out, no contact of the record is a person of theirs: sam@partner.example',
    'i-thin: left-out, Office 365 Business Premium: the new subscription is not in use',
  ]);
  expect(await rowCounts()).toEqual([0, 0, 0, 0, 0]);
  expect(desk.sent).toEqual([]);
});

test('each is told once, however often it is run', async () => {
  await importNow(readyCustomer('a'), readyCustomer('b'));
  expect(await run()).toEqual(['a: sent', 'b: sent']);
  expect(await run()).toEqual(['a: told-before', 'b: told-before']);
  expect(await run({ send: false })).toEqual(['a: told-before', 'b: told-before']);
  expect(desk.sent.map(({ to, templateId }) => [to.address, templateId])).toEqual([
    ['ana@a.example', 'en/outreach'],
    ['ana@b.example', 'en/outreach'],
  ]);
  expect(desk.sent[0]).toMatchObject({
    headers: { 'Auto-Submitted': 'auto-generated' },
    envelopeFrom: 'support@partner.example',
    references: [],
  });
  expect(desk.sent[0]?.inReplyTo).toBeUndefined();
  expect(await opened.store.unfinishedJobs(['support'], 10)).toEqual([]);
});

test('nor again when the record changes: nobody asked for the first one', async () => {
  await importNow(readyCustomer('a'));
  await run();
  desk.now = new Date(noon.getTime() + 40 * 24 * hourMs);
  await importNow(changed('a', { licensesAssigned: 3, advisorEndsOn: '2027-03-01' }));
  expect(await run()).toEqual([expect.stringMatching(/^a: told-before/)]);
  expect(desk.sent).toHaveLength(1);
});

test('nor who was told by an answer to end the old one, whatever changed since', async () => {
  await importNow(readyCustomer('a'));
  const id = await desk.take(forwardOf('a'));
  await desk.run();
  await importNow(changed('a', { licensesAssigned: 3 }));
  expect(await run()).toEqual([`a: left-out, there is a case already: ${id}, reply-instructions`]);
  expect(desk.sent).toHaveLength(1);
});

test('two runs at the same moment tell each once', async () => {
  await importNow(...Array.from({ length: 15 }, (_, n) => readyCustomer(`c${n}`)));
  await Promise.all([run(), run()]);
  expect(new Set(desk.sent.map(({ to }) => to.address)).size).toBe(15);
  expect(desk.sent).toHaveLength(15);
  await desk.sweep();
  await desk.run();
  expect(desk.sent).toHaveLength(15);
});

describe('nobody is told', () => {
  test('who has the answer already', async () => {
    await importNow(readyCustomer('a'));
    const id = await desk.take(forwardOf('a'));
    await desk.run();
    expect(await run()).toEqual([`a: left-out, it has this answer already: case ${id}`]);
    expect(desk.sent).toHaveLength(1);
  });

  test('with whom the desk has something to do', async () => {
    await importNow(readyCustomer('a'));
    const raw = forwardOf('a').toString('utf8').replace('dmarc=pass', 'x=y');
    const id = await desk.take(Buffer.from(raw));
    await desk.run();
    expect(await run()).toEqual([
      `a: left-out, there is a case already: ${id}, review-unauthenticated-forwarder`,
    ]);
  });

  test('whose address gave mail back', async () => {
    await importNow(readyCustomer('a'));
    await opened.pool.query(
      `insert into holds (kind, name, at, detail) values ('address', 'ana@a.example', now(), 'it came back')`,
    );
    expect(await run()).toEqual(['a: later, review-undeliverable-address: it came back']);
  });

  test.each(['review', 'shadow'] as const)('in mode: %s', async (mode) => {
    await importNow(readyCustomer('a'));
    desk.mode = mode;
    expect(await run()).toEqual([`a: later, the settings say mode: ${mode}`]);
    expect(await rowCounts()).toEqual([0, 0, 0, 0, 0]);
  });

  test('whose new subscription went away between the decision and the sending', async () => {
    await importNow(readyCustomer('a'));
    const parts = desk.parts;
    const store = {
      ...parts.store,
      saveOwnCase: async (...args: Parameters<typeof parts.store.saveOwnCase>) => {
        const saved = await parts.store.saveOwnCase(...args);
        await importNow(changed('a', { cspStatus: 'suspended' }));
        return saved;
      },
    };
    const outcomes: string[] = [];
    const options = { mailbox: 'support', send: true, isStopped: () => false };
    for await (const { outcome } of outreach({ ...parts, store }, options))
      outcomes.push(outcome.kind);
    expect([outcomes, desk.sent]).toEqual([['later'], []]);
    expect(await opened.store.listWaiting(10)).toMatchObject([
      { reason: 'review-overtaken', scenario: 'outreach', reply: { state: 'withdrawn' } },
    ]);
  });
});

describe('the pace', () => {
  const six = ['a', 'b', 'c', 'd', 'e', 'f'];
  const kinds = (lines: readonly string[]) => lines.map((line) => line.split(/[:,] /)[1]);
  beforeEach(() => importNow(...six.map(readyCustomer)));

  test('counts what went out within the hour, so that a second run does not double it', async () => {
    desk.outreachPerHour = 2;
    expect(kinds(await run())).toEqual(['sent', 'sent', 'later', 'later', 'later', 'later']);
    desk.now = new Date(noon.getTime() + hourMs / 2);
    expect((await run()).slice(2)).toEqual(
      ['c', 'd', 'e', 'f'].map((id) => `${id}: later, outreach.perHour: 2 within the last hour`),
    );
    desk.now = new Date(noon.getTime() + hourMs + 1);
    expect(kinds(await run()).slice(2)).toEqual(['sent', 'sent', 'later', 'later']);
  });

  test('is kept by two runs at once', async () => {
    desk.outreachPerHour = 3;
    await Promise.all([run(), run()]);
    expect(desk.sent).toHaveLength(3);
  });

  test('leaves half of what a mailbox may send for answers, and trips no breaker', async () => {
    desk.perHour = 6;
    expect(kinds(await run())).toEqual(['sent', 'sent', 'sent', 'later', 'later', 'later']);
    expect(await opened.store.listHolds()).toEqual([]);
  });

  test('--limit ends it earlier, in a dry run too', async () => {
    expect(kinds(await run({ send: false, limit: 2 })).slice(0, 3)).toEqual([
      'ready',
      'ready',
      'later',
    ]);
    expect(kinds(await run({ limit: 1 }))).toEqual(['sent', ...six.slice(1).map(() => 'later')]);
  });

  test('stopping finishes the one in hand', async () => {
    expect(await run({ isStopped: () => desk.sent.length > 0 })).toEqual(['a: sent']);
    expect(await opened.store.unfinishedJobs(['support'], 10)).toEqual([]);
  });
});

test('a sending server that is away ends the run, and the mail goes out later, once', async () => {
  await importNow(readyCustomer('a'), readyCustomer('b'));
  const { submit } = desk;
  desk.submit = async () => {
    throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
  };
  const lines = await run();
  expect(lines[0]).toMatch(/^a: failed, nobody there \(case o\w+ waits\)$/);
  expect(lines[1]).toMatch(/^b: later, ended by: nobody there/);
  desk.submit = submit;
  // For an hour it is the command's own, so that no worker takes it out of its hands.
  expect(await desk.sweep()).toBe(0);
  desk.now = new Date(noon.getTime() + hourMs);
  expect(await desk.sweep()).toBe(1);
  await desk.run();
  expect(desk.sent.map(({ to }) => to.address)).toEqual(['ana@a.example']);
  expect((await run())[0]).toBe('a: told-before');
});

test('one address that the server refuses is the desk’s, and the others go on', async () => {
  await importNow(readyCustomer('a'), readyCustomer('b'));
  const { submit } = desk;
  desk.submit = async (reply) =>
    reply.to.address === 'ana@a.example'
      ? { outcome: 'refused', permanent: true, response: '550 no' }
      : submit(reply);
  const [first, second] = await run();
  expect(first).toMatch(/^a: failed, rejected: 550 no/);
  expect(second).toBe('b: sent');
});

test('whoever was told and then forwards the notice is answered, and an answer goes to the desk', async () => {
  await importNow(readyCustomer('a'));
  await run();
  const forward = await desk.take(forwardOf('a'));
  await desk.run();
  expect(await opened.store.findCase(forward)).toMatchObject({
    action: 'reply',
    reason: 'reply-instructions',
  });
  const answer = await desk.take(
    Buffer.from(
      [
        'Authentication-Results: mx.partner.example; dmarc=pass header.from=a.example',
        'From: ana@a.example',
        'To: support@partner.example',
        'Subject: Re: your mail',
        'Message-ID: <answer@a.example>',
        `In-Reply-To: ${desk.sent[0]?.messageId}`,
        '',
        'Thank you.',
      ].join('\r\n'),
    ),
  );
  await desk.run();
  expect(await opened.store.findCase(answer)).toMatchObject({
    reason: 'suppressed-answer-to-reply',
    relatedCaseId: expect.stringMatching(/^o/),
  });
});
