/**
 * Whether two names of a product mean the same one: Microsoft renames products, and shows one in several ways.
 */
import { foldText } from './normalize.ts';

/** `aliases`: groups of names that count as one, from the notice catalog. */
export function sameProduct(
  a: string,
  b: string,
  aliases: readonly (readonly string[])[],
): boolean {
  const [first, second] = [productKey(a), productKey(b)];
  if (first === second) return true;
  return aliases.some((group) => {
    const keys = group.map(productKey);
    return keys.includes(first) && keys.includes(second);
  });
}

/**
 * One key for all names of a product, so that many can be compared at once. A name in several groups counts
 * with the first.
 */
export function productKeys(aliases: readonly (readonly string[])[]): (product: string) => string {
  const groups = new Map<string, string>();
  for (const [index, group] of aliases.entries()) {
    for (const name of group) {
      const key = productKey(name);
      if (!groups.has(key)) groups.set(key, `alias ${index}`);
    }
  }
  return (product) => {
    const key = productKey(product);
    return groups.get(key) ?? key;
  };
}

/** `Microsoft 365 Business Standard (Monthly)` and `office 365 business standard` are one; `(Plan 1)` and `(Plan 2)` are two. */
function productKey(product: string): string {
  return foldText(product)
    .replaceAll(
      /\b(?:microsoft office 365|office 365|microsoft 365|o365|m365|office365|microsoft365)\b/g,
      '365',
    )
    .replaceAll(/[^\p{L}\p{N}+]+/gu, ' ')
    .replaceAll(/\b(?:month to month|monthly|annual|yearly|trial|subscription|abonnement)\b/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
