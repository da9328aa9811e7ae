// Processes by id, read from /proc: who descends from whom, who lives in a network namespace, who is still there.

import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';

/** The ids of all processes. */
function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

/** Fields 3 (state) and 4 (parent) of /proc/PID/stat, or null where there is no such process. */
function stateOf(pid: number): { state: string; parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]) };
  } catch {
    return null;
  }
}

/** Its command line, words apart; empty where there is no such process. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .trim();
  } catch {
    return '';
  }
}

/** Which program it runs, as the kernel began it: each execve(2) leaves another text, in the same process as well. */
export const programOf = (pid: number): string => readFileSync(`/proc/${String(pid)}/auxv`, 'hex');

/** Whether the process runs: a zombie does not. */
export function isRunning(pid: number): boolean {
  const state = stateOf(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** A process and all that descend from it, children before their parents. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const process of allProcesses()) {
    const parent = stateOf(process)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [...below(child), child]);
  return [...below(pid), pid];
}

/** The processes in a named network namespace; none if there is no such namespace. */
export function processesInNamespace(name: string): number[] {
  let inode: number;
  try {
    inode = statSync(`/run/netns/${name}`).ino;
  } catch {
    return [];
  }
  return allProcesses().filter((pid) => {
    try {
      return readlinkSync(`/proc/${String(pid)}/ns/net`) === `net:[${String(inode)}]`;
    } catch {
      return false;
    }
  });
}

/** Sends a signal to each of these processes in turn, without a pause in between; those that are gone are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Blocks until none of these processes runs, or the bound is over. False: some still do. */
export function waitUntilGone(pids: readonly number[], boundMs: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + boundMs;
  while (pids.some(isRunning)) {
    if (performance.now() > end) return false;
    Atomics.wait(cell, 0, 0, 2);
  }
  return true;
}
