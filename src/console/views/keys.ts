/**
 * The keys of the review, for whoever presses `?`.
 */
import { type Html, html } from '../html.ts';

const keys: readonly (readonly [string, string])[] = [
  ['j', 'next case'],
  ['k', 'case before'],
  ['a', 'send the reply as it stands'],
  ['e', 'edit the reply'],
  ['c', 'choose another customer'],
  ['r', 'answer yourself'],
  ['d', 'dismiss'],
  ['u', 'undo what you just did'],
  ['/', 'search'],
  ['Esc', 'close what is open'],
];

export function keysDialog(): Html {
  return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>
<dl class="facts">${keys.map(([key, does]) => html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`)}</dl>
<form method="dialog"><button>Close</button></form></dialog>`;
}
