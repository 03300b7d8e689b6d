/**
 * A small DNS server over UDP and TCP for tests: it answers with what a test says, in the ways that real servers
 * and attackers do. RFC 1035 §4.1, §4.2.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Records of a name by type, with the TTL they tell. */
export interface ZoneRecords {
  readonly TXT?: readonly (readonly string[])[];
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly MX?: readonly (readonly [number, string])[];
  readonly PTR?: readonly string[];
  readonly CNAME?: readonly string[];
  readonly ttl?: number;
  /** Over UDP only that there is more. RFC 1035 §4.2.1. */
  readonly truncated?: true;
}

/**
 * `silent` gives no answer, `held` none until `release`, `servfail` and `refused` failures of the server,
 * `garbage` octets that are no message, `wrong-id` an answer to another question.
 */
export type Misbehaviour = 'silent' | 'held' | 'servfail' | 'refused' | 'garbage' | 'wrong-id';

/** By name: strings of each TXT record, records of several types, or what goes wrong. */
export type TxtZone = Readonly<
  Record<string, readonly (readonly string[])[] | ZoneRecords | Misbehaviour>
>;

export interface TxtServer {
  /** `address:port`, as resolvers take it. */
  readonly address: string;
  /** Names, in the order in which they were asked for. */
  readonly questions: readonly string[];
  /** How many came over TCP. */
  readonly overTcp: () => number;
  /** Resolves when so many questions have come. */
  asked(count: number): Promise<void>;
  /** Answers what is held, as TXT. */
  release(records: readonly (readonly string[])[]): void;
  close(): Promise<void>;
}

type Send = (message: Buffer) => void;
type Transport = 'udp' | 'tcp';

export async function startTxtServer(zone: TxtZone): Promise<TxtServer> {
  const questions: string[] = [];
  const held: ((records: readonly (readonly string[])[]) => void)[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  let overTcp = 0;
  const answer = (query: Buffer, send: Send, transport: Transport): void => {
    const question = questionOf(query);
    questions.push(question.name);
    if (transport === 'tcp') overTcp += 1;
    const found = zone[question.name];
    if (found === 'held') {
      held.push((TXT) => send(messageOf(query, question, { TXT }, transport)));
    } else if (found === 'garbage') {
      send(Buffer.from('this is no message of DNS'));
    } else if (found === 'wrong-id') {
      const message = messageOf(query, question, { TXT: [['v=forged']] }, transport);
      message.writeUInt16BE(message.readUInt16BE(0) ^ 0xffff, 0);
      send(message);
    } else if (found === 'servfail' || found === 'refused') {
      send(failureOf(query, question, found === 'servfail' ? 2 : 5));
    } else if (found !== 'silent') {
      const records = isTxt(found) ? { TXT: found } : found;
      send(
        records === undefined
          ? failureOf(query, question, 3)
          : messageOf(query, question, records, transport),
      );
    }
    for (const one of waiting.filter(({ count }) => questions.length >= count)) one.done();
  };
  const { udp, tcp, connections } = await listen(answer);
  return {
    address: `127.0.0.1:${udp.address().port}`,
    questions,
    overTcp: () => overTcp,
    asked: (count) =>
      new Promise((resolve) => {
        if (questions.length >= count) resolve();
        else waiting.push({ count, done: resolve });
      }),
    release: (records) => {
      for (const give of held.splice(0)) give(records);
    },
    async close() {
      for (const connection of connections) connection.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise((resolve) => tcp.close(resolve)),
      ]);
    },
  };
}

function isTxt(
  found: readonly (readonly string[])[] | ZoneRecords | undefined,
): found is readonly (readonly string[])[] {
  return Array.isArray(found);
}

interface Listening {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly connections: ReadonlySet<Socket>;
}

/** Both on one port. Where another process has the port of UDP for TCP, the next one is tried. */
async function listen(
  answer: (query: Buffer, send: Send, transport: Transport) => void,
): Promise<Listening> {
  const connections = new Set<Socket>();
  for (;;) {
    const udp = createSocket('udp4');
    udp.on('message', (query, from) =>
      answer(query, (message) => udp.send(message, from.port, from.address), 'udp'),
    );
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const tcp = createServer((socket) => {
      connections.add(socket);
      socket.on('error', () => socket.destroy());
      let read = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        read = Buffer.concat([read, chunk]);
        // RFC 1035 §4.2.2: two octets of length stand before each message.
        while (read.length >= 2 && read.length >= 2 + read.readUInt16BE(0)) {
          const end = 2 + read.readUInt16BE(0);
          answer(
            read.subarray(2, end),
            (message) => {
              const length = Buffer.alloc(2);
              length.writeUInt16BE(message.length, 0);
              socket.write(Buffer.concat([length, message]));
            },
            'tcp',
          );
          read = read.subarray(end);
        }
      });
    });
    try {
      tcp.listen(udp.address().port, '127.0.0.1');
      await once(tcp, 'listening');
      return { udp, tcp, connections };
    } catch {
      udp.close();
    }
  }
}

interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

const types = { A: 1, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;

function headOf(query: Buffer, { end }: Question, flags: number, count: number): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(count, 6);
  return Buffer.concat([head, query.subarray(12, end)]);
}

function failureOf(query: Buffer, question: Question, code: number): Buffer {
  return headOf(query, question, 0x8180 | code, 0);
}

function messageOf(
  query: Buffer,
  question: Question,
  records: ZoneRecords,
  transport: Transport,
): Buffer {
  if (records.truncated === true && transport === 'udp') {
    return headOf(query, question, 0x8380, 0);
  }
  const data = dataOf(records, question.type);
  const answers = data.map((octets) => {
    const record = Buffer.alloc(12);
    // The name of the question, by its place; class IN.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(question.type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(records.ttl ?? 60, 6);
    record.writeUInt16BE(octets.length, 10);
    return Buffer.concat([record, octets]);
  });
  return Buffer.concat([headOf(query, question, 0x8180, data.length), ...answers]);
}

function dataOf(records: ZoneRecords, type: number): readonly Buffer[] {
  switch (type) {
    case types.TXT:
      return (records.TXT ?? []).map((strings) =>
        Buffer.concat(strings.flatMap((one) => [Buffer.from([one.length]), Buffer.from(one)])),
      );
    case types.A:
      return (records.A ?? []).map((address) => Buffer.from(address.split('.').map(Number)));
    case types.AAAA:
      return (records.AAAA ?? []).map((address) => Buffer.from(address.replaceAll(':', ''), 'hex'));
    case types.MX:
      return (records.MX ?? []).map(([preference, host]) =>
        Buffer.concat([Buffer.from([preference >> 8, preference & 255]), nameOf(host)]),
      );
    case types.PTR:
      return (records.PTR ?? []).map(nameOf);
    case types.CNAME:
      return (records.CNAME ?? []).map(nameOf);
    default:
      return [];
  }
}

function nameOf(name: string): Buffer {
  const labels = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function questionOf(query: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
