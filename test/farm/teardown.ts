// Nothing is left behind: not on exit, not after an exception, not after Ctrl-C, whenever it comes. Everything that a
// farm makes carries the run's name, so that it is found by name and not by bookkeeping that an interrupted set-up
// would have left incomplete. All of it is synchronous, because it runs in the `exit` event.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { runningChildren } from './child.js';
import { run } from './command.js';
import { isRunning, processesInNamespace, signalAll, waitUntilGone } from './processes.js';

const PREFIX = 'raisd-farm-';
const NAMESPACES = '/run/netns';
const KILL_BOUND_MS = 60_000;
/** A Ctrl-C that comes again within the millisecond between fork and setsid ends what was to delete. */
const ATTEMPTS = 10;

let farms = 0;
let armed = false;

/**
 * The name of a new farm of this process: its namespaces are called NAME-h1 and so on, its directories NAME-XXXXXX. From now
 * on whatever carries the name is removed when this process ends. What earlier processes left that were killed
 * outright is removed first.
 */
export function nameFarm(): string {
  if (!armed) {
    armed = true;
    removeLeftovers();
    process.on('exit', () => {
      signalAll(runningChildren(), 'SIGKILL');
      removeAll(`${PREFIX}${String(process.pid)}-`);
    });
    // A signal's default action would end the process without the exit event.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => process.exit(128 + constants.signals[signal]));
    }
  }
  return `${PREFIX}${String(process.pid)}-${String(++farms)}`;
}

/** Ends every process in the namespaces whose names begin so, deletes them, and removes the directories of that name. */
export function removeAll(prefix: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const namespaces = namesIn(NAMESPACES, prefix);
    if (namespaces.length === 0) break;
    const pids = namespaces.flatMap(processesInNamespace);
    signalAll(pids, 'SIGKILL');
    waitUntilGone(pids, KILL_BOUND_MS);
    try {
      run('ip', ['-force', '-batch', '-'], namespaces.map((name) => `netns del ${name}\n`).join(''));
    } catch (error) {
      if (attempt === ATTEMPTS - 1) process.stderr.write(`farm: ${String(error)}\n`);
    }
  }
  for (const directory of namesIn(tmpdir(), prefix)) {
    rmSync(join(tmpdir(), directory), { recursive: true, force: true });
  }
}

/** Removes what belongs to farms whose process is gone. */
export function removeLeftovers(): void {
  const prefixes = new Set<string>();
  for (const name of [...namesIn(NAMESPACES, PREFIX), ...namesIn(tmpdir(), PREFIX)]) {
    const pid = /^raisd-farm-([0-9]+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) prefixes.add(`${PREFIX}${pid}-`);
  }
  for (const prefix of prefixes) removeAll(prefix);
}

function namesIn(directory: string, prefix: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith(prefix)) : [];
}
