/**
 * The editor of one file: a plain text field with everything at hand, what is wrong with the words, and the reply they
 * make. It works without scripts; `templates.js` makes it follow what is typed.
 */
import type { DraftChanges, OpenTemplate, TriedDraft } from '../../ports/template-desk.ts';
import { type Content, type Html, html } from '../html.ts';
import { insertPanel } from './template-inserts.ts';
import { problemList } from './template-problems.ts';
import { folderNotes } from './template-tree.ts';
import { languageName, listPath, templatePath } from './template-words.ts';
import { counted, timeOf } from './times.ts';

export interface EditorView {
  readonly template: OpenTemplate;
  /** What stands in the field. */
  readonly source: string;
  /** The hash of the file that the words were begun with. */
  readonly opened: string;
  readonly tried: TriedDraft;
  /** Key of the frame; absent where there is no reply to show. */
  readonly frame?: string;
  readonly customerId: string;
  readonly sample: string;
  /** Absent for whoever may only read. */
  readonly csrf?: Html;
  readonly timeZone: string;
  readonly note?: Html;
  readonly changes?: DraftChanges;
}

export function templateEditor(view: EditorView): Html {
  const { template, csrf, note, changes } = view;
  const { folder, place, locale, name } = template;
  const canEdit = csrf !== undefined && folder.isWritable;
  const up = place.id === 'layout' ? undefined : locale;
  return html`<p><a href="${listPath(place.folder)}">Templates</a>${up !== undefined && html` › <a href="${listPath(place.folder, up)}">${languageName(up)}</a>`}</p>
<h1>${place.id}</h1>
<p class="soft">${name} ${state(view)} · <a href="${templatePath(place, { page: '/history' })}">History</a></p>
${note}
${csrf !== undefined && folderNotes(folder)}
<form id="editor" method="${canEdit ? 'post' : 'get'}" action="${templatePath(place)}" data-id="${place.id}"${canEdit && html` data-live="yes"`}>
${canEdit && csrf}
<input type="hidden" name="folder" value="${place.folder}">
${canEdit && html`<input type="hidden" name="id" value="${place.id}"><input type="hidden" name="opened" value="${view.opened}">`}
<div class="desk"><div class="words">
<label for="source">${canEdit ? 'Words' : 'Words (to be read only)'}</label>
<div class="editor"><textarea id="source" ${canEdit ? html`name="source"` : html`readonly`} rows="24" spellcheck="true" lang="${locale}" autocomplete="off" autocapitalize="off" aria-describedby="verdict">
${view.source}</textarea></div>
${
  canEdit &&
  html`<div class="row actions"><button class="main" name="do" value="save">Save as a new version</button>
<button name="do" value="try">Check and preview</button>
<button name="do" value="changes" formaction="${templatePath(place)}#changes">What would change?</button>
<a class="button" href="${templatePath(place)}">Discard</a></div>`
}
${canEdit && insertPanel(template)}
</div>
<div class="shown">
${triedPart(view)}
${choices(view, canEdit)}
</div></div>
</form>
${changes !== undefined && changesPart(changes, view.timeZone)}`;
}

function state({ template, timeZone }: EditorView): Content {
  const { changedAt, changedBy, hash } = template;
  if (hash === undefined || changedAt === undefined)
    return 'is not there yet: these are the words that serve meanwhile.';
  return html`· changed ${timeOf(changedAt, timeZone)} ${changedBy === undefined ? 'in the folder' : `by ${changedBy}`}`;
}

