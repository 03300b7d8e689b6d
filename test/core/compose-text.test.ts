import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/core/display-width.ts';
import { escapeMarkdown, readMarkdown, surveyDocument } from '../../src/core/document.ts';
import { renderHtml } from '../../src/core/render-html.ts';
import { renderText, wrap } from '../../src/core/render-text.ts';

const text = (markdown: string) => renderText(readMarkdown(markdown));
const html = (markdown: string) => renderHtml(readMarkdown(markdown));

describe('the text part', () => {
  it('wraps at 72 columns and never within a word', () => {
    const lines = text(`${'word '.repeat(40)}`)
      .trimEnd()
      .split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
    expect(wrap(`${'a'.repeat(72)} b`, 72)).toEqual(['a'.repeat(72), 'b']);
    expect(wrap(`${'a'.repeat(70)} b`, 72)).toEqual([`${'a'.repeat(70)} b`]);
  });

  it('breaks no phone number', () => {
    const words = 'word '.repeat(13);
    expect(wrap(`${words}0800 589 2332 (Germany)`, 72)).toEqual([
      words.trim(),
      '0800 589 2332 (Germany)',
    ]);
    expect(wrap(`${words}+49 30 1234-567`, 72)[1]).toBe('+49 30 1234-567');
    expect(wrap('1 2 3 '.repeat(30), 72).every((line) => line.length <= 72)).toBe(true);
  });

  it('leaves a long link whole', () => {
    const url = `https://admin.microsoft.com/${'x'.repeat(200)}?a=b&c=d#/e`;
    expect(text(`See [here](${url}) now.`)).toContain(`\n(${url})\n`);
  });

  it('writes links out, and once where text and link are the same', () => {
    expect(text('[Microsoft](https://a.example/b)')).toBe('Microsoft (https://a.example/b)\n');
    expect(text('[https://a.example](https://a.example)')).toBe('https://a.example\n');
    expect(text('[a.example/b](https://a.example/b)')).toBe('https://a.example/b\n');
  });

  it('numbers steps and indents what belongs to them', () => {
    const lines = text('1. one\n2. two:\n    - a\n    - b\n3. three\n\nend').split('\n');
    expect(lines).toEqual(['1. one', '2. two:', '   - a', '   - b', '3. three', '', 'end', '']);
    expect(text('4. four\n5. five')).toBe('4. four\n5. five\n');
  });

  it('reads a table row by row', () => {
    expect(text('| A | B |\n| --- | --- |\n| **x** | y |\n| z | |')).toBe('- x\n  B: y\n- z\n');
  });

  it('underlines headings', () => {
    expect(text('## What to do\n\nThis.')).toBe('What to do\n----------\n\nThis.\n');
  });

  it('breaks Chinese and Japanese between characters, but not before small signs', () => {
    const lines = wrap('日本語の文章はスペースなしで続きます。'.repeat(6), 72);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('')).toBe('日本語の文章はスペースなしで続きます。'.repeat(6));
    for (const line of lines) expect(line).not.toMatch(/^[。、ー]/);
  });

  it('breaks where they meet Latin letters and brackets, and counts wide signs as two', () => {
    const sentence = 'ユーザーはMicrosoft 365を（Contoso GmbHの）メンバーとして「続け」ます。';
    const lines = wrap(sentence.repeat(4), 72);
    expect(lines.join('').replaceAll(' ', '')).toBe(sentence.repeat(4).replaceAll(' ', ''));
    for (const line of lines) {
      expect(displayWidth(line)).toBeLessThanOrEqual(72);
      expect(line).not.toMatch(/^[。）」ー]|[（「]$/);
    }
    expect(displayWidth(lines[0] ?? '')).toBeGreaterThan(64);
  });
});

it('keeps a line that was ended on purpose, in both parts', () => {
  expect(text('Kind regards  \nThe desk\nof Fabrikam')).toBe(
    'Kind regards\nThe desk of Fabrikam\n',
  );
  expect(html('Kind regards  \nThe desk\nof Fabrikam')).toContain(
    'Kind regards<br>The desk of Fabrikam',
  );
});

describe('the HTML part', () => {
  it('escapes texts and addresses', () => {
    expect(html('a \\< b & "c"')).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(html('[x](https://a.example/?b=1&c=%22)')).toContain(
      'href="https://a.example/?b=1&amp;c=%22"',
    );
  });

  it('keeps the groups of a number together, and leaves days and ids alone', () => {
    const number = (text: string) => `<span class="number">${text}</span>`;
    expect(html('call **0800 589 2332** (Germany).')).toContain(
      `<strong>${number('0800 589 2332')}</strong> (Germany)`,
    );
    expect(html('a < \\+36 80 983-899, b')).toContain(`a &lt; ${number('+36 80 983-899')}, b`);
    expect(html('\u200E000 800 440 2038')).toContain(`\u200E${number('000 800 440 2038')}`);
    expect(html('25 licenses, December 1, 2026, a1b2 3c4d 5')).not.toContain('<span');
  });

  it('leaves a row of digits that no screen could hold to break', () => {
    const digits = html('12345 '.repeat(40));
    for (const [, kept = ''] of digits.matchAll(/<span class="number">([^<]*)</g)) {
      expect(kept.length).toBeLessThanOrEqual(22);
    }
    expect(digits.replace(/<[^>]*>/g, '')).toBe('12345 '.repeat(40).trim());
  });

  it('knows no raw HTML, images or code', () => {
    expect(html('<b>x</b> ![i](https://a.example/i.png) `c`\n\n<div>')).not.toMatch(
      /<(?:b|img|code|div)\b/,
    );
  });
});

describe('a value in Markdown', () => {
  it('comes out as it went in, whatever ASCII it has', () => {
    const all = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('');
    for (const value of [all, [...all].reverse().join(''), ...all].map((part) => `${part}x`)) {
      expect(surveyDocument(readMarkdown(escapeMarkdown(value))).words).toBe(value);
      expect(surveyDocument(readMarkdown(`a **${escapeMarkdown(value)}** b`)).words).toContain(
        value,
      );
    }
  });
});
