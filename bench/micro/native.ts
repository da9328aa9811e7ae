// The C++ side: native_bench.cc with the heartbeat sources of a checkout. Instructions are counted by callgrind (valgrind), which
// no other process and no clock disturbs; the processor's own counters are not to be had in most virtual machines.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../../test/farm/command.js';
import { ROOT } from '../../test/farm/probe-build.js';
import type { Measurement } from './measurement.js';

const CASES = {
  receive: 'native: receive a heartbeat, of one of 200 hosts',
  'receive-copy': 'native: its copy over the other network',
  compose: 'native: compose and sign a heartbeat',
  tick: 'native: an interval passes',
} as const;

type NativeCase = keyof typeof CASES;
export const NATIVE_CASES = Object.keys(CASES) as readonly NativeCase[];

const SOURCES = ['frame.cc', 'group.cc', 'heard.cc', 'host_table.cc', 'key_ring.cc'];
const FLAGS = ['-std=gnu++20', '-O2', '-g', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Werror'];
const ROUNDS = 20_000;
const COUNTED_ROUNDS = 500;
const REPEATS = 5;

/** Builds it with the checkout's sources. Throws with the compiler's words. */
export function buildNative(checkout: string, name: string): string {
  const directory = join(ROOT, 'build', 'bench');
  mkdirSync(directory, { recursive: true });
  const program = join(directory, name);
  const source = join(checkout, 'native', 'heartbeat');
  const files = [
    join(ROOT, 'bench', 'micro', 'native_bench.cc'),
    ...SOURCES.map((file) => join(source, file)),
  ];
  // Not -I: the checkout's limits.h would stand before the system's.
  run('g++', [...FLAGS, '-iquote', source, '-o', program, ...files, '-lcrypto']);
  return program;
}

export function measureNative(program: string): Measurement[] {
  return NATIVE_CASES.map((name) => {
    const repeats = Array.from({ length: REPEATS }, () => runCase(program, name, ROUNDS));
    return {
      name: CASES[name],
      nanoseconds: Math.min(...repeats.map(({ ns, rounds }) => ns / rounds)),
      allocated: (repeats[0]?.allocations ?? NaN) / ROUNDS,
      allocatedUnit: 'calls',
      instructions: instructionsOf(program, name),
    };
  });
}

interface CaseRun {
  readonly rounds: number;
  readonly ns: number;
  readonly allocations: number;
}

export const runCase = (program: string, name: NativeCase, rounds: number): CaseRun =>
  JSON.parse(run(program, [name, String(rounds)])) as CaseRun;

/** Null: there is no valgrind, or it cannot run this. */
function instructionsOf(program: string, name: string): number | null {
  const options = ['--tool=callgrind', '--toggle-collect=Measured', '--callgrind-out-file=/dev/null'];
  const args = [...options, program, name, String(COUNTED_ROUNDS)];
  const { stderr, status } = spawnSync('valgrind', args, { encoding: 'utf8', timeout: 60_000 });
  const count = status === 0 ? parseCollected(stderr) : null;
  return count === null ? null : count / COUNTED_ROUNDS;
}

/** What callgrind collected. */
export function parseCollected(text: string): number | null {
  const digits = /Collected : ([0-9]+)/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
