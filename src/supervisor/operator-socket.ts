// The operator socket: its file belongs to the supervisor's user (root, or `raisd` as a service) and, where that group
// exists, to the group `raisd`.

import { chownSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { processAddon } from '../ipc/process-addon.js';
import { messageOf } from '../log/error-message.js';
import { makeDirectory } from './make-directory.js';

const SOCKET_MODE = 0o660;
const DIRECTORY_MODE = 0o755;

/** Listens at `path`; throws where another daemon answers there already. */
export function openOperatorSocket(path: string): number {
  try {
    makeDirectory(dirname(path), DIRECTORY_MODE);
  } catch (error) {
    throw new Error(`cannot use the operator socket ${path}: ${messageOf(error)}`, { cause: error });
  }
  const descriptor = processAddon.openUnixListener(path, SOCKET_MODE);
  const group = processAddon.lookupGroup('raisd');
  if (group !== null) chownSync(path, process.geteuid?.() ?? 0, group);
  return descriptor;
}

/** At the end: nobody shall find a socket on which nobody answers. */
export function removeOperatorSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
