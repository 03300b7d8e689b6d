/**
 * Which replies there are in which language, and whether all is well: at a glance first, file by file below.
 */
import { repliedScenarios } from '../../core/decision.ts';
import type {
  LocaleOverview,
  TemplateFileLine,
  TemplateFolder,
  TemplateOverview,
} from '../../ports/template-desk.ts';
import { type Content, type Html, html } from '../html.ts';
import { problemList } from './template-problems.ts';
import { languageName, listPath, templatePath } from './template-words.ts';
import { counted, timeOf } from './times.ts';

export interface TreeView {
  readonly overviews: readonly TemplateOverview[];
  readonly timeZone: string;
  /** The form for a new language; absent for whoever may not begin one. */
  readonly csrf?: Html;
  readonly note?: Html;
}

export function templateTree({ overviews, timeZone, csrf, note }: TreeView): Html {
  return html`<h1>Templates</h1>
<p>The words that customers get. An edit that would break a reply does not go out.</p>
${note}
${overviews.map(
  (overview) => html`<section aria-labelledby="folder-${overview.folder.key}">
<h2 id="folder-${overview.folder.key}">${nameOf(overview.folder, overviews.length)}</h2>
${glance(overview)}
${folderNotes(overview.folder)}
${overview.problems.length > 0 && problemList(overview.problems)}
${languagesTable(overview, timeZone)}
${matrix(overview)}
${csrf !== undefined && overview.folder.isWritable && newLocaleForm(overview, csrf)}
</section>`,
)}`;
}

function nameOf({ mailboxes, path }: TemplateFolder, folders: number): string {
  if (folders === 1 || mailboxes.length === 0) return 'Languages';
  return `${mailboxes.join(', ')} (${path})`;
}

/** Says “all complete”, or what is missing. */
function glance({ locales, problems, isInUse }: TemplateOverview): Html {
  const missing = locales.flatMap((one) => missingOf(one).map((name) => `${one.locale}/${name}`));
  if (problems.length > 0)
    return html`<p class="note bad" role="status"><strong>${counted(problems.length, 'problem')}.</strong> The last good version goes on serving until ${problems.length === 1 ? 'it is' : 'they are'} mended.</p>`;
  if (missing.length > 0)
    return html`<p class="note warn" role="status"><strong>${counted(missing.length, 'reply is', 'replies are')} missing:</strong> ${missing.slice(0, 12).join(', ')}${missing.length > 12 && ' …'}. Customers of these languages get another one meanwhile.</p>`;
  return html`<p class="note good" role="status"><strong>All complete.</strong> ${counted(locales.length, 'language')}, each with all ${repliedScenarios.length} replies${isInUse === true && ', in use as they are here'}.</p>`;
}

function missingOf({ scenarios }: LocaleOverview): readonly string[] {
  return scenarios.flatMap(({ scenario, file }) => (file === undefined ? [scenario] : []));
}

export function folderNotes({ isWritable, machine, path }: TemplateFolder): Content {
  const readOnly =
    !isWritable &&
    html`<p class="note warn"><strong>These files cannot be edited here:</strong> the folder ${path} is read-only for the service. Give it a folder that it may write to, a volume of the container for instance, and name it as <code>templatesDir</code> in the settings: the section “In the console” of docs/templates.md has the steps.</p>`;
  const ofMachine =
    machine !== undefined &&
    html`<p class="note">This is the folder of the machine ${machine}. Where the service runs on several machines, each has a folder of its own unless they share one: what is saved here must be copied to the others.</p>`;
  return [readOnly, ofMachine];
}

function languagesTable({ folder, locales, layout }: TemplateOverview, timeZone: string): Html {
  return html`<table class="languages">
<caption class="hidden">Languages</caption>
<thead><tr><th scope="col">Language</th><th scope="col">Replies</th><th scope="col">Last change</th></tr></thead>
<tbody>${locales.map((one) => {
    const files = [...one.scenarios.flatMap(({ file }) => file ?? []), ...one.partials];
    const problems = files.reduce((sum, file) => sum + file.problems, 0);
    const missing = missingOf(one).length;
    const english = files.filter(({ isEnglish, id }) => isEnglish && !id.includes('/partials/'));
    return html`<tr id="${one.locale}"><th scope="row"><a href="${listPath(folder.key, one.locale)}">${languageName(one.locale)}</a></th>
<td>${repliedScenarios.length - missing} of ${repliedScenarios.length}
${problems > 0 && html`<span class="badge bad">${counted(problems, 'problem')}</span>`}
${missing > 0 && html`<span class="badge warn">${missing} missing</span>`}
${english.length > 0 && html`<span class="badge warn">${english.length} in English words still</span>`}
${problems + missing + english.length === 0 && html`<span class="badge good">complete</span>`}</td>
<td>${lastChange(files, timeZone)}</td></tr>`;
  })}
${layout !== undefined && html`<tr><th scope="row"><a href="${templatePath({ folder: folder.key, id: 'layout' })}">Layout of the HTML part</a></th><td>${layout.problems > 0 ? html`<span class="badge bad">${counted(layout.problems, 'problem')}</span>` : html`<span class="badge good">good</span>`}</td><td>${lastChange([layout], timeZone)}</td></tr>`}
</tbody></table>`;
}

