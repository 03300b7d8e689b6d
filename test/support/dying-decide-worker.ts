/**
 * A thread that decides, for tests: it ends, or never comes to an end, in the way that a mail asks for.
 */
import assert from 'node:assert';
import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../../src/edges/decide-messages.ts';

parentPort?.on('message', (message: ToThread) => {
  if (message.kind !== 'decide') return;
  const deed = /^X-Deed: (\w+)/m.exec(Buffer.from(message.raw).toString('latin1'))?.[1];
  if (deed === 'exit') process.exit(3);
  if (deed === 'throw') throw new Error('out of luck');
  if (deed === 'hang') for (;;);
  assert(deed === undefined, 'a deed that is known');
});

// Last: its own listener comes after the one above.
await import('../../src/edges/decide-worker.ts');
