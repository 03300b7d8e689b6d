/**
 * What `doctor` says of each mailbox: by its last look, by the mails that wait, and by what was found missing.
 */
import { describe, expect, test } from 'vitest';
import { checkWatched } from '../../src/commands/doctor-watched.ts';
import type { MailboxSettings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';
import type { MailboxHealth } from '../../src/ports/health.ts';
import type { OpenedStore } from '../../src/store/open.ts';

const now = new Date('2026-11-23T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const mailbox = { name: 'support', imap: { pollSeconds: 60 } } as MailboxSettings;

async function findingOf(
  health: Omit<MailboxHealth, 'mailbox' | 'unhandled'> & { readonly unhandled?: number },
  isShared = true,
) {
  const store = { mailboxHealth: async () => [{ mailbox: 'support', unhandled: 0, ...health }] };
  const opened = Promise.resolve({ store } as unknown as OpenedStore);
  return checkWatched(mailbox, { opened, isShared, clock: { now: () => now } });
}

describe('a watched mailbox', () => {
  test('is well when it was looked at within a few polls', async () => {
    const reconciled = { reconciledAt: ago(3_600), reconciledMissing: 0 };
    expect(await findingOf({ lastLookAt: ago(65), ...reconciled })).toEqual({
      verdict: 'ok',
      detail:
        'last look 2026-11-23T11:58:55.000Z, 0 mails in work, compared 2026-11-23T11:00:00.000Z, 0 missing',
    });
  });

  test('that nobody looks at fails, where a service should be running', async () => {
    expect(await findingOf({ lastLookAt: ago(271) })).toMatchObject({
      verdict: 'fail',
      mends: [expect.stringContaining('Nobody watches it')],
    });
    expect(await findingOf({ lastLookAt: ago(269) })).toMatchObject({ verdict: 'ok' });
    // The embedded store is open here, so no service can be.
    expect(await findingOf({ lastLookAt: ago(271) }, false)).toMatchObject({
      verdict: 'warn',
      mends: [expect.stringContaining('not running')],
    });
  });

  test('that cannot be watched fails with the reason, however it is connected', async () => {
    const trouble = { trouble: 'The login is refused.', troubledSince: ago(600) };
    expect(await findingOf({ lastLookAt: ago(20), ...trouble })).toMatchObject({
      verdict: 'fail',
      mends: ['Cannot be watched since 2026-11-23T11:50:00.000Z: The login is refused.'],
    });
    expect(await findingOf(trouble)).toMatchObject({
      verdict: 'fail',
      detail: 'never looked at, 0 mails in work',
    });
  });

  test('warns of a mail that waits, and of one that had been missed', async () => {
    const looked = { lastLookAt: ago(20) };
    const waiting = { unhandled: 2, oldestUnhandledAt: ago(16 * 60) };
    expect(await findingOf({ ...looked, ...waiting })).toMatchObject({
      verdict: 'warn',
      mends: [expect.stringContaining('waits since 2026-11-23T11:44:00.000Z')],
    });
    const young = { unhandled: 2, oldestUnhandledAt: ago(14 * 60) };
    expect(await findingOf({ ...looked, ...young })).toMatchObject({ verdict: 'ok' });
    const missed = { reconciledAt: ago(60), reconciledMissing: 3 };
    expect(await findingOf({ ...looked, ...missed })).toMatchObject({
      verdict: 'warn',
      detail: expect.stringContaining('3 missing'),
    });
  });

  test('that was never watched is a warning', async () => {
    expect(await findingOf({})).toMatchObject({ verdict: 'warn', detail: 'never looked at' });
  });

  test('cannot be told while another process has the embedded store', async () => {
    const opened = Promise.reject(new ResponderError('STORE_IN_USE', 'It is open.'));
    opened.catch(() => undefined);
    expect(
      await checkWatched(mailbox, { opened, isShared: false, clock: { now: () => now } }),
    ).toMatchObject({ verdict: 'warn', detail: 'it stands in the store, which cannot be opened' });
  });
});
