/**
 * The store over every database: which words went out, and edits that are not in use.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TemplateVersion } from '../../src/core/template-version.ts';
import type { AuditStore } from '../../src/ports/audit.ts';
import type { CaseRecord, Store } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { cursor, later as laterBy, mailOf, noon, replyRecord } from './samples.ts';

const later = laterBy(60_000);

const file = (id: string, source: string) => ({
  id,
  path: `templates/${id}.md.hbs`,
  source,
  hash: `${Buffer.from(source).toString('hex')}`.padEnd(64, '0').slice(0, 64),
});

const layout = file('layout', 'the layout');
const version = (hash: string, words: string): TemplateVersion => ({
  hash: hash.padEnd(64, '0'),
  templateId: 'en/suspicious',
  files: [file('en/suspicious', words), layout],
});

for (const database of databases) {
  describe.skipIf(database.isMissing)(`templates in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store & AuditStore;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    const save = async (caseId: string, more: Partial<CaseRecord>) => {
      uid += 1;
      const location = { ...mailOf(caseId).location, uid };
      await store.accept('support', [mailOf(caseId, { location })], cursor);
      return store.saveDecision({ ...replyRecord(caseId, caseId), ...more });
    };
    const kept = async (table: string): Promise<number> => {
      const { rows } = await opened.pool.query(`select count(*)::int as n from ${table}`);
      return (rows[0] as { n: number }).n;
    };

    test('keeps what was saved, by whom, and its line of the audit log, also what nobody got yet', async () => {
      const id = 'en/suspicious';
      const [old, words] = [file(id, 'Hi\n'), file(id, 'Hello\n')];
      const act = { at: noon, by: 'ana', via: 'console' } as const;
      const save1 = { folder: '/t', id, file: words, before: old, act, action: 'saved' } as const;
      await store.saveTemplate(save1);
      const query = { folder: '/t', id, limit: 10 };
      expect(await store.templateFileHistory(query)).toEqual([
        { hash: words.hash, at: noon, by: 'ana' },
        { hash: old.hash, at: noon, replaced: true },
      ]);
      const used = version('cccccccc3', 'Hello\n');
      await save('a', { template: used, decidedAt: later });
      expect(await store.templateFileHistory(query)).toEqual([
        { hash: words.hash, at: noon, by: 'ana', firstUsedAt: later },
        { hash: old.hash, at: noon, replaced: true },
      ]);
      expect((await store.findTemplateVersion(used.hash))?.author).toBe('ana');
      expect(await store.findTemplateWords({ folder: '/t', id, hash: old.hash })).toBe('Hi\n');
      expect(
        await store.findTemplateWords({ folder: '/t', id: 'layout', hash: old.hash }),
      ).toBeUndefined();
      expect(await store.lastTemplateSaves('/t')).toEqual([
        { id, hash: words.hash, at: noon, by: 'ana' },
      ]);
      const layouts = await store.templateFileHistory({ ...query, id: 'layout' });
      expect(layouts).toEqual([{ hash: layout.hash, at: later, firstUsedAt: later }]);
      expect(await store.listAudit({ subject: 'template', limit: 5 })).toMatchObject([
        { by: 'ana', action: 'saved', subjectId: id, before: { version: old.hash.slice(0, 12) } },
      ]);
    });

    test('keeps what a reply was made of, with the first day, once', async () => {
      const first = version('aaaaaaaa1', 'Hello\n');
      expect(await save('a', { template: first })).toBe('saved');
      expect(await save('b', { template: first, decidedAt: later })).toBe('saved');
      const changed = version('bbbbbbbb2', 'Good day\n');
      expect(await save('c', { template: changed, decidedAt: later })).toBe('saved');
      expect(await store.findTemplateVersion(first.hash)).toEqual({ ...first, firstUsedAt: noon });
      expect(await store.findTemplateVersion('BBBBBBBB2')).toEqual({
        ...changed,
        firstUsedAt: later,
      });
      expect(await store.listTemplateVersions({ limit: 10 })).toEqual([
        { hash: changed.hash, templateId: 'en/suspicious', firstUsedAt: later },
        { hash: first.hash, templateId: 'en/suspicious', firstUsedAt: noon },
      ]);
      expect(await store.listTemplateVersions({ templateId: 'de/suspicious', limit: 10 })).toEqual(
        [],
      );
      // The layout is the same in both.
      expect(await kept('template_files')).toBe(3);
    });

    test('keeps nothing of a reply that was not saved', async () => {
      await save('a', { template: version('aaaaaaaa1', 'one') });
      const outrun = { ...replyRecord('b', 'a'), template: version('bbbbbbbb2', 'two') };
      await store.accept(
        'support',
        [mailOf('b', { location: { ...mailOf('b').location, uid: 99 } })],
        cursor,
      );
      expect(await store.saveDecision(outrun)).toBe('outrun');
      expect(await kept('template_versions')).toBe(1);
    });

    test('finds nothing by a hash that is short, ambiguous, or none', async () => {
      await save('a', { template: version('cccccccc1', 'one') });
      await save('b', { template: version('cccccccc2', 'two') });
      for (const asked of ['cccccccc', 'ccc', '', '%', 'nothex!!', 'dddddddd']) {
        expect(await store.findTemplateVersion(asked)).toBeUndefined();
      }
    });

    test('two workers that keep the same new version at once both save', async () => {
      const same = version('eeeeeeee1', 'the same');
      for (const id of ['a', 'b', 'c', 'd']) {
        uid += 1;
        await store.accept(
          'support',
          [mailOf(id, { location: { ...mailOf(id).location, uid } })],
          cursor,
        );
      }
      const saves = ['a', 'b', 'c', 'd'].map((id) =>
        store.saveDecision({ ...replyRecord(id, id, `${id}@${id}.example`), template: same }),
      );
      expect(await Promise.all(saves)).toEqual(['saved', 'saved', 'saved', 'saved']);
      expect(await kept('template_versions')).toBe(1);
    });

    test('lists cases with a reply or a proposal, newest first', async () => {
      await save('a', {});
      uid += 1;
      const location = { ...mailOf('b').location, uid };
      await store.accept('support', [mailOf('b', { location })], cursor);
      const { reply, ...base } = replyRecord('b', 'b');
      const proposal = reply?.content;
      if (proposal === undefined) throw new Error('no reply');
      await store.saveDecision({ ...base, proposal, decidedAt: later });
      expect((await store.listReplied(10)).map(({ caseId }) => caseId)).toEqual(['b', 'a']);
      expect(await store.listReplied(1)).toHaveLength(1);
    });

    test('keeps the files in use of each folder, the last version alone', async () => {
      const files = [file('en/suspicious', 'one'), layout];
      await store.keepTemplateSet('/templates', files, noon);
      await store.keepTemplateSet('/templates', [...files, file('en/mixed', 'two')], later);
      await store.keepTemplateSet('/others', [layout], later);
      expect(await store.findTemplateSet('/templates')).toEqual([
        ...files,
        file('en/mixed', 'two'),
      ]);
      expect(await store.findTemplateSet('/others')).toEqual([layout]);
      expect(await store.findTemplateSet('/nowhere')).toBeUndefined();
    });

    test('tells an edit that is not in use, until one is good', async () => {
      const refusal = { place: 'host:/templates', at: noon, problems: ['a.hbs:1:1: no'] };
      await store.refuseTemplates(refusal);
      await store.refuseTemplates({ ...refusal, at: later, problems: ['b.hbs:2:2: no'] });
      await store.refuseTemplates({ ...refusal, place: 'other:/templates' });
      expect(await store.listTemplateRefusals()).toEqual([
        { ...refusal, place: 'other:/templates' },
        { ...refusal, at: later, problems: ['b.hbs:2:2: no'] },
      ]);
      await store.acceptTemplates('host:/templates');
      await store.acceptTemplates('nobody:/templates');
      expect(await store.listTemplateRefusals()).toHaveLength(1);
    });
  });
}
