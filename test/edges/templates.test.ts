import { EventEmitter, once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderReply } from '../../src/core/compose.ts';
import { checkTemplates } from '../../src/core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../../src/core/template-compile.ts';
import { samplePlan, samplesNow } from '../../src/core/template-samples.ts';
import { loadContacts } from '../../src/edges/contacts.ts';
import { loadTemplates, openTemplates } from '../../src/edges/templates.ts';
import type { Log } from '../../src/ports.ts';

const settings = {
  contacts: await loadContacts('config/contacts.yaml'),
  partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
  policy: { portalLicensesBelow: 25, timeZone: 'UTC' },
};

let dir: string;
let events: EventEmitter;
const logged: { readonly level: string; readonly fields: object; readonly sentence: string }[] = [];

function recorder(): Log {
  const at = (level: string) => (fields: object, sentence: string) => {
    logged.push({ level, fields, sentence });
    events.emit('logged', level);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type Options = Parameters<typeof openTemplates<TemplateSet>>[1];

const options = (more: Partial<Options> = {}): Options => ({
  log: recorder(),
  compile: compileTemplates,
  check: (set, good) => checkTemplates(set, settings, good),
  refused: (details) => events.emit('refused', details),
  accepted: (sources) => events.emit('accepted', sources),
  ...more,
});
const open = (more?: Partial<Options>) => openTemplates(dir, options(more));

type Keeper = Awaited<ReturnType<typeof open>>;

function subject(keeper: Keeper): string {
  const plan = samplePlan('suspicious', 'en');
  return renderReply({ plan, templates: keeper.current(), ...settings, now: samplesNow }).subject;
}

async function edit(change: (text: string) => string): Promise<void> {
  const path = join(dir, 'en', 'suspicious.md.hbs');
  await writeFile(path, change(await readFile(path, 'utf8')));
}

const newSubject = (text: string) => text.replace(/^subject: .*$/m, 'subject: "A new subject"');
const broken = (text: string) => text.replace('do-not-click', 'nothing');

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'templates-'));
  // One language is enough here, and checked in a third of the time.
  await cp('templates/en', join(dir, 'en'), { recursive: true });
  await cp('templates/layout.html.hbs', join(dir, 'layout.html.hbs'));
  events = new EventEmitter();
  logged.length = 0;
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('loading templates', () => {
  it('reads every template with its id and hash, and nothing else', async () => {
    await writeFile(join(dir, 'en', 'notes.txt'), 'not a template');
    await writeFile(join(dir, 'en', '.suspicious.md.hbs.swp'), 'not a template');
    const sources = await loadTemplates(dir);
    expect(sources.map(({ id }) => id)).toContain('en/partials/warnings');
    expect(sources.map(({ id }) => id)).toContain('layout');
    expect(sources.filter(({ id }) => id.includes('notes') || id.includes('swp'))).toEqual([]);
    for (const { hash } of sources) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says which folder or file it cannot read', async () => {
    await expect(loadTemplates(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
      message: expect.stringContaining('nowhere'),
    });
    await writeFile(join(dir, 'en', 'mixed.md.hbs'), Buffer.from([0x2d, 0xff, 0xfe]));
    await expect(loadTemplates(dir)).rejects.toThrow(/mixed\.md\.hbs is not UTF-8/);
    await mkdir(join(dir, 'folder.md.hbs'));
    await rm(join(dir, 'en', 'mixed.md.hbs'));
    await expect(loadTemplates(dir)).rejects.toThrow(/folder\.md\.hbs cannot be read/);
  });

  it('refuses a file above the limit', async () => {
    await writeFile(join(dir, 'en', 'mixed.md.hbs'), 'x'.repeat(256 * 1024 + 1));
    await expect(loadTemplates(dir)).rejects.toThrow(/at most 262144/);
    await writeFile(join(dir, 'en', 'mixed.md.hbs'), 'x'.repeat(256 * 1024));
    expect(await loadTemplates(dir)).not.toHaveLength(0);
  });
});

