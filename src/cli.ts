#!/usr/bin/env node
/**
 * The command table: name -> function, and exit codes. Nothing else.
 *
 * 0 ok, 1 something fell short, 2 wrong usage or settings, 70 a fault of the program.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { ExportOptions } from './commands/export.ts';
import type { ImportOptions } from './commands/import-options.ts';
import type { CommandIo } from './commands/io.ts';
import { errorText } from './commands/io.ts';
import type { PreviewOptions } from './commands/preview.ts';
import type { PrivacyEraseOptions, PrivacyExportOptions } from './commands/privacy.ts';
import type { ReportOptions } from './commands/report.ts';
import type { TemplatesCheckOptions } from './commands/templates.ts';
import type { TemplatesDiffOptions } from './commands/templates-diff.ts';
import type {
  TemplatesHistoryOptions,
  TemplatesShowOptions,
} from './commands/templates-history.ts';
import type { NewLocaleOptions } from './commands/templates-locale.ts';
import type { PasswordOptions, TokenOptions } from './commands/user.ts';
import { ResponderError } from './errors.ts';

interface OutreachCliOptions {
  dryRun?: boolean;
  send?: boolean;
  mailbox?: string;
  limit?: string;
  config?: string;
}

interface BackfillFlags {
  readonly since?: string;
  readonly dryRun?: boolean;
  readonly mailbox?: string;
  readonly limit?: string;
  readonly config?: string;
}

interface ExplainFlags {
  readonly config?: string;
  readonly waiting?: boolean;
  readonly customer?: string;
}

const configOption = ['--config <file>', 'settings (default: config/config.yaml)'] as const;

/** Runs one command line. Returns the exit code; never throws. */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0;
  const program = commandTable(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ResponderError) {
      io.stderr.write(errorText(error));
      return error.exitStatus;
    }
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`A fault of transition-responder itself; please report it.\n${fault}\n`);
    return 70;
  }
}

