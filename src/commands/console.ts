/**
 * The console, listening: its parts, its doors and its port. `run` and `demo` use it.
 */
import { hashOf, newSecret } from '../console/door-secrets.ts';
import { consoleDoors } from '../console/doors.ts';
import { buildConsole } from '../console/server.ts';
import { listenAt } from '../edges/listen.ts';
import { openPasswords } from '../edges/passwords.ts';
import type { DoorStore } from '../ports/doors.ts';
import type { Clock } from '../ports.ts';
import { issuerOf } from './console-issuer.ts';
import { consoleParts } from './console-parts.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export interface OpenedConsole {
  /** The address that browsers on this machine use. */
  readonly url: string;
  close(): Promise<void>;
}

const hourMs = 3_600_000;

/** Begins to listen. Throws PORT_IN_USE, or HTTP_FAILED for an address that is none of this machine. */
export async function openConsole(
  wiring: ConsoleWiring,
  place: { readonly host: string; readonly port: number },
): Promise<OpenedConsole> {
  const { settings, store, clock, log } = wiring;
  const { publicUrl, session, trustProxy } = settings.console;
  const issuer = await issuerOf(settings.console);
  const parts = consoleParts(wiring);
  const app = await buildConsole({
    parts,
    trustProxy,
    doors: consoleDoors({
      store,
      passwords: openPasswords(),
      ...(issuer === undefined ? {} : { issuer }),
      clock,
      log,
      host: place.host,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      idleMs: session.idleHours * hourMs,
      sessionMs: session.hours * hourMs,
      timeZone: settings.timeZone,
    }),
  });
  const port = await listenAt(app, { ...place, setting: 'console' });
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  return {
    url: publicUrl ?? `http://${host}:${port}`,
    close: async () => {
      await app.close();
      await parts.templates.close();
    },
  };
}

/** Long enough to copy it from one window to another. */
const onceMs = 10 * 60_000;

/** The path of an address of the console that logs this user in once, within ten minutes. */
export async function oneTimeLogin(
  { store, clock }: { readonly store: DoorStore; readonly clock: Clock },
  userName: string,
): Promise<string> {
  const token = newSecret();
  const endsAt = new Date(clock.now().getTime() + onceMs);
  await store.addOneTimeLogin({ tokenHash: hashOf(token), userName, endsAt });
  return `/login/once/${token}`;
}
