/**
 * The check of `doctor` whether each mailbox is looked after: by when it was seen last, not by a connection.
 */
import type { MailboxSettings } from '../edges/settings.ts';
import type { MailboxHealth } from '../ports/health.ts';
import type { Clock } from '../ports.ts';
import type { OpenedStore } from '../store/open.ts';
import { type Finding, failed, isInUse } from './doctor-checks.ts';

/** So many polls may be missed before something is wrong with whoever should look. */
const missedPollsMax = 3;
/** Beside the polls: how far a note may be behind, and a reconnect. */
const lookSlackMs = 90_000;
/** A mail is decided within seconds; one that waits so long is stuck. */
const waitingMsMax = 15 * 60_000;

export interface WatchedContext {
  readonly opened: Promise<OpenedStore>;
  /** Whether several processes can have the store open: only then somebody may be watching just now. */
  readonly isShared: boolean;
  readonly clock: Clock;
}

/** Whether somebody looks at the mailbox, how long its mails wait, and whether any were found missing. */
export async function checkWatched(
  mailbox: MailboxSettings,
  { opened, isShared, clock }: WatchedContext,
): Promise<Finding> {
  try {
    const { store } = await opened;
    const [health] = await store.mailboxHealth([mailbox.name]);
    if (health?.lastLookAt === undefined && health?.trouble === undefined)
      return {
        verdict: 'warn',
        detail: 'never looked at',
        mends: ['Start the service: `run`. What came before its first start stays untouched.'],
      };
    return judgeHealth(health, { now: clock.now(), isShared, mailbox });
  } catch (error) {
    const verdict = isInUse(error) ? 'warn' : 'fail';
    return { ...failed(error), verdict, detail: 'it stands in the store, which cannot be opened' };
  }
}

function judgeHealth(
  health: MailboxHealth,
  {
    now,
    isShared,
    mailbox,
  }: { readonly now: Date; readonly isShared: boolean; readonly mailbox: MailboxSettings },
): Finding {
  const fails: string[] = [];
  const warns: string[] = [];
  const { lastLookAt, trouble, troubledSince, oldestUnhandledAt } = health;
  const ageMs = (at: Date): number => now.getTime() - at.getTime();
  const lateMs = mailbox.imap.pollSeconds * 1_000 * missedPollsMax + lookSlackMs;
  if (trouble !== undefined)
    fails.push(`Cannot be watched since ${troubledSince?.toISOString()}: ${trouble}`);
  else if (lastLookAt !== undefined && ageMs(lastLookAt) > lateMs) {
    // Only one process can have the embedded store open, and that is this one.
    if (isShared) fails.push('Nobody watches it: see whether a `run` with the role watch is up.');
    else warns.push('The service is not running: start it with `run`.');
  }
  if (oldestUnhandledAt !== undefined && ageMs(oldestUnhandledAt) > waitingMsMax)
    warns.push(`A mail waits since ${oldestUnhandledAt.toISOString()}: see what the log says.`);
  if (health.reconciledMissing !== undefined && health.reconciledMissing > 0)
    warns.push(
      'The last comparison found mails that had been missed, and took them in: see its line in the log.',
    );
  const verdict = fails.length > 0 ? 'fail' : warns.length > 0 ? 'warn' : 'ok';
  const mends = [...fails, ...warns];
  return { verdict, detail: healthDetail(health), ...(mends.length === 0 ? {} : { mends }) };
}

function healthDetail(health: MailboxHealth): string {
  const { lastLookAt, unhandled, reconciledAt, reconciledMissing = 0 } = health;
  return [
    lastLookAt === undefined ? 'never looked at' : `last look ${lastLookAt.toISOString()}`,
    `${unhandled} mails in work`,
    ...(reconciledAt === undefined
      ? []
      : [`compared ${reconciledAt.toISOString()}, ${reconciledMissing} missing`]),
  ].join(', ');
}