/** Every command is loaded when it is called, so that `classify` does not wait for a database driver. */
export function commandTable(io: CommandIo, exitWith: (code: number) => void): Command {
  const program = new Command('transition-responder')
    .description(
      'Answers forwarded “You’re about to lose access” notices with the instructions that fit each customer.',
    )
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError('(--help shows what is allowed)');
  examples(
    program
      .command('demo')
      .description(
        'a mail server, a store and sample customers of its own, with the real worker on them',
      )
      .option(
        '--once',
        'handle the samples, print what came of them, and stop; exit 1 if any outcome is missing',
      )
      .option(
        '--port <number>',
        'port of the embedded IMAP server (SMTP is the next one); default: free ports',
      )
      .action(async (options: { once?: boolean; port?: string }) => {
        const { demoCommand } = await import('./commands/demo.ts');
        exitWith(await demoCommand(options, io));
      }),
    ['demo --once', 'demo --port 1143'],
  );
  examples(
    program
      .command('run')
      .description('the service: watches the mailboxes and answers')
      .option(...configOption)
      .option('--roles <list>', 'watch, work, console; comma-separated (default: all)')
      .action(async (options: { config?: string; roles?: string }) => {
        const { runCommand } = await import('./commands/run.ts');
        exitWith(await runCommand(options, io));
      }),
    ['run', 'run --config /etc/transition-responder/config.yaml --roles work'],
  );
  examples(
    program
      .command('import')
      .description('load or update customers and their transitions from a file')
      .argument('<file>', 'customers.csv or customers.jsonl')
      .option(...configOption)
      .option('--dry-run', 'say what would change and write nothing')
      .option('--skip-bad', 'import the customers without a bad row')
      .option('--replace', 'end the move of customers that the file does not have')
      .option('--format <format>', 'csv, jsonl (default: by the ending of the file, else csv)')
      .option('--profile <name>', 'it is a file of Partner Center (docs/customers.md)')
      .option('--all', 'name every change, not only the first ones')
      .option('--by <person>', 'who imports, for the history (default: who is logged in)')
      .action(async (file: string, options: Omit<ImportOptions, 'file'>) => {
        const { importCommand } = await import('./commands/import.ts');
        exitWith(await importCommand({ file, ...options }, io));
      }),
    [
      'import customers.csv --dry-run',
      'import customers.csv',
      'import all-customers.csv --replace --by maria',
      'import Customers.csv --profile partner-center-customers --dry-run',
    ],
  );
  examples(
    program
      .command('sync')
      .description('asks Partner Center and Microsoft Graph what changed in the records')
      .option(...configOption)
      .option('--dry-run', 'say what would change and write nothing')
      .option('--source <name>', 'partner-center or graph; default: those of the settings')
      .action(async (options: { config?: string; dryRun?: boolean; source?: string }) => {
        const { syncCommand } = await import('./commands/sync.ts');
        exitWith(await syncCommand(options, io));
      }),
    ['sync --dry-run', 'sync --source partner-center'],
  );
  examples(
    program
      .command('export')
      .description('write all customers as a file that import reads back to the same')
      .argument('[file]', 'customers.csv or customers.jsonl; default: standard output')
      .option('--format <format>', 'csv, jsonl (default: by the ending of the file, else csv)')
      .option(...configOption)
      .action(async (file: string | undefined, options: Omit<ExportOptions, 'file'>) => {
        const { exportCommand } = await import('./commands/export.ts');
        exitWith(await exportCommand({ ...options, ...(file === undefined ? {} : { file }) }, io));
      }),
    ['export customers.csv', 'export --format jsonl | jq .customer_id'],
  );
  examples(
    program
      .command('corrections')
      .description('write what the desk decided as labelled mails that evaluate reads')
      .argument('<dir>', 'folder for labelled.jsonl, customers.csv and the mails')
      .option(...configOption)
      .action(async (dir: string, options: { config?: string }) => {
        const { correctionsCommand } = await import('./commands/corrections.ts');
        exitWith(await correctionsCommand({ ...options, dir }, io));
      }),
    ['corrections decided', 'evaluate decided/labelled.jsonl --customers decided/customers.csv'],
  );
  examples(
    program
      .command('classify')
      .description('what would happen to these mails; no network, no store')
      .argument('<paths...>', 'mail files; folders: every .eml below; -: standard input')
      .option('--customers <file>', 'customers.csv to match against')
      .option(...mailboxOption)
      .option(...configOption)
      .option('--json', 'one JSON object a line')
      .action(
        async (
          paths: string[],
          options: { customers?: string; mailbox?: string; config?: string; json?: boolean },
        ) => {
          const { classifyCommand } = await import('./commands/classify.ts');
          exitWith(await classifyCommand({ paths, ...options }, io));
        },
      ),
    [
      'classify mail.eml --customers customers.csv',
      'classify --json inbox/ | jq .reason',
      'classify - < mail.eml',
    ],
  );
  examples(
    program
      .command('evaluate')
      .description('how right it is: labelled mails in, precision, recall and every wrong one out')
      .argument('<manifest>', 'labels, one JSON object a line (docs/evaluate.md)')
      .option('--customers <file>', 'customers.csv to match against')
      .option('--html <file>', 'also write a page for people')
      .option(...mailboxOption)
      .option(...configOption)
      .action(
        async (
          manifest: string,
          options: { customers?: string; html?: string; mailbox?: string; config?: string },
        ) => {
          const { evaluateCommand } = await import('./commands/evaluate.ts');
          exitWith(await evaluateCommand({ manifest, ...options }, io));
        },
      ),
    ['evaluate labelled.jsonl --customers customers.csv --html report.html'],
  );
  examples(
    program
      .command('preview')
      .description(
        'the reply of a scenario as it would be sent, one that was sent, or all on a page',
      )
      .argument('[scenario]', 'cancel-portal, cancel-phone, …')
      .option('--locale <locale>', 'de, fr, …; default: the customer’s, else the settings’')
      .option('--sample <name>', 'one of the samples that the check uses: "two subscriptions"')
      .option('--customer <id>', 'a customer of the file, else of the store')
      .option('--customers <file>', 'customers.csv')
      .option('--case <id>', 'the reply of this case, as it was sent')
      .option('--all', 'a page of every scenario by locale')
      .option(
        '--format <list>',
        'text, html, eml; comma-separated (default: as --out ends, else text)',
      )
      .option('--out <file>', 'write to this file')
      .option('--templates <dir>', 'a copy of the templates folder, before it goes live')
      .option(...mailboxOption)
      .option(...configOption)
      .action(async (scenario: string | undefined, options: PreviewOptions) => {
        const { previewCommand } = await import('./commands/preview.ts');
        exitWith(await previewCommand({ ...options, scenario }, io));
      }),
    [
      'preview cancel-phone --locale de',
      'preview mixed --customer contoso --customers customers.csv --out reply.eml',
      'preview --all --out gallery.html',
      'preview --case c0123456789abcdef01234567 --format eml',
    ],
  );
  examples(
    program
      .command('explain')
      .description('a case, line by line: what was seen, what was decided, what was sent')
      .argument('[case]', 'case id or Message-ID')
      .option('--waiting', 'list the cases that wait for the desk')
      .option('--customer <id>', 'show the record of a customer and its history instead')
      .option(...configOption)
      .action(async (id: string | undefined, options: ExplainFlags) => {
        const { customer, ...others } = { ...options, ...(id === undefined ? {} : { id }) };
        if (customer !== undefined) {
          const { explainCustomerCommand } = await import('./commands/explain-customer.ts');
          exitWith(await explainCustomerCommand({ ...others, customer }, io));
          return;
        }
        const { explainCommand } = await import('./commands/explain.ts');
        exitWith(await explainCommand(others, io));
      }),
    [
      'explain --waiting',
      'explain c0123456789abcdef01234567',
      "explain '<id@mail.example>'",
      'explain --customer C-1',
    ],
  );
  examples(
    program
      .command('holds')
      .description('what is held back until a person releases it: paused mailboxes, addresses')
      .option('--release <name>', 'let replies go out from this mailbox, or to this address, again')
      .option('--by <person>', 'who releases it, for the record (default: who is logged in)')
      .option(...configOption)
      .action(async (options: { release?: string; by?: string; config?: string }) => {
        const { holdsCommand } = await import('./commands/holds.ts');
        exitWith(await holdsCommand(options, io));
      }),
    ['holds', 'holds --release support', 'holds --release anna@contoso.example --by maria'],
  );
  examples(
    program
      .command('backfill')
      .description('has mails handled that were there before the first start')
      .option('--since <date>', 'mails that came on this day or later, in the settings’ time zone')
      .option('--dry-run', 'say what would become of each and change nothing')
      .option('--mailbox <name>', 'of this mailbox only; default: of all')
      .option('--limit <number>', 'so many mails of each mailbox at most')
      .option(...configOption)
      .action(async (options: BackfillFlags) => {
        const { backfillCommand } = await import('./commands/backfill.ts');
        exitWith(await backfillCommand(options, io));
      }),
    ['backfill --since 2026-11-01 --dry-run', 'backfill --since 2026-11-01 --limit 50'],
  );
  examples(
    program
      .command('report')
      .description('who is billed twice: since when, what it costs, what is outstanding')
      .option('--format <format>', 'text, csv, json', 'text')
      .option('--limit <number>', 'lines of the text; 0: all (default: 50)')
      .option('--trend', 'how many were billed twice over time')
      .option('--by <step>', 'day, week, month: the steps of the trend (default: week)')
      .option('--since <date>', 'where the trend begins (default: 12 weeks ago)')
      .option(...configOption)
      .action(async (options: ReportOptions) => {
        const { reportCommand } = await import('./commands/report.ts');
        exitWith(await reportCommand(options, io));
      }),
    ['report', 'report --format csv > billed-twice.csv', 'report --trend --by month'],
  );
  examples(
    program
      .command('outreach')
      .description('tells customers ahead of the notice; without --send only lists whom')
      .option('--dry-run', 'list who would be told, and why others are not; the default')
      .option('--send', 'send')
      .option('--mailbox <name>', 'the mailbox that it comes from; default: the only one')
      .option('--limit <number>', 'so many mails at most')
      .option(...configOption)
      .action(async (options: OutreachCliOptions) => {
        const { outreachCommand } = await import('./commands/outreach.ts');
        exitWith(await outreachCommand(options, io));
      }),
    ['outreach --dry-run', 'outreach --send --limit 10'],
  );
  addTemplates(program, io, exitWith);
  addPrivacy(program, io, exitWith);
  addUsers(program, io, exitWith);
  examples(
    program
      .command('doctor')
      .description(
        'checks settings, IMAP, SMTP, store, queue and templates; says what is wrong and the mend',
      )
      .option(...configOption)
      .option('--roles <list>', 'check only what watch, work or console needs (default: all)')
      .action(async (options: { config?: string; roles?: string }) => {
        const { doctorCommand } = await import('./commands/doctor.ts');
        exitWith(await doctorCommand(options, io));
      }),
    ['doctor', 'doctor --config config/production.yaml', 'doctor --roles work'],
  );
  return program;
}

