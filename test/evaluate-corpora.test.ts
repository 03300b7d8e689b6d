/**
 * The gate of `npm run evaluate:corpora` on a corpus of our own: it lets pass what stays unanswered, and
 * stops what would be answered. `.ci/run` runs it over the mails by others.
 */
import { afterEach, expect, test } from 'vitest';
import { evaluateCorpora } from './evaluate-corpora.ts';
import { makeCommandPlace } from './support/command.ts';
import { forwardText, mailText, passFor } from './support/sample-desk.ts';

let place = makeCommandPlace();
afterEach(() => {
  place.remove();
  place = makeCommandPlace();
});

async function run(folder: string) {
  const stdout: string[] = [];
  const io = {
    stdin: (async function* nothing() {})(),
    stdout: { write: (text: string) => stdout.push(text) },
    stderr: { write: () => undefined },
    env: {},
    cwd: place.folder,
  };
  return { code: await evaluateCorpora(io, folder), stdout: stdout.join('') };
}

async function evaluate(mails: Readonly<Record<string, string>>, expected: readonly object[] = []) {
  for (const [path, content] of Object.entries(mails)) place.write(path, content);
  const rows = Object.keys(mails).map((path) => `${path}\tD-ham\tlabel\tsource\tMIT\t1`);
  place.write('manifest.tsv', `${['path\tcategory', ...rows].join('\n')}\n`);
  place.write('expected.jsonl', expected.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return run(place.folder);
}

const question = mailText({ subject: 'Invoice', body: 'Where is our invoice?' });

test('passes where nothing would be answered, and prints the figures by kind', async () => {
  const { code, stdout } = await evaluate(
    { 'a.eml': question, 'b.html': '<p>Yes</p><blockquote type="cite">No?</blockquote>' },
    [
      { kind: 'decision', path: 'a.eml', expect: { reply: false, reason: 'ordinary mail' } },
      { kind: 'reply', path: 'b.html', expect: { forwarded: false } },
      { kind: 'parse-json', path: 'a.eml', expected_file: 'a.json' },
    ],
  );
  expect(code).toBe(0);
  expect(stdout).toContain('As labelled: 2 of 2.');
  expect(stdout).toMatch(/^ordinary mail +1 +0 +0 +0 +0 +1$/m);
  expect(stdout).toMatch(/^answer with a quote +1 /m);
});

test('stops at a mail that would be answered', async () => {
  const { code, stdout } = await evaluate({ 'a.eml': question, 'forward.eml': forwardText() });
  expect(code).toBe(1);
  expect(stdout).toContain('WRONG REPLY: forward.eml');
});

test('believes every host that a mail names: nobody is held back for want of proof', async () => {
  const results = `Authentication-Results: mx.somewhere.example; ${passFor('contoso.example')}`;
  const forward = forwardText().replace(/^Authentication-Results: .*$/m, results);
  const { code } = await evaluate({ 'forward.eml': forward });
  expect(code).toBe(1);
});

test('says so and passes where there is no corpus', async () => {
  const { code, stdout } = await run(`${place.folder}/none`);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Not evaluated: /);
});
