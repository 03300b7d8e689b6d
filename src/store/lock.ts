/**
 * The lock on the data folder: PGlite files opened by two processes at once would be destroyed.
 *
 * The lock is a file that says who holds it. A holder that is gone (its process ended without
 * giving the lock back) is replaced, by exactly one of those who try. A process id alone proves
 * nothing: in containers it is the same again and again, so the time at which the process started
 * stands beside it, and a holder on another host counts as gone only when it has not touched the file
 * for `heartbeatMsMax`.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ResponderError } from '../errors.ts';
import { errorCode, isRunning, readIfThere, startOf } from './processes.ts';

const heartbeatMs = 10_000;
const heartbeatMsMax = 60_000;
/** A takeover takes well under a millisecond; one that is older died in the middle. */
const takeoverMsMax = 10_000;

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel’s own measure; empty where that cannot be read. */
  readonly started: string;
}

function ageMs(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isHolder = typeof value === 'object' && value !== null && 'token' in value;
    return isHolder ? (value as Holder) : undefined;
  } catch {
    // A file that was cut off when the disk was full names nobody: its age decides.
    return undefined;
  }
}

function isGone(holder: Holder | undefined, path: string): boolean {
  if (holder === undefined || holder.host !== hostname()) return ageMs(path) > heartbeatMsMax;
  if (holder.pid === process.pid && holder.started === startOf(process.pid)) return false;
  if (!isRunning(holder.pid)) return true;
  return holder.started !== '' && holder.started !== startOf(holder.pid);
}

/** False when the file is already there. */
function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces the lock of a holder that is gone. False when somebody else was first. */
function takeOver(path: string, mine: Holder, gone: Holder | undefined): boolean {
  const claim = `${path}.takeover-${gone?.token ?? 'unreadable'}`;
  // Only one can create the claim on this very holder, so nobody’s newer lock is overwritten.
  if (!create(claim, '')) {
    if (ageMs(claim) > takeoverMsMax) rmSync(claim, { force: true });
    return false;
  }
  try {
    const text = readIfThere(path);
    if (text === undefined || parseHolder(text)?.token !== gone?.token) return false;
    const written = `${path}.${mine.token}`;
    writeFileSync(written, JSON.stringify(mine));
    renameSync(written, path);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** True, or who holds the lock. */
function tryLock(path: string, mine: Holder): true | Holder | undefined {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path, JSON.stringify(mine))) return true;
    const text = readIfThere(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (!isGone(holder, path)) return holder;
    if (takeOver(path, mine, holder)) return true;
  }
  return parseHolder(readIfThere(path) ?? '');
}

/** Gives the lock back. Does nothing when somebody else holds it by now. */
export type Unlock = () => void;

/**
 * Takes the lock of a data folder, which is created where it is missing.
 *
 * Throws STORE_IN_USE, naming the folder and the process, when somebody holds it.
 */
export function lockFolder(folder: string): Unlock {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  const token = randomUUID();
  const mine: Holder = { token, pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const locked = tryLock(path, mine);
  if (locked !== true) {
    const who =
      locked === undefined ? 'another process' : `process ${locked.pid} on ${locked.host}`;
    throw new ResponderError('STORE_IN_USE', `The data folder ${folder} is in use by ${who}.`);
  }
  const isMine = () => parseHolder(readIfThere(path) ?? '')?.token === token;
  const beat = setInterval(() => {
    if (isMine()) utimesSync(path, new Date(), new Date());
  }, heartbeatMs);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (isMine()) rmSync(path, { force: true });
  };
}
