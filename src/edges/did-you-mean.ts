/**
 * The nearest of several known words to one that was mistyped: the `did you mean` of error lines.
 */

/** Longer words are not compared: no known word is anywhere near. */
const wordCharsMax = 60;

/**
 * Finds the known word that a person most likely meant.
 *
 * Absent when none is near: a far-fetched guess sends people the wrong way. About one slip in three
 * characters is taken for a typing error; capitals, `_` and `-` do not count.
 */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > wordCharsMax) return undefined;
  const plainWord = plain(word);
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(plainWord, plain(candidate));
    const slipsMax = Math.max(1, Math.floor(Math.min(plainWord.length, candidate.length) / 3));
    if (distance <= slipsMax && distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/g, '');
}

/** How many letters must be changed, added, taken away or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforePrevious: readonly number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const added = (current[column - 1] ?? 0) + 1;
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped
        ? (beforePrevious[column - 2] ?? Number.POSITIVE_INFINITY) + 1
        : changed;
      current.push(Math.min(changed, added, swapped, (previous[column] ?? 0) + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
