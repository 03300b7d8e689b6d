/**
 * Which process this is, so that another of the same machine can tell later that it is gone.
 *
 * A process id alone proves nothing: in containers it is the same again and again. So it stands with the boot
 * of the machine, the namespace that the id counts in, and the time at which the process started.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Undefined when the file is not there. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat, behind the name in parentheses; empty where that cannot be read. */
export function startOf(pid: number): string {
  const stat = readable(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Undefined where the system does not tell: no /proc, a hidden one, a process that ends just now. */
function readable(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The boot of this machine and the namespace of its process ids; undefined where it does not tell. */
function machine(): string | undefined {
  const boot = readable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = readable(() => readlinkSync('/proc/self/ns/pid'));
  if (boot === undefined || namespace === undefined) return undefined;
  return `${boot.trim()}/${namespace}`;
}

/** Tells processes apart where the machine does not. */
const token = randomUUID();

/** This process as one text. */
export function thisProcess(): string {
  return `${machine() ?? ''}/${process.pid}/${startOf(process.pid)}/${token}`;
}

/**
 * Whether a process that `thisProcess` described has surely ended. False for those of other machines and
 * containers, and where the machine does not say enough.
 */
export function isGone(described: string): boolean {
  const [, place, pid, start] = /^(.+)\/(\d+)\/(\d+)\/[^/]+$/.exec(described) ?? [];
  if (place === undefined || place !== machine()) return false;
  const now = startOf(Number(pid));
  return !isRunning(Number(pid)) || (now !== '' && now !== start);
}
