/**
 * A real Dovecot for tests: its own configuration, ports and mail in a temporary folder.
 *
 * Runs as root (mail then belongs to `nobody`) or as whoever runs the tests. Mail comes in by LMTP,
 * as from a mail server; with Pigeonhole each user may have a Sieve script, whose mail goes out by SMTP.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Certificate } from './certificate.ts';

const binaries = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/opt/homebrew/sbin/dovecot'];

function findDovecot(): string | undefined {
  return binaries.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Why tests with Dovecot are skipped here; undefined when they run. With REQUIRE_SERVICES=1 they
 * run, and fail where it is missing.
 */
export function whyNoDovecot(): string | undefined {
  return findDovecot() !== undefined || process.env.REQUIRE_SERVICES === '1'
    ? undefined
    : 'Dovecot is not installed';
}

export interface Dovecot {
  readonly host: string;
  readonly port: number;
  /** Answers only when there is a certificate. */
  readonly tlsPort: number;
  readonly user: string;
  readonly password: string;
  /** The path of its settings, for Dovecot's own tools. */
  readonly config: string;
  /** The INBOX as a Maildir, for a test that fills it by writing files. */
  readonly maildir: string;
  /** Puts a mail into the INBOX by LMTP; resolves when it is stored, and its user's Sieve script has run. */
  deliver(raw: string | Buffer, envelope?: LmtpEnvelope): Promise<void>;
  /** The user's script from now on; undefined: none. Only with `submissionPort`. */
  setSieve(user: string, script: string | undefined): Promise<void>;
  /** A second client, logged in, with the INBOX open. Closed by `stop`. */
  connect(): Promise<ImapFlow>;
  setPassword(password: string): Promise<void>;
  /** Ends the server and every connection. */
  halt(): Promise<void>;
  /** Starts it again on the same port with the same mail. */
  resume(): Promise<void>;
  /** Throws the folder away and makes an empty one, with another UIDVALIDITY. Only while halted. */
  forgetUids(): Promise<void>;
  /** Numbers the same mails anew, under another UIDVALIDITY. Only while halted. */
  renumber(): Promise<void>;
  /** Puts the mailbox back as it is now, UIDs and UIDVALIDITY included. Both only while halted. */
  snapshot(): Promise<() => Promise<void>>;
  /** Gives the next mail this UID. Only while halted. */
  skipUids(uidNext: number): Promise<void>;
  /** Puts mails into the INBOX as files, many times quicker than by LMTP: seen once the folder is opened anew. */
  fill(mails: Iterable<{ readonly raw: string; readonly internalDate: Date }>): Promise<void>;
  /** Login attempts that failed so far. */
  failedLogins(): Promise<number>;
  stop(): Promise<void>;
}

export interface LmtpEnvelope {
  /** The empty string is `<>`. */
  readonly from: string;
  /** Any address: each has a mailbox of its own. */
  readonly to: string;
}

