/**
 * What is wrong with templates, each with its place; those of the file that is open lead to their line.
 */
import type { DraftProblem } from '../../ports/template-desk.ts';
import { type Html, html } from '../html.ts';

/** More than these at once help nobody: most go away with the first. */
const shownMax = 50;

export function problemList(problems: readonly DraftProblem[]): Html {
  return html`<ul class="problems">${problems.slice(0, shownMax).map(item)}${
    problems.length > shownMax && html`<li>and ${problems.length - shownMax} more</li>`
  }</ul>`;
}

function item({ file, line, column, message, isHere }: DraftProblem): Html {
  if (!isHere) {
    const place = line === undefined ? file : `${file}, line ${line}`;
    return html`<li><span class="place">${place}</span> ${message}</li>`;
  }
  if (line === undefined) return html`<li>${message}</li>`;
  const at = column === undefined ? `Line ${line}` : `Line ${line}, column ${column}`;
  return html`<li><a class="place" href="#source" data-line="${line}" data-column="${column ?? 1}">${at}</a> ${message}</li>`;
}
