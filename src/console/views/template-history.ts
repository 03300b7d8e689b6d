/**
 * The versions of a file: who saved what when, what differs between two, and the way back.
 */
import type { ChangedLine } from '../../core/text-changes.ts';
import type { DraftProblem, OpenTemplate } from '../../ports/template-desk.ts';
import type { TemplateFileVersion } from '../../ports/templates.ts';
import { type Content, type Html, html } from '../html.ts';
import { problemList } from './template-problems.ts';
import { languageName, listPath, templatePath } from './template-words.ts';
import { counted, timeOf, timeWords } from './times.ts';

export interface HistoryView {
  readonly template: OpenTemplate;
  readonly versions: readonly TemplateFileVersion[];
  readonly timeZone: string;
  /** Absent for whoever may not take a version back. */
  readonly csrf?: Html;
  readonly note?: Html;
}

function crumbs({ place, locale }: OpenTemplate): Html {
  return html`<p><a href="${listPath(place.folder)}">Templates</a>${place.id !== 'layout' && html` › <a href="${listPath(place.folder, locale)}">${languageName(locale)}</a>`} › <a href="${templatePath(place)}">${place.id}</a></p>`;
}

export function templateHistory({ template, versions, timeZone, csrf, note }: HistoryView): Html {
  const { place, hash = '' } = template;
  return html`${crumbs(template)}
<h1>History of ${place.id}</h1>
${note}
${versions.length === 0 && html`<p class="note">No version is kept yet. Here stands each version that somebody saves in the console or that a reply is made of.</p>`}
${
  versions.length > 0 &&
  html`<form method="get" action="${templatePath(place, { page: '/history/compare' })}">
<input type="hidden" name="folder" value="${place.folder}">
<div class="scroll" tabindex="0" role="region" aria-label="Versions"><table class="history">
<thead><tr><th scope="col">Compare</th><th scope="col">When</th><th scope="col">Who</th><th scope="col">First used</th><th scope="col">Version</th></tr></thead>
<tbody>${versions.map((version, index) => row(version, { index, hash, place, timeZone }))}</tbody></table></div>
<p><button>Compare the two chosen</button></p></form>`
}
${csrf !== undefined && template.folder.isWritable && versions.some((version) => version.hash !== hash) && rollBackForm(template, versions, { csrf, timeZone })}`;
}

function row(
  version: TemplateFileVersion,
  {
    index,
    hash,
    place,
    timeZone,
  }: {
    readonly index: number;
    readonly hash: string;
    readonly place: OpenTemplate['place'];
    readonly timeZone: string;
  },
): Html {
  const short = version.hash.slice(0, 12);
  const isNow = version.hash === hash;
  const compare = templatePath(place, {
    page: '/history/compare',
    query: { from: version.hash, to: hash },
  });
  return html`<tr><td><label class="inline"><input type="radio" name="from" value="${version.hash}"${index === 1 && html` checked`}> old<span class="hidden"> ${short}</span></label>
<label class="inline"><input type="radio" name="to" value="${version.hash}"${index === 0 && html` checked`}> new<span class="hidden"> ${short}</span></label></td>
<td>${timeOf(version.at, timeZone)}</td><td>${whoOf(version)}</td>
<td>${version.firstUsedAt === undefined ? html`<span class="soft">not yet</span>` : timeOf(version.firstUsedAt, timeZone)}</td>
<td><code>${short}</code> ${isNow ? html`<span class="badge good">in the folder now</span>` : html`<a href="${compare}">compare with now</a>`}</td></tr>`;
}

function whoOf({ by, replaced }: TemplateFileVersion): Content {
  if (by !== undefined) return by;
  return html`<span class="soft">${replaced ? 'in the folder until then' : 'in the folder'}</span>`;
}

function rollBackForm(
  { place, hash = '' }: OpenTemplate,
  versions: readonly TemplateFileVersion[],
  { csrf, timeZone }: { readonly csrf: Html; readonly timeZone: string },
): Html {
  const others = new Map(
    versions.filter((version) => version.hash !== hash).map((version) => [version.hash, version]),
  );
  return html`<form class="card" method="post" action="${templatePath(place, { page: '/history' })}"><h2>Take an old version back</h2>
<p>Its words are checked as an edit is, and saved as a new version: nothing is lost.</p>
${csrf}<input type="hidden" name="folder" value="${place.folder}"><input type="hidden" name="opened" value="${hash}">
<div class="row"><div class="field"><label for="version">Version</label><select id="version" name="version">${[
    ...others.values(),
  ].map(
    (version) =>
      html`<option value="${version.hash}">${timeWords(version.at, timeZone)}${version.by !== undefined && ` by ${version.by}`} (${version.hash.slice(0, 12)})</option>`,
  )}</select></div><button>Take it back</button></div></form>`;
}

export interface CompareView {
  readonly template: OpenTemplate;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly ChangedLine[];
}

export function templateComparison({ template, from, to, lines }: CompareView): Html {
  const { place } = template;
  return html`${crumbs(template)}
<h1>What changed in ${place.id}</h1>
<p>From <code>${from.slice(0, 12)}</code> to <code>${to.slice(0, 12)}</code>. <a href="${templatePath(place, { page: '/history' })}">History</a></p>
${lines.length === 0 ? html`<p class="note">The words are the same.</p>` : changedLines(lines)}`;
}

export function changedLines(lines: readonly ChangedLine[]): Html {
  const count = (kind: ChangedLine['kind']) => lines.filter((line) => line.kind === kind).length;
  return html`<p class="soft">${counted(count('removed'), 'line')} taken away, ${counted(count('added'), 'line')} put in.</p>
<table class="diff"><caption class="hidden">Changed lines</caption>
<thead class="hidden"><tr><th scope="col">Line</th><th scope="col">Kind</th><th scope="col">Words</th></tr></thead><tbody>${lines.map(lineOf)}</tbody></table>`;
}

const signs = { same: ' ', removed: '−', added: '+' } as const;

function lineOf(line: ChangedLine): Html {
  if (line.kind === 'gap')
    return html`<tr class="gap"><td>⋯</td><td></td><td><span class="hidden">lines that stay</span></td></tr>`;
  const pieces = line.pieces.map(({ text, changed }) =>
    changed ? html`<mark>${text}</mark>` : text,
  );
  return html`<tr class="${line.kind}"><td>${line.line}</td><td>${signs[line.kind]}<span class="hidden">${line.kind}</span></td><td>${pieces}</td></tr>\n`;
}

/** Of two who edited the same file: what the other one wrote, beside what was not saved. */
export function conflictNote(theirs: readonly ChangedLine[]): Html {
  return html`<div class="note warn"><p><strong>Not saved: the file was changed since you opened it.</strong> Below is what differs from the words that are in the folder now (−) to yours (+). Saving again replaces them by yours.</p>${changedLines(theirs)}</div>`;
}

export function refusedNote(problems: readonly DraftProblem[]): Html {
  return html`<div class="note bad"><strong>Not taken back:</strong> these words have ${counted(problems.length, 'problem')} today.${problemList(problems)}</div>`;
}
