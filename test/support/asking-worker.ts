/**
 * Asks for pages from a thread of its own, so that the time to the first octet is that of a browser elsewhere: whatever
 * keeps the thread of the console busy afterwards does not count.
 */
import { request } from 'node:http';
import { parentPort } from 'node:worker_threads';

export interface Asked {
  /** To the first octet. */
  readonly ms: number;
  readonly bytes: number;
  readonly status: number;
}

function ask(url: string): Promise<Asked> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(url, (answer) => {
      let ms = 0;
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        if (bytes === 0) ms = performance.now() - started;
        bytes += chunk.byteLength;
      });
      answer.on('end', () => resolve({ ms, bytes, status: answer.statusCode ?? 0 }));
    })
      .on('error', reject)
      .end();
  });
}

parentPort?.on('message', async (url: string) => parentPort?.postMessage(await ask(url)));
