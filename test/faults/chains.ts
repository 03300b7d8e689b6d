/**
 * Which chains of faults a run consists of: killed at every call, at every step of SMTP, at moments of chance; every
 * wrong answer; a full disk; and storms for the rest.
 */
import { answerChain } from './answers.ts';
import type { Backend, BackendName } from './backends.ts';
import { diskChain } from './disk.ts';
import {
  type Chain,
  callKills,
  type Kill,
  killChain,
  portKills,
  smtpKills,
  writeKills,
} from './kills.ts';
import { chanceOf } from './plan.ts';
import { stormChain } from './storms.ts';

export interface ChainSpec {
  /** The same for the same arguments of a run, so that a run can go on. */
  readonly name: string;
  readonly setUp: BackendName;
  readonly seed: number;
  /** As many hit at the most. */
  readonly faults: number;
  /** Undefined where this machine cannot do it. */
  run(backend: Backend, progress: (hit: number) => void): Promise<Chain | undefined>;
}

export const mailsPerKill = 3;
/** A desk that lives through more is slow to judge. */
const killsPerChain = 24;
const faultsPerStorm = 200;
const moments = 24;
const momentMsMax = 3_000;
const diskRounds = 4;
/** About as many statements of a run write to PostgreSQL. */
const writesPerRun = 32;
/** Enough at once that they go through the store in batches. */
const mailsPerBurst = 16;
const burstKills = portKills([
  'store.accept',
  'store.saveDecision',
  'store.claimFresh',
  'store.settleReply',
  'store.finishMail',
]);

/** `calls`: of one undisturbed worker. `faults`: as many in all, if there are storms enough. */
export function chainsFor(
  setUp: BackendName,
  {
    seed,
    calls,
    faults,
  }: { readonly seed: number; readonly calls: number; readonly faults: number },
): readonly ChainSpec[] {
  const writes = setUp === 'servers' ? writeKills(writesPerRun) : [];
  const kills = [...callKills(1, calls), ...writes, ...smtpKills(2), ...momentKills(seed)];
  const specs: ChainSpec[] = spread(kills, Math.ceil(kills.length / killsPerChain)).map(
    (piece, index) => ({
      name: `${setUp}: kills ${index + 1}`,
      setUp,
      seed: seed + index,
      faults: piece.length,
      run: (backend) =>
        killChain({ backend, seed: seed + index, kills: piece, mailsPerRun: mailsPerKill }),
    }),
  );
  specs.push(burstSpec(setUp, seed), answersSpec(setUp, seed));
  if (setUp === 'embedded') specs.push(diskSpec(setUp, seed));
  const planned = specs.reduce((sum, spec) => sum + spec.faults, 0);
  const count = Math.max(1, Math.ceil((faults - planned) / faultsPerStorm));
  const storms = Array.from({ length: count }, (_, index) => stormSpec(setUp, seed, index));
  // By turns, so that a run that is broken off has seen something of everything.
  const rounds = Math.max(specs.length, storms.length);
  return Array.from({ length: rounds }, (_, index) =>
    [storms[index], specs.at(-1 - index)].filter((spec) => spec !== undefined),
  ).flat();
}

function burstSpec(setUp: BackendName, seed: number): ChainSpec {
  const options = { seed, kills: burstKills, mailsPerRun: mailsPerBurst };
  return {
    name: `${setUp}: kills in bursts`,
    setUp,
    seed,
    faults: burstKills.length,
    run: (backend) => killChain({ backend, ...options }),
  };
}

function answersSpec(setUp: BackendName, seed: number): ChainSpec {
  const run = (backend: Backend) => answerChain(backend, seed);
  return { name: `${setUp}: answers of SMTP`, setUp, seed, faults: 45, run };
}

function diskSpec(setUp: BackendName, seed: number): ChainSpec {
  const run = (backend: Backend) => diskChain(backend, seed, diskRounds);
  return { name: `${setUp}: full disk`, setUp, seed, faults: diskRounds, run };
}

function stormSpec(setUp: BackendName, base: number, index: number): ChainSpec {
  const seed = base + 1_000 + index;
  return {
    name: `${setUp}: storm ${index + 1}`,
    setUp,
    seed,
    faults: faultsPerStorm,
    run: (backend, progress) => stormChain({ backend, seed, faults: faultsPerStorm, progress }),
  };
}

function momentKills(seed: number): readonly Kill[] {
  const chance = chanceOf(seed);
  return Array.from({ length: moments }, () => ({
    kind: 'moment',
    afterMs: chance.below(momentMsMax),
  }));
}

/**
 * Dealt out like cards: each chain gets early and late calls. Were all of its workers killed in their first calls,
 * no job would ever get anywhere, and a job whose process dies three times goes to the desk.
 */
function spread<T>(all: readonly T[], piles: number): readonly (readonly T[])[] {
  return Array.from({ length: piles }, (_, pile) =>
    all.filter((_one, index) => index % piles === pile),
  );
}
