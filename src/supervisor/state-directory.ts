// What outlives the daemon, in one directory that only root can enter: roles get its files as descriptors.

import { chmodSync, closeSync, ftruncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../log/error-message.js';
import { makeDirectory } from './make-directory.js';
import { LockedError, openFile, takeLock } from './lock-file.js';

const DIRECTORY_MODE = 0o700;

/**
 * Makes the directory if need be, and keeps other daemons out of it for as long as this process lives: they would take each
 * other's sequence numbers (R7) and history. Returns the descriptor of the lock, which is never closed: the lock goes with the
 * process. Throws an error that names the directory.
 */
export function openStateDirectory(path: string): number {
  try {
    makeDirectory(path, DIRECTORY_MODE);
    if (!statSync(path).isDirectory()) throw new Error('not a directory');
    chmodSync(path, DIRECTORY_MODE);
  } catch (error) {
    throw new Error(`cannot use the state directory ${path}: ${messageOf(error)}`, { cause: error });
  }
  return lockDirectory(path);
}

function lockDirectory(path: string): number {
  try {
    return takeLock(join(path, 'lock'));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `another raisd${error.holder} uses the state directory ${path}: stop it, or give this one a directory of its own with --state`,
      { cause: error },
    );
  }
}

/** A new descriptor of a file in the directory, for reading and writing; its offset is shared with nobody. */
export const openStateFile = (directory: string, name: string): number => openFile(join(directory, name));

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