function examples(command: Command, lines: readonly string[]): Command {
  const shown = lines.map((line) => `  $ transition-responder ${line}\n`).join('');
  return command.addHelpText('after', `\nExamples:\n${shown}`);
}

const mailboxOption = [
  '--mailbox <name>',
  'by the settings of this mailbox (default: the first)',
] as const;

const copyOption = ['--templates <dir>', 'a copy of the folder, before it goes live'] as const;

function addTemplates(program: Command, io: CommandIo, exitWith: (code: number) => void): void {
  const templates = examples(program.command('templates').description('the reply templates'), [
    'templates check',
    'templates diff --last 50',
  ]);
  examples(
    templates
      .command('check')
      .description('compile and lint every template in every locale against sample customers')
      .option(...copyOption)
      .option(...configOption)
      .action(async (options: TemplatesCheckOptions) => {
        const { templatesCheckCommand } = await import('./commands/templates.ts');
        exitWith(await templatesCheckCommand(options, io));
      }),
    ['templates check', 'templates check --templates drafts'],
  );
  examples(
    templates
      .command('diff')
      .description('what an edit would change in the replies of the last cases')
      .option('--last <count>', 'so many cases with a reply (default: 20)')
      .option(...copyOption)
      .option(...mailboxOption)
      .option(...configOption)
      .action(async (options: TemplatesDiffOptions) => {
        const { templatesDiffCommand } = await import('./commands/templates-diff.ts');
        exitWith(await templatesDiffCommand(options, io));
      }),
    ['templates diff', 'templates diff --last 100 --templates drafts'],
  );
  examples(
    templates
      .command('new-locale')
      .description('begin a language with the files of another one')
      .argument('<locale>', 'ro, pt-PT, zh-TW, …')
      .option('--from <locale>', 'whose files are copied (default: en)')
      .option(...copyOption)
      .option(...configOption)
      .action(async (locale: string, options: Omit<NewLocaleOptions, 'locale'>) => {
        const { newLocaleCommand } = await import('./commands/templates-locale.ts');
        exitWith(await newLocaleCommand({ ...options, locale }, io));
      }),
    ['templates new-locale ro', 'templates new-locale pt-PT --from pt-BR'],
  );
  examples(
    templates
      .command('docs')
      .description('the variables, helpers and facts that a template may use')
      .action(async () => {
        const { templatesDocsCommand } = await import('./commands/templates.ts');
        exitWith(templatesDocsCommand(io));
      }),
    ['templates docs'],
  );
  examples(
    templates
      .command('history')
      .description('the versions that went out, newest first')
      .argument('[template]', 'de/cancel-phone; default: every one')
      .option('--last <count>', 'so many (default: 50)')
      .option(...configOption)
      .action(async (template: string | undefined, options: TemplatesHistoryOptions) => {
        const { templatesHistoryCommand } = await import('./commands/templates-history.ts');
        const which = template === undefined ? {} : { template };
        exitWith(await templatesHistoryCommand({ ...options, ...which }, io));
      }),
    ['templates history', 'templates history de/cancel-phone'],
  );
  examples(
    templates
      .command('show')
      .description('the words of a version that went out')
      .argument('<hash>', 'its first 8 digits or more, as templates history and explain print them')
      .option('--out <dir>', 'write its files there')
      .option(...configOption)
      .action(async (hash: string, options: Omit<TemplatesShowOptions, 'hash'>) => {
        const { templatesShowCommand } = await import('./commands/templates-history.ts');
        exitWith(await templatesShowCommand({ ...options, hash }, io));
      }),
    ['templates show 0123456789ab', 'templates show 0123456789ab --out old-words'],
  );
}

