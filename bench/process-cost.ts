// What processes cost, read from /proc: time on the processor as the scheduler counts it (ticks would miss what sleeps between
// them), memory with its shared part divided, and how often their threads were woken.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface Usage {
  /** Nanoseconds on a processor. */
  readonly busyNs: bigint;
  readonly wakeUps: number;
}

/** All threads of these processes since their start. Those that ended meanwhile are missing. */
export function usageOf(pids: readonly number[]): Usage {
  let busyNs = 0n;
  let wakeUps = 0;
  for (const pid of pids) {
    for (const task of tasksOf(pid)) {
      const directory = `/proc/${String(pid)}/task/${task}`;
      busyNs += parseBusy(read(`${directory}/schedstat`));
      wakeUps += parseVoluntarySwitches(read(`${directory}/status`));
    }
  }
  return { busyNs, wakeUps };
}

/** MiB. */
export const proportionalMemoryOf = (pids: readonly number[]): number =>
  pids.reduce((total, pid) => total + parsePss(read(`/proc/${String(pid)}/smaps_rollup`)), 0) / 1024;

/** What each of these processes is, in this order; two of one role are it and its stand-in, which is the younger. */
export function namesOf(pids: readonly number[]): string[] {
  const seen = new Set<string>();
  return pids.map((pid) => {
    const commandLine = commandLineOf(pid);
    const name = nameIn(commandLine);
    if (seen.has(name)) return `${ROLE.test(commandLine) ? 'stand-in of' : 'another'} ${name}`;
    seen.add(name);
    return name;
  });
}

/** What a process is; empty where it is gone. */
export const nameOf = (pid: number): string => nameIn(commandLineOf(pid));

const commandLineOf = (pid: number): string => read(`/proc/${String(pid)}/cmdline`);

const ROLE = /\0role\0([\w-]+)\0$/;

/** From a command line: the role, or the program. */
export const nameIn = (commandLine: string): string =>
  ROLE.exec(commandLine)?.[1] ??
  (/\/(src\/main\.js|bin\/raisd)\0/.test(commandLine)
    ? 'supervisor'
    : basename(commandLine.split('\0', 1).join('')));

/** The first number of /proc/PID/schedstat; 0 where the task is gone. */
export const parseBusy = (text: string): bigint => BigInt(/^[0-9]+/.exec(text)?.[0] ?? '0');

export const parseVoluntarySwitches = (text: string): number =>
  Number(/^voluntary_ctxt_switches:\s+([0-9]+)/m.exec(text)?.[1] ?? '0');

/** KiB; 0 where the process is gone. */
export const parsePss = (text: string): number => Number(/^Pss:\s+([0-9]+) kB/m.exec(text)?.[1] ?? '0');

const tasksOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${String(pid)}/task`);
  } catch {
    return [];
  }
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
