/**
 * Pictures of the console for the README: the sample desk of the demo, as its people see it.
 */
import { loadSamples } from '../src/demo/samples.ts';
import { openConsoleBrowser } from './support/console-browser.ts';
import { openTestConsole } from './support/console-desk.ts';

export interface ConsolePicture {
  readonly name: string;
  readonly png: Buffer;
}

const views = [
  { name: 'console-today', path: '/', scheme: 'light' },
  { name: 'console-review', path: '/review', scheme: 'light', key: 'j' },
  { name: 'console-templates', path: '/templates/en/cancel-portal', scheme: 'dark' },
] as const;

/** The desk once all samples have come: ten of them wait. */
export async function consolePictures(): Promise<readonly ConsolePicture[]> {
  const desk = await openTestConsole();
  try {
    for (const { file } of await loadSamples()) await desk.takeSample(file);
    const browser = await openConsoleBrowser(desk.app);
    try {
      const pictures: ConsolePicture[] = [];
      for (const view of views) {
        const tab = await browser.openTab({ widthPx: 1120, heightPx: 680, scheme: view.scheme });
        await tab.go(view.path);
        if ('key' in view) await tab.page.keyboard.press(view.key);
        // The stream of changes never ends: what a page loads by itself is there once its frames are.
        await tab.page.waitForTimeout(loadedMs);
        pictures.push({ name: view.name, png: await tab.page.screenshot() });
        await tab.close();
      }
      return pictures;
    } finally {
      await browser.close();
    }
  } finally {
    await desk.close();
  }
}

const loadedMs = 4_000;
