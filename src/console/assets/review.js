// The review: what others do appears by itself, and nothing that is being typed is lost for it.

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const me = document.querySelector('[data-me]')?.dataset.me;

async function fetchPart(path) {
  const response = await fetch(path, { headers: { accept: 'text/html' } });
  if (!response.ok || response.redirected) return undefined;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  return page.body.firstElementChild ?? undefined;
}

/** Puts the new element in place of the old one; the focus stays where it was, if that is still there. */
function replace(old, next) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
  old.replaceWith(next);
  window.htmx?.process(next);
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

async function refreshQueue() {
  const old = document.querySelector('#queue');
  if (old === null) return;
  const next = await fetchPart(old.dataset.part);
  const now = document.querySelector('#queue');
  if (next === undefined || now === null) return;
  const known = [...now.querySelectorAll('input[name=case]')];
  for (const box of next.querySelectorAll('input[name=case]')) {
    const before = known.find(({ value }) => value === box.value);
    box.checked = before === undefined ? false : before.checked;
  }
  const sought = now.querySelector('#seek');
  const field = next.querySelector('#seek');
  if (sought !== null && field !== null) field.value = sought.value;
  const scrolled = now.scrollTop;
  replace(now, next);
  next.scrollTop = scrolled;
}

const isTouched = (element) =>
  [...element.querySelectorAll('textarea, input:not([type=hidden], [type=checkbox])')].some(
    (field) => field.value !== field.defaultValue,
  );

/** What the buttons send, in so far as a person chose it or has read it. */
function shownReply(article) {
  const form = article.querySelector('form.approve');
  if (form === null) return undefined;
  const fields = ['customer', 'scenario', 'to', 'locale', 'digest'];
  return fields.map((name) => form.elements[name]?.value ?? '').join(' ');
}

/** A button must not send something else than it did a moment ago: whoever presses it has read what was there. */
function sendsElse(now, next) {
  const [before, after] = [shownReply(now), shownReply(next)];
  return before !== undefined && after !== undefined && before !== after;
}

async function refreshCase() {
  const old = document.querySelector('article#case');
  if (old === null) return;
  const next = await fetchPart(old.dataset.part);
  const now = document.querySelector('article#case');
  if (next === undefined || now === null || next.dataset.case !== now.dataset.case) return;
  if (next.dataset.state === now.dataset.state) return;
  const hasWords = isTouched(now);
  if (!hasWords && !sendsElse(now, next)) {
    replace(now, next);
    return;
  }
  // What somebody typed or chose stays; that it can no longer be sent is said at once.
  now.dataset.state = next.dataset.state;
  for (const button of now.querySelectorAll('.acts button')) button.disabled = true;
  const note = document.createElement('p');
  note.className = 'note warn';
  note.setAttribute('role', 'alert');
  const what = next.querySelector(':scope > .note.good')?.textContent ?? 'This case has changed.';
  const kept = hasWords ? 'What you typed is still here; reload' : 'Reload';
  note.textContent = `${what} ${kept} the page to go on.`;
  now.querySelector('header').after(note);
}

// One after the other, and at most one more for all that changed meanwhile.
let isRefreshing = false;
let isStale = false;
async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (isStale) {
      isStale = false;
      await refreshQueue();
      await refreshCase();
    }
  } catch {
    // The line is down; the next event tells again.
  } finally {
    isRefreshing = false;
  }
}
addEventListener('console:review', refresh);
addEventListener('console:cases', refresh);

// Who else is here.
addEventListener('console:presence', ({ detail }) => {
  const article = document.querySelector('article#case');
  if (article !== null)
    showOthers((detail[article.dataset.case] ?? []).filter((name) => name !== me));
});

function showOthers(others) {
  const note = document.querySelector('#presence');
  if (note === null) return;
  const is = others.length === 1 ? 'is' : 'are';
  const sentence =
    others.length === 0 ? '' : `${others.join(' and ')} ${is} looking at this case too.`;
  if (note.textContent !== sentence) note.textContent = sentence;
  note.hidden = others.length === 0;
}

async function sayHere() {
  const article = document.querySelector('article#case[data-present]');
  if (article === null || document.hidden) return;
  try {
    const response = await fetch(`/cases/${encodeURIComponent(article.dataset.case)}/presence`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ _csrf: csrf }),
    });
    if (response.ok && !response.redirected) showOthers((await response.json()).others);
  } catch {
    // Nobody is told for now.
  }
}
sayHere();
setInterval(sayHere, 10_000);
document.addEventListener('visibilitychange', sayHere);

// Undo: how long it is still possible.
function countDown(form) {
  const end = performance.now() + Number(form.dataset.leftMs);
  const left = form.querySelector('.left');
  const tick = setInterval(() => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds > 0) {
      left.textContent = String(seconds);
      return;
    }
    clearInterval(tick);
    const note = document.createElement('p');
    note.className = 'note soft';
    note.textContent = form.dataset.over;
    form.replaceWith(note);
  }, 250);
}
for (const form of document.querySelectorAll('form.undo')) countDown(form);

// Words were changed: what is shown is no longer what would be sent, until it is shown anew.
document.addEventListener('input', ({ target }) => {
  const form = target.closest('form.edit');
  for (const button of form?.querySelectorAll('#edit-preview button.main') ?? [])
    button.disabled = true;
});

// Something else was chosen: until it is shown, no button sends what is shown still.
document.addEventListener('change', ({ target }) => {
  if (target.closest('form.choice') === null) return;
  for (const button of document.querySelectorAll('#acts button')) button.disabled = true;
});

// A form is sent once, however often its key is pressed.
document.addEventListener('submit', (event) => {
  if (event.target.dataset.sent === 'yes') event.preventDefault();
  if (event.target.method === 'post') event.target.dataset.sent = 'yes';
});
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// On a phone the case is what was opened; on a desk the keys work from anywhere.
if (document.querySelector('.review.opened, main > article#case') !== null) {
  document.querySelector('#case-title')?.focus({ preventScroll: false });
}
