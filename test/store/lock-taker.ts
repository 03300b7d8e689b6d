/**
 * A process of its own that takes the lock of a folder when it is told to, and keeps it until its
 * input ends.
 */
import { once } from 'node:events';
import { ResponderError } from '../../src/errors.ts';
import { lockFolder } from '../../src/store/lock.ts';

process.stdout.write('ready\n');
await once(process.stdin, 'data');
try {
  lockFolder(process.argv[2] ?? '');
  process.stdout.write('locked\n');
} catch (error) {
  process.stdout.write(error instanceof ResponderError ? `${error.code}\n` : String(error));
}
process.stdin.resume();
await once(process.stdin, 'end');
