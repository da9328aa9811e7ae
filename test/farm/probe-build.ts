// Builds the farm's instruments with the machine's C++ compiler, when their sources are newer than what is there.

import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './command.js';

/** The checkout that this runs from. */
export const ROOT = join(import.meta.dirname, '..', '..', '..');

const SOURCES = join(ROOT, 'test', 'farm', 'probe');
const OUTPUT = join(ROOT, 'build', 'farm');
const FLAGS = ['-std=c++20', '-O2', '-Wall', '-Wextra', '-Werror'];

/** Each program and what it is made of. */
const PROGRAMS = {
  responder: ['responder.cc'],
  prober: ['prober.cc', 'tally.cc'],
  flooder: ['flooder.cc'],
  whohas: ['whohas.cc', 'neighbour_packets.cc'],
  witness: ['witness.cc', 'phases.cc'],
  phases_test: ['phases_test.cc', 'phases.cc'],
  arrival_clock_test: ['arrival_clock_test.cc'],
  tally_test: ['tally_test.cc', 'tally.cc'],
  neighbour_packets_test: ['neighbour_packets_test.cc', 'neighbour_packets.cc'],
} as const;

export type Program = keyof typeof PROGRAMS;

/** Builds the program if need be and returns its path. Throws a CommandError with the compiler's words. */
export function buildProgram(program: Program): string {
  const path = join(OUTPUT, program);
  const newest = Math.max(...readdirSync(SOURCES).map((name) => statSync(join(SOURCES, name)).mtimeMs));
  if (existsSync(path) && statSync(path).mtimeMs > newest) return path;
  mkdirSync(OUTPUT, { recursive: true });
  // Built beside its place and moved there: two test processes may build at the same time.
  const fresh = `${path}.${String(process.pid)}`;
  run('g++', [...FLAGS, '-o', fresh, ...PROGRAMS[program].map((source) => join(SOURCES, source))]);
  renameSync(fresh, path);
  return path;
}
