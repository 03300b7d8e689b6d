/**
 * `explain` over a store with cases in it: by id and by Message-ID, the waiting ones, and what is not there.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision, Reply } from '../../src/core/decision.ts';
import { reasonSentence } from '../../src/core/reasons.ts';
import type { CaseRecord, Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { anyNumber } from '../conformance/samples.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';

const place = makeCommandPlace();
place.write('responder.yaml', minimalSettings);
afterAll(() => place.remove());

function explain(...args: readonly string[]) {
  return runCommandLine(['explain', ...args, '--config', 'responder.yaml'], {
    cwd: place.folder,
  });
}

const at = new Date('2026-11-20T09:30:00Z');

const common = {
  authentication: { result: 'pass', by: 'authentication-results', dkimAligned: true },
  sender: 'anna.hoff@contoso.example',
  evidence: [
    { stage: 'screen', code: 'human', detail: 'nothing says that a machine wrote the mail' },
    { stage: 'match', code: 'unique', detail: 'contoso by contact' },
  ],
} as const;

const reply: Reply = {
  from: { name: 'Fabrikam Support', address: 'support@partner.example' },
  to: { address: 'anna.hoff@contoso.example' },
  subject: 'Please cancel the old subscription',
  text: 'Hello,\n\nyou will not lose your work.\n',
  html: '<p>Hello</p>',
  messageId: '<tr.sent.signed@partner.example>',
  references: [],
  headers: { 'Auto-Submitted': 'auto-replied' },
  envelopeFrom: '',
  locale: 'en',
  templateId: 'en/cancel-portal',
  templateHash: '0123456789abcdef',
};

const plan = {
  to: reply.to.address,
  scenario: 'cancel-portal',
  locale: 'en',
  lines: [],
  replyKey: 'contoso|cancel-portal|1',
} as const;

const answered: Decision = {
  ...common,
  action: 'reply',
  reason: 'reply-instructions',
  scenario: 'cancel-portal',
  plan,
};

const waiting: Decision = {
  ...common,
  action: 'review',
  reason: 'review-ambiguous-customer',
  sender: 'anna\u001b[2J@contoso.example',
};

const records: readonly Omit<CaseRecord, 'mailbox' | 'decidedAt'>[] = [
  {
    caseId: 'c-answered',
    messageId: '<answered@contoso.example>',
    subject: 'Fwd: You’re about to lose access',
    decision: answered,
    reply: { replyKey: plan.replyKey, content: reply, allowance: anyNumber },
  },
  {
    caseId: 'c-waiting',
    messageId: '<waiting\u001b[2J@contoso.example>',
    subject: 'Fwd: notice',
    decision: waiting,
    proposal: reply,
  },
  {
    caseId: 'c-ignored',
    messageId: '<ignored@contoso.example>',
    subject: 'A question',
    decision: { ...common, action: 'ignore', reason: 'ignored-not-a-notice' },
  },
];

async function fill(store: Store): Promise<void> {
  const mails = records.map(({ caseId, messageId }, index) => ({
    caseId,
    ...(messageId === undefined ? {} : { messageId }),
    location: { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid: index + 1 },
    internalDate: at,
    sizeBytes: 4,
    raw: Buffer.from('mail'),
    complete: true,
    answered: false,
  }));
  await store.accept('support', mails, { uidValidity: '1', nextUid: 9, watchingSince: at });
  for (const record of records) {
    const saved = await store.saveDecision({ ...record, mailbox: 'support', decidedAt: at });
    expect(saved).toBe('saved');
  }
  await store.claimReply('c-answered', at);
  await store.settleReply('c-answered', { state: 'sent', at, response: '250 2.0.0 queued as 7' });
}

describe('an empty store', () => {
  test('has nothing that waits', async () => {
    expect(await explain('--waiting')).toEqual({
      code: 0,
      stdout: 'Nothing waits for the desk.\n',
      stderr: '',
    });
  });

  test('says that there is no such case, and where to look', async () => {
    const { code, stdout, stderr } = await explain('<nobody@contoso.example>');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'No case “<nobody@contoso.example>”: no such mail was taken in.\n`explain --waiting` lists the cases that wait for the desk. [CASE_NOT_FOUND]\n',
    );
  });
});

describe('cases', () => {
  beforeAll(async () => {
    const { store } = await openStore({ dataDir: join(place.folder, 'data') });
    await fill(store);
    await store.close();
  });

  test.each(['c-answered', '<answered@contoso.example>', 'answered@contoso.example'])(
    '%s: line by line, to the reply that went out',
    async (id) => {
      const { code, stdout, stderr } = await explain(id);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^case {8}c-answered$/m);
      expect(stdout).toMatch(/^mail {8}<answered@contoso\.example>$/m);
      expect(stdout).toMatch(/^outcome {5}reply \(reply-instructions\)$/m);
      expect(stdout).toContain(reasonSentence('reply-instructions'));
      expect(stdout).toMatch(/^ {2}match {9}unique: contoso by contact$/m);
      expect(stdout).toMatch(/^reply {7}sent, 1 attempt\(s\), 2026-11-20T09:30:00\.000Z$/m);
      expect(stdout).toContain('250 2.0.0 queued as 7');
      expect(stdout).toContain('  you will not lose your work.');
    },
  );

  test('a waiting case shows the reply that was not sent', async () => {
    const { code, stdout } = await explain('c-waiting');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^outcome {5}review \(review-ambiguous-customer\)$/m);
    expect(stdout).toMatch(/^proposed reply, not sent\n {2}To: anna\.hoff@contoso\.example$/m);
  });

  test('what a mail says cannot command the terminal', async () => {
    for (const args of [['c-waiting'], ['--waiting']]) {
      const { stdout } = await explain(...args);
      expect(stdout).toContain('anna [2J@contoso.example');
      expect(stdout).not.toContain('\u001b');
    }
  });

  test('a mail that is none of our business is known, without its content', async () => {
    const { code, stdout } = await explain('<ignored@contoso.example>');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^outcome {5}ignore \(ignored-not-a-notice\)$/m);
    expect(stdout).not.toContain('A question');
  });

  test('--waiting lists the waiting ones only', async () => {
    const { code, stdout } = await explain('--waiting');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^c-waiting {2}.*Fwd: notice\n {4}review-ambiguous-customer: /);
    expect(stdout).not.toContain('c-answered');
    expect(stdout).not.toContain('c-ignored');
  });
});

describe('wrong usage', () => {
  test.each([
    ['neither a case nor --waiting', []],
    ['both', ['c-answered', '--waiting']],
  ])('%s ends with 2', async (_, args) => {
    const { code, stdout, stderr } = await explain(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\[USAGE\]\n$/);
  });
});

test('a database that is not there is told by host and port, without its password', async () => {
  const { code, stdout, stderr } = await runCommandLine(
    ['explain', '--waiting', '--config', 'responder.yaml'],
    {
      cwd: place.folder,
      env: { DATABASE_URL: 'postgres://responder:hunter2@127.0.0.1:1/responder' },
    },
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^PostgreSQL at 127\.0\.0\.1:1 cannot be reached/);
  expect(stderr).toContain('Check DATABASE_URL');
  expect(stderr).not.toContain('hunter2');
});

describe('a reply that led to nothing', () => {
  const settle = async (state: 'told' | 'done') => {
    const { store } = await openStore({ dataDir: join(place.folder, 'data') });
    const detail = 'not done: cancel-portal (Office\u001b[2J 365)';
    await store.addFollowUp({
      caseId: 'c-answered',
      mailbox: 'support',
      customerId: 'contoso',
      dueAt: new Date('2026-11-27T09:30:00Z'),
    });
    await store.settleFollowUp('c-answered', {
      state,
      at: new Date('2026-11-27T10:00:00Z'),
      detail,
    });
    await store.close();
  };

  test('is listed for the desk with what is missing, and explained', async () => {
    await settle('told');
    const { stdout } = await explain('--waiting');
    expect(stdout).toMatch(
      /^c-answered {2}.*\n {4}overdue since 2026-11-27T09:30:00.000Z: not done/m,
    );
    expect(stdout).not.toContain('reply-instructions');
    const { stdout: explained } = await explain('c-answered');
    expect(explained).toMatch(/^follow-up {3}told, 2026-11-27T10:00:00.000Z\n {12}not done: /m);
    for (const text of [stdout, explained]) expect(text).not.toContain('\u001b');
  });

  test('leaves the list once it is done', async () => {
    await settle('done');
    const { stdout } = await explain('--waiting');
    expect(stdout).not.toContain('c-answered');
    expect((await explain('c-answered')).stdout).toContain('follow-up   done, ');
  });
});
