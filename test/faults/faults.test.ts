/**
 * The fault suite in a bounded form, for every change: a worker that is killed, whose servers misbehave and whose
 * connections break, on both set-ups. `npm run test:faults` is the whole of it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoDovecot } from '../support/dovecot.ts';
import { requireService } from '../support/services.ts';
import { answerCases, answerChain } from './answers.ts';
import { type Backend, openBackend } from './backends.ts';
import { diskChain } from './disk.ts';
import { type Chain, type Kill, killChain, portKills } from './kills.ts';
import { stormChain } from './storms.ts';
import { totalOf } from './tally.ts';

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined) console.warn(`SKIPPED: the fault suite, because ${noDovecot}.`);
const hasServers = requireService('postgres') && requireService('redis');
const seed = 20_261_127;

/** Around what matters most: taking in, deciding, claiming, sending, settling, marking. */
const kills: readonly Kill[] = [
  { kind: 'call', at: { port: 'store.accept', call: 1, phase: 'after' } },
  { kind: 'call', at: { port: 'store.saveDecision', call: 1, phase: 'after' } },
  { kind: 'call', at: { port: 'store.claimFresh', call: 1, phase: 'after' } },
  { kind: 'smtp', step: 'message', session: 1 },
  { kind: 'smtp', step: 'answer', session: 1 },
  { kind: 'call', at: { port: 'store.settleReply', call: 1, phase: 'before' } },
  { kind: 'call', at: { port: 'mailbox.mark', call: 1, phase: 'after' } },
];
/** Starting a worker on the embedded store takes long: there it is the ones above only. */
const moreKills = {
  embedded: [],
  servers: [
    ...portKills(['store.accept']),
    { kind: 'call', at: { port: 'store.settleReply', call: 1, phase: 'after' } },
    { kind: 'call', at: { port: 'mailbox.mark', call: 1, phase: 'before' } },
  ],
} as const satisfies Record<string, readonly Kill[]>;
/** The embedded set-up has two connections only, so that faults take longer to hit. */
const stormFaults = { embedded: 30, servers: 60 };
/** Each step once, with a deed of its own. */
const cases = answerCases.filter((_one, index) => index % 5 === 0);

function expectClean({ faults, verdict }: Chain, injected: number): void {
  const { lost, doubled, wrong } = verdict;
  expect({ lost, doubled, wrong }, `seed ${seed}`).toEqual({ lost: [], doubled: [], wrong: [] });
  expect(totalOf(faults)).toBeGreaterThanOrEqual(injected);
}

describe.skipIf(noDovecot !== undefined).each([
  { setUp: 'embedded' as const, runs: true },
  { setUp: 'servers' as const, runs: hasServers },
])('a worker on $setUp', { timeout: 300_000 }, ({ setUp, runs }) => {
  let backend: Backend;
  beforeAll(async () => {
    if (runs) backend = await openBackend(setUp);
  });
  afterAll(() => backend?.close());

  test.skipIf(!runs)('without a fault leaves nothing to the desk but the forgery', async () => {
    const chain = await killChain({ backend, seed, kills: [], mailsPerRun: 6 });
    expectClean(chain, 0);
    const reasons = [...chain.verdict.reviews.keys()];
    expect(reasons.filter((reason) => reason !== 'review-failed-authentication')).toEqual([]);
  });

  test.skipIf(!runs)(
    'that is killed again and again loses nothing and doubles nothing',
    async () => {
      const all = [...kills, ...moreKills[setUp]];
      const chain = await killChain({ backend, seed, kills: all, mailsPerRun: 3 });
      expectClean(chain, all.length - 1);
    },
  );

  test.skipIf(!runs)('whose sending server misbehaves at every step does neither', async () => {
    expectClean(await answerChain(backend, seed, cases), cases.length - 1);
  });

  test.skipIf(!runs)(
    'whose connections break, and whose servers restart, does neither',
    async () => {
      const faults = stormFaults[setUp];
      expectClean(await stormChain({ backend, seed, faults }), faults);
    },
  );

  // The disks of PostgreSQL and Redis are theirs.
  if (setUp === 'embedded')
    test.skipIf(!runs)('whose disk is full does neither', async (context) => {
      const chain = await diskChain(backend, seed, 1);
      context.skip(chain === undefined, 'no small file system can be mounted here');
      if (chain !== undefined) expectClean(chain, 1);
    });
});
