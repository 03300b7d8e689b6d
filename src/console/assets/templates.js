// The editor of templates: colours and line numbers under the field, what is wrong and the reply as somebody types.
// The page is whole without it: the field is a plain one, and its buttons ask the server.
(() => {
  const form = document.getElementById('editor');
  const field = document.getElementById('source');
  if (form === null || field === null) return;
  const isLive = form.dataset.live === 'yes';
  const waitMs = 250;

  // Handlebars first, since it may stand within anything; then what begins a line, then what stands in one.
  const tokens =
    /(?<comment>\{\{~?!(?:--[\s\S]*?--|[^}]*)~?\}\})|(?<block>\{\{~?(?:[#/^]|else\b|>)[^}]*\}\})|(?<value>\{\{[^}]*\}\}\}?)|(?<front>^---[ \t]*$|^(?:subject|preheader):)|(?<heading>^#{1,6} .*$)|(?<sign>^[ \t]*(?:[-*]|\d+\.|>)(?= ))|(?<strong>\*\*[^*\n{}]+\*\*)|(?<link>\]\([^)\n{}]*\))/gm;

  const marks = document.createElement('div');
  marks.className = 'marks';
  marks.setAttribute('aria-hidden', 'true');
  field.before(marks);
  field.parentElement.classList.add('live');
  let badLines = new Set();

  function paint() {
    const lines = [];
    let line;
    const begin = () => {
      line = document.createElement('span');
      line.className = badLines.has(lines.length + 1) ? 'line bad' : 'line';
      lines.push(line);
    };
    const put = (text, kind) => {
      text.split('\n').forEach((part, index) => {
        if (index > 0) begin();
        if (part === '') return;
        if (kind === undefined) line.append(part);
        else {
          const span = document.createElement('span');
          span.className = kind;
          span.textContent = part;
          line.append(span);
        }
      });
    };
    begin();
    let at = 0;
    for (const found of field.value.matchAll(tokens)) {
      put(field.value.slice(at, found.index));
      const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
      put(found[0], kind);
      at = found.index + found[0].length;
    }
    put(field.value.slice(at));
    marks.replaceChildren(...lines);
  }

  function readProblems() {
    const places = document.querySelectorAll('#verdict [data-line]');
    badLines = new Set([...places].map(({ dataset }) => Number(dataset.line)));
    field.setAttribute('aria-invalid', String(document.querySelector('#verdict .bad') !== null));
    paint();
  }

  /** Puts the cursor where a problem is. */
  function goTo(line, column) {
    const before = field.value.split('\n').slice(0, line - 1);
    const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    field.focus();
    field.setSelectionRange(at, at);
    marks.children[line - 1]?.scrollIntoView({ block: 'center' });
  }

  document.addEventListener('click', (event) => {
    const place = event.target.closest('[data-line]');
    if (place !== null) {
      event.preventDefault();
      goTo(Number(place.dataset.line), Number(place.dataset.column));
    }
    const insert = event.target.closest('button[data-insert]');
    if (insert !== null) {
      field.focus();
      // The only way to write into a field that its "undo" knows of.
      if (!document.execCommand('insertText', false, insert.dataset.insert))
        field.setRangeText(insert.dataset.insert, field.selectionStart, field.selectionEnd, 'end');
      changed();
    }
  });

  for (const code of document.querySelectorAll('code[data-insert]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.insert = code.dataset.insert;
    button.setAttribute('aria-label', `Put in ${code.dataset.insert}`);
    code.replaceWith(button);
    button.append(code);
  }

  let timer;
  let isAsking = false;
  let isStale = false;

  function changed() {
    paint();
    if (!isLive) return;
    clearTimeout(timer);
    timer = setTimeout(ask, waitMs);
  }

  /** One question at a time; what was typed meanwhile is asked about next. */
  async function ask() {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    isStale = false;
    try {
      const answer = await fetch('/templates/try', {
        method: 'POST',
        body: new URLSearchParams(new FormData(form)),
      });
      if (answer.ok) show(await answer.text());
      else if (answer.status === 429) isStale = true;
      else tell('The words could not be checked. Save, or load the page again, to see why.');
    } catch {
      tell('The console cannot be reached; the words are checked when they are saved.');
    }
    isAsking = false;
    if (isStale) timer = setTimeout(ask, waitMs);
  }

  function show(text) {
    const answer = new DOMParser().parseFromString(text, 'text/html');
    const verdict = answer.getElementById('verdict');
    const preview = answer.querySelector('[aria-labelledby="preview"]');
    if (verdict === null || preview === null) return;
    // Only what it holds, so that it is read out as a change of the same place.
    document.getElementById('verdict').replaceChildren(...verdict.childNodes);
    // A reply that cannot be made leaves the last one to be seen.
    if (preview.querySelector('.pane') !== null)
      document.querySelector('[aria-labelledby="preview"]').replaceWith(preview);
    readProblems();
  }

  function tell(sentence) {
    const note = document.createElement('p');
    note.className = 'note warn';
    note.textContent = sentence;
    document.getElementById('verdict').replaceChildren(note);
  }

  field.addEventListener('input', changed);
  if (isLive)
    for (const id of ['scenario', 'sample', 'customer'])
      document.getElementById(id)?.addEventListener('change', changed);
  readProblems();
})();
