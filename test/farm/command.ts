// Programs that the farm runs and waits for: `ip`, `nft`. They take milliseconds; running them synchronously keeps the
// order of what is done to the farm the order in which it is written, and leaves nothing half done when it is torn down.

import { spawnSync } from 'node:child_process';

/** A program that could not be run, failed, or was ended by a signal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'COMMAND_FAILED';
}

/**
 * In a session of their own, so that a Ctrl-C at the terminal does not end them half-way.
 * `spawnSync` takes `detached` as `spawn` does; its types do not say so.
 */
const SESSION = { detached: true };
const COMMAND_BOUND_MS = 60_000;

/**
 * Runs a program to its end and returns what it printed. `input` goes to its standard input.
 * Throws a CommandError that names the program, its arguments and what it said.
 */
export function run(program: string, args: readonly string[], input = ''): string {
  const result = spawnSync(program, args, { ...SESSION, input, encoding: 'utf8', timeout: COMMAND_BOUND_MS });
  if (result.error === undefined && result.status === 0) return result.stdout;
  const cause =
    result.error?.message ?? (result.stderr.trim() || `exit ${String(result.status ?? result.signal)}`);
  throw new CommandError(`${[program, ...args].join(' ')}: ${cause}`);
}
