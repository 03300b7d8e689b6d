/**
 * The documentation is true: its tables are compared with the code both ways, its links and commands exist.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commandTable } from '../src/cli.ts';
import { classificationLine } from '../src/commands/classification-line.ts';
import type { CommandIo } from '../src/commands/io.ts';
import { csvColumns } from '../src/commands/report-files.ts';
import { matchEvidences, scenarios } from '../src/core/decision.ts';
import { forwardLanguages, labelsFor } from '../src/core/forward-labels.ts';
import type { NoticeCatalog } from '../src/core/notice.ts';
import { reasons } from '../src/core/reasons.ts';
import { lineSteps } from '../src/core/report.ts';
import { hopGuards } from '../src/core/screen-hop.ts';
import { machineGuards } from '../src/core/screen-machine.ts';
import { templateFacts, templateHelpers, templateVariables } from '../src/core/template.ts';
import { templateDocs } from '../src/core/template-docs.ts';
import { factsByScenario } from '../src/core/template-facts.ts';
import { profileNames, profiles } from '../src/edges/partner-center-profiles.ts';
import { errorTable } from '../src/errors.ts';
import { filesBelow, lineAt, projectRoot, readProjectFile } from './support/source-code.ts';

/** Rows of the tables of a page whose first cell is code, as cells without the outer bars. */
function rows(page: string, heading?: string): readonly (readonly string[])[] {
  const text = readProjectFile(page);
  const from = heading === undefined ? 0 : text.indexOf(`\n${heading}\n`);
  expect(from, `${page} has the heading ${heading}`).toBeGreaterThanOrEqual(0);
  const section = heading === undefined ? text : (text.slice(from + 1).split(/\n#+ /)[0] ?? '');
  return section
    .split('\n')
    .filter((line) => line.trimStart().startsWith('|'))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter(([first]) => first !== undefined && !/^:?-+:?$/.test(first));
}

/** The rows of a page by the code in their first cell. */
function rowsByCode(page: string, heading?: string): ReadonlyMap<string, readonly string[]> {
  const coded = rows(page, heading).filter(([first = '']) => /^`[^`]+`$/.test(first));
  return new Map(coded.map(([first = '', ...others]) => [first.slice(1, -1), others]));
}

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

const pages = ['README.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')];
const sources = filesBelow('src', '.ts').map((path) => ({ path, source: readProjectFile(path) }));
const packageJson = parse(readProjectFile('package.json')) as {
  readonly version: string;
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('reasons and errors', () => {
  test('docs/reasons.md says code, action and sentence as the code does', () => {
    const told = [...rowsByCode('docs/reasons.md')].map(([code, cells]) => [code, ...cells]);
    const meant = Object.entries(reasons).map(([code, { action, sentence }]) => [
      code,
      action,
      sentence,
    ]);
    expect(told.sort()).toEqual(meant.sort());
  });

  test('what helps is said of reasons that exist', () => {
    const named = codesIn(readProjectFile('docs/reasons.md')).filter((code) =>
      /^(?:reply|review|suppressed|ignored)-/.test(code),
    );
    expect(named.filter((code) => !(code in reasons))).toEqual([]);
  });

  test('docs/errors.md says code, retry, exit status and mend as the code does', () => {
    const told = [...rowsByCode('docs/errors.md')].map(([code, cells]) => [code, ...cells]);
    const meant = Object.entries(errorTable).map(([code, { retry, exitStatus, hint }]) => [
      code,
      retry,
      String(exitStatus),
      hint,
    ]);
    expect(told).toEqual(meant);
  });
});

describe('screening', () => {
  test('docs/screening.md has the guards against machines in their order, with their questions', () => {
    const told = rows('docs/screening.md', '## Machines').filter(([first = '']) =>
      /^\d/.test(first),
    );
    expect(told.map(([number]) => Number(number))).toEqual(told.map((_, index) => index + 1));
    expect(told.map(([, reason = '', question]) => [reason.slice(1, -1), question])).toEqual(
      machineGuards.map(({ code, question }) => [code, question]),
    );
    expect(told.length).toBeGreaterThan(5);
  });

  test('docs/screening.md has the marks of forwarding hops in their order, with their questions', () => {
    const told = [...rowsByCode('docs/screening.md', '## Forwarding hops')];
    expect(told.map(([code, [question]]) => [code, question])).toEqual(
      hopGuards.map(({ code, question }) => [code, question]),
    );
    expect(told.length).toBeGreaterThan(3);
  });
});

describe('templates', () => {
  test('docs/templates.md ends with what templates docs prints', () => {
    const page = readProjectFile('docs/templates.md');
    expect(page.endsWith(`\n\n${templateDocs()}\n`)).toBe(true);
  });

  test('templates docs names every variable, helper, fact and scenario', () => {
    const told = new Set(codesIn(templateDocs()));
    for (const name of Object.keys(templateVariables))
      expect(told).toContain(name.replace('lines[].', ''));
    for (const name of Object.keys(templateHelpers)) expect(told).toContain(name);
    for (const name of Object.keys(templateFacts)) expect(told).toContain(name);
    for (const name of Object.keys(factsByScenario)) expect(told).toContain(name);
  });
});

describe('RFCs', () => {
  /** Numbers of the RFCs a source file names; `RFC 2045 to 2047` are three, comments run over lines. */
  function rfcsIn(source: string): readonly number[] {
    const text = source.replace(/\n\s*(?:\*|\/\/) ?/g, ' ');
    return [...text.matchAll(/\bRFC (\d+)(?: to (\d+))?/g)].flatMap(([, first = '', last]) => {
      const count = last === undefined ? 0 : Number(last) - Number(first);
      return Array.from({ length: count + 1 }, (_, index) => Number(first) + index);
    });
  }

  const inCode = new Map<number, Set<string>>();
  for (const { path, source } of sources) {
    for (const rfc of rfcsIn(source)) {
      inCode.set(rfc, (inCode.get(rfc) ?? new Set()).add(path.replace(/^src\//, '')));
    }
  }
  const told = new Map(
    rows('docs/RFCS.md')
      .filter(([first = '']) => /^RFC \d+$/.test(first))
      .map(([first = '', , , where = '']) => [Number(first.slice(4)), codesIn(where)]),
  );

  test('docs/RFCS.md lists every RFC that the source names, and no other', () => {
    const byNumber = (a: number, b: number): number => a - b;
    expect([...told.keys()]).toEqual([...inCode.keys()].sort(byNumber));
  });

  test('docs/RFCS.md says in which files', () => {
    const missing = [...inCode].flatMap(([rfc, files]) =>
      [...files]
        .filter((file) => told.get(rfc)?.includes(file) !== true)
        .map((file) => `RFC ${rfc} is named in src/${file}: add it to its row`),
    );
    const stale = [...told].flatMap(([rfc, files]) =>
      files
        .filter((file) => inCode.get(rfc)?.has(file) !== true)
        .map((file) => `RFC ${rfc} is not named in src/${file}: take it from its row`),
    );
    expect([...missing, ...stale]).toEqual([]);
  });
});

describe('customers', () => {
  test('docs/customers.md has the profiles of Partner Center’s files with their columns', () => {
    const told = rowsByCode('docs/customers.md', "## Partner Center's own files");
    const inCode = profileNames.map((name) => [
      name,
      profiles[name].columns.map((column) => column.name),
    ]);
    expect([...told].map(([name, [, columns = '']]) => [name, codesIn(columns)])).toEqual(inCode);
  });
});

describe('report', () => {
  test('docs/report.md says whose move each scenario is, and what is outstanding', () => {
    const told = rowsByCode('docs/report.md', '## What counts');
    expect([...told]).toEqual(
      Object.entries(lineSteps).map(([code, { move, outstanding }]) => [code, [move, outstanding]]),
    );
  });

  test('docs/report.md names the columns of the CSV in their order', () => {
    const names = csvColumns.map(([name]) => name);
    const told = readProjectFile('docs/report.md').replaceAll(/\s+/g, ' ');
    expect(told).toContain(`\`${names.join(', ')}\``);
  });
});