function addPrivacy(program: Command, io: CommandIo, exitWith: (code: number) => void): void {
  const privacy = examples(
    program.command('privacy').description('what is kept about a person, and forgetting it'),
    ['privacy export ana@contoso.example', 'privacy erase ana@contoso.example --dry-run'],
  );
  examples(
    privacy
      .command('export')
      .description('everything that is kept about an address, as JSON')
      .argument('<address>', 'of the person')
      .option('--out <file>', 'write it there, readable for its owner only')
      .option(...configOption)
      .action(async (address: string, options: Omit<PrivacyExportOptions, 'address'>) => {
        const { privacyExportCommand } = await import('./commands/privacy.ts');
        exitWith(await privacyExportCommand({ ...options, address }, io));
      }),
    ['privacy export ana@contoso.example --out ana.json'],
  );
  examples(
    privacy
      .command('erase')
      .description('forget it; what keeps anybody from being answered twice stays, without a name')
      .argument('<address>', 'of the person')
      .option('--dry-run', 'list what would be erased and change nothing')
      .option('--by <person>', 'who erases, for the history (default: who is logged in)')
      .option(...configOption)
      .action(async (address: string, options: Omit<PrivacyEraseOptions, 'address'>) => {
        const { privacyEraseCommand } = await import('./commands/privacy.ts');
        exitWith(await privacyEraseCommand({ ...options, address }, io));
      }),
    ['privacy erase ana@contoso.example --dry-run', 'privacy erase ana@contoso.example --by maria'],
  );
}

