/**
 * The operator's papers are true: the table of figures, the dashboard and the alert rules name figures, labels and
 * values that the service has, and between them every figure is looked at.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { reasons } from '../src/core/reasons.ts';
import { openMetrics } from '../src/edges/metrics.ts';
import { metricTable } from '../src/edges/metrics-table.ts';
import { jobEnds, replyOutcomes } from '../src/ports/metrics.ts';
import { jobKinds, queueStates } from '../src/ports.ts';
import { readProjectFile } from './support/source-code.ts';

const entries = Object.values(metricTable);
const own = /\btransition_responder_[a-z_]+\b/g;
const foreign = /\b(?:process|nodejs)_[a-z0-9_]+\b/g;

/** The names a figure has in `/metrics`: a histogram has three. */
const namesOf = ({ name, type }: (typeof entries)[number]): readonly string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
const labelsByName = new Map<string, readonly string[]>(
  entries.flatMap((entry) =>
    namesOf(entry).map((name) => [name, [...entry.labels, 'le']] as const),
  ),
);

/** Values a label may have, where the list is closed. */
const valuesByLabel: Readonly<Record<string, readonly string[]>> = {
  outcome: replyOutcomes,
  end: jobEnds,
  kind: jobKinds,
  state: queueStates,
  reason: Object.keys(reasons),
  action: ['reply', 'review', 'suppress', 'ignore'],
  what: ['token', 'secret', 'certificate'],
  part: ['store', 'queue'],
};

/** What an expression asks of figures that is not there. */
async function faultsOf(expr: string, exposed: ReadonlySet<string>): Promise<readonly string[]> {
  const unknown = [...expr.matchAll(own), ...expr.matchAll(foreign)]
    .map(([name]) => name)
    .filter((name) => !labelsByName.has(name) && !exposed.has(name));
  const matchers = [...expr.matchAll(/\b(transition_responder_[a-z_]+)\{([^}]*)\}/g)];
  const wrong = matchers.flatMap(([, name = '', list = '']) =>
    [...list.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(
      ([whole, label = '', value = '']) => {
        const isKnown = labelsByName.get(name)?.includes(label) === true;
        const closed = valuesByLabel[label];
        return isKnown && (closed === undefined || closed.includes(value))
          ? []
          : [`${name} ${whole}`];
      },
    ),
  );
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)]
    .flatMap(([, list = '']) => list.split(',').map((label) => label.trim()))
    .filter((label) => !['instance', 'job', 'le'].includes(label))
    .filter((label) => ![...labelsByName.values()].some((labels) => labels.includes(label)));
  return [...unknown, ...wrong, ...grouped, ...bracketsOf(expr)];
}

function bracketsOf(expr: string): readonly string[] {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };
  for (const mark of expr.replaceAll(/"[^"]*"/g, '')) {
    if ('({['.includes(mark)) open.push(mark);
    else if (mark in pairs && open.pop() !== pairs[mark])
      return [`${mark} closes nothing: ${expr}`];
  }
  return open.length === 0 ? [] : [`not closed: ${expr}`];
}

async function exposedNames(): Promise<ReadonlySet<string>> {
  const metrics = openMetrics({ mailboxes: ['support'], version: '1' });
  const text = await metrics.text({ now: new Date(0), expiries: [] });
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}

const dashboard = z
  .looseObject({
    title: z.string(),
    schemaVersion: z.int(),
    templating: z.looseObject({
      list: z.array(z.looseObject({ name: z.string(), query: z.string() })),
    }),
    panels: z.array(
      z.looseObject({
        id: z.int(),
        title: z.string().min(1),
        description: z.string().min(1),
        type: z.enum(['stat', 'timeseries', 'table']),
        gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
        targets: z
          .array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() }))
          .min(1),
      }),
    ),
  })
  .parse(JSON.parse(readProjectFile('docs/grafana-dashboard.json')));

const alerts = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[mh]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
            annotations: z.strictObject({
              summary: z.string().min(10),
              action: z.string().min(20),
            }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readProjectFile('docs/alerts.yaml')));
const rules = alerts.groups.flatMap((group) => group.rules);
const dashboardExprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

test('docs/operations.md has every figure with kind, labels and meaning, and no other', () => {
  const rows = readProjectFile('docs/operations.md')
    .split('\n')
    .filter((line) => line.startsWith('| `transition_responder_'))
    .map((line) => line.slice(2, -2).split(' | '));
  expect(rows).toEqual(
    entries.map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', ') || 'none',
      help,
    ]),
  );
});

test('docs/operations.md names only figures of the process that there are', async () => {
  const exposed = await exposedNames();
  const named = [...readProjectFile('docs/operations.md').matchAll(foreign)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !exposed.has(name))).toEqual([]);
});

describe('the dashboard', () => {
  test('asks for figures, labels and values that there are', async () => {
    const exposed = await exposedNames();
    const faults = await Promise.all(dashboardExprs.map((expr) => faultsOf(expr, exposed)));
    expect(dashboardExprs.length).toBeGreaterThan(20);
    expect(faults.flat()).toEqual([]);
  });

  test('has each panel once, and none over another', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    const right = dashboard.panels.map(({ gridPos: { x, w } }) => x + w);
    expect(Math.max(...right)).toBe(24);
  });

  test('its variables are those that its expressions use', () => {
    const used = new Set(
      [...JSON.stringify(dashboard.panels).matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name),
    );
    const builtIn = ['__rate_interval', '__range'];
    const names = dashboard.templating.list.map(({ name }) => name);
    expect([...used].filter((name) => !builtIn.includes(name ?? '')).toSorted()).toEqual(
      names.toSorted(),
    );
  });
});

describe('the alert rules', () => {
  test('ask for figures, labels and values that there are', async () => {
    const exposed = await exposedNames();
    const faults = await Promise.all(rules.map(({ expr }) => faultsOf(expr, exposed)));
    expect(rules.length).toBeGreaterThan(15);
    expect(faults.flat()).toEqual([]);
  });

  test('each has a name of its own, and fills in only labels that its expression keeps', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const wrong = rules.flatMap(({ alert, expr, annotations }) => {
      const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(',').map((label) => label.trim()),
      );
      const told = `${annotations.summary} ${annotations.action}`;
      return [...told.matchAll(/\$labels\.(\w+)/g)]
        .map(([, label = '']) => label)
        .filter((label) => !kept.includes(label))
        .map((label) => `${alert}: ${label}`);
    });
    expect(wrong).toEqual([]);
  });
});

test('every figure is in the dashboard or in an alert', () => {
  const asked = [...dashboardExprs, ...rules.map(({ expr }) => expr)].join('\n');
  const unseen = entries.filter((entry) => !namesOf(entry).some((name) => asked.includes(name)));
  expect(unseen.map(({ name }) => name)).toEqual([]);
});
