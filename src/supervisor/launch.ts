// How a role of an installed raisd is started: this Node.js, this program, a small heap, a bare environment.

import { fileURLToPath } from 'node:url';
import type { Role } from '../ipc/supervisor-messages.js';
import { rightsOf, WEB_RIGHTS, type Rights } from './rights.js';
import type { Launch } from './role-process.js';
import type { User } from './identity.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const ADDON = fileURLToPath(new URL('../../../build/Release/process.node', import.meta.url));

/** Files that a role's user must be able to read. */
export const programFiles = (): string[] => [process.execPath, MAIN, ADDON];

/** All that a role sees of the supervisor's environment: where programs are, and how the log is to look. */
const PASSED_VARIABLES = ['PATH', 'TZ', 'LANG', 'TERM', 'NO_COLOR', 'JOURNAL_STREAM'];

/**
 * A file system that hangs holds a thread of libuv's pool for each file that is looked at there, and the pool has four: other
 * test and load objects must not wait for those.
 */
const roleEnvironment: Partial<Record<Role, Readonly<Record<string, string>>>> = {
  scripts: { UV_THREADPOOL_SIZE: '32' },
};

export const launchOf = (role: Role, rootCommands: boolean, rawSockets: boolean, user: User): Launch =>
  launchWith(role, rightsOf(role, rootCommands, rawSockets), user, roleEnvironment[role]);

export const launchOfWeb = (user: User): Launch => launchWith('web', WEB_RIGHTS, user);

function launchWith(
  role: string,
  rights: Rights,
  user: User,
  environment: Readonly<Record<string, string>> = {},
): Launch {
  const heap = [
    // What a failover needs is compiled once (see src/control/rehearsal.ts) and must not be thrown away in quiet months.
    '--no-flush-bytecode',
    // The main thread would wait for its worker threads at each collection, and they for a core: up to 16 ms were seen.
    '--single-threaded-gc',
    // One thread compiles, in place of four: each keeps memory of its own, and together they kept both processors of a small
    // machine busy in the first large takeover.
    '--v8-pool-size=1',
    `--max-semi-space-size=${String(rights.youngHeap)}`,
    `--max-old-space-size=${String(rights.heap)}`,
  ];
  return {
    path: process.execPath,
    arguments: [...heap, MAIN, 'role', role],
    environment: { ...passedEnvironment(process.env), ...environment },
    rights,
    user,
  };
}

function passedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
