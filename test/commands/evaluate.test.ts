/**
 * `evaluate` from outside: labels that hold, labels that do not, what is printed, and wrong manifests.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { percent } from '../../src/commands/evaluate-figures.ts';
import { comparisons } from '../../src/commands/evaluate-label.ts';
import { showProgress } from '../../src/commands/evaluate-progress.ts';
import { evaluatedAloneMax, manifestLineCharsMax } from '../../src/core/limits.ts';
import {
  fixturesFolder,
  makeCommandPlace,
  minimalSettings,
  runCliProcess,
  runCommandLine,
  samplesFolder,
} from '../support/command.ts';
import { forwardText, mailText } from '../support/sample-desk.ts';
import { projectRoot } from '../support/source-code.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const settings = place.write('responder.yaml', minimalSettings);
const customers = join(fixturesFolder, 'customers.csv');
const known = ['--config', settings, '--customers', customers];

place.write('forward.eml', forwardText());
place.write('question.eml', mailText({ subject: 'Invoice', body: 'Where is our invoice?' }));
place.write('newsletter.eml', mailText({ fields: ['List-Id: <news.example.com>'], body: 'News' }));

function evaluate(args: readonly string[]) {
  return runCommandLine(['evaluate', ...args], { cwd: place.folder });
}

/** Evaluates labels, each an object or a line as it is. */
function judge(labels: readonly (object | string)[], more: readonly string[] = []) {
  const lines = labels.map((label) => (typeof label === 'string' ? label : JSON.stringify(label)));
  place.write('labels.jsonl', `${lines.join('\n')}\n`);
  return evaluate(['labels.jsonl', ...known, ...more]);
}

/** The cells of the row that begins with a name. */
function rowOf(stdout: string, name: string): readonly string[] {
  const row = stdout.split('\n').find((line) => line.startsWith(`${name} `));
  return row?.slice(name.length).trim().split(/ {2,}/) ?? [];
}

const right = {
  file: 'forward.eml',
  action: 'reply',
  family: 'lose-access',
  customer: 'contoso',
  scenario: 'cancel-portal',
};

describe('a line of classify --json is a label', () => {
  test('every sample is decided as classify says, alone and in worker threads alike', async () => {
    const args = ['classify', '--json', ...known, samplesFolder];
    const { stdout } = await runCommandLine(args, { cwd: place.folder });
    const mails = stdout.trimEnd().split('\n').length;
    expect(mails).toBeGreaterThan(20);
    place.write('all.jsonl', stdout);
    const few = await evaluate(['all.jsonl', ...known]);
    expect(few).toMatchObject({ code: 0, stderr: '' });
    expect(few.stdout).toMatch(/^Wrong replies: {5}0$/m);
    expect(few.stdout).not.toContain('worker thread');
    expect(few.stdout).toContain(`As labelled: ${mails} of ${mails}.\n`);
    const question = JSON.stringify({ file: 'question.eml', action: 'ignore' });
    place.write('many.jsonl', `${stdout}${`${question}\n`.repeat(evaluatedAloneMax)}`);
    const many = await evaluate(['many.jsonl', ...known]);
    expect(many.code).toBe(0);
    expect(many.stdout).toMatch(/ worker threads?\)$/m);
    const all = mails + evaluatedAloneMax;
    expect(many.stdout).toContain(`As labelled: ${all} of ${all}.\n`);
  });
});

