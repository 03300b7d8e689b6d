/**
 * Looks at a template without rendering it: every variable, helper and partial must be one that exists.
 *
 * Rendering alone would only find what the samples reach, and would find it one at a time.
 */
import {
  type HelperEntry,
  type TemplateProblem,
  templateFacts,
  templateHelpers,
  templateVariables,
  type VariableEntry,
  type VariableType,
} from './template.ts';
import { judgeComparison, judgePlural, typeWords, type ValueType } from './template-lint-calls.ts';
import {
  contentRules,
  isGlued,
  judgeElse,
  nextOf,
  pathName,
  typedNumber,
} from './template-lint-rules.ts';
import { placeOf, type TemplatePart } from './template-read.ts';
import { suggest } from './template-suggest.ts';

export interface LintInput {
  readonly file: string;
  readonly part: TemplatePart;
  readonly locale: string;
  /** Whether the template belongs to a scenario that discloses nothing of any record. */
  readonly generic: boolean;
  /** Partials of the same locale, by name; those that cannot be read have no part, and are told elsewhere. */
  readonly partials: ReadonlyMap<string, { readonly file: string; readonly part?: TemplatePart }>;
}

interface Scope {
  readonly kind: 'root' | 'line';
  readonly parent?: Scope;
  /** What a partial was given: `{{> steps lines=todo.cancelPortal}}`. */
  readonly given: ReadonlyMap<string, VariableType>;
  /** Names of block parameters: `as |line|`. */
  readonly lineNames: ReadonlySet<string>;
  /** Within `{{#if todo.cancelPortal}}`, of whose subscriptions alone it may speak. */
  readonly section?: Section;
}

interface Section {
  readonly list: string;
  /** The use of a partial in it: what is wrong within the partial is put right there. */
  readonly use?: Omit<TemplateProblem, 'message'>;
}

const variables: Readonly<Record<string, VariableEntry>> = templateVariables;
const helpers: Readonly<Record<string, HelperEntry>> = templateHelpers;
const rootScope: Scope = { kind: 'root', given: new Map(), lineNames: new Set() };

/** Every problem of a template and of the partials it uses. */
export function lintTemplate(input: LintInput): readonly TemplateProblem[] {
  const linter = new Linter(input);
  linter.program(input.part.program, rootScope);
  return linter.problems;
}

/** One walk through a template; it follows partials with the scope they are used in. */
class Linter {
  readonly problems: TemplateProblem[] = [];
  readonly #input: LintInput;
  #file: string;
  #part: TemplatePart;
  readonly #within: string[] = [];
  readonly #chained = new Set<hbs.AST.BlockStatement>();

  constructor(input: LintInput) {
    this.#input = input;
    this.#file = input.file;
    this.#part = input.part;
  }

  program(program: hbs.AST.Program | undefined, scope: Scope): void {
    const body = program?.body ?? [];
    for (const [index, statement] of body.entries()) {
      this.#statement(statement, scope);
      if (isGlued(statement, body[index - 1], body[index + 1])) {
        this.#report(statement, 'The ~ takes away the space between two words; leave it out.');
      }
    }
  }