/** What a check says and the reply that comes of it: the part that follows what is typed. */
export function triedPart({
  tried,
  frame,
  template,
  csrf,
}: Pick<EditorView, 'tried' | 'frame' | 'template' | 'csrf'>): Html {
  const { problems, preview, note, tookMs } = tried;
  const took = html`<small>Checked in ${tookMs} ms.</small>`;
  const verdict =
    problems.length === 0
      ? html`<p class="note good"><strong>No problems.</strong> ${took}</p>`
      : html`<div class="note bad"><strong>${counted(problems.length, 'problem')}:</strong> it cannot be saved. ${took}${problemList(problems)}</div>`;
  return html`<div id="tried">
<div id="verdict" role="status">${csrf !== undefined && template.folder.isWritable && verdict}</div>
<section aria-labelledby="preview"><h2 id="preview">The reply: ${tried.scenario}</h2>
${note !== undefined && html`<p class="note warn">${note}</p>`}
${'problem' in preview ? html`<p class="note warn">No preview: ${preview.problem}</p>` : replyPart(preview.reply, frame, template.locale)}
</section></div>`;
}

function replyPart(
  { subject, text }: Extract<TriedDraft['preview'], { reply: unknown }>['reply'],
  frame: string | undefined,
  locale: string,
): Html {
  const src = frame === undefined ? undefined : `/templates/previews/${frame}`;
  const tooLong = html`<p class="note warn">The reply is too long to be shown.</p>`;
  return html`<p class="subject" lang="${locale}" dir="auto">${subject}</p>
<div class="pane phone">${src === undefined ? tooLong : html`<iframe title="The reply on a phone" sandbox="" loading="lazy" src="${src}"></iframe>`}</div>
<div class="pane wide">${src === undefined ? tooLong : html`<iframe title="The reply on a wide screen" sandbox="" loading="lazy" src="${src}"></iframe>`}</div>
<pre class="pane text" lang="${locale}" dir="auto" tabindex="0" aria-label="The reply as text">${text}</pre>`;
}

function choices({ template, tried, customerId, sample }: EditorView, canEdit: boolean): Html {
  const { scenarios } = template;
  return html`<fieldset class="panes"><legend>Show it</legend>
<label><input type="radio" name="pane" value="phone" checked> on a phone</label>
<label><input type="radio" name="pane" value="wide"> on a wide screen</label>
<label><input type="radio" name="pane" value="text"> as text</label></fieldset>
<div class="row choices">
${
  scenarios.length > 1 &&
  html`<div class="field"><label for="scenario">Reply</label>
<select id="scenario" name="scenario">${scenarios.map((one) => html`<option${one === tried.scenario && html` selected`}>${one}</option>`)}</select></div>`
}
<div class="field"><label for="sample">Made for the sample</label>
<select id="sample" name="sample"><option value="">the usual one</option>${tried.samples.map((one) => html`<option${one === sample && html` selected`}>${one}</option>`)}</select></div>
<div class="field"><label for="customer">or for a customer (id)</label>
<input id="customer" name="customer" value="${customerId}" maxlength="200" autocomplete="off"></div>
${!canEdit && html`<button>Show</button>`}</div>`;
}

export function changesPart({ changes, replies }: DraftChanges, timeZone: string): Html {
  const different = changes.filter(({ change }) => change.kind !== 'same');
  const said =
    replies === 0
      ? 'No case has a reply yet: there is nothing to compare with.'
      : `Of the last ${counted(replies, 'reply', 'replies')}, ${changes.length} could be touched by this file, and ${different.length} would change.`;
  return html`<section id="changes" class="card" aria-labelledby="changes-title"><h2 id="changes-title">What would change</h2>
<p>${said}</p>
${different.map(
  ({
    caseId,
    at,
    scenario,
    to,
    change,
  }) => html`<article><h3><a href="/cases/${caseId}">${to}</a>, ${scenario}, ${timeOf(at, timeZone)}</h3>
${change.kind === 'broken' && html`<p class="note bad">It could not be composed any more: ${change.problem}</p>`}
${change.kind === 'look' && html`<p>The words stay; the HTML part looks different.</p>`}
${change.kind === 'words' && html`<pre class="changes">${change.lines.map(changedLine)}</pre>`}</article>`,
)}</section>`;
}

function changedLine(line: string): Html {
  if (line.startsWith('-')) return html`<del>${line}</del>\n`;
  return line.startsWith('+') ? html`<ins>${line}</ins>\n` : html`${line}\n`;
}
