/**
 * The command table as a user and a script see it: help, hints, exit codes, and what goes to which stream.
 */
import { closeSync, existsSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { commandTable, main } from '../../src/cli.ts';
import type { CommandIo } from '../../src/commands/io.ts';
import {
  cliPath,
  makeCommandPlace,
  runCliProcess,
  runCommandLine,
  samplesFolder,
} from '../support/command.ts';
import { projectRoot } from '../support/source-code.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());
const here = { cwd: place.folder };

const silentIo: CommandIo = {
  stdin: Readable.from([]),
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  env: {},
  cwd: place.folder,
};

/** Every command and group below, as it is typed. */
function namesBelow(command: Command): readonly string[][] {
  return command.commands.flatMap((child) => [
    [child.name()],
    ...namesBelow(child).map((names) => [child.name(), ...names]),
  ]);
}

const commands = namesBelow(commandTable(silentIo, () => undefined));
const sampleMail = join(samplesFolder, '21_ordinary_question.eml');

describe('help', () => {
  test('the table has the commands of this version', () => {
    expect(commands.map((names) => names.join(' ')).sort()).toEqual([
      'backfill',
      'classify',
      'corrections',
      'demo',
      'doctor',
      'evaluate',
      'explain',
      'export',
      'holds',
      'import',
      'outreach',
      'preview',
      'privacy',
      'privacy erase',
      'privacy export',
      'report',
      'run',
      'sync',
      'templates',
      'templates check',
      'templates diff',
      'templates docs',
      'templates history',
      'templates new-locale',
      'templates show',
      'user',
      'user add',
      'user list',
      'user password',
      'user remove',
      'user role',
      'user token',
    ]);
  });

  test.each(commands.map((names) => [names.join(' '), names] as const))(
    '%s --help shows usage and examples on standard output',
    async (name, names) => {
      const { code, stdout, stderr } = await runCommandLine([...names, '--help'], here);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: transition-responder ${name}`);
      expect(stdout).toMatch(new RegExp(`Examples:\\n {2}\\$ transition-responder ${name}`));
    },
  );

  test('--help lists every command', async () => {
    const { code, stdout } = await runCommandLine(['--help'], here);
    expect(code).toBe(0);
    for (const [name] of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  test('--version says the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
    const { code, stdout } = await runCommandLine(['--version'], here);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });
});

describe('wrong usage', () => {
  test.each([
    ['no arguments', [], /^Usage: transition-responder /],
    ['a group alone', ['templates'], /^Usage: transition-responder templates /],
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'\n\(--help shows/],
    ['a mistyped command', ['clasify', 'x.eml'], /Did you mean classify\?/],
    ['a mistyped command of a group', ['templates', 'chek'], /Did you mean check\?/],
    ['an unknown option', ['--frob'], /unknown option '--frob'\n\(--help shows/],
    ['a mistyped option', ['classify', '--jsn', 'x.eml'], /Did you mean --json\?/],
    ['a missing argument', ['classify'], /missing required argument 'paths'/],
    ['an option without its value', ['classify', 'x', '--config'], /argument missing/],
    ['one argument too many', ['templates', 'check', 'en'], /too many arguments/],
    ['roles that do not exist', ['run', '--roles', 'wach'], /found “wach”.*watch, work, console/],
    ['no role', ['run', '--roles', ''], /expected a list of watch, work, console/],
    ['a port that is none', ['demo', '--port', 'http'], /found “http”.*1 to 65534/],
  ])('%s: exit 2, a hint on standard error, nothing on standard output', async (_, args, hint) => {
    const { code, stdout, stderr } = await runCommandLine(args, here);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(hint);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

test('a fault of the program ends with 70 and says so', async () => {
  const stderr: string[] = [];
  const code = await main(['classify', '--json', sampleMail], {
    ...silentIo,
    stdout: {
      write: () => {
        throw new TypeError('a bug');
      },
    },
    stderr: { write: (text) => stderr.push(text) },
  });
  expect(code).toBe(70);
  expect(stderr.join('')).toMatch(/^A fault of transition-responder itself.*\nTypeError: a bug\n/);
});

describe('as a process', () => {
  test('exit codes come through: 0, 1 and 2', async () => {
    const [ok, short, usage] = await Promise.all([
      runCliProcess(['classify', '--json', '-'], { ...here, stdin: readFileSync(sampleMail) }),
      runCliProcess(['classify', '--json', 'nowhere.eml'], here),
      runCliProcess(['classify', '--frob'], here),
    ]);
    expect(ok).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ok.stdout)).toMatchObject({ file: '-', action: 'ignore' });
    expect(short.code).toBe(1);
    expect(usage).toMatchObject({ code: 2, stdout: '' });
  });

  test('a reader that stops early (`| head`) is no fault', async () => {
    const mails = Array.from({ length: 20 }, () => samplesFolder);
    const { code, stderr } = await runCliProcess(['classify', '--json', ...mails], {
      ...here,
      hangUp: true,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))(
    'output that cannot be written is told in a sentence, and ends with 1',
    async () => {
      const full = openSync('/dev/full', 'w');
      const { code, stderr } = await runCliProcess(['classify', '--json', sampleMail], {
        ...here,
        stdoutTo: full,
      });
      closeSync(full);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^The output cannot be written: .*ENOSPC/);
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
  );

  test('runs through a link, as npx does', async () => {
    const script = join(place.folder, 'transition-responder');
    symlinkSync(cliPath, script);
    const { code, stdout } = await runCliProcess(['--version'], { ...here, script });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