export interface DovecotOptions {
  /** Adds Pigeonhole, whose scripts send their mail to the SMTP server on this port. */
  readonly submissionPort?: number;
  /** Adds STARTTLS, and a TLS port of its own. */
  readonly certificate?: Certificate;
  /** Replaces the announced capabilities. */
  readonly capability?: string;
  /** The server alone changes flags: it need not read a large folder anew after each change. */
  readonly isMaildirOurs?: boolean;
  /** Mail is kept in Dovecot's own format: what a Maildir offers is then not there. */
  readonly isMdbox?: boolean;
  /** Adds logins with a token, which the server at this address is asked about. RFC 7662. */
  readonly oauth2?: {
    readonly introspectionUrl: string;
    readonly mechanisms: readonly ('xoauth2' | 'oauthbearer')[];
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const user = 'support@partner.example';

/** Starts it. Throws when Dovecot is not installed or does not come up. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const binary = findDovecot();
  if (binary === undefined) {
    throw new Error('Dovecot is not installed, and REQUIRE_SERVICES=1 asks for it');
  }
  const folder = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const [port, lmtpPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  await prepareFolder(folder, { port, lmtpPort, tlsPort, ...options });
  const clients = new Set<ImapFlow>();
  const password = 'secret';
  const setPassword = (value: string) =>
    writeFile(join(folder, 'users'), `${user}:{PLAIN}${value}\n`);
  await setPassword(password);
  let child = await run(binary, folder, port);
  const halt = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      // Every process: the master alone would wait ten seconds for its clients. Not SIGKILL, which
      // leaves locks behind that hold the next start up for minutes.
      process.kill(-child.pid, 'SIGTERM');
      await once(child, 'exit');
    }
    // Its children may hold the ports a moment longer.
    for (const held of [port, lmtpPort]) {
      while (await isOpen(held)) {
        await delay(5);
      }
    }
  };
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    user,
    password,
    config: join(folder, 'dovecot.conf'),
    maildir: join(folder, 'mail', user),
    deliver: (raw, envelope) => deliver(lmtpPort, raw, envelope),
    async setSieve(owner, script) {
      const file = join(folder, 'sieve', `${owner}.sieve`);
      if (script === undefined) await rm(file, { force: true });
      else await writeFile(file, script);
    },
    async connect() {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port,
        secure: false,
        auth: { user, pass: password },
        logger: false,
        disableAutoIdle: true,
      });
      client.on('error', () => undefined);
      await client.connect();
      await client.mailboxOpen('INBOX');
      clients.add(client);
      return client;
    },
    setPassword,
    halt,
    async resume() {
      child = await run(binary, folder, port);
    },
    async forgetUids() {
      const mail = join(folder, 'mail', user);
      for (const name of await readdir(mail)) {
        // This file keeps UIDVALIDITY from being the same again within a second.
        if (!name.startsWith('dovecot-uidvalidity')) {
          await rm(join(mail, name), { recursive: true, force: true });
        }
      }
    },
    async renumber() {
      const mail = join(folder, 'mail', user);
      for (const name of await readdir(mail)) {
        if (name === 'dovecot-uidlist' || name.startsWith('dovecot.index')) {
          await rm(join(mail, name));
        }
      }
    },
    async snapshot() {
      const [mail, kept] = [join(folder, 'mail'), join(folder, 'kept')];
      execFileSync('cp', ['-a', mail, kept]);
      return async () => {
        await rm(mail, { recursive: true });
        execFileSync('cp', ['-a', kept, mail]);
      };
    },
    async skipUids(uidNext) {
      const mail = join(folder, 'mail', user);
      const list = join(mail, 'dovecot-uidlist');
      const text = await readFile(list, 'utf8');
      // Its first line: `3 V<uidvalidity> N<uidnext> G<guid>`.
      await writeFile(list, text.replace(/ N\d+/, ` N${uidNext}`));
      for (const name of await readdir(mail)) {
        if (name.startsWith('dovecot.index')) await rm(join(mail, name));
      }
    },
    fill: (mails) => fill(join(folder, 'mail', user), mails),
    async failedLogins() {
      const log = await readFile(join(folder, 'log'), 'utf8');
      return (log.match(/passwd-file\([^)]*\): (Password mismatch|unknown user)/g) ?? []).length;
    },
    async stop() {
      for (const client of clients) {
        client.close();
      }
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let filled = 0;

/** Maildir: the name begins with the second of its arrival and ends with its size, S and W (with CRLF). */
async function fill(
  maildir: string,
  mails: Iterable<{ readonly raw: string; readonly internalDate: Date }>,
): Promise<void> {
  for (const part of ['', 'cur', 'new', 'tmp'])
    await mkdir(join(maildir, part), { recursive: true });
  for (const { raw, internalDate } of mails) {
    filled += 1;
    const seconds = Math.floor(internalDate.getTime() / 1_000);
    const sizes = `S=${raw.length},W=${raw.length}`;
    const file = join(
      maildir,
      'cur',
      `${seconds}.M${String(filled).padStart(8, '0')}.test,${sizes}:2,`,
    );
    await writeFile(file, raw);
    await utimes(file, seconds, seconds);
  }
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'nobody:', maildir]);
}

