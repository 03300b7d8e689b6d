/**
 * The mailbox over IMAP: checked, watched and marked.
 *
 * It never sets \Seen, never touches a mail it was not told to mark, and never says a mail was
 * taken in before that is durable. What lay there before the first start stays untouched.
 */
import assert from 'node:assert/strict';
import { ResponderError } from '../errors.ts';
import type { Mailbox, MailboxFacts } from '../ports.ts';
import { createClient, leave, type MailboxSettings, openFolder } from './imap-connection.ts';
import { MailboxWatch, type WatchDependencies } from './imap-watch.ts';
import { serverText } from './mail-connection.ts';

export type { ImapSettings, MailboxSettings } from './imap-connection.ts';
export type { WatchTiming } from './imap-watch.ts';

/** Opens the mailbox. Nothing connects before `check` or `start`. */
export function openMailbox(settings: MailboxSettings, dependencies: WatchDependencies): Mailbox {
  let watch: MailboxWatch | undefined;
  return {
    name: settings.name,
    check: () => check(settings),
    async start(handler) {
      assert.ok(watch === undefined, `mailbox ${settings.name} is watched already`);
      const starting = new MailboxWatch(settings, handler, dependencies);
      watch = starting;
      try {
        await starting.start();
      } catch (error) {
        watch = undefined;
        throw error;
      }
    },
    async mark(location, mark) {
      if (watch === undefined) {
        throw new ResponderError('IMAP_FAILED', `Mailbox ${settings.name} is not being watched.`);
      }
      return watch.mark(location, mark);
    },
    async stop() {
      const stopping = watch;
      watch = undefined;
      await stopping?.stop();
    },
  };
}

async function check(settings: MailboxSettings): Promise<MailboxFacts> {
  const client = createClient(settings.imap);
  try {
    const folder = await openFolder(client, settings.imap);
    const name = client.serverInfo?.name;
    return {
      server: serverText(name || client.greeting) || `${settings.imap.host}:${settings.imap.port}`,
      exists: folder.exists,
      canIdle: client.capabilities.has('IDLE'),
      canMove: client.capabilities.has('MOVE'),
      canSetKeywords: folder.permanentFlags?.has('\\*') ?? true,
    };
  } finally {
    await leave(client);
  }
}
