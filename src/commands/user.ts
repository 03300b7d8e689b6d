/**
 * `user`: who may use the console, and as what.
 *
 * Whoever can give this command holds the machine and the store: it asks for no password of an admin, and is how the
 * first one comes to be. Every change stands in the audit log, with the login name of the machine.
 */
import { Readable } from 'node:stream';
import { hashOf, newApiToken, newPassword, newTokenId } from '../console/door-secrets.ts';
import { faultOfPassword, isUserName, normalizeUserName } from '../core/password-rules.ts';
import { systemClock } from '../edges/clock.ts';
import { openPasswords } from '../edges/passwords.ts';
import type { Settings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import type { Act } from '../ports/audit.ts';
import { type ConsoleRole, consoleRoles, type UserOutcome } from '../ports/doors.ts';
import type { OpenedStore } from '../store/open.ts';
import { askPassword, readPassword } from './ask-password.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { tableLines } from './text-table.ts';
import { withStore } from './with-store.ts';

interface UserOptions {
  readonly config?: string;
  readonly by?: string;
}

export interface PasswordOptions extends UserOptions {
  readonly passwordStdin?: boolean;
  readonly generate?: boolean;
}

type UserStore = OpenedStore['store'];

/** Opens the store for one thing; while the service runs on the embedded one, says where else it can be done. */
async function onUsers(
  options: UserOptions,
  io: CommandIo,
  work: (store: UserStore, act: Act) => Promise<string>,
): Promise<number> {
  const settings = settingsFor(options, io, 'store');
  const act: Act = {
    at: systemClock.now(),
    by: options.by ?? personLoggedIn(),
    via: 'command',
  };
  try {
    io.stdout.write(await withStore(settings, (store) => work(store, act)));
    return 0;
  } catch (error) {
    throw error instanceof ResponderError && error.code === 'STORE_IN_USE'
      ? elsewhere(error, settings)
      : error;
  }
}

function elsewhere(error: ResponderError, { console: doors }: Settings): ResponderError {
  const { host, port, publicUrl } = doors;
  const where = port === undefined ? undefined : (publicUrl ?? `http://${host}:${port}`);
  const line =
    where === undefined
      ? 'The embedded store belongs to the running service alone, and its console is off (console.port).'
      : `While the service runs, an admin does this in the console: ${where}/settings/users`;
  return new ResponderError('STORE_IN_USE', error.message, { cause: error, details: [line] });
}

export async function userAddCommand(
  { name: given, role: wanted, ...options }: PasswordOptions & { name: string; role: string },
  io: CommandIo,
): Promise<number> {
  const name = nameOf(given);
  const role = roleOf(wanted);
  const { hash, told } = await newPasswordFor(name, options, io);
  return onUsers(options, io, async (store, act) => {
    expectDone(await store.addUser({ name, role, passwordHash: hash }, act), name);
    return `${name} may use the console as ${role}.\n${told}`;
  });
}

export async function userListCommand(options: UserOptions, io: CommandIo): Promise<number> {
  return onUsers(options, io, async (store, { at }) => {
    const [users, tokens] = await Promise.all([store.listUsers(), store.listTokens(at)]);
    if (users.length === 0) return 'No users. The first one: user add NAME --role admin\n';
    const rows = users.map(({ name, role, login, lastLoginAt }) => [
      name,
      role ?? 'none',
      login === 'issuer' ? 'single sign-on' : 'password',
      lastLoginAt?.toISOString() ?? 'never',
      tokens
        .filter((token) => token.userName === name)
        .map(({ id, label, endsAt }) => `${id} (${label}, to ${endsAt.toISOString().slice(0, 10)})`)
        .join(', '),
    ]);
    const titles = ['user', 'role', 'login', 'last login', 'tokens'];
    const columns = titles.map((title) => ({ title, align: 'left' }) as const);
    let table = '';
    for await (const line of tableLines(columns, Readable.from(rows))) table += line;
    return table;
  });
}

export async function userRoleCommand(
  { name, role: wanted, ...options }: UserOptions & { name: string; role: string },
  io: CommandIo,
): Promise<number> {
  const role = roleOf(wanted);
  return onUsers(options, io, async (store, act) => {
    expectDone(await store.changeRole(normalizeUserName(name), role, act), name);
    return `${name} is ${role} now; open sessions and tokens have ended.\n`;
  });
}

export async function userPasswordCommand(
  { name: given, ...options }: PasswordOptions & { name: string },
  io: CommandIo,
): Promise<number> {
  const name = normalizeUserName(given);
  const { hash, told } = await newPasswordFor(name, options, io);
  return onUsers(options, io, async (store, act) => {
    expectDone(await store.changePassword(name, hash, act), name);
    return `${name} has a new password; open sessions and tokens have ended.\n${told}`;
  });
}

export async function userRemoveCommand(
  { name, ...options }: UserOptions & { name: string },
  io: CommandIo,
): Promise<number> {
  return onUsers(options, io, async (store, act) => {
    // Accounts of an issuer may have capitals in their names.
    const outcome = await store.removeUser(name, act);
    expectDone(
      outcome === 'no-user' ? await store.removeUser(normalizeUserName(name), act) : outcome,
      name,
    );
    return `${name} is removed; open sessions and tokens have ended.\n`;
  });
}

export interface TokenOptions extends UserOptions {
  readonly name: string;
  readonly days?: string;
  readonly role?: string;
  readonly label?: string;
  readonly revoke?: string;
}

const tokenDays = 90;
const tokenDaysMax = 365;
const dayMs = 86_400_000;

/** Makes a token, or ends the one that `--revoke` names. */
export async function userTokenCommand(options: TokenOptions, io: CommandIo): Promise<number> {
  const { name, revoke, label = 'made by command' } = options;
  const days = daysOf(options.days);
  const wanted = options.role === undefined ? undefined : roleOf(options.role);
  return onUsers(options, io, async (store, act) => {
    const user = (await store.findUser(name)) ?? (await store.findUser(normalizeUserName(name)));
    if (user === undefined)
      throw new ResponderError('USER_NOT_FOUND', `There is no user “${name}”.`);
    if (revoke !== undefined) {
      const own = await store.listTokens(act.at, user.name);
      if (!own.some(({ id }) => id === revoke) || !(await store.revokeToken(revoke, act)))
        throw new ResponderError('USER_REFUSED', `${user.name} has no token “${revoke}”.`);
      return `The token ${revoke} has ended.\n`;
    }
    const secret = newApiToken();
    const id = newTokenId();
    const outcome = await store.addToken(
      {
        ...{ id, tokenHash: hashOf(secret), userName: user.name, label },
        role: wanted ?? user.role ?? 'viewer',
        ...{ createdAt: act.at, endsAt: new Date(act.at.getTime() + days * dayMs) },
      },
      act,
    );
    if (outcome !== 'done')
      throw new ResponderError('USER_REFUSED', 'A token cannot have more rights than its owner.');
    return `${secret}\nThe token ${id} of ${user.name}, for ${days} days. It is shown only now.\n`;
  });
}

function daysOf(text: string | undefined): number {
  if (text === undefined) return tokenDays;
  const days = Number(text);
  if (/^\d{1,3}$/.test(text) && days >= 1 && days <= tokenDaysMax) return days;
  throw new ResponderError('USAGE', `--days: found “${text}”, expected 1 to ${tokenDaysMax}.`);
}

function nameOf(given: string): string {
  const name = normalizeUserName(given);
  if (isUserName(name)) return name;
  throw new ResponderError(
    'USAGE',
    `NAME: found “${given}”, expected 1 to 64 letters, digits and . _ @ -, the first a letter or a digit.`,
  );
}

function roleOf(text: string): ConsoleRole {
  const role = consoleRoles.find((known) => known === text);
  if (role !== undefined) return role;
  throw new ResponderError(
    'USAGE',
    `role: found “${text}”, expected one of ${consoleRoles.join(', ')}.`,
  );
}

/** Before the store is opened: whoever types must not keep it locked. */
async function newPasswordFor(
  name: string,
  { generate, passwordStdin }: PasswordOptions,
  io: CommandIo,
): Promise<{ readonly hash: string; readonly told: string }> {
  if (generate === true && passwordStdin === true)
    throw new ResponderError('USAGE', 'Either --generate or --password-stdin.');
  const password =
    generate === true
      ? newPassword()
      : passwordStdin === true
        ? await readPassword(io)
        : await askPassword(io);
  const fault = faultOfPassword(password, name);
  if (fault !== undefined) throw new ResponderError('USER_REFUSED', fault);
  const hash = await openPasswords().hash(password);
  return { hash, told: generate === true ? `Password: ${password}\nIt is shown only now.\n` : '' };
}

function expectDone(outcome: UserOutcome, name: string): void {
  switch (outcome) {
    case 'done':
      return;
    case 'no-user':
      throw new ResponderError('USER_NOT_FOUND', `There is no user “${name}”.`);
    case 'name-taken':
      throw new ResponderError('USER_REFUSED', `There is a user “${name}” already.`);
    case 'own-account':
    case 'role-from-issuer':
      throw new ResponderError(
        'USER_REFUSED',
        `“${name}” comes from the single sign-on, which says its role; it has no password here.`,
      );
  }
}