describe('figures', () => {
  test('precision, recall, confusion, values and kinds of mail, in 100 columns', async () => {
    const { code, stdout } = await judge([
      { ...right, tags: ['forward', 'outlook'] },
      { ...right, action: 'review', reason: 'review-no-customer', tags: 'forward' },
      { file: 'question.eml', family: null, reason: 'ignored-not-a-notice' },
      { file: 'question.eml', action: 'reply', family: 'lose-access' },
      { path: 'newsletter.eml', kind: 'decision', expect: { reply: false, reason: 'a list' } },
    ]);
    expect(code).toBe(1);
    expect(rowOf(stdout, 'Wrong replies:')).toEqual(['1']);
    expect(rowOf(stdout, 'Wrong mails:')).toEqual(['2']);
    expect(rowOf(stdout, 'Passed over:')).toEqual(['1']);
    // Labelled, decided, right, precision, recall.
    expect(rowOf(stdout, 'reply')).toEqual(['2', '2', '1', '50.0 %', '50.0 %']);
    expect(rowOf(stdout, 'review')).toEqual(['1', '0', '0', 'n/a', '0.0 %']);
    expect(rowOf(stdout, 'ignore')).toEqual(['1', '2', '1', '50.0 %', '100.0 %']);
    expect(rowOf(stdout, 'lose-access')).toEqual(['3', '2', '2', '100.0 %', '66.6 %']);
    expect(rowOf(stdout, '(no notice)')).toEqual(['1', '2', '1', '50.0 %', '100.0 %']);
    expect(rowOf(stdout, 'not reply')).toEqual(['0', '0', '1', '0']);
    expect(rowOf(stdout, 'customer.id')).toEqual(['2', '2', '100.0 %']);
    expect(rowOf(stdout, 'forward')).toEqual(['2', '1', '2', '0', '0', '0']);
    expect(rowOf(stdout, 'a list')).toEqual(['1', '0', '0', '0', '1', '0']);
    const tables = stdout.slice(0, stdout.indexOf('WRONG'));
    expect(tables.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('a wrong mail is printed with what was expected, its reason and its evidence', async () => {
    const { stdout } = await judge([{ ...right, customer: { id: 'northwind' } }]);
    expect(stdout).toContain(
      [
        'WRONG REPLY: forward.eml',
        '  customer.id: expected northwind, found contoso',
        '  decided reply (reply-instructions), lose-access',
      ].join('\n'),
    );
    expect(stdout).toMatch(/^ {4}unwrap +inline: /m);
    expect(stdout).toMatch(/^Wrong replies: {5}1$/m);
  });

  test.each([
    ['to a mail that must not be answered', { expect: { reply: false } }],
    ['to somebody else', { reply: { to: 'ben.carter@contoso.example' } }],
    ['in another situation', { scenario: 'cancel-phone' }],
    ['about what is no notice', { family: null }],
    ['for a customer where none should fit', { customer: null }],
  ])('a reply %s is a wrong reply', async (_, label) => {
    const { stdout } = await judge([{ file: 'forward.eml', ...label }]);
    expect(stdout).toMatch(/^Wrong replies: {5}1$/m);
  });

  test('a reply of which only a value was read otherwise is a wrong mail, not a wrong reply', async () => {
    const { code, stdout } = await judge([{ ...right, notice: { licenses: 7 } }]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Wrong replies: {5}0$/m);
    expect(stdout).toContain('  notice.licenses: expected 7, found none\n');
  });

  test('100.0 % is said of all only', () => {
    expect([2_100 / 2_101, 1, 0, undefined].map(percent)).toEqual([
      '99.9 %',
      '100.0 %',
      '0.0 %',
      'n/a',
    ]);
  });
});

describe('what is compared', () => {
  test('texts but for white space, addresses but for capitals, moments in any zone', async () => {
    const { stdout, code } = await judge([
      {
        file: 'forward.eml',
        forwarded: {
          how: 'inline',
          depth: 1,
          from: 'Microsoft-NoReply@Microsoft.com',
          to: [{ name: 'Anna  Hoff' }],
          subject: ' You’re about to lose\naccess to your Office 365 Subscription',
          comment: 'Is this real?',
        },
        notice: { organization: 'Contoso Ltd', tenantDomain: 'CONTOSO.example', licenses: null },
      },
      {
        file: 'forward.eml',
        forwarded: { from: { name: 'Microsoft' }, to: ['anna.hoff@contoso.example'] },
      },
    ]);
    expect(stdout).toContain('As labelled: 2 of 2.');
    expect(code).toBe(0);
  });

  test('a moment is the same in another time zone, a day is a day', async () => {
    const file = join(fixturesFolder, 'forwards/apple_mail_16_de_alternative.eml');
    const { stdout } = await judge([
      { file, forwarded: { date: '2026-11-12T09:31:04+01:00' } },
      { file, forwarded: { date: '2026-11-12' } },
      { file, forwarded: { date: '2026-11-13' } },
    ]);
    expect(stdout).toContain('As labelled: 2 of 3.');
  });

  test('null says that there must be none', async () => {
    const { stdout } = await judge([
      { file: 'question.eml', forwarded: null, notice: null, customer: null, scenario: null },
      { file: 'forward.eml', forwarded: null },
    ]);
    expect(stdout).toContain('As labelled: 1 of 2.');
    expect(stdout).toContain('  forwarded: expected none, found some\n');
  });

  test('docs/evaluate.md names every key that is compared, and no other', () => {
    const page = readFileSync(join(projectRoot, 'docs/evaluate.md'), 'utf8');
    const told = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);
    expect(told).toEqual([...comparisons.keys()]);
  });
});

describe('files and manifests', () => {
  test('a file that cannot be read is a wrong one, in no other figure', async () => {
    const { code, stdout } = await judge([right, { ...right, file: 'nowhere.eml' }]);
    expect(code).toBe(1);
    expect(rowOf(stdout, 'Unreadable files:')).toEqual(['1']);
    expect(rowOf(stdout, 'reply')).toEqual(['1', '1', '1', '100.0 %', '100.0 %']);
    expect(stdout).toMatch(/^WRONG: nowhere\.eml\n {2}decided review \(review-unreadable-file\)/m);
    expect(stdout).toContain('no such file');
  });

  test('files are named from the manifest’s folder', async () => {
    place.write('deep/down/labels.jsonl', JSON.stringify({ ...right, file: '../../forward.eml' }));
    const { code } = await evaluate(['deep/down/labels.jsonl', ...known]);
    expect(code).toBe(0);
  });

  test('everything wrong with a manifest is told at once, by line, and nothing is evaluated', async () => {
    const { code, stdout, stderr } = await judge([
      right,
      'no json',
      '',
      '[]',
      { action: 'reply' },
      { file: 'a.eml', acton: 'reply' },
      { file: 'a.eml', action: 'answer', scenario: 'cancel-portl', family: 'lose-acces' },
      { file: 'a.eml', action: 'reply', reason: 'review-no-customer' },
      { file: 'a.eml', action: 'reply', expect: { reply: false } },
      { file: 'a.eml', forwarded: { date: 'yesterday', from: { mail: 'x' }, to: 'x', depth: -1 } },
      { file: 'a.eml', notice: { expiresOn: '1 December' } },
      { file: 'a.eml' },
      { file: 'a.eml', expect: { answer: true, reply: true }, tags: [1] },
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('[MANIFEST_INVALID]');
    const told = [...stderr.matchAll(/^ {2}(line \d+: .*)$/gm)].map(([, line]) => line);
    expect(told).toEqual([
      expect.stringMatching(/^line 2: it is no JSON \(/),
      'line 4: it is no JSON object',
      'line 5: file: expected the name of a mail file',
      'line 6: acton: unknown key (did you mean action?)',
      'line 7: action: found "answer", expected an action',
      'line 7: scenario: found "cancel-portl", expected a scenario (did you mean cancel-portal?)',
      'line 7: family: found "lose-acces", expected a family of the notices file (did you mean lose-access?)',
      'line 8: action: reply, which contradicts reason review-no-customer',
      'line 9: action: reply, which contradicts reply false',
      'line 10: forwarded.date: found "yesterday", expected a date as in 2026-11-12T08:31:04Z',
      'line 10: forwarded.to: found "x", expected a list of addresses, or of objects with name and address',
      'line 10: forwarded.depth: found -1, expected a whole number',
      'line 11: notice.expiresOn: found "1 December", expected a day as YYYY-MM-DD',
      'line 12: it says nothing about the mail that could be compared',
      'line 13: tags: found [1], expected a list of names',
    ]);
  });

  test('keys of others are passed over and told, and a label may stand inside expect', async () => {
    const { file, ...label } = right;
    const { code, stderr } = await judge([
      { file, id: 17, expected: { ...label, weight: 2 } },
      { file, source: 'ours', reply: label.action === 'reply' },
    ]);
    expect(stderr).toContain('Not compared: id, weight, source.\n');
    expect(code).toBe(0);
  });

  test('a family of another catalog is a wrong mail, not a wrong manifest', async () => {
    const { code, stdout } = await judge([{ ...right, family: 'somebody-elses' }]);
    expect(code).toBe(1);
    expect(stdout).toContain('family: expected somebody-elses');
  });

  test.each([
    ['that is empty', '\n', 'it names no mail'],
    [
      'with a line without an end',
      'x'.repeat(manifestLineCharsMax + 1),
      'line 1: it is longer than',
    ],
    ['of nothing but faults', 'x\n'.repeat(10_000), 'perhaps there are more'],
  ])('a manifest %s is refused', async (_, content, sentence) => {
    place.write('bad.jsonl', content);
    const { code, stderr } = await evaluate(['bad.jsonl']);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('[MANIFEST_INVALID]');
  });

  test('a manifest that is not there ends with 2', async () => {
    const { code, stderr } = await evaluate(['nowhere.jsonl']);
    expect(code).toBe(2);
    expect(stderr).toContain('[FILE_NOT_READABLE]');
  });

  test('bad rows of the customers file are told once, and the exit code is 1', async () => {
    const rows = readFileSync(customers, 'utf8').trimEnd();
    place.write('bad-row.csv', `${rows}\nbroken,,,,,,xx-nowhere,,,,,,,,,,,,,,,,,,,\n`);
    place.write('one.jsonl', `\uFEFF${JSON.stringify(right)}\r\n`);
    const args = ['one.jsonl', '--config', settings, '--customers', 'bad-row.csv'];
    const { code, stdout, stderr } = await evaluate(args);
    expect(code).toBe(1);
    expect(stdout).toContain('As labelled: 1 of 1.');
    expect(stderr.match(/column locale/g)).toHaveLength(1);
  });

  test('what a manifest says cannot command the terminal', async () => {
    const clear = '\u001b[2J';
    const { stdout } = await judge([
      { file: `${clear}x.eml`, tags: [`${clear}tag`], action: 'review' },
      { file: 'forward.eml', forwarded: { subject: `${clear}s` } },
    ]);
    expect(stdout).toContain('expected [2Js');
    expect(stdout).not.toContain('\u001b');
  });

  test('from the command line', async () => {
    place.write('one.jsonl', JSON.stringify(right));
    const { code, stdout, stderr } = await runCliProcess(['evaluate', 'one.jsonl', ...known], {
      cwd: place.folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^one\.jsonl: 1 mail in /);
  });
});

describe('progress', () => {
  function progressOf(isTTY: boolean) {
    let at = 0;
    const written: string[] = [];
    const progress = showProgress({ write: (text) => written.push(text), isTTY }, 40, () => at);
    const step = (ms: number, mails: number) => {
      at += ms;
      progress.add(mails);
    };
    return { step, progress, written };
  }

  test('on a terminal one line is written anew', () => {
    const { step, progress, written } = progressOf(true);
    step(50, 10);
    step(60, 10);
    step(10, 20);
    progress.end();
    expect(written).toEqual(['\r20 of 40 mails', '\r40 of 40 mails\n']);
  });

  test('elsewhere a line every five seconds, and none of a short run', () => {
    const { step, progress, written } = progressOf(false);
    step(4_000, 10);
    step(2_000, 10);
    step(1_000, 20);
    progress.end();
    expect(written).toEqual(['20 of 40 mails\n']);
  });
});
