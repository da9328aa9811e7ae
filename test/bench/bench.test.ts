// The bench's arithmetic, its reading of /proc and of packet captures, and what it writes for its peers: nothing here runs a farm.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SERVICE_ADDRESSES } from '../../src/wire/limits.js';

import { parseOptions, UsageError } from '../../bench/options.js';
import { frrConfiguration } from '../../bench/peers/frr.js';
import { keepalivedConfiguration } from '../../bench/peers/keepalived.js';
import { firstVersion, priorityOf } from '../../bench/peers/vrrp.js';
import { nameIn, parseBusy, parsePss, parseVoluntarySwitches } from '../../bench/process-cost.js';
import { axisFor, drawDistribution } from '../../bench/report/distribution.js';
import { htmlTable } from '../../bench/report/html.js';
import type { Sample } from '../../bench/results.js';
import { SCENARIOS } from '../../bench/scenarios.js';
import { SETTINGS } from '../../bench/setting.js';
import { allFigures, figuresOf, quantile } from '../../bench/statistics.js';
import { addressesOf, askedOf } from '../../bench/terms.js';
import type { Terms } from '../../bench/terms.js';

const ONE: Terms = { setting: SETTINGS.fast, addresses: 1, family: 4, serviceTest: false };

const sample = (peer: Sample['peer'], silenceMs: number, changes: Partial<Sample> = {}): Sample => ({
  scenario: 'power-loss',
  peer,
  silenceMs,
  lost: silenceMs,
  doubled: 0,
  holders: 1,
  gapMs: 1,
  failure: null,
  ...changes,
});

