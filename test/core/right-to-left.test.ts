import { describe, expect, it } from 'vitest';
import { rtlLocale, rtlScenario, sampleReply } from '../support/reply-samples.ts';

const number = '0800 589 2332';
const fromTheLeft = `\u200E${number}`;

describe('a phone number', () => {
  it('keeps the order of its groups among words that are written from the right', () => {
    const { text, html } = sampleReply(rtlScenario, rtlLocale);
    expect(text.replace(/\s+/g, ' ')).toContain(`: ${fromTheLeft} (`);
    expect(html.replace(/<[^>]*>/g, '')).toContain(`: ${fromTheLeft} (`);
  });

  it('stands as it is among words that are written from the left', () => {
    const { text, html } = sampleReply(rtlScenario, 'en');
    expect(text.replace(/\s+/g, ' ')).toContain(`: ${number} (`);
    expect(html + text).not.toContain('\u200E');
  });
});

describe('a reply in a language written from the right', () => {
  it('marks numbers alone: names and addresses have letters that say their direction', () => {
    const { text, subject } = sampleReply(rtlScenario, rtlLocale);
    expect(text.match(/\u200E/g)).toHaveLength(1);
    expect(subject).not.toContain('\u200E');
  });
});
