// Processes by name, read from /proc. What is read here never waits for the process itself (unlike its command line).

import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel keeps of a name: TASK_COMM_LEN − 1. */
const KEPT_BYTES = 15;

/** Whether that process runs and bears the name. A longer name is compared by what the kernel keeps of it. */
export function isRunning(pid: number, name: string | null): boolean {
  const status = statusOf(pid);
  if (status === null || status.state === 'Z' || status.state === 'X') return false;
  return name === null || status.name === keptOf(name);
}

/** The lowest id of a process of that name; null: none runs. */
export function findProcess(name: string): number | null {
  const pids = readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);
  const kept = keptOf(name);
  // A name alone is read much faster than a whole status, and a death is told only when all have been looked at.
  return pids.find((pid) => nameOf(pid) === kept && isRunning(pid, name)) ?? null;
}

const keptOf = (name: string): string => Buffer.from(name).subarray(0, KEPT_BYTES).toString();

function nameOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').slice(0, -1);
  } catch {
    return null;
  }
}

/** Name and state of a process, from proc_pid_stat(5); null: there is none. */
function statusOf(pid: number): { readonly name: string; readonly state: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name may hold spaces and parentheses.
  const end = text.lastIndexOf(')');
  return { name: text.slice(text.indexOf('(') + 1, end), state: text[end + 2] ?? '' };
}
