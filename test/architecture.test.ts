/**
 * The house rules, read from the source: who may import whom, what the pure part must not touch, and the
 * syntax that Node runs without a build. Each failure names the file, the line and the rule.
 */
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeOnly, filesBelow, importsOf, lineAt, readProjectFile } from './support/source-code.ts';

const files = filesBelow('src', '.ts').map((path) => {
  const source = readProjectFile(path);
  return { path, source, code: codeOnly(source), imports: importsOf(path, source) };
});

type SourceFile = (typeof files)[number];

const rooms = [
  'cli',
  'commands',
  'console',
  'pipeline',
  'edges',
  'store',
  'demo',
  'core',
  'ports',
  'errors',
] as const;
type Room = (typeof rooms)[number];

/** `src/core/limits.ts` lies in `core`, `src/ports.ts` is the room `ports`. */
function roomOf(path: string): Room | undefined {
  const name = path.split('/')[1]?.replace(/\.ts$/, '');
  return rooms.find((room) => room === name);
}

/** The arrows: which rooms a room may import from. docs/architecture.md draws them. */
const arrows: Readonly<Record<Room, readonly Room[]>> = {
  cli: ['commands', 'errors'],
  commands: [
    'commands',
    'console',
    'pipeline',
    'edges',
    'store',
    'demo',
    'core',
    'ports',
    'errors',
  ],
  console: ['console', 'core', 'ports', 'errors'],
  pipeline: ['pipeline', 'core', 'ports', 'errors'],
  edges: ['edges', 'core', 'ports', 'errors'],
  store: ['store', 'core', 'ports', 'errors'],
  demo: ['demo', 'core', 'ports', 'errors'],
  core: ['core'],
  ports: ['ports', 'core', 'errors'],
  errors: [],
};

/** Where a package may be imported: the rest of the house does not know which library does the work. */
const packageRooms: Readonly<Record<string, readonly Room[]>> = {
  commander: ['cli'],
  tldts: ['core'],
  mailparser: ['core'],
  htmlparser2: ['core'],
  handlebars: ['core'],
  juice: ['core'],
  diff: ['core'],
  eld: ['core'],
  'markdown-it': ['core'],
  yaml: ['core', 'edges', 'demo'],
  zod: ['edges', 'demo'],
  'csv-parse': ['edges'],
  imapflow: ['edges'],
  mailauth: ['edges'],
  nodemailer: ['edges'],
  bullmq: ['edges'],
  ioredis: ['edges'],
  pino: ['edges'],
  'pino-pretty': ['edges'],
  kysely: ['store'],
  pg: ['store'],
  '@azure/msal-node': ['edges'],
  '@electric-sql/pglite': ['store'],
  fastify: ['edges', 'console'],
  '@fastify/cookie': ['console'],
  '@fastify/csrf-protection': ['console'],
  '@fastify/formbody': ['console'],
  '@fastify/helmet': ['console'],
  '@fastify/multipart': ['console'],
  '@fastify/rate-limit': ['console'],
  '@fastify/session': ['console'],
  '@fastify/swagger': ['console'],
  '@bull-board/api': ['edges'],
  '@bull-board/fastify': ['edges'],
  '@node-rs/argon2': ['edges'],
  'openid-client': ['edges'],
  'sanitize-html': ['console'],
  'prom-client': ['edges'],
  'bullmq-otel': ['edges'],
  '@opentelemetry/api': ['edges'],
  '@opentelemetry/context-async-hooks': ['edges'],
  '@opentelemetry/core': ['edges'],
  '@opentelemetry/exporter-trace-otlp-http': ['edges'],
  '@opentelemetry/resources': ['edges'],
  '@opentelemetry/sdk-trace': ['edges'],
  'hoodiecrow-imap': ['demo'],
  'smtp-server': ['demo'],
};

/** What core may take of Node itself: nothing that reads a clock, chance or the world. */
const coreCrypto = ['createHash', 'createHmac', 'timingSafeEqual'];

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function at(file: SourceFile, line: number): string {
  return `${file.path}:${line}`;
}

test('every source file lies in a room of the house', () => {
  const homeless = files.filter(({ path }) => roomOf(path) === undefined).map(({ path }) => path);
  expect(files.length).toBeGreaterThan(70);
  expect(homeless).toEqual([]);
});

test('imports follow the arrows', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === undefined) return [];
    return file.imports.flatMap(({ path, line, specifier }) => {
      if (path === undefined || (room === 'cli' && path === 'package.json')) return [];
      const target = path.startsWith('src/') ? roomOf(path) : undefined;
      if (target !== undefined && arrows[room].includes(target)) return [];
      return [`${at(file, line)} imports ${specifier}: ${room} may import from ${arrows[room]}`];
    });
  });
  expect(wrong).toEqual([]);
});

