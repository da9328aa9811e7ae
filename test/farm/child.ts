// Long-running programs of the farm, each in a namespace and in a session of its own: a Ctrl-C at the terminal is for
// the farm, which then ends them itself.

import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';

import type { Namespace } from './namespace.js';

const running = new Set<number>();

/** The ids of those that run, whether or not they have entered their namespace yet. */
export const runningChildren = (): number[] => [...running];

/** Starts a program in a namespace; its process id is that of the child. */
export function startInNamespace(
  namespace: Namespace,
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
): ChildProcess {
  const child = spawn('ip', namespace.command(program, args), { detached: true, stdio });
  const pid = child.pid;
  if (pid !== undefined) {
    running.add(pid);
    child.once('exit', () => running.delete(pid));
  }
  return child;
}
