/**
 * Passwords as they are kept: argon2id, with a salt of each one's own.
 */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { normalizePassword } from '../core/password-rules.ts';
import type { Passwords } from '../ports/doors.ts';

/** What a hash costs. */
export interface PasswordCost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/**
 * OWASP, Password Storage Cheat Sheet (read in 2026): argon2id with 19 MiB of memory, two passes and one lane at
 * least. argon2id is the library's default; its enum cannot be named where types are stripped.
 */
const cost: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes that are made at once: each takes its memory, and more than the machine has threads wins nothing. */
const hashesMax = 2;

/** The hashing itself, which a test counts. */
export interface Hashing {
  readonly hash: typeof hash;
  readonly verify: typeof verify;
}

export function openPasswords(
  today: PasswordCost = cost,
  hashing: Hashing = { hash, verify },
): Passwords {
  const inTurn = turns(hashesMax);
  const make = (password: string) => inTurn(() => hashing.hash(normalizePassword(password), today));
  // A hash of nobody's password: whoever tries an unknown name waits for it as for a real one.
  let nobodys: Promise<string> | undefined;
  return {
    hash: make,
    async verify(password, known) {
      nobodys ??= make('the password of nobody');
      const against = known ?? (await nobodys);
      const isSame = await inTurn(() => hashing.verify(against, normalizePassword(password)));
      if (!isSame || known === undefined) return { matches: false };
      return isOfToday(known, today)
        ? { matches: true }
        : { matches: true, rehash: await make(password) };
    },
  };
}

function isOfToday(known: string, today: PasswordCost): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(known);
  return (
    memoryCost === today.memoryCost &&
    timeCost === today.timeCost &&
    parallelism === today.parallelism
  );
}

/** Does no more than so many at once; the others wait in order. */
function turns(most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
