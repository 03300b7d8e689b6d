/**
 * The worker of the fault suite, as a process: the very service, with its real edges and store, on ports whose
 * calls are counted and one of which may end the process.
 *
 * Timings are shorter than an operator's, so that a fault costs a second and not minutes. Nothing else differs.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { loadKnowledge, loadTemplateSet } from '../../src/commands/knowledge.ts';
import { openDesk, startService } from '../../src/commands/service.ts';
import { openMailbox } from '../../src/edges/imap.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { MemoryQueues } from '../../src/edges/jobs-memory.ts';
import { openLog } from '../../src/edges/log.ts';
import { loadSettings, type MailboxSettings } from '../../src/edges/settings.ts';
import { loadOrCreateMessageIdKey } from '../../src/edges/settings-secrets.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import type { Clock, Log, Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { type CallCounter, openCounter, tell } from './counted.ts';
import type { WorkerOrder, WorkerPlan } from './plan.ts';

/** Failures come by the hundred here: whoever waited as long as an operator's worker would be done next week. */
const watch = { firstRetryMs: 20, lastRetryMs: 500, refusedRetryMs: 500 };
/** More attempts than a plan has faults, since each of them is much shorter than an outage. */
const retry = { attempts: 100_000, firstMs: 20, longestMs: 500 };
const smtpTimeoutSeconds = 3;
const smtpAnswerSeconds = 4;
const pollSeconds = 1;
const sweepMs = 700;
const quietLookMs = 15;

const lines = createInterface({ input: process.stdin });
tell({ said: 'loaded' });
const [first] = (await once(lines, 'line')) as [string];
const plan = JSON.parse(first) as WorkerPlan;
let clockOffsetMs = 0;
let quietAtUid = plan.quietAtUid;
lines.on('line', (line: string) => {
  const order = JSON.parse(line) as WorkerOrder;
  if ('clockOffsetMs' in order) clockOffsetMs = order.clockOffsetMs;
  else quietAtUid = order.quietAtUid;
});
// Whoever started this process is gone.
lines.on('close', () => process.kill(process.pid, 'SIGKILL'));

await work().catch((error: unknown) => {
  tell({ said: 'failed', error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
process.exit(0);

async function work(): Promise<void> {
  const settings = loadSettings({
    configPath: plan.config,
    env: process.env,
    cwd: process.cwd(),
    secrets: 'required',
  });
  const log = openLog({ ...settings.log });
  const knowledge = await loadKnowledge(settings);
  const templates = await loadTemplateSet(settings.templatesDir);
  const opened = await openStore({ ...settings.store, log });
  const counter = openCounter(plan.killAt);
  counter.countWrites(opened.pool);
  const jobs = await openJobs({
    ...settings.queue,
    ...(settings.store.databaseUrl === undefined ? { memory: new MemoryQueues() } : {}),
    pool: opened.pool,
    log,
    retry: { handle: retry, deliver: retry, mark: retry },
    stall: { lockMs: plan.lockMs, checkMs: Math.round(plan.lockMs / 3) },
  });
  const clock: Clock = { now: () => new Date(Date.now() + clockOffsetMs) };
  const service = await startService({
    settings,
    knowledge: {
      ...knowledge,
      policy: { ...knowledge.policy, messageIdKey: loadOrCreateMessageIdKey(settings) },
    },
    templates: () => templates,
    store: counter.count('store', opened.store),
    jobs: counter.count('jobs', jobs),
    clock,
    log,
    roles: ['watch', 'work'],
    openDesk: (mailbox) => deskOn(mailbox, { log, clock, counter }),
    sweepMs,
  });
  tell({ said: 'started' });
  const [mailbox] = settings.mailboxes;
  await untilQuiet(opened.store, mailbox?.name ?? '');
  await service.stop();
  await opened.store.close();
  tell({ said: 'quiet', calls: counter.calls() });
}

/** As `openDesk` of the service has it, with the ports of the proxies and shorter timings. */
function deskOn(
  settings: MailboxSettings,
  { log, clock, counter }: { log: Log; clock: Clock; counter: CallCounter },
): ReturnType<typeof openDesk> {
  const desk = openDesk(settings, { log, clock });
  const imap = { ...desk.login.imap, port: plan.imapPort, pollSeconds };
  const smtp = {
    ...desk.login.smtp,
    port: plan.smtpPort,
    timeoutSeconds: smtpTimeoutSeconds,
    answerSeconds: smtpAnswerSeconds,
  };
  return {
    ...desk,
    mailbox: counter.count(
      'mailbox',
      openMailbox({ name: settings.name, imap }, { log, clock, timing: watch }),
    ),
    submission: counter.count('submission', openSubmission(smtp, { log })),
  };
}

/** Waits until it was told where the mailbox ends, everything up to there is taken in, and nothing is left. */
async function untilQuiet(store: Store, mailbox: string): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, quietLookMs));
    try {
      if (quietAtUid === undefined) continue;
      const cursor = await store.findCursor(mailbox);
      if (cursor === undefined || cursor.nextUid < quietAtUid) continue;
      if ((await store.unfinishedJobs([mailbox], 1)).length === 0) return;
    } catch {
      // The store is away, as it is meant to be at times: asked again.
    }
  }
}
