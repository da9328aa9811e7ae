// When this process began, on a clock that nobody sets. The kernel keeps it, also over a restart in which the program is replaced
// (R53): the pid stays, and this is still that daemon.

import { readFileSync } from 'node:fs';

/** Of proc_pid_stat(5), counted from the state, which follows the name in brackets. */
const STARTTIME = 19;
/** A tick of /proc, whatever the kernel's own are. */
const TICK_MILLISECONDS = 10;

/** Milliseconds between the boot of this host and the start of this process. */
export function processStart(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[STARTTIME]) * TICK_MILLISECONDS;
}