describe('the figures of the bench', () => {
  it('quantiles are measured values, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile(hundred, 1)], [50, 95, 100]);
    assert.deepEqual([quantile([3, 1, 2], 0.5), quantile([2, 1], 0.5), quantile([7], 0.95)], [2, 1, 7]);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it('the ratio is our median over the peer’s, and only where both are', () => {
    const samples = [30, 20, 25].map((each) => sample('raisd', each));
    const theirs = [50, 50, 10].map((each) => sample('keepalived', each, { doubled: 2, holders: 2 }));
    const peer = figuresOf([...samples, ...theirs], 'power-loss', 'keepalived');
    assert.deepEqual(
      [peer?.n, peer?.median, peer?.p95, peer?.max, peer?.doubled, peer?.holders, peer?.ratio],
      [3, 50, 50, 50, 6, 2, 0.5],
    );
    assert.equal(figuresOf(samples, 'power-loss', 'raisd')?.ratio, null);
    assert.equal(figuresOf([...samples, sample('frr', 0)], 'power-loss', 'frr')?.ratio, null);
    assert.equal(figuresOf(samples, 'power-loss', 'ucarp'), null);
    assert.deepEqual(
      allFigures([...theirs, ...samples]).map(({ peer: name }) => name),
      ['keepalived', 'raisd'],
    );
  });

  it('runs in whose silence the machine was slow are told apart', () => {
    const runs = [20, 90, 30].map((each) => sample('raisd', each, { slowMs: each === 90 ? 12 : 0 }));
    const figures = figuresOf(runs, 'power-loss', 'raisd');
    assert.deepEqual([figures?.n, figures?.max], [3, 90]);
    assert.deepEqual(figures?.quick, { n: 2, median: 20, max: 30 });
    assert.equal(figuresOf([sample('raisd', 20)], 'power-loss', 'raisd')?.quick, null);
  });

  it('what did not follow is counted, and its silence as well', () => {
    const figures = figuresOf([sample('raisd', 9_000, { failure: 'not answered' })], 'power-loss', 'raisd');
    assert.deepEqual([figures?.failures, figures?.max], [1, 9_000]);
  });
});

describe('what the bench reads', () => {
  it('the kernel’s words about a process', () => {
    assert.equal(parseBusy('123456789 42 7\n'), 123_456_789n);
    assert.equal(parsePss('Rss:  90 kB\nPss:     1234 kB\nPss_Anon: 7 kB\n'), 1234);
    assert.equal(
      parseVoluntarySwitches('nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t55\n'),
      55,
    );
    assert.deepEqual([parseBusy(''), parsePss(''), parseVoluntarySwitches('')], [0n, 0, 0]);
  });

  it('what a process is, from its command line', () => {
    assert.equal(nameIn('/usr/bin/node\0--x=16\0/opt/raisd/dist/src/main.js\0role\0control\0'), 'control');
    assert.equal(nameIn('/usr/bin/node\0/opt/raisd/dist/src/main.js\0--config\0a\0'), 'supervisor');
    assert.equal(nameIn('node\0/opt/raisd/bin/raisd\0--config\0a\0'), 'supervisor');
    assert.equal(nameIn('/usr/sbin/keepalived\0--vrrp\0'), 'keepalived');
    assert.equal(nameIn(''), '');
  });

  it('the versions that programs tell', () => {
    assert.equal(firstVersion('Keepalived v2.2.7 (01/16,2022)\n'), '2.2.7');
    assert.equal(firstVersion('vrrpd version 8.4.4\n'), '8.4.4');
    assert.throws(() => firstVersion('not found'), /no version/);
  });

  it('its command line', () => {
    assert.deepEqual(parseOptions(['--peer', 'ucarp,keepalived']).peers, ['raisd', 'keepalived', 'ucarp']);
    assert.deepEqual(parseOptions(['--peer', 'none', '--only', 'idle,sigkill']).only, ['idle', 'sigkill']);
    assert.deepEqual([parseOptions([]).seconds, parseOptions(['--long']).seconds], [60, 600]);
    for (const wrong of [['--peer', 'pacemaker'], ['--only', 'nothing'], ['--runs', '0'], ['--add'], ['x']]) {
      assert.throws(() => parseOptions(wrong), UsageError, wrong.join(' '));
    }
  });
});

describe('what the bench writes', () => {
  const addresses = (number: number): string[] => addressesOf(ONE, number);

  it('each host is first for its own addresses, and no two are equal', () => {
    for (const owner of [1, 2, 3]) {
      const priorities = [1, 2, 3].map((host) => priorityOf(owner, host));
      assert.equal(Math.max(...priorities), priorityOf(owner, owner));
      assert.equal(new Set(priorities).size, 3);
    }
  });

  it('keepalived’s interval is a multiple of 10 ms, and a test of the service stands in every instance', () => {
    const plain = keepalivedConfiguration(ONE, 2, addresses, '/x');
    assert.match(plain, /advert_int 0\.01\n/);
    assert.doesNotMatch(plain, /vrrp_script/);
    const tested = keepalivedConfiguration({ ...ONE, serviceTest: true }, 2, addresses, '/x');
    assert.equal(tested.match(/track_script/g)?.length, 3);
  });

  it('addresses beyond those that fit into an advertisement are excluded from it', () => {
    const terms: Terms = { ...ONE, addresses: 250 };
    const text = keepalivedConfiguration(terms, 1, (number) => addressesOf(terms, number), '/x');
    assert.equal(text.match(/virtual_ipaddress_excluded/g)?.length, 1);
    assert.equal(text.match(/ dev svc0/g)?.length, 252);
  });

  it('FRR has a router for each host', () => {
    assert.equal(frrConfiguration(ONE, 1, addresses).match(/ advertisement-interval 10$/gm)?.length, 3);
  });

  it('of many addresses some are asked, the first and the last among them', () => {
    const terms: Terms = { ...ONE, addresses: 1000 };
    const all = addressesOf(terms, 3);
    const asked = askedOf(terms, 3);
    assert.equal(new Set(asked).size, 20);
    // With the one that each of the two other hosts has they fill a group.
    assert.equal(new Set(all).size + 2, MAX_SERVICE_ADDRESSES);
    assert.deepEqual([asked[0], asked.at(-1)], [all[0], all.at(-1)]);
    assert.equal(addressesOf(terms, 1).length, 1);
  });

  it('every scenario has a name of its own', () => {
    assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  });

  it('distributions rise by one step a run, on an axis that holds all', () => {
    const svg = drawDistribution([{ name: 'raisd', colour: 'blue', values: [10, 20, 30] }]);
    assert.equal(/<path d="([^"]*)"/.exec(svg)?.[1]?.match(/V/g)?.length, 3);
    for (const values of [
      [3, 40],
      [1, 9_000],
      [0, 0],
    ]) {
      const axis = axisFor(values);
      for (const value of values) assert.ok(axis.at(value) >= 0 && axis.at(value) <= 1, String(value));
    }
  });

  it('what stands in a table is text', () => {
    assert.match(
      htmlTable(['<a>'], [['&'], [{ bad: '"' }]]),
      /<th>&lt;a&gt;<\/th>.*<td>&amp;<\/td>.*class="bad">&quot;/s,
    );
  });
});
