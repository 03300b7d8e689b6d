/**
 * Judges the marks while no worker runs, in the middle of a chain: a mark tells what stands in the store already.
 *
 * In the end whatever was marked too early has become true, and nobody could see it any more.
 */
import { caseIdOf } from '../../src/core/parse.ts';
import type { StoredCase } from '../../src/ports.ts';
import { type FaultDesk, keyword, mailboxName, reviewFolder } from './desk.ts';
import type { Letter } from './letters.ts';
import { type Place, placesOf } from './oracle.ts';

/** Sentences about marks that say more than the store. */
export async function judgeMidway(desk: FaultDesk): Promise<readonly string[]> {
  const places = await placesOf(desk);
  const marked = desk.letters.flatMap((letter) =>
    (places.get(letter.messageId) ?? []).filter(isMarked).map((place) => ({ letter, place })),
  );
  if (marked.length === 0) return [];
  const { store } = await desk.openStore();
  try {
    const early: string[] = [];
    for (const { letter, place } of marked) {
      const found = await store.findCase(caseIdOf(mailboxName, letter.raw));
      early.push(...earlyMarks(letter, place, found));
    }
    return early;
  } finally {
    await store.close();
  }
}

function isMarked({ folder, flags }: Place): boolean {
  return folder === reviewFolder || flags.length > 0;
}

export function earlyMarks(
  { messageId, kind }: Pick<Letter, 'messageId' | 'kind'>,
  { folder, flags }: Place,
  found: Pick<StoredCase, 'action' | 'reply'> | undefined,
): readonly string[] {
  const about = `${messageId} (${kind})`;
  const early: string[] = [];
  const state = found?.reply?.state ?? 'none';
  if (flags.some((flag) => flag === '\\Answered' || flag === keyword) && state !== 'sent')
    early.push(`${about}: was marked as answered while its reply was ${state}`);
  if (folder === reviewFolder && found?.action !== 'review')
    early.push(`${about}: was filed for the desk while it was ${found?.action ?? 'undecided'}`);
  return early;
}
