// A test for a process that must run, found by its name or by the number in a pidfile. The one that was found is watched by a
// pidfd: its death is known at once, and not at the next interval. Another one that took its place in time keeps the
// test passing: a service that starts anew before it ends the old process has not failed.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { TestProbe } from '../../config/configuration.js';
import { processAddon } from '../../ipc/process-addon.js';
import { messageOf } from '../../log/error-message.js';
import type { Probe } from './probe.js';
import { findProcess, isRunning } from './running-process.js';

type ProcessTest = Extract<TestProbe, { kind: 'process' }>;

/** A pidfile is looked at no further. Bytes. */
const PIDFILE_BYTES = 64;

export class ProcessProbe implements Probe {
  onFailure?: (detail: string) => void;
  readonly #name: string | null;
  readonly #pidfile: string | null;
  #watched: { readonly pid: number; close(): void } | null = null;
  #closed = false;

  constructor({ name, pidfile }: ProcessTest) {
    this.#name = name;
    this.#pidfile = pidfile;
  }

  async run(): Promise<string | null> {
    const pid = await this.#find();
    return typeof pid === 'string' ? pid : this.#watch(pid);
  }

  close(): void {
    this.#closed = true;
    this.#letGo();
  }

  /** Its number, or why there is none. */
  async #find(): Promise<number | string> {
    return this.#pidfile === null ? this.#findByName() : readPidfile(this.#pidfile);
  }

  #findByName(): number | string {
    const name = this.#name ?? '';
    // As long as the one that is watched lives and keeps its name, the others need not be looked at.
    if (this.#watched !== null && isRunning(this.#watched.pid, name)) return this.#watched.pid;
    return findProcess(name) ?? `no process ${name} runs`;
  }

  /** Null: it runs, and its end will be told. */
  #watch(pid: number): string | null {
    if (this.#closed || this.#watched?.pid === pid) return null;
    this.#letGo();
    try {
      const watch = processAddon.watchProcess(pid, () => {
        this.#onGone();
      });
      this.#watched = {
        pid,
        close: () => {
          watch.close();
        },
      };
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH' ? this.#goneText(pid) : messageOf(error);
    }
    // Looked at again now that the number cannot come to mean another process unnoticed.
    if (isRunning(pid, this.#name)) return null;
    this.#letGo();
    return this.#goneText(pid);
  }

  /**
   * Clients wait from here on, and each turn of the thread pool takes milliseconds on a busy machine: the pidfile is read at
   * once. It could be read a moment ago, so that a file system that hangs is not to be feared here.
   */
  #onGone(): void {
    this.#watched = null;
    const failure = this.#lookAgain();
    if (failure !== null) this.onFailure?.(failure);
  }

  #lookAgain(): string | null {
    try {
      const pid = this.#pidfile === null ? this.#findByName() : readPidfileNow(this.#pidfile);
      return typeof pid === 'string' ? pid : this.#watch(pid);
    } catch (error) {
      return messageOf(error);
    }
  }

  #goneText(pid: number): string {
    return this.#pidfile === null
      ? `no process ${this.#name ?? ''} runs`
      : `process ${String(pid)} of ${this.#pidfile} does not run`;
  }

  #letGo(): void {
    this.#watched?.close();
    this.#watched = null;
  }
}

async function readPidfile(path: string): Promise<number | string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PIDFILE_BYTES), 0, PIDFILE_BYTES, 0);
      return pidIn(path, buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadable(path, error);
  }
}

function readPidfileNow(path: string): number | string {
  try {
    // Something else may have taken its place by now: to open a pipe must not wait for a writer.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(PIDFILE_BYTES);
      return pidIn(path, buffer.subarray(0, readSync(descriptor, buffer, 0, PIDFILE_BYTES, null)));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return unreadable(path, error);
  }
}

function pidIn(path: string, content: Buffer): number | string {
  const [, digits] = /^\s*(\d{1,9})\s*(?:\n|$)/.exec(content.toString('latin1')) ?? [];
  return digits === undefined || Number(digits) === 0 ? `${path}: holds no process id` : Number(digits);
}

const unreadable = (path: string, error: unknown): string =>
  `${path}: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`;
