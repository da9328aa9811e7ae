// One daemon in a network namespace. Two would take each other's service addresses for what a killed one has left, and remove
// them, whatever their sockets and state directories are called. The kernel has no lock that belongs to a network namespace
// and that nobody without rights can take, so there is a file, named after the namespace, where only root, or the service,
// can write.

import { closeSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LockedError, takeLock } from './lock-file.js';
import { makeDirectory } from './make-directory.js';

const DIRECTORY = '/run/raisd';
const DIRECTORY_MODE = 0o755;

/** That of the network namespace that this process is in. */
const lockPath = (): string => join(DIRECTORY, `net-${String(statSync('/proc/self/ns/net').ino)}.lock`);

export class NamespaceLock {
  readonly #path: string;
  readonly #descriptor: number;

  /** Throws where another daemon has it, with its pid; any other error says that there is no lock to be had here. */
  constructor() {
    this.#path = lockPath();
    makeDirectory(DIRECTORY, DIRECTORY_MODE);
    try {
      this.#descriptor = takeLock(this.#path);
    } catch (error) {
      throw error instanceof LockedError ? new SecondDaemonError(error.holder) : error;
    }
  }

  /** At the end of the daemon; the kernel does the same, but leaves the file. */
  release(): void {
    unlinkSync(this.#path);
    closeSync(this.#descriptor);
  }
}

/** As a daemon that runs. Throws where one runs; where there is no place for a lock it goes without. */
export function keepDaemonsOut(): { release(): void } {
  try {
    return new NamespaceLock();
  } catch (error) {
    if (error instanceof SecondDaemonError) throw error;
    return { release: () => undefined };
  }
}

export class SecondDaemonError extends Error {
  override readonly name = 'SecondDaemonError';

  constructor(holder: string) {
    super(
      `another raisd${holder} runs in this network namespace: two would remove each other's addresses; stop it first`,
    );
  }
}