function addUsers(program: Command, io: CommandIo, exitWith: (code: number) => void): void {
  const user = examples(program.command('user').description('who may use the console'), [
    'user add ana --role admin',
    'user list',
  ]);
  const byOption = [
    '--by <person>',
    'who does it, for the audit log (default: who is logged in)',
  ] as const;
  const withPassword = (command: Command) =>
    command
      .option('--generate', 'make a password and print it once')
      .option('--password-stdin', 'read it from standard input (default: ask for it)')
      .option(...byOption)
      .option(...configOption);
  examples(
    withPassword(
      user
        .command('add')
        .description('let somebody in')
        .argument('<name>', 'letters, digits and . _ @ -')
        .requiredOption('--role <role>', 'viewer, desk, admin'),
    ).action(async (name: string, options: PasswordOptions & { role: string }) => {
      const { userAddCommand } = await import('./commands/user.ts');
      exitWith(await userAddCommand({ ...options, name }, io));
    }),
    ['user add ana --role admin', 'user add ben --role desk --generate'],
  );
  examples(
    user
      .command('list')
      .description('who may use the console, and their tokens')
      .option(...configOption)
      .action(async (options: { config?: string }) => {
        const { userListCommand } = await import('./commands/user.ts');
        exitWith(await userListCommand(options, io));
      }),
    ['user list'],
  );
  examples(
    user
      .command('role')
      .description('give another role; ends sessions and tokens, as the next two do')
      .argument('<name>', 'of the user')
      .argument('<role>', 'viewer, desk, admin')
      .option(...byOption)
      .option(...configOption)
      .action(async (name: string, role: string, options: { config?: string; by?: string }) => {
        const { userRoleCommand } = await import('./commands/user.ts');
        exitWith(await userRoleCommand({ ...options, name, role }, io));
      }),
    ['user role ben admin'],
  );
  examples(
    withPassword(
      user.command('password').description('give a new password').argument('<name>', 'of the user'),
    ).action(async (name: string, options: PasswordOptions) => {
      const { userPasswordCommand } = await import('./commands/user.ts');
      exitWith(await userPasswordCommand({ ...options, name }, io));
    }),
    ['user password ben --generate', 'user password ben --password-stdin < secret'],
  );
  examples(
    user
      .command('remove')
      .description('let somebody in no more')
      .argument('<name>', 'of the user')
      .option(...byOption)
      .option(...configOption)
      .action(async (name: string, options: { config?: string; by?: string }) => {
        const { userRemoveCommand } = await import('./commands/user.ts');
        exitWith(await userRemoveCommand({ ...options, name }, io));
      }),
    ['user remove ben'],
  );
  examples(
    user
      .command('token')
      .description('make a token for the API, printed once, or end one')
      .argument('<name>', 'whose it is')
      .option('--days <number>', 'how long it lasts (default: 90)')
      .option('--role <role>', 'what it may do (default: what its owner may)')
      .option('--label <text>', 'what it is for')
      .option('--revoke <id>', 'end this one; user list names them')
      .option(...byOption)
      .option(...configOption)
      .action(async (name: string, options: Omit<TokenOptions, 'name'>) => {
        const { userTokenCommand } = await import('./commands/user.ts');
        exitWith(await userTokenCommand({ ...options, name }, io));
      }),
    ['user token ana --days 30 --label reports', 'user token ana --revoke 0123456789ab'],
  );
}

function isMain(): boolean {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
}

/** Without these listeners Node ends the process with a stack trace. */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (`| head`): what was begun goes on, as an import must.
    if (error.code === 'EPIPE') return;
    process.stderr.write(`The output cannot be written: ${error.message}.\n`);
    process.exitCode = 1;
  });
  // Without standard error there is nobody left to tell.
  process.stderr.on('error', () => undefined);
}

if (isMain()) {
  watchOutput();
  const exitCode = await main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  });
  process.exitCode ??= exitCode;
}