describe('dependencies', () => {
  test.each([
    ['## At run time', packageJson.dependencies],
    ['## For development', packageJson.devDependencies],
  ])(
    'docs/dependencies.md, %s: the packages of package.json, each with its reason',
    (heading, list) => {
      const told = rowsByCode('docs/dependencies.md', heading);
      expect([...told.keys()].sort()).toEqual(Object.keys(list).sort());
      const silent = [...told].filter(([, cells]) => cells.length !== 2 || cells.includes(''));
      expect(silent).toEqual([]);
    },
  );

  test('every package of package.json is used by some file', () => {
    const used = [
      ...sources,
      ...filesBelow('test', '.ts').map((path) => ({ path, source: readProjectFile(path) })),
    ]
      .map(({ source }) => source)
      .join('\n');
    const unused = Object.keys(packageJson.dependencies).filter(
      (name) => !used.includes(`'${name}'`) && !used.includes(`'${name}/`),
    );
    expect(unused).toEqual([]);
  });
});

describe('classify', () => {
  test('docs/classify.md names every field of the JSON line, and no other', () => {
    const address = { name: 'Anna Hoff', address: 'anna.hoff@contoso.example' };
    const line = classificationLine({
      file: 'mail.eml',
      decision: {
        action: 'review',
        reason: 'review-uncertain-notice',
        original: { how: 'inline', depth: 1, from: address, to: [], text: '', links: [] },
        notice: {},
        authentication: { result: 'none', dkimAligned: false },
        match: {
          customer: {
            id: 'contoso',
            name: 'Contoso Ltd',
            otherDomains: [],
            contacts: [],
            subscriptions: [],
          },
          matchedBy: ['contact'],
          against: [],
          score: 0.9,
        },
        evidence: [{ stage: 'screen', code: 'human', detail: 'nothing' }],
      },
      reply: { to: address.address, subject: 'Your notice', text: 'Hello,', locale: 'en' },
    });
    expect([...rowsByCode('docs/classify.md').keys()]).toEqual(
      paths(JSON.parse(JSON.stringify(line)), ''),
    );
  });

  test('docs/classify.md names what a customer can be matched by', () => {
    const cells = rowsByCode('docs/classify.md').get('customer.matchedBy') ?? [];
    expect(codesIn(cells[1] ?? '')).toEqual([...matchEvidences]);
  });

  /** Every path of a value: `forwarded.from.name`, `evidence[].stage`. */
  function paths(value: unknown, prefix: string): readonly string[] {
    if (Array.isArray(value)) {
      return typeof value[0] === 'object' ? paths(value[0], `${prefix}[]`) : [];
    }
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      return [path, ...paths(inner, path)];
    });
  }
});