test('a package is imported only in the room it belongs to', () => {
  const wrong = files.flatMap((file) =>
    file.imports.flatMap(({ path, line, specifier }) => {
      const room = roomOf(file.path);
      if (path !== undefined || specifier.startsWith('node:') || room === undefined) return [];
      const allowed = packageRooms[packageOf(specifier)];
      if (allowed?.includes(room) === true) return [];
      return [`${at(file, line)} imports ${specifier}, which is for ${allowed ?? 'nobody yet'}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('core takes only hashing from Node; pipeline, ports and errors take nothing', () => {
  const wrong = files.flatMap((file) =>
    file.imports.flatMap(({ specifier, names, line }) => {
      const room = roomOf(file.path);
      const isPure =
        room === 'core' || room === 'pipeline' || room === 'ports' || room === 'errors';
      if (!isPure || !specifier.startsWith('node:')) return [];
      const isHashing =
        room === 'core' &&
        specifier === 'node:crypto' &&
        names.length > 0 &&
        names.every((name) => coreCrypto.includes(name));
      return isHashing ? [] : [`${at(file, line)} imports { ${names} } of ${specifier}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('no file imports itself by way of others, types included', () => {
  const targets = new Map(
    files.map(({ path, imports }) => [path, imports.flatMap((found) => found.path ?? [])]),
  );
  const cycles = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen >= 0) cycles.add([...trail.slice(seen), path].join(' -> '));
    if (seen >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  expect([...cycles]).toEqual([]);
});

/** Every place in the code of the files that the pattern finds. */
function places(among: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return among.flatMap((file) =>
    [...file.code.matchAll(pattern)].map(
      (match) => `${at(file, lineAt(file.code, match.index))} ${match[0].trim()}`,
    ),
  );
}

const pure = files.filter(({ path }) => roomOf(path) === 'core' || roomOf(path) === 'pipeline');

interface Rule {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Code that breaks the rule, one piece each, and code that only looks like it. */
  readonly breaks: readonly string[];
  readonly keeps: readonly string[];
}

/** A rule that finds nothing in its own examples would hold nobody to anything. */
function expectToBite({ pattern, breaks, keeps }: Rule): void {
  const finds = (snippet: string) => [...codeOnly(snippet).matchAll(pattern)].length > 0;
  expect(breaks.filter((snippet) => !finds(snippet))).toEqual([]);
  expect(keeps.filter(finds)).toEqual([]);
}

const purityRules: readonly Rule[] = [
  {
    rule: 'reads no clock',
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\s(]))|(?<!new\s+)\bDate\(|\bperformance\s*\.|\bTemporal\s*\.\s*Now\b/g,
    breaks: ['Date.now()', 'new Date()', 'f(new Date)', 'Date()', 'performance.now()'],
    keeps: [
      "new Date('2026-11-30')",
      'new Date(Date.UTC(2026, 1))',
      'settledAt: Date;',
      '// new Date()',
    ],
  },
  {
    rule: 'knows no local time zone',
    pattern:
      /\.\s*(?:get(?:Date|Day|Hours|Minutes|Month|FullYear|TimezoneOffset)|toLocale\w*String)\s*\(/g,
    breaks: ['date.getMonth()', 'date.toLocaleDateString()'],
    keeps: ['date.getUTCMonth()', 'date.toISOString()'],
  },
  {
    rule: 'throws no dice',
    pattern: /\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/g,
    breaks: ['Math.random()', "import { randomUUID } from 'node:crypto'", 'randomBytes(4)'],
    keeps: ['Math.round(1.5)', 'const random = 4'],
  },
  {
    rule: 'does not see the process',
    pattern: /\bprocess\s*[.[]|\bglobalThis\b|\bimport\s*\.\s*meta\b/g,
    breaks: ['process.env.HOME', "process['env']", 'globalThis.x', 'import.meta.url'],
    keeps: ['processes.length', "'process.env'"],
  },
  {
    rule: 'reaches nobody',
    pattern: /\bfetch\s*\(|\bWebSocket\b|\bimport\s*\(|\brequire\s*\(/g,
    breaks: ["fetch('https://x.example')", "await import('./x.ts')", "require('x')"],
    keeps: ['fetched(1)', '// fetch(x)'],
  },
  {
    rule: 'waits for no timer',
    pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
    breaks: ['setTimeout(f, 1)'],
    keeps: ["'setTimeout'"],
  },
];

describe('core and pipeline are handed their inputs', () => {
  test.each(purityRules)('$rule', (rule) => {
    expectToBite(rule);
    expect(pure.length).toBeGreaterThan(40);
    expect(places(pure, rule.pattern)).toEqual([]);
  });
});

const syntaxRules: readonly Rule[] = [
  {
    rule: 'no enums',
    pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/gm,
    breaks: ['export enum A { B }', 'const enum C { D }'],
    keeps: ['const enumerated = 1'],
  },
  {
    rule: 'no namespaces',
    pattern: /^\s*(?:export\s+)?(?:namespace|module)\s+\w+\s*\{/gm,
    breaks: ['export namespace A {'],
    keeps: ['namespaceOf(a)'],
  },
  {
    rule: 'no parameter properties',
    pattern:
      /\bconstructor\s*\((?:[^)]*,)?\s*(?:(?:public|private|protected|readonly|override)\s+)+\w+\s*[?:=,)]/g,
    breaks: ['constructor(readonly a: A) {}', 'constructor(a: A, private readonly b: B) {}'],
    keeps: ['constructor(tokens: readonly Token[]) {}', 'constructor(o: { readonly a: A }) {}'],
  },
  {
    rule: 'no import assignments',
    pattern: /^\s*(?:import\s+\w+\s*=|export\s*=)/gm,
    breaks: ["import a = require('a')", 'export = a'],
    keeps: ["import a from 'a'"],
  },
  {
    rule: 'no casts in angle brackets',
    pattern: /[=(,:]\s*<[A-Z]\w*>\s*[\w([{]/g,
    breaks: ['const a = <Mail>value'],
    keeps: ['const a = new Map<Mail, string>()', 'a < b'],
  },
  {
    rule: 'no any',
    pattern: /\bas\s+any\b|:\s*any\b|<any>/g,
    breaks: ['a as any', 'a: any', 'f<any>()'],
    keeps: ['many', 'isAny: boolean'],
  },
  {
    rule: 'no non-null assertions',
    pattern: /[\w)\]]!(?:\.|\[|;|\)|,)/g,
    breaks: ['a!.b', 'f()!;', 'list[0]!)'],
    keeps: ['a !== b', '!a', 'a != b'],
  },
  {
    rule: 'nothing is printed past the log',
    pattern: /\bconsole\s*\./g,
    breaks: ["console.log('a')"],
    keeps: ["'console.log'", 'consoleOf.x'],
  },
];

describe('Node runs the source without a build, and people read it', () => {
  const running = files.filter(({ path }) => !path.endsWith('.d.ts'));

  test.each(syntaxRules)('$rule', (rule) => {
    expectToBite(rule);
    expect(places(running, rule.pattern)).toEqual([]);
  });

  test('relative imports name the file with its ending', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter(({ path }) => path !== undefined && !/\.(?:ts|json)$/.test(path))
        .map(({ line, specifier }) => `${at(file, line)} ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('no file is a drawer', () => {
  const drawers = /^(?:utils?|helpers?|common|tools?|misc|managers?|index)(?:\.d)?\.ts$/;
  const wrong = files.map(({ path }) => path).filter((path) => drawers.test(basename(path)));
  expect(wrong).toEqual([]);
});

test('no check is silenced and nothing is left for later', () => {
  const silenced =
    /@ts-(?:ignore|nocheck|expect-error)|biome-ignore|eslint-disable|\b(?:TODO|FIXME|XXX)\b/g;
  const wrong = files.flatMap((file) =>
    [...file.source.matchAll(silenced)].map(
      (match) => `${at(file, lineAt(file.source, match.index))} ${match[0]}`,
    ),
  );
  expect(wrong).toEqual([]);
});

test('every file says at its head what it is', () => {
  const wrong = files
    .filter(({ path }) => !path.endsWith('.d.ts'))
    .filter(({ source }) => !/^(?:#!.*\n)?\/\*\*\n \* \S/.test(source))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});

describe('the reading of the source', () => {
  test('sees every form of import', () => {
    const source = [
      "import a from './a.ts';",
      "import {\n  type B,\n  c as d,\n} from '../b.ts';",
      "export type { E } from './e.ts';",
      "import './f.ts';",
      "const g = await import('./g.ts');",
      "import type { H } from 'h';",
    ].join('\n');
    expect(
      importsOf('src/core/x.ts', source).map(({ line, path, names }) => [line, path, names]),
    ).toEqual([
      [1, 'src/core/a.ts', []],
      [2, 'src/b.ts', ['B', 'c']],
      [6, 'src/core/e.ts', ['E']],
      [7, 'src/core/f.ts', []],
      [8, 'src/core/g.ts', []],
      [9, undefined, ['H']],
    ]);
  });

  test('takes comments, texts and regular expressions for no code', () => {
    const source = [
      '// Date.now()',
      "const a = 'Date.now() \\' //'; /* Date.now() */ const b = 4 / 2;",
      `const c = \`Date.now() \${f({ d: \`\${1}\` })} Date.now()\`;`,
      'const e = /[\'"`/]Date\\.now\\(\\)/.test(x) || y / z;',
      'Date.now();',
    ].join('\n');
    const code = codeOnly(source);
    expect(code.length).toBe(source.length);
    expect([...code.matchAll(/Date/g)].map((match) => lineAt(code, match.index))).toEqual([5]);
    expect(code).toContain('f({ d: ');
    expect(code).toContain('|| y / z;');
  });
});
