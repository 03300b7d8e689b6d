/**
 * Today: what it says is true, and nothing that waits for a person is missing from it.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../src/console/server.ts';
import { niceCeiling } from '../../src/console/views/charts.ts';
import { durationOf, shortDuration } from '../../src/console/views/times.ts';
import type { Hold } from '../../src/ports.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

let desk: TestConsole;
let app: FastifyInstance;
let holds: readonly Hold[] = [];
beforeAll(async () => {
  desk = await openTestConsole();
  const { house, store } = desk.parts;
  app = await buildConsole({
    parts: {
      ...desk.parts,
      store: { ...store, listHolds: async () => holds },
      house: {
        ...house,
        mailboxes: ['support'],
        watched: [{ name: 'support', pollSeconds: 60 }],
      },
    },
    doors: openDoor('viewer'),
  });
});
afterAll(async () => {
  await app.close();
  await desk.close();
});

const get = async (url: string): Promise<string> => {
  const answer = await app.inject(url);
  expect(answer.statusCode).toBe(200);
  return answer.body;
};
const later = (ms: number) => {
  desk.desk.now = new Date(desk.desk.now.getTime() + ms);
};

describe('whether the mailbox is watched', () => {
  test('a mailbox that was never looked at is no good one', async () => {
    expect(await get('/')).toContain('Never looked at');
  });

  test('says when the last look succeeded, and turns amber and red as it grows old', async () => {
    await desk.store.noteLook('support', desk.desk.now);
    later(12_000);
    expect(await get('/')).toMatch(/badge good">Looked at 12 seconds ago/);
    later(4 * 60_000);
    expect(await get('/today/watch')).toMatch(/badge warn">Last looked at 4 minutes ago/);
    later(3 * 3_600_000);
    expect(await get('/today/watch')).toMatch(/badge bad">Last looked at 3 hours ago/);
  });

  test('trouble is told with its cause, which is escaped', async () => {
    await desk.store.noteTrouble('support', { at: desk.desk.now, detail: '<b>refused</b>' });
    later(10 * 60_000);
    const page = await get('/today/watch');
    expect(page).toContain('Cannot be looked at for 10 minutes');
    expect(page).toContain('&lt;b&gt;refused');
  });

  test('never says "connected"', async () => {
    expect(await get('/')).not.toMatch(/connected/i);
  });
});

describe('what needs a person', () => {
  test('nothing is said to wait where nothing does', async () => {
    expect(await get('/today/needs')).toContain('Nothing waits for you');
  });

  test('names each thing that is held or refused, and leads to it', async () => {
    const at = desk.desk.now;
    holds = [
      { kind: 'mailbox', name: 'support', at, detail: 'More than usual went out.' },
      { kind: 'address', name: '<b>@contoso.example', at, detail: 'A reply came back.' },
    ];
    await desk.store.refuseTemplates({ place: 'de/<i>', at, problems: ['x'] });
    const page = await get('/today/needs');
    expect(page).toContain('Sending from support is paused');
    expect(page).toContain('Nothing is sent to &lt;b&gt;@contoso.example');
    expect(page).toContain('1 template edit not used');
    expect(page).toContain('de/&lt;i&gt;');
    expect(page).toContain('href="/templates"');
  });

  test('an unconfirmed reply leads to its case', async () => {
    desk.desk.submit = async () => ({ outcome: 'unconfirmed', detail: 'cut off' });
    const caseId = await desk.takeSample('04_outlook_web_phone.eml');
    const page = await get('/today/needs');
    expect(page).toContain('1 reply may or may not have arrived');
    expect(page).toContain(`href="/cases/${caseId}"`);
  });
});

describe('figures', () => {
  test('come with the page, or right after it, and count what came and went', async () => {
    desk.desk.submit = async () => ({ outcome: 'accepted', response: '250 ok' });
    await desk.takeSample('01_outlook_desktop_portal.eml');
    later(60_000);
    const part = await get('/today/figures');
    expect(part).toMatch(/<dt>Mails<\/dt><dd>2</);
    expect(part).toMatch(/<dt>Replies sent<\/dt><dd>1</);
    expect(part).toContain('<title id="replies-title">Replies by day</title>');
    expect(part).not.toContain('being counted');
    expect(part).toContain('data-live="cases"');
  });

  test('customers billed twice lead to who they are', async () => {
    const part = await get('/today/figures');
    expect(part).toMatch(/href="\/customers\/-\/billed-twice">\d+ customers?, \d+ subscriptions?/);
  });

  test('each chart has a name, a sentence and a table for whoever does not see it', async () => {
    const part = await get('/today/figures');
    for (const svg of part.match(/<svg viewBox="0 0 340[\s\S]*?<\/svg>/g) ?? expect.fail('none')) {
      expect(svg).toContain('role="img"');
      expect(svg).toMatch(/<title id="[a-z]+-title">.+<\/title><desc id="[a-z]+-desc">.+<\/desc>/);
      expect(svg).not.toContain('NaN');
    }
    expect(part.match(/<details><summary>As a table/g)).toHaveLength(
      (part.match(/role="img"/g) ?? []).length,
    );
  });

  test('the page has no style and no script of its own, which the browser would refuse', async () => {
    const page = await get('/');
    expect(page).not.toMatch(/ style="/);
    expect(page).not.toMatch(/<script(?! src=")/);
  });
});

test.each([
  [0, '0 seconds'],
  [1_000, '1 second'],
  [119_000, '119 seconds'],
  [120_000, '2 minutes'],
  [3_600_000 * 3, '3 hours'],
  [86_400_000 * 3, '3 days'],
])('%i ms are told as %s', (ms, words) => {
  expect(durationOf(ms)).toBe(words);
});

test('a duration is short where there is little room', () => {
  expect([400, 12_000, 180_000, 7_200_000, 5 * 86_400_000].map(shortDuration)).toEqual([
    '0.4 s',
    '12 s',
    '3 min',
    '2 h',
    '5 d',
  ]);
});

test('a scale ends at a number that people read', () => {
  expect([0, 1, 3, 7, 11, 480, 5_001].map(niceCeiling)).toEqual([1, 1, 5, 10, 20, 500, 10_000]);
});
