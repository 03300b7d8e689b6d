/**
 * A process of its own that writes to the embedded store and is killed without closing it.
 */
import { openStore } from '../../src/store/open.ts';
import { cursor, later, mailOf, replyRecord } from '../conformance/samples.ts';

const { store } = await openStore({ dataDir: process.argv[2] ?? '' });
const location = { ...mailOf('two').location, uid: 2 };
await store.accept(
  'support',
  [mailOf('one'), mailOf('two', { location, internalDate: later(1) })],
  cursor,
);
await store.saveDecision(replyRecord('two', 'key'));
process.kill(process.pid, 'SIGKILL');
