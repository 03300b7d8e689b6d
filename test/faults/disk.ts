/**
 * The disk is full while the embedded store works: every write fails until there is room again.
 *
 * A small file system of its own is filled from outside. Only root may mount one: elsewhere this is left out, and
 * said so.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from './backends.ts';
import { openDesk } from './desk.ts';
import { type Chain, endOf, finish } from './kills.ts';
import { judge } from './oracle.ts';
import type { WorkerProcess } from './process.ts';
import { openTally } from './tally.ts';

const roomMb = 160;
const chunk = Buffer.alloc(64 * 1024, 1);

/** A file system of limited size in a folder; undefined where this machine does not let us. */
function mountSmall(): { readonly folder: string; readonly unmount: () => void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'faults-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${roomMb}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    // Not root, or a container that forbids it: whoever called says that it is left out.
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    unmount: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Fills it to the last octet; returns how to make room again. */
function fill(folder: string): () => void {
  const ballast = join(folder, 'ballast');
  const file = openSync(ballast, 'a');
  try {
    for (let size = chunk.length; size > 0; size = Math.floor(size / 2)) {
      while (isWritten(file, size));
    }
  } finally {
    closeSync(file);
  }
  return () => rmSync(ballast);
}

function isWritten(file: number, size: number): boolean {
  try {
    return writeSync(file, chunk, 0, size) > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}

const refusalMsMax = 20_000;

/** Until the store refuses something, or long enough. */
async function refusalOf(worker: WorkerProcess, before: number): Promise<void> {
  const until = performance.now() + refusalMsMax;
  while (worker.storeRefusals() === before && performance.now() < until) await pause(20);
}

/** Undefined where no file system can be mounted. */
export async function diskChain(
  backend: Backend,
  seed: number,
  rounds: number,
): Promise<Chain | undefined> {
  const disk = mountSmall();
  if (disk === undefined) return undefined;
  const tally = openTally();
  const dataDir = join(disk.folder, 'data');
  const desk = await openDesk({ backend, seed, customers: rounds * 6 + 6, dataDir });
  const { chance } = desk;
  try {
    await finish(desk);
    for (let round = 0; round < rounds; round += 1) {
      const worker = await desk.start();
      if (!(await worker.started))
        throw new Error('the worker does not start with room on the disk');
      await desk.receive(chance.below(3));
      await pause(chance.below(1_000));
      const before = worker.storeRefusals();
      const makeRoom = fill(disk.folder);
      await desk.receive(3);
      await refusalOf(worker, before);
      await pause(500 + chance.below(2_000));
      // It hit only where the store could not write something.
      if (worker.storeRefusals() > before) tally.add('disk full');
      // Half of the time somebody makes room under the living worker, else it is started anew.
      if (chance.next() < 0.5) {
        makeRoom();
        worker.tell({ quietAtUid: await desk.uidNext() });
        await endOf(worker);
      } else {
        await worker.kill();
        makeRoom();
      }
    }
    const callsOfLast = await finish(desk);
    return { faults: tally.counts, runs: rounds + 2, callsOfLast, verdict: await judge(desk) };
  } finally {
    await desk.close();
    disk.unmount();
  }
}
