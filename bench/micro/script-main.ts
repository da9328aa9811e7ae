// script-main.js CHECKOUT: measures the codec and the core of a checkout, in a process of its own, and prints a JSON list of
// measurements. Run by main.ts with --expose-gc and a young generation in which nothing is collected meanwhile.

import { pathToFileURL } from 'node:url';

import { scriptCases } from './script-cases.js';
import type { Load, ScriptCase } from './script-cases.js';
import type { Measurement } from './measurement.js';

const WARM_UP_MS = 150;
const ROUNDS = 9;
const ROUND_MS = 40;
const COUNTED = 100;

const checkout = process.argv[2] ?? '';
const load: Load = (path) => import(pathToFileURL(`${checkout}/dist/${path}.js`).href);

function perOperation(operate: () => void, milliseconds: number): number {
  let done = 0;
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(milliseconds * 1e6);
  let now = begin;
  while (now < end) {
    for (let i = 0; i < 16; i++) operate();
    done += 16;
    now = process.hrtime.bigint();
  }
  return Number(now - begin) / done;
}

const used = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

function allocatedBy(operate: () => void): number {
  globalThis.gc?.();
  const before = used();
  for (let i = 0; i < COUNTED; i++) operate();
  return Math.max(0, (used() - before) / COUNTED);
}

function measure({ name, operate }: ScriptCase): Measurement {
  perOperation(operate, WARM_UP_MS);
  const rounds = Array.from({ length: ROUNDS }, () => perOperation(operate, ROUND_MS));
  return {
    name,
    nanoseconds: Math.min(...rounds),
    allocated: allocatedBy(operate),
    allocatedUnit: 'bytes',
    instructions: null,
  };
}

const cases = await scriptCases(load);
process.stdout.write(`${JSON.stringify(cases.map(measure))}\n`);
