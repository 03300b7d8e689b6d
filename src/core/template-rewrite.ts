/**
 * Compiles one piece of a template, after rewriting it: every mustache goes through `show`, every block is
 * numbered. So no template can write a value out unescaped, and the check knows which branches were taken.
 */
import type Handlebars from 'handlebars';
import { templateHelpers } from './template.ts';
import { type Branch, environment, internalHelpers, type Site } from './template-helpers.ts';
import { placeOf, type TemplatePart } from './template-read.ts';

export type CompiledPart = Handlebars.TemplateDelegate<object>;

/** Compiles a piece. `noEscape`: `show` escapes, and for Markdown. */
export function compilePart(file: string, part: TemplatePart, sites: Site[]): CompiledPart {
  const known = [...Object.keys(templateHelpers), ...internalHelpers];
  return environment.compile(rewriteProgram(part.program, { file, part, sites }), {
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(known.map((name) => [name, true])),
  });
}

interface Rewriting {
  readonly file: string;
  readonly part: TemplatePart;
  readonly sites: Site[];
  readonly inside?: { readonly site: number; readonly branch: Branch };
}

function rewriteProgram(program: hbs.AST.Program, to: Rewriting): hbs.AST.Program {
  return { ...program, body: program.body.map((statement) => rewriteStatement(statement, to)) };
}

function rewriteStatement(statement: hbs.AST.Statement, to: Rewriting): hbs.AST.Statement {
  if (statement.type === 'MustacheStatement') {
    return wrapMustache(statement as hbs.AST.MustacheStatement, to);
  }
  if (statement.type !== 'BlockStatement') return statement;
  const block = statement as hbs.AST.BlockStatement;
  const site = addSite(block, to, branchesOf(block));
  const pair: hbs.AST.HashPair = {
    type: 'HashPair',
    key: 'site',
    value: numberLiteral(site, block),
    loc: block.loc,
  };
  const rewritten: hbs.AST.BlockStatement = {
    ...block,
    hash: {
      type: 'Hash',
      loc: block.loc,
      pairs: [...(block.hash?.pairs ?? []), pair],
    } as hbs.AST.Hash,
    program: rewriteProgram(block.program, { ...to, inside: { site, branch: 'then' } }),
  };
  if (block.inverse !== undefined) {
    rewritten.inverse = rewriteProgram(block.inverse, { ...to, inside: { site, branch: 'else' } });
  }
  return rewritten;
}

/** A fact is always stated; every other block chooses. */
function branchesOf(block: hbs.AST.BlockStatement): readonly Branch[] {
  const { original } = block.path as hbs.AST.PathExpression;
  if (original === 'says') return [];
  return block.inverse === undefined ? ['then'] : ['then', 'else'];
}

function wrapMustache(statement: hbs.AST.MustacheStatement, to: Rewriting): hbs.AST.Statement {
  const called = statement.params.length > 0 || statement.hash !== undefined;
  const value = called ? { ...statement, type: 'SubExpression' } : statement.path;
  // The place of what stands in the braces, as the lint tells it, so that one fault has one place.
  const site = addSite(statement.path, to, []);
  const { loc, strip } = statement;
  const path = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: ['show'],
    original: 'show',
    loc,
  };
  const params = [value, numberLiteral(site, statement)];
  return {
    type: 'MustacheStatement',
    path,
    params,
    escaped: true,
    strip,
    loc,
  } as unknown as hbs.AST.Statement;
}

function numberLiteral(value: number, node: hbs.AST.Node): hbs.AST.NumberLiteral {
  return { type: 'NumberLiteral', value, original: value, loc: node.loc };
}

function addSite(node: hbs.AST.Node, to: Rewriting, branches: readonly Branch[]): number {
  const inside = to.inside === undefined ? {} : { inside: to.inside };
  return (
    to.sites.push({ file: to.file, ...placeOf(to.part, node.loc.start), branches, ...inside }) - 1
  );
}
