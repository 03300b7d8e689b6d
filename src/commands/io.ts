/**
 * What a command is given of the terminal, and how it says what went wrong.
 */
import type { ResponderError } from '../errors.ts';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** False once nobody reads it any more. */
  readonly writable?: boolean;
}

export interface CommandIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** What was asked for. */
  readonly stdout: Output;
  /** Problems and progress. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The error for people: the sentence, its details, the mend, the code. */
export function errorText(error: ResponderError): string {
  return [
    error.message,
    ...error.details.map((line) => `  ${line}`),
    `${error.hint} [${error.code}]`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
