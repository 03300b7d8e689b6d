/**
 * Columns of a terminal.
 */
import { describe, expect, test } from 'vitest';
import { cutToWidth, displayWidth } from '../../src/core/display-width.ts';

describe('width', () => {
  test.each([
    ['Contoso', 7],
    ['', 0],
    ['株式会社コントソ', 16],
    ['한국', 4],
    ['Ｆｕｌｌ', 8],
    ['e\u0301te\u0301', 3],
    ['a\u200bb', 2],
    ['\u{20bb7}野家', 6],
  ])('%s takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cutting', () => {
  test.each([
    ['Contoso', 7, 'Contoso'],
    ['Contoso', 6, 'Conto…'],
    ['株式会社', 8, '株式会社'],
    ['株式会社', 7, '株式会…'],
    ['株式会社', 6, '株式…'],
    ['\u{20bb7}\u{20bb7}', 3, '\u{20bb7}…'],
  ])('%s at %i columns is %s', (text, columns, cut) => {
    expect(cutToWidth(text, columns)).toBe(cut);
    expect(displayWidth(cutToWidth(text, columns))).toBeLessThanOrEqual(columns);
  });
});