async function prepareFolder(
  folder: string,
  options: DovecotOptions & {
    readonly port: number;
    readonly lmtpPort: number;
    readonly tlsPort: number;
  },
): Promise<void> {
  const asRoot = process.getuid?.() === 0;
  const id = (name: string, flag: string) =>
    execFileSync('id', name === '' ? [flag] : [flag, name], { encoding: 'utf8' }).trim();
  const owner = asRoot ? 'nobody' : '';
  const [uid, gid] = [id(owner, '-u'), id(owner, '-g')];
  const me = id('', '-un');
  const group = id('', '-gn');
  await chmod(folder, 0o755);
  for (const part of ['run', 'state', 'mail', 'sieve']) {
    await mkdir(join(folder, part));
  }
  await chown(join(folder, 'mail'), Number(uid), Number(gid));
  await writeFile(join(folder, 'oauth2.conf'), oauth2Settings(options.oauth2));
  const unprivileged = `
default_internal_user = ${me}
default_internal_group = ${group}
default_login_user = ${me}
service anvil {
  chroot =
}
service imap-login {
  chroot =
}
service stats {
  chroot =
}`;
  await writeFile(
    join(folder, 'dovecot.conf'),
    `
base_dir = ${folder}/run
state_dir = ${folder}/state
instance_name = test-${options.port}
log_path = ${folder}/log
auth_verbose = yes
listen = 127.0.0.1
protocols = imap lmtp
${await tlsLines(folder, options.certificate)}
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
mail_location = ${options.isMdbox === true ? 'mdbox' : 'maildir'}:${folder}/mail/%u
mailbox_list_index = no
maildir_very_dirty_syncs = ${options.isMaildirOurs === true ? 'yes' : 'no'}
${options.capability === undefined ? '' : `imap_capability = ${options.capability}`}
${asRoot ? '' : unprivileged}
${sieveLines(folder, options.submissionPort)}
${oauth2Lines(folder, options.oauth2)}
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${options.port}
  }
  inet_listener imaps {
    port = ${options.certificate === undefined ? 0 : options.tlsPort}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${options.lmtpPort}
  }
}
`,
  );
}

function oauth2Lines(folder: string, oauth2: DovecotOptions['oauth2']): string {
  if (oauth2 === undefined) return '';
  const mechanisms = oauth2.mechanisms.join(' ');
  return `
auth_mechanisms = plain login ${mechanisms}
# No penalty for those whose token was refused before.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = oauth2
  mechanisms = ${mechanisms}
  args = ${folder}/oauth2.conf
}`;
}

function oauth2Settings(oauth2: DovecotOptions['oauth2']): string {
  if (oauth2 === undefined) return '';
  return `
introspection_mode = post
introspection_url = ${oauth2.introspectionUrl}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
`;
}

function sieveLines(folder: string, submissionPort: number | undefined): string {
  if (submissionPort === undefined) return '';
  return `
postmaster_address = postmaster@dovecot.example
hostname = dovecot.example
submission_host = 127.0.0.1:${submissionPort}
protocol lmtp {
  mail_plugins = sieve
}
plugin {
  sieve = file:${folder}/sieve/%u.sieve
}`;
}

async function tlsLines(folder: string, certificate: Certificate | undefined): Promise<string> {
  if (certificate === undefined) {
    return 'ssl = no';
  }
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, certificate.cert);
  await writeFile(key, certificate.key);
  return `ssl = yes\nssl_cert = <${cert}\nssl_key = <${key}`;
}

async function run(binary: string, folder: string, port: number): Promise<ChildProcess> {
  const endGroup = () => {
    if (child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  const child = spawn(binary, ['-F', '-c', join(folder, 'dovecot.conf')], {
    stdio: 'pipe',
    detached: true,
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) {
      throw new Error(`Dovecot did not start: ${said}`);
    }
    if (await greets(port)) {
      // It must not outlive the tests when they are broken off.
      process.once('exit', endGroup);
      child.once('exit', () => process.off('exit', endGroup));
      return child;
    }
    await delay(25);
  }
  endGroup();
  throw new Error(`Dovecot did not greet within five seconds: ${said}`);
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(chunk.toString().startsWith('* OK'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function deliver(
  lmtpPort: number,
  raw: string | Buffer,
  { from, to }: LmtpEnvelope = { from: 'anna@contoso.example', to: user },
): Promise<void> {
  const connection = new SMTPConnection({
    host: '127.0.0.1',
    port: lmtpPort,
    lmtp: true,
    ignoreTLS: true,
    logger: false,
  });
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.connect((error) => {
      if (error) {
        reject(error);
        return;
      }
      connection.send({ from, to: [to] }, raw, (failure) => {
        connection.quit();
        if (failure) {
          reject(failure);
        } else {
          resolve();
        }
      });
    });
  });
}
