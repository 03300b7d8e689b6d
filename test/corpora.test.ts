/**
 * Real mails by others, where they lie beside the project (../shared/corpora): every one ends as a decision,
 * and none of them is answered. They are read for evaluation and never copied.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasons } from '../src/core/reasons.ts';
import { decideAtDesk, host } from './support/sample-desk.ts';

const folder = new URL('../../shared/corpora/', import.meta.url);
const manifest = new URL('manifest.tsv', folder);
const isPresent = existsSync(manifest);
if (!isPresent)
  console.warn('SKIPPED: the corpora of real mails, because ../shared/corpora is not here.');

test.skipIf(!isPresent)(
  'every real mail ends as a decision, and none is answered',
  { timeout: 300_000 },
  async () => {
    const rows = readFileSync(manifest, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split('\t'));
    const byAction = new Map<string, number>();
    const answered: string[] = [];
    let slowest = { path: '', ms: 0 };
    for (const [path = '', category = ''] of rows) {
      const raw = readFileSync(new URL(path.replaceAll('#', '%23').replaceAll('?', '%3F'), folder));
      const began = performance.now();
      const decision = await decideAtDesk(raw, {
        policy: { trustedAuthservIds: [host, 'exchange-online'] },
      });
      const ms = performance.now() - began;
      if (ms > slowest.ms) slowest = { path, ms };
      expect(reasons[decision.reason].action, path).toBe(decision.action);
      if (decision.action === 'reply') answered.push(path);
      const key = `${category} ${decision.action}`;
      byAction.set(key, (byAction.get(key) ?? 0) + 1);
    }
    const counts = [...byAction].sort().map(([key, count]) => `${key} ${count}`);
    console.info(
      `${rows.length} real mails: ${counts.join(', ')}; slowest ${Math.round(slowest.ms)} ms (${slowest.path})`,
    );
    expect(rows.length).toBeGreaterThan(2_000);
    expect(answered).toEqual([]);
  },
);