describe('keeping templates', () => {
  it('does not start with templates that have problems, and tells all of them', async () => {
    await edit(broken);
    await expect(open()).rejects.toMatchObject({
      code: 'TEMPLATES_INVALID',
      details: [
        expect.stringMatching(/suspicious\.md\.hbs: The reply must say/),
        expect.stringMatching(/suspicious\.md\.hbs:7:90: There is no fact "nothing"/),
      ],
    });
  });

  it('starts on a damaged folder with the last good version, and says why', async () => {
    const good = await loadTemplates(dir);
    await edit((text) => broken(newSubject(text)));
    const refused = once(events, 'refused');
    const keeper = await open({ lastGood: async () => good });
    expect(subject(keeper)).toMatch(/does not look genuine/);
    expect((await refused)[0]).toContainEqual(expect.stringContaining('no fact "nothing"'));
    expect(logged.map(({ level }) => level)).toEqual(['error']);
    // The mended folder is taken over as after any other edit.
    await edit((text) => text.replace('says "nothing"', 'says "do-not-click"'));
    expect(await keeper.reload()).toBe('swapped');
    expect(subject(keeper)).toBe('A new subject');
    await keeper.close();
  });

  it('does not start with a last version that is no good any more', async () => {
    const bad = (await loadTemplates(dir)).filter(({ id }) => id !== 'en/mixed');
    await edit(broken);
    await expect(open({ lastGood: async () => bad })).rejects.toMatchObject({
      code: 'TEMPLATES_INVALID',
    });
  });

  it('tells at the start, and after every good edit, what is in use', async () => {
    const uses: number[] = [];
    const accepted = (sources: readonly unknown[]) => void uses.push(sources.length);
    const keeper = await open({ accepted });
    await edit(broken);
    expect(await keeper.reload()).toBe('refused');
    await edit((text) => text.replace('says "nothing"', 'says "do-not-click"'));
    // Taken back: the very version that is in use.
    expect(await keeper.reload()).toBe('unchanged');
    await edit(newSubject);
    expect(await keeper.reload()).toBe('swapped');
    expect(uses).toHaveLength(3);
    await keeper.close();
  });

  it('reads the folder anew after it could not be read', async () => {
    const keeper = await open();
    await edit(newSubject);
    await writeFile(join(dir, 'en', 'mixed.md.hbs~.md.hbs'), Buffer.from([0xff]));
    expect(await keeper.reload()).toBe('refused');
    await rm(join(dir, 'en', 'mixed.md.hbs~.md.hbs'));
    expect(await keeper.reload()).toBe('swapped');
    await keeper.close();
  });

  it('takes over a good edit', async () => {
    const keeper = await open();
    expect(await keeper.reload()).toBe('unchanged');
    await edit(newSubject);
    expect(await keeper.reload()).toBe('swapped');
    expect(subject(keeper)).toBe('A new subject');
    expect(await keeper.reload()).toBe('unchanged');
    await keeper.close();
  });

  it('goes on serving the last good version, and says why', async () => {
    const keeper = await open();
    const before = subject(keeper);
    await edit((text) => broken(newSubject(text)));
    expect(await keeper.reload()).toBe('refused');
    expect(subject(keeper)).toBe(before);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({
      level: 'error',
      fields: { problems: expect.arrayContaining([expect.stringContaining('no fact "nothing"')]) },
    });
    expect(await keeper.reload()).toBe('refused');
    expect(logged).toHaveLength(1);
    await edit((text) => text.replace('"nothing"', '"do-not-click"'));
    expect(await keeper.reload()).toBe('swapped');
    expect(subject(keeper)).toBe('A new subject');
    await keeper.close();
  });

  it('survives that the folder vanishes', async () => {
    const keeper = await open();
    const before = subject(keeper);
    await rm(dir, { recursive: true });
    expect(await keeper.reload()).toBe('refused');
    expect(subject(keeper)).toBe(before);
    await keeper.close();
  });

  it('notices a folder that is replaced as a whole, of which the system tells nothing', async () => {
    const versions = join(dir, 'versions');
    const live = join(dir, 'live');
    await mkdir(versions);
    for (const name of ['one', 'two']) {
      await cp(join(dir, 'en'), join(versions, name, 'en'), { recursive: true });
      await cp(join(dir, 'layout.html.hbs'), join(versions, name, 'layout.html.hbs'));
    }
    const second = join(versions, 'two', 'en', 'suspicious.md.hbs');
    await writeFile(second, newSubject(await readFile(second, 'utf8')));
    await symlink(join(versions, 'one'), live);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const keeper = await openTemplates(live, options());
      keeper.watch();
      await rm(live);
      await symlink(join(versions, 'two'), live);
      const told = once(events, 'accepted');
      vi.advanceTimersByTime(15_000);
      await told;
      expect(subject(keeper)).toBe('A new subject');
      await keeper.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('notices edits by itself while it watches', async () => {
    const keeper = await open();
    keeper.watch();
    keeper.watch();
    const told = once(events, 'logged');
    await edit(newSubject);
    expect(await told).toEqual(['info']);
    expect(subject(keeper)).toBe('A new subject');
    const refused = once(events, 'refused');
    await edit(broken);
    await refused;
    expect(subject(keeper)).toBe('A new subject');
    await keeper.close();
  });
});
