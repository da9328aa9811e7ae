// What bench/micro measures runs through on the sources as they are now.

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { buildNative, NATIVE_CASES, runCase } from '../../bench/micro/native.js';
import { scriptCases } from '../../bench/micro/script-cases.js';
import { ROOT } from '../farm/probe-build.js';

const ROUNDS = 20;

it('the C++ cases are measured', () => {
  const program = buildNative(ROOT, 'native-test');
  for (const name of NATIVE_CASES) {
    const { rounds, ns } = runCase(program, name, ROUNDS);
    assert.equal(rounds, ROUNDS, name);
    assert.ok(ns > 0, name);
  }
});

it('the TypeScript cases are measured', async () => {
  const cases = await scriptCases((path) => import(`../../${path}.js`));
  assert.ok(cases.length > 0);
  for (const { operate } of cases) operate();
});
