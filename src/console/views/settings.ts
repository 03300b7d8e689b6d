/**
 * The settings as a page: each with its value, where it comes from, and what it means. Nothing can be changed here.
 */
import type { HouseSettings, SettingLine, SettingSource } from '../../ports/house.ts';
import { type Html, html } from '../html.ts';

export function settingsView({ file, warnings, lines, meanings }: HouseSettings): Html {
  const groups = Map.groupBy(lines, groupOf);
  return html`<h1>Settings</h1>
<p>These are the settings the service runs with. They are read from <code>${file}</code> and from environment
variables at the start; to change one, change it there and start the service again. Passwords and keys are never
shown.</p>
${
  warnings.length > 0 &&
  html`<div class="note warn"><p>Allowed, but unwise:</p><ul>${warnings.map(
    (warning) => html`<li>${warning}</li>`,
  )}</ul></div>`
}
${[...groups].map(([name, members]) => groupView(name, members, meanings))}`;
}

/** `mailboxes[0].imap`, or `limits`; what stands alone goes together. */
function groupOf({ path }: SettingLine): string {
  const [first = '', second] = path.split('.');
  if (second === undefined) return 'General';
  const isServer = first.startsWith('mailboxes[') && (second === 'imap' || second === 'smtp');
  return isServer ? `${first}.${second}` : first;
}

function groupView(
  name: string,
  lines: readonly SettingLine[],
  meanings: HouseSettings['meanings'],
): Html {
  const prefix = name === 'General' ? '' : `${name}.`;
  return html`<details class="card settings" open>
<summary><h2>${name}</h2></summary>
<dl>${lines.map((line) => settingView(line, prefix, meanings))}</dl>
</details>`;
}

function settingView(line: SettingLine, prefix: string, meanings: HouseSettings['meanings']): Html {
  const { path, source } = line;
  const meaning = meanings.get(path.replaceAll(/\[\d+\]/g, '[]'));
  return html`<div class="setting">
<dt><code>${path.slice(prefix.length)}</code></dt>
<dd>${valueView(line)} <small class="source">${line.secret === undefined && sourceText(source)}</small>${
    meaning !== undefined && html`<small class="meaning">${meaning}</small>`
  }</dd>
</div>`;
}

function valueView({ value, secret, source }: SettingLine): Html {
  if (secret === 'set')
    return html`<span class="badge">set</span> <small>${secretPlace(source)}</small>`;
  if (secret === 'not set') return html`<span class="soft">not set</span>`;
  if (value === undefined) return html`<span class="soft">not set</span>`;
  if (value === '') return html`<span class="soft">empty</span>`;
  return html`<span class="value">${value}</span>`;
}

function secretPlace(source: SettingSource): string {
  switch (source.kind) {
    case 'environment':
    case 'secret file':
      return `from ${source.name}`;
    case 'file':
    case 'default':
      return '';
  }
}

export function sourceText(source: SettingSource): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file':
      return 'from the file';
    case 'environment':
      return `from ${source.name}`;
    case 'secret file':
      return `from ${source.name}`;
  }
}
