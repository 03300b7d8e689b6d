/**
 * `doctor` from the console: the same checks and the same lines, one run at a time.
 *
 * It reaches mail servers, which count logins, so that it cannot be run again and again.
 */
import { openTxtLookup } from '../edges/dkim-record.ts';
import { openLog } from '../edges/log.ts';
import type { DoctorLine, DoctorRun, HouseDoctor } from '../ports/house.ts';
import type { ConsoleWiring } from './console-wiring.ts';
import { checkMsDefault, checksOf, resolverFor, runChecks } from './doctor.ts';
import { roles } from './roles.ts';

/** From the beginning of one run to that of the next. */
const pauseMs = 60_000;

export function consoleDoctor(wiring: ConsoleWiring): HouseDoctor {
  const { clock, log } = wiring;
  let run: DoctorRun | undefined;
  const begin = async (by: string, startedAt: Date): Promise<void> => {
    const checks = checksFor(wiring);
    const lines: DoctorLine[] = [];
    const so = { by, startedAt, parts: checks.length };
    run = { ...so, lines };
    await runChecks(checks, checkMsDefault, (what, { verdict, detail, mends = [] }) => {
      lines.push({ what, verdict, detail, mends });
    });
    run = { ...so, lines, finishedAt: clock.now() };
  };
  return {
    last: () => run,
    start(by) {
      const now = clock.now();
      if (run !== undefined && run.finishedAt === undefined) return 'running';
      if (run !== undefined && now.getTime() - run.startedAt.getTime() < pauseMs) return 'too-soon';
      log.info({ by }, 'doctor is run from the console');
      begin(by, now).catch((error: unknown) => {
        log.error({ err: error }, 'doctor could not be run from the console');
        run = { by, startedAt: now, parts: 0, lines: [], finishedAt: clock.now() };
      });
      return 'started';
    },
  };
}

function checksFor({ settings, store, service }: ConsoleWiring): ReturnType<typeof checksOf> {
  const { servers } = settings.verification;
  return checksOf(settings, {
    opened: Promise.resolve({ store, pool: service.pool }),
    log: openLog({ level: 'silent' }),
    lookup: openTxtLookup(servers === undefined ? {} : { servers }),
    resolver: resolverFor(settings, {}),
    roles,
    isComplete: true,
    isServed: true,
  });
}
