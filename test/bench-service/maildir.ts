/**
 * A Maildir filled by writing files, as a delivery agent does, which is much faster than by LMTP.
 */
import { chown, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files opened at once. */
const writesAtOnce = 64;

export interface BenchMailbox {
  /** Puts mails that were read long ago into it. Before the server has seen the folder. */
  fill(count: number): Promise<void>;
  /** Writes mails beside it; the result delivers them all at once. */
  prepare(mails: readonly string[]): Promise<() => Promise<void>>;
  /** How many mails have the flag \Answered. */
  countAnswered(): Promise<number>;
}

export async function openMaildir(path: string): Promise<BenchMailbox> {
  const owner = await stat(dirname(path));
  for (const folder of [path, ...['cur', 'new', 'tmp'].map((name) => join(path, name))]) {
    await mkdir(folder, { recursive: true });
    await chown(folder, owner.uid, owner.gid);
  }
  let files = 0;
  /** Names sort as they were given, which is the order of the UIDs. */
  const nextName = (): string => {
    files += 1;
    return `1790000000.M${String(files).padStart(8, '0')}.bench`;
  };
  const write = async (
    folder: string,
    names: readonly string[],
    contentOf: (at: number) => string,
  ) => {
    let next = 0;
    const lane = async () => {
      for (let at = next++; at < names.length; at = next++) {
        const name = names[at];
        if (name !== undefined) await writeFile(join(path, folder, name), contentOf(at), 'latin1');
      }
    };
    await Promise.all(Array.from({ length: writesAtOnce }, lane));
  };
  return {
    async fill(count) {
      const names = Array.from({ length: count }, () => `${nextName()}:2,S`);
      await write('cur', names, oldMail);
    },
    async prepare(mails) {
      const names = mails.map(nextName);
      await write('tmp', names, (at) => mails[at] ?? '');
      return async () => {
        for (const name of names) await rename(join(path, 'tmp', name), join(path, 'new', name));
      };
    },
    async countAnswered() {
      const names = await readdir(join(path, 'cur'));
      return names.filter((name) => /:2,[A-Z]*R/.test(name)).length;
    },
  };
}

function oldMail(at: number): string {
  return [
    `From: Robin Roe <robin@old-${at % 997}.example>`,
    'To: Fabrikam Support <support@partner.example>',
    `Subject: An old question, number ${at}`,
    'Date: Mon, 5 Jan 2026 10:05:37 +0000',
    `Message-ID: <old-${at}@old.example>`,
    '',
    'It was answered long ago.',
    '',
  ].join('\r\n');
}
