/**
 * The checks of `doctor` that log in: at the mailbox, and at the sending server. Nothing is sent, no mail is touched.
 */
import { openMailbox } from '../edges/imap.ts';
import {
  endingSoon,
  endSentence,
  type MailboxLogin,
  openMailboxLogin,
} from '../edges/mailbox-login.ts';
import type { LoginSettings, MailboxSettings } from '../edges/settings.ts';
import { openSubmission } from '../edges/submission.ts';
import type { Clock, Log } from '../ports.ts';
import type { Finding } from './doctor-checks.ts';

export async function checkImap(
  mailbox: MailboxSettings,
  dependencies: { readonly log: Log; readonly clock: Clock },
): Promise<Finding> {
  const { host, port, path } = mailbox.imap;
  const login = openMailboxLogin(mailbox, dependencies);
  try {
    const facts = await openMailbox({ name: mailbox.name, imap: login.imap }, dependencies).check();
    const where = `${facts.server} at ${host}:${port}, ${path} of ${mailbox.imap.auth.user}`;
    const logged = loginFinding(mailbox.imap.auth, login, dependencies.clock);
    const mends = [...logged.mends];
    if (!facts.canIdle) {
      mends.push(
        `The server has no IDLE: new mail is seen every ${mailbox.imap.pollSeconds} seconds (imap.pollSeconds).`,
      );
    }
    if (mailbox.mark.keyword !== undefined && !facts.canSetKeywords) {
      mends.push('The server keeps no keywords: take mark.keyword away, or mark with mark.move.');
    }
    if (Object.keys(mailbox.mark.move).length > 0 && !facts.canMove) {
      mends.push('The server has no MOVE: mails are copied and deleted instead.');
    }
    const detail = `${where}, ${logged.detail}, ${facts.exists} mails`;
    return mends.length === 0 ? { verdict: 'ok', detail } : { verdict: 'warn', detail, mends };
  } finally {
    login.close();
  }
}

export async function checkSmtp(
  mailbox: MailboxSettings,
  dependencies: { readonly log: Log; readonly clock: Clock },
): Promise<Finding> {
  const { host, port, auth } = mailbox.smtp;
  const login = openMailboxLogin(mailbox, dependencies);
  const submission = openSubmission(login.smtp, dependencies);
  try {
    await submission.check();
  } finally {
    await submission.close();
    login.close();
  }
  if (auth === undefined) return { verdict: 'ok', detail: `${host}:${port}, without a login` };
  const { detail: logged, mends } = loginFinding(auth, login, dependencies.clock);
  const detail = `${host}:${port} as ${auth.user}, ${logged}`;
  return mends.length === 0 ? { verdict: 'ok', detail } : { verdict: 'warn', detail, mends };
}

/** How a login was made, until when it holds, and what of it ends soon. */
function loginFinding(
  auth: LoginSettings,
  login: MailboxLogin,
  clock: Clock,
): { readonly detail: string; readonly mends: readonly string[] } {
  if ('pass' in auth) return { detail: 'by password', mends: [] };
  const now = clock.now();
  const ends = login.expiries().map((end) => endSentence(end, now));
  const soon = endingSoon(login.expiries(), now);
  return {
    detail: [`by OAuth at ${auth.oauth.provider}`, ...ends].join(', '),
    mends: soon.map((end) => `${capital(endSentence(end, now))}: put a new one in place.`),
  };
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
