/**
 * What processes cost: CPU seconds and memory, from /proc, children not counted. Linux only.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of the process with all its threads, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces. proc(5): utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function statusMb(pid: number, name: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
}

/** The most memory the process has had since `forgetPeak`. */
export function peakMbOf(pid: number): number {
  return statusMb(pid, 'VmHWM');
}

export function memoryMbOf(pid: number): number {
  return statusMb(pid, 'VmRSS');
}

/** proc(5), clear_refs: 5 sets the peak back to what is used now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
