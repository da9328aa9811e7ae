// A file that one process holds for as long as it lives; it says who.

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';
import { messageOf } from '../log/error-message.js';

const FILE_MODE = 0o600;

/** Another process holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  /** ` (pid 4711)`, or nothing where it did not say so. */
  readonly holder: string;

  constructor(path: string, holder: string) {
    super(`another raisd${holder} holds ${path}`);
    this.holder = holder;
  }
}

/** Returns the descriptor that holds the lock. Throws LockedError, or an error that names the file. */
export function takeLock(path: string): number {
  for (;;) {
    const descriptor = openFile(path);
    if (!processAddon.lockFile(descriptor)) {
      const pid = /^\d+$/m.exec(readFileSync(descriptor, 'utf8'))?.[0];
      closeSync(descriptor);
      throw new LockedError(path, pid === undefined ? '' : ` (pid ${pid})`);
    }
    // Who held it before may have removed the file since it was opened here: then another one stands there.
    if (isFile(path, descriptor)) {
      ftruncateSync(descriptor);
      writeSync(descriptor, `${String(process.pid)}\n`, 0);
      return descriptor;
    }
    closeSync(descriptor);
  }
}

/** A new descriptor of a file of this daemon's, for reading and writing. Throws an error that names it. */
export function openFile(path: string): number {
  try {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, FILE_MODE);
    fchmodSync(descriptor, FILE_MODE);
    return descriptor;
  } catch (error) {
    throw new Error(`cannot open ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function isFile(path: string, descriptor: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === fstatSync(descriptor).ino;
}