describe('notices and forwards', () => {
  const catalog = parse(readProjectFile('config/notices.yaml')) as NoticeCatalog;

  test('docs/notices.md has the families of config/notices.yaml with their actions', () => {
    const told = [...rowsByCode('docs/notices.md', '## Families')].map(([id, [action = '']]) => [
      id,
      action.slice(1, -1),
    ]);
    expect(told).toEqual(catalog.families.map(({ id, action }) => [id, action]));
  });

  test('docs/notices.md calls verified what config/notices.yaml calls so', () => {
    const verified = catalog.families
      .filter(({ titles }) => titles.some((title) => title.verified))
      .map(({ id }) => id);
    expect(verified).toEqual(['lose-access']);
  });

  test('docs/forwards.md names the clients that fixtures are written for', () => {
    const clients = filesBelow('test/fixtures/forwards', '.eml').map((path) =>
      basename(path).replace(/_[a-z]{2}(?:_.*)?\.eml$/, ''),
    );
    const told = rows('docs/forwards.md', '## Inline').flatMap(([, fixtures = '']) =>
      codesIn(fixtures),
    );
    expect(told.sort()).toEqual([...new Set(clients)].sort());
  });

  test('docs/forwards.md names the languages whose labels are known', () => {
    const told = rows('docs/forwards.md', '## Languages').flatMap(([, languages = '']) =>
      codesIn(languages),
    );
    expect(told.toSorted()).toEqual(forwardLanguages.toSorted());
    expect(labelsFor('Von')[0]?.languages).toContain('de');
  });
});

describe('architecture', () => {
  test('docs/architecture.md has every scenario', () => {
    const told = [...rowsByCode('docs/architecture.md', '## Scenarios').keys()];
    expect(told).toEqual([...scenarios]);
  });

  test('docs/architecture.md draws the arrows that architecture.test.ts holds', () => {
    const source = readProjectFile('test/architecture.test.ts');
    const table = source.slice(source.indexOf('const arrows:')).split('\n};')[0] ?? '';
    const held = [...table.matchAll(/^ {2}(\w+): \[([^\]]*)\]/gm)].map(([, room, list = '']) => [
      room,
      [...list.matchAll(/'(\w+)'/g)].map((match) => match[1]),
    ]);
    const told = [...rowsByCode('docs/architecture.md', '## The house')].map(
      ([room, [list = '']]) => [room, codesIn(list)],
    );
    expect(told).toEqual(held);
    expect(told.length).toBe(10);
  });

  test('docs/operations.md quotes log sentences that the code writes', () => {
    const quoted = rows('docs/operations.md', '## The log')
      .filter(([level = '']) => /^(?:debug|info|warn|error)$/.test(level))
      .flatMap(([, sentence = '']) => codesIn(sentence));
    const code = sources.map(({ source }) => source).join('\n');
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((sentence) => !code.includes(`'${sentence}'`))).toEqual([]);
  });
});