  #statement(statement: hbs.AST.Statement, scope: Scope): void {
    switch (statement.type) {
      case 'ContentStatement':
        this.#content(statement as hbs.AST.ContentStatement);
        return;
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        this.#mustache(statement as hbs.AST.MustacheStatement, scope);
        return;
      case 'BlockStatement':
        this.#block(statement as hbs.AST.BlockStatement, scope);
        return;
      case 'PartialStatement':
        this.#partial(statement as hbs.AST.PartialStatement, scope);
        return;
      default:
        this.#report(
          statement,
          'Blocks with #> or #* are not allowed; use {{> name}} for a shared block.',
        );
    }
  }

  #content(statement: hbs.AST.ContentStatement): void {
    // `value` has lost the white space around blocks, `original` stands where `loc` says.
    this.#text(String(statement.original), statement.loc.start);
  }

  #text(text: string, start: { readonly line: number; readonly column: number }): void {
    for (const [pattern, message] of contentRules) {
      const at = text.search(pattern);
      if (at < 0) continue;
      const before = text.slice(0, at).split('\n');
      const line = start.line + before.length - 1;
      const column = (before.length === 1 ? start.column : 0) + (before.at(-1)?.length ?? 0);
      this.#reportAt({ line, column }, message);
    }
  }

  #mustache(statement: hbs.AST.MustacheStatement, scope: Scope): void {
    if (!statement.escaped) {
      this.#report(statement, 'Three braces (or {{&) are not allowed here; use two.');
      return;
    }
    const called = statement.params.length > 0 || statement.hash !== undefined;
    const name = pathName(statement.path);
    if (called || (name !== undefined && Object.hasOwn(helpers, name))) {
      const type = this.#call(statement, scope, false);
      this.#shown(statement, type, name ?? '');
      return;
    }
    this.#shown(statement, this.#value(statement.path, scope), name ?? '');
  }

  #shown(node: hbs.AST.Node, type: ValueType, name: string): void {
    if (type === 'date') this.#report(node, `A date is shown with {{date ${name}}}.`);
    if (type === 'money') this.#report(node, `An amount is shown with {{money ${name}}}.`);
    if (type === 'lines') {
      this.#report(node, `"${name}" is a list: use {{products ${name}}} or {{#each ${name}}}.`);
    }
    if (type === 'boolean') this.#report(node, 'A yes or no cannot be shown; use it with {{#if}}.');
  }

  #block(statement: hbs.AST.BlockStatement, scope: Scope): void {
    const name = pathName(statement.path) ?? '';
    const entry = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
    if (entry === undefined || !entry.block) {
      const known = Object.keys(helpers).filter((helper) => helpers[helper]?.block);
      this.#report(statement, `"${name}" cannot be used as a block.${suggest(name, known)}`);
      this.program(statement.program, scope);
      this.program(statement.inverse, scope);
      return;
    }
    this.#call(statement, scope, true);
    if (name === 'says') this.#fact(statement);
    if (name === 'unless' && nextOf(statement) !== undefined) {
      this.#report(statement, 'unless has no {{else if}}; begin with {{#if}}.');
    }
    this.#chain(statement);
    this.program(statement.program, innerScope(name, statement, scope));
    this.program(statement.inverse, scope);
  }

  /** What is said of each scenario: a last `else` for several of them says something wrong of one. */
  #chain(statement: hbs.AST.BlockStatement): void {
    if (this.#chained.has(statement)) return;
    for (let at = nextOf(statement); at !== undefined; at = nextOf(at)) this.#chained.add(at);
    const message = judgeElse(statement);
    if (message !== undefined) this.#report(statement, message);
  }

  #fact(statement: hbs.AST.BlockStatement): void {
    const [fact] = statement.params;
    const known = Object.keys(templateFacts);
    if (fact?.type !== 'StringLiteral') {
      this.#report(statement, `says needs a fact in quotes.${suggest('', known)}`);
      return;
    }
    const name = (fact as hbs.AST.StringLiteral).value;
    if (!known.includes(name)) {
      this.#report(fact, `There is no fact "${name}".${suggest(name, known)}`);
    }
    const typed = name === 'license-rule' ? typedNumber(statement.program) : undefined;
    if (typed !== undefined) {
      const message =
        'Write {{portalLicensesBelow}} for the number, which is the one of the settings.';
      this.#report(typed, message);
    }
  }

  #partial(statement: hbs.AST.PartialStatement, scope: Scope): void {
    const name = pathName(statement.name as hbs.AST.Expression);
    const partial = name === undefined ? undefined : this.#input.partials.get(name);
    if (name === undefined || partial === undefined) {
      const known = [...this.#input.partials.keys()];
      this.#report(statement, `There is no partial "${name ?? '?'}".${suggest(name ?? '', known)}`);
      return;
    }
    if (statement.params.length > 0) {
      this.#report(statement, 'A partial is given values by name: {{> name lines=…}}.');
      return;
    }
    if (this.#within.includes(name)) {
      this.#report(statement, `The partial "${name}" uses itself.`);
      return;
    }
    const { file, part } = partial;
    if (part === undefined) return;
    this.#enter(name, { file, part }, this.#given(statement, scope));
  }

  #given(statement: hbs.AST.PartialStatement, scope: Scope): Scope {
    const given = new Map(scope.given);
    for (const pair of statement.hash?.pairs ?? []) {
      const type = this.#value(pair.value, scope);
      const expected = variables[pair.key]?.type;
      if (expected === undefined || expected !== type) {
        const known = Object.keys(variables).filter((key) => !key.includes('.'));
        this.#report(
          pair,
          `A partial cannot be given "${pair.key}" of this kind.${suggest(pair.key, known)}`,
        );
      } else {
        given.set(pair.key, expected);
        const list = pathName(pair.value);
        const isOwn = list === 'lines' && scope.given.has('lines');
        if (pair.key === 'lines' && list !== undefined && scope.section !== undefined && !isOwn) {
          this.#section(scope.section, list, pair);
        }
      }
    }
    if (scope.section === undefined) return { ...scope, given };
    const use = { file: this.#file, ...placeOf(this.#part, statement.loc.start) };
    return { ...scope, given, section: { use, ...scope.section } };
  }

  #section(section: Section, list: string, node: hbs.AST.Node): void {
    if (list === section.list) return;
    const message = `"${list}" are other subscriptions than those of {{#if ${section.list}}}: use ${section.list} here, for partials lines=${section.list}.`;
    // Within a partial it may be wrong where it is used, or where it speaks of them.
    if (section.use !== undefined) this.problems.push({ ...section.use, message });
    this.#report(node, message);
  }

  #enter(name: string, partial: { file: string; part: TemplatePart }, scope: Scope): void {
    const [file, part] = [this.#file, this.#part];
    this.#within.push(name);
    [this.#file, this.#part] = [partial.file, partial.part];
    this.program(partial.part.program, scope);
    [this.#file, this.#part] = [file, part];
    this.#within.pop();
  }

  /** Checks a helper with what it is given, and tells what comes out. */
  #call(
    node: hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression,
    scope: Scope,
    asBlock: boolean,
  ): ValueType {
    const name = pathName(node.path) ?? '';
    const entry = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
    const types = node.params.map((param) => this.#value(param, scope));
    if (entry === undefined || entry.block !== asBlock) {
      const known = Object.keys(helpers).filter((helper) => helpers[helper]?.block === asBlock);
      this.#report(node, `There is no helper "${name}".${suggest(name, known)}`);
      return 'unknown';
    }
    const [min, max] = entry.params;
    if (types.length < min || types.length > max) {
      const wanted = min === max ? `${min}` : `${min} to ${max}`;
      this.#report(node, `"${name}" takes ${wanted} value(s), not ${types.length}.`);
      return 'unknown';
    }
    this.#hash(node, name, entry, scope);
    const [first = 'unknown'] = types;
    const wanted = wantedTypes[name];
    if (wanted !== undefined && first !== 'unknown' && first !== wanted) {
      this.#report(node, `"${name}" takes ${typeWords[wanted]}, not ${typeWords[first]}.`);
    }
    if (name === 'eq') {
      for (const { at, message } of judgeComparison(node, types)) this.#report(at, message);
    }
    return name === 'eq' || name === 'any' ? 'boolean' : 'text';
  }

  #hash(
    node: hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression,
    name: string,
    entry: HelperEntry,
    scope: Scope,
  ): void {
    const pairs = node.hash?.pairs ?? [];
    for (const pair of pairs) {
      this.#value(pair.value, scope);
      if (entry.hash.includes(pair.key)) continue;
      this.#report(pair, `"${name}" knows no "${pair.key}".${suggest(pair.key, entry.hash)}`);
    }
    if (name !== 'plural') return;
    for (const message of judgePlural(pairs, this.#input.locale)) this.#report(node, message);
  }

  #value(node: hbs.AST.Expression, scope: Scope): ValueType {
    switch (node.type) {
      case 'PathExpression':
        return this.#path(node as hbs.AST.PathExpression, scope);
      case 'SubExpression':
        return this.#call(node as hbs.AST.SubExpression, scope, false);
      case 'StringLiteral':
        this.#text((node as hbs.AST.StringLiteral).value, node.loc.start);
        return 'text';
      case 'NumberLiteral':
        return 'number';
      default:
        return 'unknown';
    }
  }

  #path(path: hbs.AST.PathExpression, scope: Scope): ValueType {
    if (path.data) return this.#dataPath(path, scope);
    let at: Scope | undefined = scope;
    for (let depth = 0; depth < path.depth; depth += 1) at = at?.parent;
    if (at === undefined) {
      this.#report(path, `"${path.original}" leads out of the template: there is no such level.`);
      return 'unknown';
    }
    const parts = path.parts.map(String);
    const [first = '', ...rest] = parts;
    if (path.depth === 0 && scope.lineNames.has(first)) {
      return this.#variable(path, `lines[].${rest.join('.')}`, 'lines[].');
    }
    const given = at.given.get(parts.join('.'));
    if (at.kind === 'root' && given !== undefined) return given;
    if (at.kind === 'root' && parts.join('.') === 'lines' && at.section !== undefined) {
      this.#section(at.section, 'lines', path);
    }
    const prefix = at.kind === 'line' ? 'lines[].' : '';
    return this.#variable(path, `${prefix}${parts.join('.')}`, prefix);
  }

  #dataPath(path: hbs.AST.PathExpression, scope: Scope): ValueType {
    const [first = '', ...rest] = path.parts.map(String);
    if (first === 'root' && rest.join('.') === 'lines' && scope.section !== undefined) {
      this.#section(scope.section, path.original, path);
    }
    if (first === 'root') return this.#variable(path, rest.join('.'), '');
    if (scope.kind === 'line' && first === 'index') return 'number';
    if (scope.kind === 'line' && (first === 'first' || first === 'last')) return 'boolean';
    this.#report(
      path,
      `There is no "@${first}" here; inside {{#each}} there are @index, @first and @last.`,
    );
    return 'unknown';
  }

  #variable(node: hbs.AST.PathExpression, name: string, prefix: string): ValueType {
    const entry = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (entry === undefined) {
      const written = name.slice(prefix.length);
      const known = Object.keys(variables)
        .filter((key) => (prefix === '' ? !key.startsWith('lines[]') : key.startsWith(prefix)))
        .filter((key) => !this.#input.generic || variables[key]?.generic)
        .map((key) => key.slice(prefix.length));
      const where =
        prefix !== '' && Object.hasOwn(variables, written)
          ? ` Inside {{#each}} it is "@root.${written}".`
          : suggest(written, known);
      this.#report(node, `There is no variable "${written}".${where}`);
      return 'unknown';
    }
    if (this.#input.generic && !entry.generic) {
      const shown = name.replace('lines[].', '');
      const message = `"${shown}" is not available here: this reply may disclose nothing of any record.`;
      this.#report(node, message);
      return 'unknown';
    }
    return entry.type;
  }

  #report(node: hbs.AST.Node, message: string): void {
    this.#reportAt(node.loc.start, message);
  }

  #reportAt(position: { line: number; column: number }, message: string): void {
    this.problems.push({ file: this.#file, ...placeOf(this.#part, position), message });
  }
}

const wantedTypes: Readonly<Record<string, VariableType>> = {
  each: 'lines',
  products: 'lines',
  date: 'date',
  money: 'money',
  plural: 'number',
};

function innerScope(name: string, block: hbs.AST.BlockStatement, scope: Scope): Scope {
  if (name === 'each') return lineScope(block.program, scope);
  const list = pathName(block.params[0]);
  const isSection = name === 'if' && list?.startsWith('todo.');
  return isSection && list !== undefined ? { ...scope, section: { list } } : scope;
}

function lineScope(program: hbs.AST.Program, parent: Scope): Scope {
  const names = program.blockParams ?? [];
  const lineNames = new Set([...parent.lineNames, ...names.slice(0, 1)]);
  return { kind: 'line', parent, given: new Map(), lineNames };
}
