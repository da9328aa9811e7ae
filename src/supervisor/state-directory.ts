// What outlives the daemon, in one directory that only root can enter: roles get its files as descriptors.

import {
  chmodSync,
  closeSync,
  fchmodSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  constants,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { processAddon } from '../ipc/process-addon.js';
import { messageOf } from '../log/error-message.js';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Makes the directory if need be, and keeps other daemons out of it for as long as this process lives: they would take each
 * other's sequence numbers (R7) and history. Returns the descriptor of the lock, which is never closed: the lock goes with the
 * process. Throws an error that names the directory.
 */
export function openStateDirectory(path: string): number {
  try {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
    if (!statSync(path).isDirectory()) throw new Error('not a directory');
    chmodSync(path, DIRECTORY_MODE);
  } catch (error) {
    throw new Error(`cannot use the state directory ${path}: ${messageOf(error)}`, { cause: error });
  }
  return lockDirectory(path);
}

function lockDirectory(path: string): number {
  const lock = openStateFile(path, 'lock');
  if (!processAddon.lockFile(lock)) {
    const holder = /^\d+$/m.exec(readFileSync(lock, 'utf8'))?.[0];
    closeSync(lock);
    throw new Error(
      `another raisd${holder === undefined ? '' : ` (pid ${holder})`} uses the state directory ${path}: stop it, or give this one a directory of its own with --state`,
    );
  }
  ftruncateSync(lock);
  writeSync(lock, `${String(process.pid)}\n`, 0);
  return lock;
}

/** A new descriptor of a file in the directory, for reading and writing; its offset is shared with nobody. */
export function openStateFile(directory: string, name: string): number {
  const path = join(directory, name);
  try {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, FILE_MODE);
    fchmodSync(descriptor, FILE_MODE);
    return descriptor;
  } catch (error) {
    throw new Error(`cannot open ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** The sequence number reserve (R7): 8 bytes, zero where there never was one. */
export function openSequenceFile(directory: string): number {
  const descriptor = openStateFile(directory, 'sequence');
  try {
    ftruncateSync(descriptor, SEQUENCE_BYTES);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

const SEQUENCE_BYTES = 8;

/** One of the two halves of the kept service address database (R15). */
export const openAddressFile = (directory: string, half: 0 | 1): number =>
  openStateFile(directory, `addresses.${String(half)}`);

/** One of the two halves of the bounded history. */
export const openHistoryFile = (directory: string, half: 0 | 1): number =>
  openStateFile(directory, `history.${String(half)}`);

/** How often the SNMP engine was started (RFC 3414). */
export const openEngineFile = (directory: string): number => openStateFile(directory, 'snmp-engine');