describe('commands', () => {
  const silent = { write: () => true };
  const io: CommandIo = {
    stdin: (async function* nothing() {})(),
    stdout: silent,
    stderr: silent,
    env: {},
    cwd: projectRoot,
  };

  /** Commands that do something, by their full name. */
  function leaves(command: Command, prefix: string): readonly (readonly [string, Command])[] {
    return command.commands.flatMap((child) => {
      const name = `${prefix}${child.name()}`;
      return child.commands.length === 0 ? [[name, child] as const] : leaves(child, `${name} `);
    });
  }

  const commands = new Map(
    leaves(
      commandTable(io, () => undefined),
      '',
    ),
  );

  test('README.md lists every command, and no other', () => {
    const told = rowsByCode('README.md', '## Commands');
    expect([...told.keys()]).toEqual([...commands.keys()]);
    const wrong = [...told].filter(
      ([name, [, example = '']]) => !example.startsWith(`\`node src/cli.ts ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every command line in the documentation can be given', () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const page of pages) {
      const text = readProjectFile(page);
      for (const match of text.matchAll(/node src\/cli\.ts ([a-z][^`\n#]*)/g)) {
        const line = match[1] ?? '';
        const command = [...commands].find(
          ([name]) => line === name || line.startsWith(`${name} `),
        )?.[1];
        const options = [...line.matchAll(/(?<=\s)--?[a-z-]+/g)].map(([option]) => option);
        const known = command?.options.flatMap(({ long }) => long ?? []) ?? [];
        const isWrong = command === undefined || options.some((option) => !known.includes(option));
        if (isWrong) wrong.push(`${page}:${lineAt(text, match.index)} ${line}`);
        seen += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(10);
  });

  test('every npm script in the documentation exists', () => {
    const named = pages.flatMap((page) =>
      [
        ...readProjectFile(page).matchAll(
          /\bnpm (?:run )?(demo|start|test|check|bench|[a-z]+:[a-z]+)\b/g,
        ),
      ].map((match) => match[1] ?? ''),
    );
    expect(named).toContain('demo');
    expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });

  test('the two commands of a fresh machine stand in README.md as they are', () => {
    const readme = readProjectFile('README.md');
    expect(readme).toContain('\nnpm ci && npm run demo -- --once\n');
    expect(readme).toContain('\nnpm ci && npm test\n');
  });
});

describe('pages', () => {
  /** The anchor of a heading, as forges make it. */
  function anchor(heading: string): string {
    return heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  }

  /** Blank where code stands, so that places stay. */
  function withoutCode(text: string): string {
    return text.replace(/```[\s\S]*?```|`[^`\n]*`/g, (code) => code.replace(/[^\n]/g, ' '));
  }

  test('every link leads to a file and a heading that are there', () => {
    const broken: string[] = [];
    for (const page of pages) {
      const text = withoutCode(readProjectFile(page));
      for (const match of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path = '', fragment] = (match[1] ?? '').split('#');
        const target = path === '' ? page : join(dirname(page), path);
        const headings = existsSync(join(projectRoot, target))
          ? [...readProjectFile(target).matchAll(/^#+ (.+)$/gm)].map((found) =>
              anchor(found[1] ?? ''),
            )
          : undefined;
        if (headings === undefined || (fragment !== undefined && !headings.includes(fragment))) {
          broken.push(`${page}:${lineAt(text, match.index)} ${match[1]}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  test('README.md leads to every page', () => {
    const readme = readProjectFile('README.md');
    const others = pages.filter((page) => page !== 'README.md');
    expect(others.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
  });

  test('every page and file that the source or a page names exists', () => {
    const texts = [...sources, ...pages.map((path) => ({ path, source: readProjectFile(path) }))];
    const missing = texts.flatMap(({ path, source }) =>
      [...source.matchAll(/(?<![\w./-])((?:docs|src|test)\/[\w./-]*\w\.(?:md|ts|eml))\b/g)]
        .filter((match) => !existsSync(join(projectRoot, match[1] ?? '')))
        .map((match) => `${path}:${lineAt(source, match.index)} ${match[1]}`),
    );
    expect(missing).toEqual([]);
  });

  test('lines are short enough to read beside code, tables and links apart', () => {
    const long = pages.flatMap((page) =>
      readProjectFile(page)
        .split('\n')
        .map((line, index) => ({ line, place: `${page}:${index + 1}` }))
        .filter(
          ({ line }) =>
            line.length > 120 && !line.includes('|') && !/^\s*imap:|^\s*smtp:/.test(line),
        )
        .map(({ place }) => place),
    );
    expect(long).toEqual([]);
  });

  test('the newest change is of the version in package.json, the license the one in LICENSE', () => {
    const newest = /^## (\d+\.\d+\.\d+)\b/m.exec(readProjectFile('CHANGELOG.md'))?.[1];
    expect(newest).toBe(packageJson.version);
    expect(packageJson.license).toBe('MIT');
    expect(readProjectFile('LICENSE')).toMatch(/^MIT License/);
  });

  test('mails keep their octets in the repository', () => {
    expect(readProjectFile('.gitattributes')).toMatch(/^\*\.eml -text$/m);
  });
});
