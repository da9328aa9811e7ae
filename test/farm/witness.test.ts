// What is made of the witness' phases; what a phase is, probe/phases_test.cc.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { ProbedAddress } from './prober.js';
import { slowInSilence, slowWithin, type SlowPhase } from './witness.js';

const phase = (processor: number, beginMs: number, endMs: number): SlowPhase => ({
  processor,
  beginMs,
  endMs,
  slowedBy: 6,
});

const silence = (silenceMs: number, silenceBeginMs: number | null): ProbedAddress =>
  ({ silenceMs, silenceBeginMs }) as ProbedAddress;

describe('for how long the machine was slow', () => {
  it('processors that are slow at one time count once, and only within the time that is asked for', () => {
    const phases = [phase(1, 140, 180), phase(0, 100, 150), phase(0, 300, 310), phase(1, 302, 308)];
    assert.equal(slowWithin(phases, 0, 1000), 90);
    assert.equal(slowWithin(phases, 120, 160), 40);
    assert.equal(slowWithin(phases, 180, 300), 0);
    assert.equal(slowWithin([], 0, 1000), 0);
  });

  it('counts in the longest silence and before it, not in another one', () => {
    const silences = [silence(10, 5000), silence(30, 1000), silence(0, null)];
    assert.equal(slowInSilence([phase(0, 5000, 5010)], silences, 60), 0);
    assert.equal(slowInSilence([phase(0, 900, 945)], silences, 60), 5);
    assert.equal(slowInSilence([phase(0, 1020, 1050)], silences, 60), 10);
  });

  it('is nothing where nothing was silent', () => {
    assert.equal(slowInSilence([phase(0, 0, 1000)], [silence(0, null)], 60), 0);
    assert.equal(slowInSilence([phase(0, 0, 1000)], [], 60), 0);
  });
});