function lastChange(files: readonly TemplateFileLine[], timeZone: string): Content {
  const [last] = [...files].sort((a, b) => b.changedAt.getTime() - a.changedAt.getTime());
  return last === undefined ? undefined : changeOf(last, timeZone);
}

function changeOf({ changedAt, changedBy }: TemplateFileLine, timeZone: string): Html {
  return html`${timeOf(changedAt, timeZone)} <small>${changedBy === undefined ? 'in the folder' : `by ${changedBy}`}</small>`;
}

/** Every reply in every language, for whoever looks for one. */
function matrix({ folder, locales }: TemplateOverview): Html {
  return html`<h3 id="matrix-${folder.key}">Reply by reply</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-${folder.key}"><table class="matrix">
<thead><tr><th scope="col">Reply</th>${locales.map(({ locale }) => html`<th scope="col">${locale}</th>`)}</tr></thead>
<tbody>${repliedScenarios.map(
    (scenario, index) =>
      html`<tr><th scope="row">${scenario}</th>${locales.map((one) => {
        const cell = one.scenarios[index];
        const href = templatePath({ folder: folder.key, id: `${one.locale}/${scenario}` });
        return html`<td>${cellOf(cell?.file, cell?.fallsBackTo, href)}</td>`;
      })}</tr>\n`,
  )}</tbody></table></div>`;
}

function cellOf(file: TemplateFileLine | undefined, from: string | undefined, href: string): Html {
  if (file === undefined)
    return html`<a class="bad" href="${href}" aria-label="missing, ${from ?? 'nothing'} serves">${from ?? '–'}</a>`;
  if (file.problems > 0) return html`<a class="bad" href="${href}" aria-label="problems">!</a>`;
  return html`<a href="${href}" aria-label="${file.isEnglish ? 'English words' : 'there'}">${file.isEnglish ? '≈' : '✓'}</a>`;
}

function newLocaleForm({ folder, locales }: TemplateOverview, csrf: Html): Html {
  return html`<form class="card" method="post" action="/templates/new-locale">
<h3>Begin a language</h3>
${csrf}<input type="hidden" name="folder" value="${folder.key}">
<div class="row"><div class="field"><label for="new-locale-${folder.key}">Its tag</label>
<input id="new-locale-${folder.key}" name="locale" required maxlength="35" placeholder="ro" aria-describedby="new-locale-hint-${folder.key}"></div>
<div class="field"><label for="from-${folder.key}">Begin with the words of</label>
<select id="from-${folder.key}" name="from">${locales.map(({ locale }) => html`<option value="${locale}"${locale === 'en' && html` selected`}>${languageName(locale)}</option>`)}</select></div>
<button>Begin the language</button></div>
<p class="soft" id="new-locale-hint-${folder.key}">Such as ro, pt-PT or zh-TW. Customers of that language get the copied words until you translate them, file by file.</p>
</form>`;
}

/** One language: its replies and the pieces that they share. */
export function localeTree(
  { folder, problems }: TemplateOverview,
  one: LocaleOverview,
  timeZone: string,
): Html {
  const own = problems.filter(({ file }) => file.startsWith(`${one.locale}/`));
  return html`<p><a href="${listPath(folder.key)}">Templates</a></p>
<h1>${languageName(one.locale)}</h1>
${own.length > 0 && problemList(own)}
<div class="grid"><section class="card" aria-labelledby="replies"><h2 id="replies">Replies</h2>
<ul class="files">${one.scenarios.map(({ scenario, file, fallsBackTo }) =>
    fileItem(templatePath({ folder: folder.key, id: `${one.locale}/${scenario}` }), scenario, {
      file,
      missing:
        fallsBackTo === undefined ? 'missing' : `missing: ${languageName(fallsBackTo)} serves`,
      timeZone,
    }),
  )}</ul></section>
<section class="card" aria-labelledby="partials"><h2 id="partials">Pieces that replies share</h2>
<ul class="files">${one.partials.map((file) =>
    fileItem(
      templatePath({ folder: folder.key, id: file.id }),
      file.id.slice(`${one.locale}/partials/`.length),
      { file, missing: '', timeZone },
    ),
  )}</ul></section></div>`;
}

function fileItem(
  href: string,
  name: string,
  {
    file,
    missing,
    timeZone,
  }: {
    readonly file: TemplateFileLine | undefined;
    readonly missing: string;
    readonly timeZone: string;
  },
): Html {
  const state =
    file === undefined
      ? html`<span class="badge warn">${missing}</span>`
      : html`${file.problems > 0 && html`<span class="badge bad">${counted(file.problems, 'problem')}</span> `}${file.isEnglish && html`<span class="badge warn">English words still</span> `}${changeOf(file, timeZone)}`;
  return html`<li><a href="${href}">${name}</a> <span>${state}</span></li>`;
}
