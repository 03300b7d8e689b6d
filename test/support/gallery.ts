/** The page of `preview --all`, made as an operator makes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCommandPlace, minimalSettings, runCommandLine } from './command.ts';

/** Every scenario in every language. Throws with what the command said when one cannot be composed. */
export async function makeGallery(): Promise<string> {
  const place = makeCommandPlace();
  try {
    place.write('responder.yaml', minimalSettings);
    const args = ['preview', '--all', '--out', 'all.html', '--config', 'responder.yaml'];
    const { code, stderr } = await runCommandLine(args, { cwd: place.folder });
    if (code !== 0) throw new Error(stderr);
    return readFileSync(join(place.folder, 'all.html'), 'utf8');
  } finally {
    place.remove();
  }
}
