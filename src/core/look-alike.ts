/**
 * Names that look like Microsoft's: other letters of the same shape, letters left out or swapped.
 *
 * Unicode Technical Standard #39 §4, in spirit: only the letters that its product names are imitated with.
 * RFC 3492 (Punycode), to see the letters of a host.
 */
import { foldDiacritics } from './normalize.ts';

/** Cyrillic, Greek, Armenian and other letters by the Latin ones they look like. */
const shapes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ a: 'аαɑ', c: 'сϲᴄ', d: 'ԁɗ', e: 'еєɛ', f: 'ƒϝ', h: 'һ', i: 'іιıӏɩ', j: 'јϳ', k: 'кκ' },
    ...{
      l: 'ⅼ',
      m: 'мɱ',
      n: 'пηո',
      o: 'оοσօ',
      p: 'рρ',
      r: 'гɾ',
      s: 'ѕꜱ',
      t: 'тτ',
      u: 'υսц',
      v: 'νѵ',
    },
    ...{ w: 'ԝωш', x: 'хχ', y: 'уγ' },
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

/** Whether a name imitates Microsoft's: its product words, also with look-alike characters. */
export function imitatesMicrosoft(name: string): boolean {
  const readable = name.includes('xn--')
    ? name
        .split('.')
        .map((label) => (label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label))
        .join('.')
    : name;
  const folded = [...foldDiacritics(readable)]
    .map((letter) => shapes.get(letter) ?? letter)
    .join('')
    .replaceAll('0', 'o')
    .replaceAll(/[1|]/g, 'l')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll(/[^a-z36]/g, '');
  return /m[il]?cr[o]?s?[o]?ft|m[il]crosof|mlcrosoft|office36|offlce|m36s|o36s|msonline|microsft|outlook|sharepoint|onedrive|officerenew|officebill|officeaccount|officelicen|officesub/.test(
    folded,
  );
}

/** The letters of a label without its `xn--`; the label as it is where it is broken. RFC 3492 §6.2. */
export function decodePunycode(label: string): string {
  const dash = label.lastIndexOf('-');
  const output = [...label.slice(0, Math.max(dash, 0))];
  let [code, index, bias] = [128, 0, 72];
  let at = dash < 0 ? 0 : dash + 1;
  while (at < label.length && output.length < 63) {
    const before = index;
    let weight = 1;
    for (let k = 36; ; k += 36) {
      const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(label[at] ?? ' ');
      at += 1;
      if (digit < 0) return label;
      index += digit * weight;
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const length = output.length + 1;
    bias = adapted(index - before, length, before === 0);
    code += Math.floor(index / length);
    index %= length;
    // Not a number either: a long run of digits overflows.
    if (!(code <= 0x10ffff)) return label;
    output.splice(index, 0, String.fromCodePoint(code));
    index += 1;
  }
  return output.join('');
}

/** RFC 3492 §6.1. */
function adapted(delta: number, length: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
