/**
 * A mailbox in the format of Dovecot's own, mdbox, filled by Dovecot's own tool.
 *
 * A Maildir has one file that lists its mails, and the server reads it anew for nearly every command: beside 200,000
 * mails there would be nothing else to measure.
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Dovecot } from '../support/dovecot.ts';
import { type BenchMailbox, openMaildir } from './maildir.ts';

const run = promisify(execFile);

/** `dovecot`: one that was started with `isMdbox`. */
export async function openMdbox(dovecot: Dovecot): Promise<BenchMailbox> {
  const doveadm = (command: string, ...args: readonly string[]) =>
    run('doveadm', ['-c', dovecot.config, command, '-u', dovecot.user, ...args]);
  let folders = 0;
  const emptyMaildir = async () => {
    folders += 1;
    const path = join(dirname(dovecot.maildir), `import-${folders}`);
    return { path, maildir: await openMaildir(path) };
  };
  const client = await dovecot.connect();
  return {
    async fill(count) {
      const { path, maildir } = await emptyMaildir();
      await maildir.fill(count);
      await doveadm('import', `maildir:${path}`, '', 'all');
    },
    async prepare(mails) {
      const { path, maildir } = await emptyMaildir();
      await (await maildir.prepare(mails))();
      await doveadm('import', `maildir:${path}`, 'Wave', 'all');
      return async () => {
        await doveadm('move', 'INBOX', 'mailbox', 'Wave/INBOX', 'all');
      };
    },
    async countAnswered() {
      const uids = await client.search({ answered: true }, { uid: true });
      return uids ? uids.length : 0;
    },
  };
}
