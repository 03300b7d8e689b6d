/**
 * A post office for tests: one SMTP server that takes what everybody sends, and brings it to whoever lives there.
 *
 * It notes every mail, stamps it as a receiving host does, and delivers one after the other: the next only when
 * the recipient is done with the one before, so that a run has one order. That the mail has come to rest is
 * known, not waited for: nothing is in the queue and nobody is busy. It vouches for every author, the worst
 * case for loops, and can be told to spoil mails as relays do.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { addressIn, fieldOf, type Passing, passOn, type Quoting, withFields } from './letters.ts';

/** A mail on its way: as it left, and as it was delivered. */
export interface Letter {
  /** The SMTP user that sent it, or the name of the rule or robot. */
  readonly by: string;
  /** The reverse-path after the relay; the empty string is `<>`. */
  readonly from: string;
  readonly to: string;
  readonly submitted: string;
  /** With the fields of the receiving host above. */
  readonly raw: string;
  /** The mail that made a rule or a robot send this one. */
  readonly cause?: Letter;
}

/** Takes a mail in, and resolves when it is done with it: a word for what came of it. */
export type Resident = (letter: Letter) => Promise<string>;

/** What a relay does to the mails it passes on. */
export interface Relay {
  /** Fields of these names are taken away. */
  readonly strip?: RegExp;
  readonly messageIds?: 'rewritten' | 'lower-case';
  /** The author's address is put in the place of the null reverse-path. */
  readonly authorAsReversePath?: boolean;
  /** What the receiving host says of authors; `pass` when nothing is said. */
  readonly verdict?: 'pass' | 'none';
  /** All at once instead of one after the other: what happens then depends on who is faster. */
  readonly allAtOnce?: boolean;
}

/** The marks of an automatic answer and of the thread, which some gateways and helpdesks drop. */
export const allMarks = /^(?:auto-submitted|x-.*|precedence|in-reply-to|references|resent-.*)$/;

export interface Outgoing {
  readonly by: string;
  readonly from: string;
  readonly to: string;
  readonly raw: string;
  readonly cause?: Letter;
}

export interface PostOffice {
  readonly port: number;
  /** Every mail since `begin`, in the order of delivery: `author > recipient: what came of it`, by their names. */
  readonly trace: readonly string[];
  readonly letters: readonly Letter[];
  /** Whoever reads mail at this address, and the name in the trace; nobody else's mail is taken. */
  house(address: string, name: string, resident: Resident): void;
  /** Sends without SMTP, for people, rules and robots. */
  post(outgoing: Outgoing): void;
  /** Forgets what was sent and who lives where, and sets how mails are spoiled from now on. */
  begin(relay?: Relay): void;
  /** Resolves when nothing is on its way and nobody is busy; rejects at the first failure or a storm. */
  atRest(): Promise<void>;
  close(): Promise<void>;
}

/** More mails than any exchange that stops: from here on it is a loop. */
const lettersMax = 40;

/** Starts it on a free port; senders say who they are by SMTP AUTH, with any password. */
export async function startPostOffice(): Promise<PostOffice> {
  const residents = new Map<string, { readonly name: string; readonly resident: Resident }>();
  const queue: Outgoing[] = [];
  const busy = new Set<Promise<void>>();
  const letters: Letter[] = [];
  const trace: string[] = [];
  let relay: Relay = {};
  let failure: unknown;

  const bring = async (outgoing: Outgoing): Promise<void> => {
    const letter = spoilAndStamp(outgoing, relay);
    letters.push(letter);
    if (letters.length > lettersMax) throw new Error(`a loop of mails:\n${trace.join('\n')}`);
    const line = trace.push('') - 1;
    const author = addressIn(fieldOf(letter.raw, 'from'));
    const home = residents.get(letter.to);
    if (home === undefined) throw new Error(`${author} wrote to ${letter.to}, where nobody lives`);
    const who = `${residents.get(author)?.name ?? author} > ${home.name}`;
    trace[line] = `${who}: being read`;
    trace[line] = `${who}: ${await home.resident(letter)}`;
  };
  const pump = (): void => {
    while (failure === undefined && (relay.allAtOnce === true || busy.size === 0)) {
      const next = queue.shift();
      if (next === undefined) return;
      const brought = bring(next)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          busy.delete(brought);
          pump();
        });
      busy.add(brought);
    }
  };
  const post = (outgoing: Outgoing): void => {
    // What a run that failed goes on sending must not meet the next one.
    if (failure !== undefined) return;
    queue.push(outgoing);
    pump();
  };
  const server = createServer(post);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    trace,
    letters,
    house: (address, name, resident) => residents.set(address, { name, resident }),
    post,
    begin(next = {}) {
      if (busy.size > 0) throw new Error('mail of the last run is on its way');
      queue.length = 0;
      relay = next;
      residents.clear();
      failure = undefined;
      letters.length = 0;
      trace.length = 0;
    },
    async atRest() {
      while (busy.size > 0) await Promise.all(busy);
      if (failure !== undefined) throw failure;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function createServer(post: (outgoing: Outgoing) => void): SMTPServer {
  const server = new SMTPServer({
    name: 'post.example',
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    closeTimeout: 500,
    logger: false,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username }),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', callback);
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const raw = Buffer.concat(chunks).toString('latin1');
        for (const { address } of rcptTo)
          post({
            by: typeof session.user === 'string' ? session.user : 'server',
            from: mailFrom === false ? '' : mailFrom.address,
            to: address.toLowerCase(),
            raw,
          });
        callback(null, 'taken');
      });
    },
  });
  // A client that goes away in the middle is of no interest.
  server.on('error', () => undefined);
  return server;
}

