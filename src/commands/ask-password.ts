/**
 * A password as it is typed into a terminal, without showing it.
 */
import { ResponderError } from '../errors.ts';
import type { CommandIo } from './io.ts';

/** What a terminal can do beside being read. */
interface Terminal extends AsyncIterable<Uint8Array | string> {
  setRawMode(isRaw: boolean): unknown;
}

function terminalOf({ stdin }: CommandIo): Terminal | undefined {
  const isTerminal =
    'isTTY' in stdin &&
    stdin.isTTY === true &&
    'setRawMode' in stdin &&
    typeof stdin.setRawMode === 'function';
  return isTerminal ? (stdin as Terminal) : undefined;
}

/** Asks twice. Throws USAGE where there is no terminal, where the two differ, or when it is broken off. */
export async function askPassword(io: CommandIo): Promise<string> {
  const terminal = terminalOf(io);
  if (terminal === undefined)
    throw new ResponderError(
      'USAGE',
      'There is no terminal to ask for the password: use --password-stdin or --generate.',
    );
  // Raw: the terminal shows nothing by itself, and hands over each key.
  terminal.setRawMode(true);
  try {
    const keys = keysOf(terminal);
    const first = await readLine(keys, io, 'Password: ');
    const second = await readLine(keys, io, 'The same again: ');
    if (first !== second) throw new ResponderError('USAGE', 'The two passwords differ.');
    return first;
  } finally {
    terminal.setRawMode(false);
  }
}

async function* keysOf(terminal: Terminal): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for await (const chunk of terminal)
    yield* typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
}

/** Ctrl-C and Ctrl-D. */
const endKeys = ['\u0003', '\u0004'];
/** Backspace, as terminals of either kind send it. */
const backKeys = ['\u007f', '\b'];

async function readLine(
  keys: AsyncGenerator<string, void>,
  io: CommandIo,
  prompt: string,
): Promise<string> {
  io.stderr.write(prompt);
  const typed: string[] = [];
  for (;;) {
    const { done, value: key } = await keys.next();
    if (done === true || endKeys.includes(key)) {
      io.stderr.write('\n');
      throw new ResponderError('USAGE', 'No password was given; nothing was changed.');
    }
    if (key === '\r' || key === '\n') break;
    if (backKeys.includes(key)) typed.pop();
    else typed.push(key);
  }
  io.stderr.write('\n');
  return typed.join('');
}

/** The first line of standard input: what a secret store or a pipe hands over. */
export async function readPassword({ stdin }: CommandIo): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.includes('\n') || text.length > 10_000) break;
  }
  return text.split(/\r?\n/)[0] ?? '';
}
