/**
 * Makes the pictures of docs/images from the replies and the console as they are now: `npm run screenshots`.
 *
 * The letters are those of the machine’s fonts; scripts it has none for come out as boxes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../src/core/decision.ts';
import { templateSamples } from '../src/core/template-samples.ts';
import { consolePictures } from './screenshots-console.ts';
import { makeGallery } from './support/gallery.ts';
import { openReplyBrowser, type ReplyBrowser, type Screen } from './support/reply-browser.ts';
import { rtlLocale, rtlScenario, sampleReply } from './support/reply-samples.ts';
import { projectRoot } from './support/source-code.ts';

/** Small enough that nobody waits for a page of the documentation. */
const pictureBytesMax = 250_000;

interface Picture extends Screen {
  readonly name: string;
  readonly html: string;
}

/** What a phone shows at once. */
const phone = { widthPx: 360, scale: 1.25, heightPx: 720 } as const;
const desk = { widthPx: 900, heightPx: 800 } as const;

/** The sample of a name that is longer than any line. */
function longName(scenario: Scenario): string {
  const found = templateSamples(scenario, 'en').find(({ name }) => name === 'a long name');
  return sampleReply(scenario, 'en', found?.plan).html;
}

async function pictures(): Promise<readonly Picture[]> {
  const portal = sampleReply('cancel-portal', 'en').html;
  const mixed = sampleReply('mixed', 'de').html;
  return [
    { name: 'reply-phone-light', html: portal, ...phone },
    { name: 'reply-phone-dark', html: portal, ...phone, scheme: 'dark' },
    { name: 'reply-desktop-light', html: mixed, ...desk },
    { name: 'reply-desktop-dark', html: mixed, ...desk, scheme: 'dark' },
    { name: 'reply-rtl', html: sampleReply(rtlScenario, rtlLocale).html, ...phone, heightPx: 880 },
    { name: 'reply-long-name', html: longName('cancel-portal'), ...phone, heightPx: 560 },
    { name: 'replies-gallery', html: await makeGallery(), widthPx: 1_200, heightPx: 840 },
  ];
}

/** What the screen shows: the whole page would be too long to look at. */
async function take({ name, html, ...screen }: Picture, browser: ReplyBrowser) {
  const page = await browser.openPage(screen);
  await page.show(html);
  const png = await page.shoot('screen');
  await page.close();
  keep(name, png);
}

function keep(name: string, png: Buffer): void {
  if (png.length > pictureBytesMax) {
    throw new Error(`${name}.png has ${png.length} bytes; at most ${pictureBytesMax} are kept.`);
  }
  writeFileSync(join(projectRoot, 'docs/images', `${name}.png`), png);
  process.stdout.write(`docs/images/${name}.png: ${png.length} bytes\n`);
}

const browser = await openReplyBrowser();
try {
  for (const picture of await pictures()) await take(picture, browser);
} finally {
  await browser.close();
}
for (const { name, png } of await consolePictures()) keep(name, png);