function spoilAndStamp({ by, from, to, raw, cause }: Outgoing, relay: Relay): Letter {
  const author = addressIn(fieldOf(raw, 'from'));
  const reversePath = from === '' && relay.authorAsReversePath === true ? author : from;
  const spoiled = withFields(raw, (name, field) => {
    if (relay.strip?.test(name)) return undefined;
    if (name !== 'message-id' || relay.messageIds === undefined) return field;
    return relay.messageIds === 'rewritten'
      ? `Message-ID: <${randomUUID()}@relay.example>`
      : field.toLowerCase();
  });
  const stamped = withFields(
    spoiled,
    (name, field) => (name === 'return-path' ? undefined : field),
    receivingHost(to, reversePath, author, relay.verdict ?? 'pass'),
  );
  return {
    by,
    from: reversePath,
    to,
    submitted: raw,
    raw: stamped,
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The authserv-id of whoever receives mail for an address. */
export function receivingHostOf(address: string): string {
  return `mx.${address.slice(address.lastIndexOf('@') + 1)}`;
}

/** RFC 5321 §4.4 (Return-Path, Received), RFC 8601 §2.2. */
function receivingHost(
  to: string,
  reversePath: string,
  author: string,
  verdict: 'pass' | 'none',
): readonly string[] {
  const domain = author.slice(author.lastIndexOf('@') + 1);
  const host = receivingHostOf(to);
  return [
    `Return-Path: <${reversePath}>`,
    `Authentication-Results: ${host}; ${
      verdict === 'none'
        ? 'none'
        : `dkim=pass header.d=${domain};\r\n dmarc=pass header.from=${domain}`
    }`,
    `Received: from relay.example (192.0.2.25) by ${host} with ESMTP;\r\n ${new Date().toUTCString().replace('GMT', '+0000')}`,
  ];
}

/** A person who reads and does not answer. */
export const reader: Resident = async () => 'read';

export interface Rule {
  readonly how: Passing;
  readonly from: string;
  readonly to: string;
  readonly quoting?: Quoting;
}

/** A server counts hops: it passes the offspring of one mail on this often. */
const ruleLapsMax = 2;

/** A mailbox whose rule passes every mail on, whatever happens with it in the mailbox. */
export function withRule(office: PostOffice, rule: Rule, resident: Resident): Resident {
  const by = `rule of ${rule.from}`;
  return async (letter) => {
    if (lapsOf(letter, by) < ruleLapsMax) {
      const messageId = `<${randomUUID()}@${rule.from.slice(rule.from.lastIndexOf('@') + 1)}>`;
      office.post({
        by,
        // A rule keeps the null reverse-path; else it answers for what it passes on.
        from: fieldOf(letter.raw, 'return-path') === '<>' ? '' : rule.from,
        to: rule.to,
        raw: await passOn(letter.raw, { ...rule, by: rule.from, messageId }),
        cause: letter,
      });
    }
    return resident(letter);
  };
}

function lapsOf(letter: Letter, by: string): number {
  let laps = 0;
  for (let at: Letter | undefined = letter; at !== undefined; at = at.cause)
    if (at.by === by) laps += 1;
  return laps;
}
