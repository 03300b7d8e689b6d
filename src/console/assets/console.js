// What every page of the console does beside htmx. Pages are whole without it.

// Keys: an element says which one it answers to. Never while somebody types.
const isTyping = (target) =>
  target instanceof Element &&
  target.closest(
    'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]',
  ) !== null;

const isShown = (element) => element.getClientRects().length > 0 && !element.disabled;

function press(element) {
  const panel = element.closest('details');
  element.click();
  if (element.tagName !== 'SUMMARY' || !panel?.open) return;
  const fields = '.panel :is(textarea, input:not([type=hidden]), a, button)';
  (panel.querySelector('[data-first]') ?? panel.querySelector(fields))?.focus();
}

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    const open = document.querySelector('details.act[open]');
    if (open === null) return;
    open.open = false;
    open.querySelector('summary').focus();
    return;
  }
  if (event.repeat || isTyping(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === '?') {
    document.querySelector('#keys')?.showModal();
    return;
  }
  const all = document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`);
  const found = [...all].find(isShown);
  if (found === undefined) return;
  event.preventDefault();
  if (found.matches('input')) found.focus();
  else press(found);
});

// What changes elsewhere. A tab that nobody sees holds no connection: browsers allow few of them.
const top_ = document.querySelector('[data-events]');

function showCount(count) {
  const badge = document.querySelector('#waiting');
  if (badge !== null) badge.textContent = count > 0 ? String(count) : '';
  document.title = (count > 0 ? `(${count}) ` : '') + document.title.replace(/^\(\d+\) /, '');
}

function listen() {
  let source;
  const open = () => {
    if (document.hidden || source !== undefined) return;
    source = new EventSource(top_.dataset.events);
    source.addEventListener('review', ({ data }) => showCount(Number(data)));
    for (const name of ['review', 'cases', 'presence']) {
      source.addEventListener(name, ({ data }) => {
        dispatchEvent(new CustomEvent(`console:${name}`, { detail: JSON.parse(data) }));
      });
    }
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
}

if (top_ !== null && 'EventSource' in window) listen();
