// npm run bench:micro [-- --base DIR] [--only script|native] [--rounds N]: what single operations cost, in this checkout and in
// another one (built: npm ci && npm run build), in turn. Where a clock is too noisy to tell, allocations and instructions do.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT } from '../../test/farm/probe-build.js';
import { renderTable } from '../render-text.js';
import type { Measurement } from './measurement.js';
import { buildNative, measureNative } from './native.js';

const SCRIPT_OPTIONS = ['--expose-gc', '--max-semi-space-size=128', '--single-threaded-gc'];

const measureScript = (checkout: string): Measurement[] => {
  const args = [...SCRIPT_OPTIONS, join(import.meta.dirname, 'script-main.js'), checkout];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measurement[];
};

/** The least of each over all rounds. */
function least(rounds: readonly (readonly Measurement[])[]): Measurement[] {
  return (rounds[0] ?? []).map((first, index) => ({
    ...first,
    nanoseconds: Math.min(...rounds.map((round) => round[index]?.nanoseconds ?? Infinity)),
    allocated: Math.min(...rounds.map((round) => round[index]?.allocated ?? Infinity)),
  }));
}

const change = (here: number | null, base: number | null): string =>
  here === null || base === null || base === 0 ? '' : `${((here / base - 1) * 100).toFixed(1)}%`;

function row(here: Measurement, base: Measurement | null): string[] {
  const instructions = here.instructions === null ? '—' : here.instructions.toFixed(0);
  return [
    here.name,
    here.nanoseconds.toFixed(0),
    change(here.nanoseconds, base?.nanoseconds ?? null),
    `${here.allocated.toFixed(here.allocatedUnit === 'bytes' ? 0 : 2)} ${here.allocatedUnit}`,
    change(here.allocated, base?.allocated ?? null),
    instructions,
    change(here.instructions, base?.instructions ?? null),
  ];
}

function main(): void {
  const { values } = parseArgs({
    options: { base: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
  });
  const base = values.base === undefined ? null : resolve(values.base);
  if (base !== null && !existsSync(join(base, 'dist', 'src', 'wire', 'frame.js'))) {
    throw new Error(`--base ${base}: no built checkout of raisd: npm ci && npm run build there`);
  }
  const checkouts = base === null ? [ROOT] : [ROOT, base];
  const programs =
    values.only === 'script' ? [] : checkouts.map((each, i) => buildNative(each, `native-${String(i)}`));
  const rounds: Measurement[][][] = checkouts.map(() => []);
  for (let round = 0; round < Number(values.rounds ?? '3'); round++) {
    for (const [position, checkout] of checkouts.entries()) {
      const script = values.only === 'native' ? [] : measureScript(checkout);
      rounds[position]?.push([...script, ...programs.slice(position, position + 1).flatMap(measureNative)]);
    }
  }
  const [here = [], there = []] = rounds.map(least);
  const head = [
    'operation',
    'ns',
    'against base',
    'allocated',
    'against base',
    'instructions',
    'against base',
  ];
  const rows = here.map((each) => row(each, there.find(({ name }) => name === each.name) ?? null));
  process.stdout.write(`${renderTable(head, rows, 1)}\n`);
}

main();
