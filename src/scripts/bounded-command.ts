// A command of a test or load object: a program that is expected to end soon, to say little, and to leave nothing
// behind. Past the bound of any of these it is killed with its process group.

import type { HostId } from '../core/address.js';
import { cleanEnvironment } from './clean-environment.js';
import { MAX_OUTPUT_BYTES } from './output-lines.js';
import { startProgram } from './program.js';
import { ownUser, type User } from './user.js';

export interface CommandObject {
  readonly name: string;
  readonly kind: 'test' | 'load';
  readonly argv: readonly string[];
  readonly user: string | null;
  readonly host: HostId;
}

export interface CommandOutcome {
  /** Null: it exited with 0. Otherwise `exit 3`, `cannot start /x: ENOENT`, `killed by SIGSEGV` … */
  readonly error: string | null;
  /** The lines that it printed, without those that are empty. What cannot be shown stands there as U+FFFD. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Runs the command until it ends, or is killed because `abort` says so. Rejects where the user cannot be found. */
export async function runCommand(
  command: CommandObject,
  lookUp: (name: string) => Promise<User>,
  abort: AbortSignal,
): Promise<CommandOutcome> {
  const user = command.user === null ? null : await lookUp(command.user);
  const printed = { stdout: [] as string[], stderr: [] as string[] };
  if (abort.aborted) return { error: 'killed (timeout)', ...printed };
  const program = startProgram({
    command: command.argv,
    user,
    environment: {
      ...cleanEnvironment(user ?? ownUser()),
      [command.kind === 'test' ? 'RAISD_TEST' : 'RAISD_LOAD']: command.name,
      RAISD_HOST: command.host,
    },
    leavesNothing: true,
    onLine: (stream, line) => {
      if (line.trim() !== '') printed[stream].push(line);
    },
    onFlood: () => {
      program.kill(`killed: it printed more than ${String(MAX_OUTPUT_BYTES / 1024)} KiB`);
    },
  });
  const kill = (): void => {
    program.kill('killed (timeout)');
  };
  abort.addEventListener('abort', kill, { once: true });
  const error = await program.ended;
  // One that cannot be killed is not joined by another: its object is not run again before it is gone.
  await program.gone;
  abort.removeEventListener('abort', kill);
  return { error, ...printed };
}
