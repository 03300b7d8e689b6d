/**
 * docs/settings.md and docs/customers.md say what the code does: every name both ways, and each default.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { expectationOf, innerSchema } from '../../src/edges/checked-yaml.ts';
import { customerColumns } from '../../src/edges/customer-columns.ts';
import { derivedDefaults, settingsSchema } from '../../src/edges/settings-schema.ts';

interface Leaf {
  readonly path: string;
  readonly schema: z.core.$ZodType;
}

function leaves(schema: z.core.$ZodType, path: string): readonly Leaf[] {
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape as z.core.$ZodShape).flatMap(([key, child]) =>
      leaves(child, path === '' ? key : `${path}.${key}`),
    );
  }
  if (inner instanceof z.ZodArray && innerSchema(inner.element) instanceof z.ZodObject) {
    return leaves(inner.element, `${path}[]`);
  }
  return [{ path, schema }];
}

function documented(file: string, columns: number): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === columns + 2 && /^`.+`$/.test(cells[1] ?? ''));
  return new Map(rows.map((cells) => [(cells[1] ?? '').slice(1, -1), cells.slice(2, -1)]));
}

/** The default of a setting as the table writes it; undefined where the table says it in words. */
function defaultText({ path, schema }: Leaf): string | undefined {
  if ((derivedDefaults as readonly string[]).includes(path)) return undefined;
  if (schema instanceof z.ZodExactOptional) return 'none';
  if (!(schema instanceof z.ZodDefault)) return 'required';
  const value: unknown = schema.def.defaultValue;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : undefined;
  if (value === '') return 'the empty text';
  if (typeof value === 'object') return `\`${JSON.stringify(value)}\``;
  return `\`${String(value)}\``;
}

const settings = leaves(settingsSchema, '');
const settingsTable = documented('settings.md', 3);

test('every setting is documented, and every documented setting exists', () => {
  expect(settings.length).toBeGreaterThan(40);
  expect([...settingsTable.keys()].sort()).toEqual(settings.map((leaf) => leaf.path).sort());
});

test.each(settings)('the documented default of $path is the one in the code', (leaf) => {
  const expected = defaultText(leaf);
  const [told = ''] = settingsTable.get(leaf.path) ?? [];
  if (expected === undefined) {
    expect(told).not.toMatch(/^(required|none|)$/);
  } else if (expected.startsWith('`{')) {
    expect(parse(told.slice(1, -1))).toEqual(JSON.parse(expected.slice(1, -1)));
  } else {
    expect(told).toBe(expected);
  }
});

test('every setting says what is expected in its place', () => {
  const unsaid = settings.filter(({ schema }) => {
    const inner = innerSchema(schema);
    return (
      expectationOf(inner instanceof z.ZodArray ? innerSchema(inner.element) : inner) === undefined
    );
  });
  expect(unsaid.map((leaf) => leaf.path)).toEqual([]);
});

test('every derived default names a setting', () => {
  const paths = settings.map((leaf) => leaf.path);
  expect(derivedDefaults.filter((path) => !paths.includes(path))).toEqual([]);
});

test('every column of the customers file is documented, in the same order', () => {
  expect([...documented('customers.md', 2).keys()]).toEqual(
    customerColumns.map(({ name }) => name),
  );
});
