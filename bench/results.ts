// What a run of the bench leaves: the JSON of --json and bench/results, and what the report is made of.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

import { run } from '../test/farm/command.js';
import type { PeerName } from './peer.js';

/** One run of a scenario, as clients saw it. */
export interface Sample {
  readonly scenario: string;
  readonly peer: PeerName;
  /** The longest time that an address was not answered, in milliseconds; 0: no request was lost. */
  readonly silenceMs: number;
  /** Requests, of all addresses together. */
  readonly lost: number;
  /** Requests answered twice, and questions who has an address that two MACs answered. */
  readonly doubled: number;
  /** Hosts that answer for one address afterwards, the most of any. */
  readonly holders: number;
  /** The longest time between two requests: what the instrument itself was late. */
  readonly gapMs: number;
  /** For how long the machine itself was slow in the longest silence, or just before it; results before 2026-11-28 lack it. */
  readonly slowMs?: number;
  /** Null: what must follow followed. */
  readonly failure: string | null;
}

/** What one process takes, or all of them together. */
export interface Cost {
  /** Percent of one core, as the scheduler counts it. */
  readonly cpuPercent: number;
  /** Proportional set size, MiB. */
  readonly pssMb: number;
  /** Times a second that a thread gave up the processor and got it back. */
  readonly wakeUps: number;
}

/** What one host costs when nothing happens: all processes of the peer together. */
export interface IdleCost extends Cost {
  readonly peer: PeerName;
  readonly setting: string;
  readonly processes: number;
  readonly seconds: number;
  /** By process; results before 2026-11-28 lack it. */
  readonly parts?: readonly (Cost & { readonly name: string })[];
}

/** Nothing happens, on a machine under load. */
export interface Loaded {
  readonly peer: PeerName;
  readonly setting: string;
  readonly seconds: number;
  readonly load: string;
  /** How often another host answered for an address than before. */
  readonly moves: number;
  readonly silenceMs: number;
  readonly doubled: number;
}

/** One real daemon among emulated members. */
export interface Scale {
  readonly members: number;
  readonly setting: string;
  readonly cpuPercent: number;
  readonly pssMb: number;
  /** Milliseconds from the end of the timeout of a member that fell silent to the first reaction on the wire; sorted. */
  readonly decideMs: readonly number[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly system: string;
}

export interface Results {
  /** When the first and the last figure was measured. */
  readonly begun: string;
  readonly ended: string;
  readonly machine: Machine;
  readonly versions: Readonly<Partial<Record<PeerName, string>>>;
  /** `PEER SETTING` → the file of host 1. */
  readonly configurations: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  readonly idle: readonly IdleCost[];
  readonly loaded: readonly Loaded[];
  readonly scale: readonly Scale[];
  /** Why a peer was not asked to play a scenario. */
  readonly left: readonly { readonly scenario: string; readonly peer: PeerName; readonly why: string }[];
}

const firstLine = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1]?.trim() ?? 'unknown';

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  kernel: run('uname', ['-r']).trim(),
  node: process.version,
  system: firstLine(readFileSync('/etc/os-release', 'utf8'), /^PRETTY_NAME="?([^"\n]*)/m),
});

/** Reads what an earlier run left. Throws where that is no such file, with its name. */
export function readResults(path: string): Results | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results;
  } catch (error) {
    throw new Error(`${path}: no results of the bench: ${(error as Error).message}`, { cause: error });
  }
}

export const writeResults = (path: string, results: Results): void => {
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
};
