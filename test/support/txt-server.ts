/**
 * A small DNS server over UDP for tests: it answers questions for TXT with what a test says. RFC 1035 §4.1.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Strings of each TXT record of a name; `silent` gives no answer, `servfail` a failure of the server. */
export type TxtZone = Readonly<
  Record<string, readonly (readonly string[])[] | 'silent' | 'servfail'>
>;

export interface TxtServer {
  /** `address:port`, as resolvers take it. */
  readonly address: string;
  readonly questions: readonly string[];
  close(): Promise<void>;
}

export async function startTxtServer(zone: TxtZone): Promise<TxtServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = questionOf(query);
    questions.push(name);
    const found = zone[name];
    if (found === 'silent') return;
    const answers = found === 'servfail' || found === undefined ? [] : found;
    const code = found === 'servfail' ? 2 : found === undefined ? 3 : 0;
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(answers.length, 6);
    const records = answers.map((strings) => {
      const data = Buffer.concat(strings.map((one) => Buffer.from(`\0${one}`, 'latin1')));
      let at = 0;
      for (const one of strings) {
        data.writeUInt8(one.length, at);
        at += one.length + 1;
      }
      const record = Buffer.alloc(12);
      // The name of the question, by its place; TXT, IN, a minute.
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(16, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(60, 6);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(
      Buffer.concat([head, query.subarray(12, end), ...records]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 };
}
