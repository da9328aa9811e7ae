// The farm's command line and its table, which need no farm.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { UsageError, parseOptions } from './options.js';
import type { Outcome } from './play.js';
import { median, renderResults } from './summary.js';

const outcome = (changes: Partial<Outcome>): Outcome => ({
  failure: null,
  silenceMs: 0,
  lost: 0,
  onlineMs: null,
  doubled: 0,
  answeredByTwo: [],
  moves: [],
  told: [],
  widestGapMs: 1,
  slowMs: 0,
  ...changes,
});

const scenario = {
  name: 'power-loss',
  requirements: ['R26'],
  does: 'power fails',
  expects: 'another takes over',
};

describe('the farm’s command line', () => {
  it('has three hosts at 10 / 30 ms and one run of everything by default', () => {
    const { hosts, intervalMs, timeoutMs, runs, only, json } = parseOptions([]);
    assert.deepEqual(
      { hosts, intervalMs, timeoutMs, runs, only, json },
      {
        hosts: 3,
        intervalMs: 10,
        timeoutMs: 30,
        runs: 1,
        only: [],
        json: false,
      },
    );
  });

  it('plays false-failover at 20 / 100 ms unless told otherwise', () => {
    const { intervalMs, timeoutMs, seconds } = parseOptions(['--only', 'false-failover']);
    assert.deepEqual([intervalMs, timeoutMs, seconds], [20, 100, 60]);
    assert.equal(parseOptions(['--only', 'false-failover', '--interval', '10ms']).intervalMs, 10);
  });

  for (const argv of [
    ['--only', 'nothing-like-it'],
    ['--only', 'false-failover', '--only', 'sigterm'],
    ['--hosts', '2'],
    ['--runs', '1.5'],
    ['--interval', '10'],
    ['--nonsense'],
  ]) {
    it(`refuses ${argv.join(' ')}`, () => {
      assert.throws(() => parseOptions(argv), UsageError);
    });
  }
});

describe('the farm’s table', () => {
  it('takes the value in the middle, of an even number the lower one', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2);
  });

  it('shows median and maximum, who answers and what was told, aligned', () => {
    const outcomes = [
      outcome({ silenceMs: 30.04, lost: 29 }),
      outcome({
        silenceMs: 35,
        lost: 34,
        onlineMs: 41,
        moves: ['10.77.0.103: h3 → h1'],
        told: ['host-silent', 'acquire'],
      }),
      outcome({ silenceMs: 31, lost: 30, moves: ['10.77.0.103: h3 → h2'], told: ['host-silent', 'acquire'] }),
    ];
    assert.deepEqual(renderResults([{ scenario, outcomes }]).split('\n'), [
      'scenario    silence ms: median   max  runs  quick machine: median   max  runs  online after ms  lost  doubled  who answers    what was told',
      '──────────  ──────────────────  ────  ────  ─────────────────────  ────  ────  ───────────────  ────  ───────  ─────────────  ────────────────────',
      'power-loss                31.0  35.0     3                   31.0  35.0     3               41    34        0  .103: h3 → h2  host-silent, acquire',
    ]);
  });

  it('shows apart what the runs come to in which the machine was quick', () => {
    const outcomes = [
      outcome({ silenceMs: 28 }),
      outcome({ silenceMs: 90, slowMs: 41 }),
      outcome({ silenceMs: 27 }),
    ];
    assert.match(renderResults([{ scenario, outcomes }]), /power-loss +28\.0 +90\.0 +3 +27\.0 +28\.0 +2 /);
    assert.match(
      renderResults([{ scenario, outcomes: outcomes.slice(1, 2) }]),
      /power-loss +90\.0 +90\.0 +1 +0 /,
    );
  });

  it('names what did not do what it should, with the run', () => {
    const text = renderResults([
      { scenario, outcomes: [outcome({}), outcome({ failure: 'nobody answers' })] },
    ]);
    assert.match(text, /FAILED/);
    assert.match(text, /power-loss, run 2: another takes over: nobody answers/);
  });
});
