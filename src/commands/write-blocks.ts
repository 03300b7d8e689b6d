/**
 * Writes long text in blocks, as it comes.
 */
import type { Output } from './io.ts';

/** So much is written at once: a line at a time would be a system call each. */
const blockChars = 64 * 1024;

/** The same text in few pieces. */
export async function* blocks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < blockChars) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

/** Stops reading once nobody reads what is written (`| head`), and says whether all was written. */
export async function writeBlocks(texts: AsyncIterable<string>, output: Output): Promise<boolean> {
  for await (const block of blocks(texts)) {
    if (output.writable === false) return false;
    output.write(block);
  }
  return true;
}
