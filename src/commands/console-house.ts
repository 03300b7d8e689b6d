/**
 * Settings, health and queue as the console shows them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programRoot, type Settings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import { readinessOf } from '../pipeline/readiness.ts';
import type { House, HouseHealth, PartAnswer } from '../ports/house.ts';
import { queueKeptBy } from './console-board.ts';
import { consoleDoctor } from './console-doctor.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function houseOf(wiring: ConsoleWiring): House {
  const { settings } = wiring;
  return {
    mailboxes: settings.mailboxes.map(({ name }) => name),
    watched: watchedOf(settings),
    settings: {
      file: settings.file,
      warnings: settings.warnings,
      lines: settings.lines,
      meanings: readMeanings(),
    },
    health: () => healthOf(wiring),
    doctor: consoleDoctor(wiring),
    queueKept: queueKeptBy(settings),
  };
}

async function healthOf(wiring: ConsoleWiring): Promise<HouseHealth> {
  const { settings, store, service, clock } = wiring;
  const names = settings.mailboxes.map(({ name }) => name);
  const [mailboxes, refusals, watchers, server, queue] = await Promise.all([
    answerOf(store.mailboxHealth(names)),
    answerOf(store.listTemplateRefusals()),
    answerOf(store.listWatchers()),
    answerOf(store.check()),
    answerOf(service.jobs.depth(names)),
  ]);
  const now = clock.now();
  const judged = readinessOf({
    now,
    store: mailboxes,
    queue,
    watched: watchedOf(settings),
    isStarted: true,
  });
  return {
    at: now,
    ready: judged.ready,
    reasons: judged.reasons,
    mailboxes: valueOr(mailboxes, []),
    store: server,
    queue,
    refusedTemplates: valueOr(refusals, []),
    watchers: valueOr(watchers, []),
    logins: service.loginExpiries(),
  };
}

function watchedOf({ mailboxes }: Settings): House['watched'] {
  return mailboxes.map(({ name, imap }) => ({ name, pollSeconds: imap.pollSeconds }));
}

function valueOr<Value>(answer: PartAnswer<Value>, otherwise: Value): Value {
  return 'value' in answer ? answer.value : otherwise;
}

async function answerOf<Value>(asked: Promise<Value>): Promise<PartAnswer<Value>> {
  try {
    return { value: await asked };
  } catch (error) {
    if (!(error instanceof ResponderError)) throw error;
    return { why: error.message };
  }
}

/** From the table of docs/settings.md, where the installation has it: `| path | default | meaning |`. */
function readMeanings(): ReadonlyMap<string, string> {
  const file = join(programRoot, 'docs', 'settings.md');
  if (!existsSync(file)) return new Map();
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5 && /^`.+`$/.test(cells[1] ?? ''));
  return new Map(
    rows.map(([, path = '', , meaning = '']) => [path.slice(1, -1), plainText(meaning)]),
  );
}

/** Without the marks of Markdown. */
function plainText(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
}
