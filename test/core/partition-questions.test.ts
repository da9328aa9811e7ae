// R61: for what and how often a host asks on the service network, while another is silent on the control networks. C serves X.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortAddresses, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import { NEVER, NO_DEADLINE } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import {
  A,
  B,
  address,
  C,
  command,
  D,
  effectsOf,
  hardwareAddressOf,
  INTERVAL,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';
import { candidate, group, questionsIn, runAnswered, stateOf } from './partition-bench.js';

test('R61: nobody is asked while everybody is heard', () => {
  assert.deepEqual(effectsOf(group().run(5 * TIMEOUT), 'probe'), []);
});

test('R61: in the last part of the timeout, and not before, the would-be leader asks for what the silent host holds', () => {
  const bench = group();
  bench.dies(C);
  const last = bench.puppet(C).heardAt;
  const before = bench.run((TIMEOUT * 2) / 3 - (bench.now - last) - 1);
  assert.deepEqual(effectsOf(before, 'probe'), []);
  const doubted = bench.run(2);
  assert.deepEqual(effectsOf(doubted, 'probe')[0]?.addresses, [X]);
  assert.equal(stateOf(bench, C), 'live');
});

test('R61: the question is put several times before anybody is judged', () => {
  const bench = group();
  bench.dies(C);
  const effects = [];
  while (stateOf(bench, C) === 'live') effects.push(...bench.run(1));
  assert.ok(effectsOf(effects, 'probe').length >= 3);
});

const addressesOfMany = (): ServiceAddress[] =>
  sortAddresses([X, ...Array.from({ length: 39 }, (_, index) => address(`10.88.0.${String(index + 1)}`))]);

/** C serves forty addresses. */
function groupOfMany(): { bench: Bench; many: ServiceAddress[] } {
  const many = addressesOfMany();
  const bench = group();
  bench.says(C, { preferred: many, serving: many.map((each) => serves(each)) });
  bench.run(INTERVAL);
  bench.dies(C);
  return { bench, many };
}

/** Every third of them. */
const SAMPLE = 14;

test('R61: of a host with many addresses some from all over are asked for, the same again and again, while nobody answers', () => {
  const { bench, many } = groupOfMany();
  const effects = [];
  while (stateOf(bench, C) === 'live') effects.push(...bench.run(1));
  const questions = effectsOf(effects, 'probe').map(({ addresses }) => addresses);
  assert.ok(questions.length >= 3);
  for (const question of questions)
    assert.deepEqual(
      question,
      many.filter((_, index) => index % 3 === 0),
    );
  // The next time it is doubted, the answers of the first time say nothing.
  bench.puppet(C).alive = true;
  bench.run(2 * INTERVAL);
  bench.dies(C);
  assert.equal(questionsIn(runAnswered(bench, TIMEOUT))[0], SAMPLE);
});

test('R61: all that a host had that answered for none of them is taken over at once', () => {
  const bench = memberBench({ id: B, partition: 'probe' });
  const many = addressesOfMany();
  bench.join(C, { preferred: many, serving: many.map((each) => serves(each)) });
  bench.run(2 * INTERVAL);
  bench.dies(C);
  let effects: Effect[] = [];
  while (stateOf(bench, C) === 'live') effects = bench.run(1);
  assert.deepEqual(
    effectsOf(effects, 'configure').map(({ address }) => address),
    many,
  );
});

test('R61: a host with many addresses that answers for one of them is asked for all others, again and again', () => {
  const { bench, many } = groupOfMany();
  const sizes: number[] = [];
  while (stateOf(bench, C) === 'live') {
    const effects = bench.run(1);
    sizes.push(...questionsIn(effects));
    if (questionsIn(effects).length > 0)
      bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  }
  assert.ok(sizes.length >= 3);
  // That for which it answered is among the sample.
  assert.deepEqual(sizes, [SAMPLE, ...sizes.slice(1).map(() => many.length)]);
});

test('R61: of a host that answers for all of its many addresses each is asked for while it is doubted, then some, and all later', () => {
  const { bench, many } = groupOfMany();
  const sizes = { live: [] as number[], partitioned: [] as number[] };
  for (let passed = 0; passed < 3 * TIMEOUT; passed += 2) {
    const asked = questionsIn(runAnswered(bench, 2, C));
    sizes[stateOf(bench, C) === 'live' ? 'live' : 'partitioned'].push(...asked);
  }
  assert.deepEqual(sizes.live.slice(0, 3), [SAMPLE, many.length, SAMPLE]);
  assert.ok(sizes.partitioned.length >= 4);
  // The first was put just before.
  for (const size of sizes.partitioned.slice(1)) assert.equal(size, many.length);
});

test('R61: while a host is doubted steps in which nothing changes decide nothing', () => {
  const { bench } = groupOfMany();
  const { monitor } = bench;
  while (bench.monitor.askedAt.size === 0) bench.run(1);
  // The questions themselves are something new, and found anew once more.
  while (monitor.toAsk === null || monitor.quietUntil === NEVER) bench.run(1);
  const found = monitor.toAsk;
  while (stateOf(bench, C) === 'live') {
    assert.equal(monitor.toAsk, found);
    bench.run(1);
  }
  bench.run(1);
  assert.equal(monitor.toAsk, null);
});

test('R61: while it is partitioned the question is repeated', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  const probes = effectsOf(runAnswered(bench, TIMEOUT, C), 'probe');
  assert.ok(probes.length >= 3, String(probes.length));
});

test('R61: with `partition: ignore` nobody is asked, and silence is death', () => {
  const bench = group({ partition: 'ignore' });
  bench.dies(C);
  const effects = runAnswered(bench, 2 * TIMEOUT, C);
  assert.deepEqual(effectsOf(effects, 'probe'), []);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: a host without carrier on its service interface asks nobody', () => {
  const bench = group();
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  bench.dies(C);
  assert.deepEqual(effectsOf(bench.run(2 * TIMEOUT), 'probe'), []);
});

test('R61: a member that would not lead asks only for what it would have to acquire', () => {
  const bench = candidate();
  bench.dies(C, D);
  const asked = effectsOf(bench.run(TIMEOUT - INTERVAL), 'probe').flatMap((probe) => probe.addresses);
  assert.deepEqual([...new Set(asked)], [X, Y]);
  const other = memberBench({ id: D, preferred: [Y], partition: 'probe' }, (each) =>
    each.join(A, {}, { term: 1 }).join(C, { preferred: [X], serving: [serves(X)] }, { term: 1 }),
  );
  other.command(A, command('acquire', D, [Y]));
  other.dies(C);
  // A is a hot spare and would get it.
  assert.deepEqual(effectsOf(other.run(TIMEOUT - INTERVAL), 'probe'), []);
});

test('R61, R56: a reload that ends the questions while a host is doubted leaves no deadline behind', () => {
  const bench = group();
  bench.dies(C);
  bench.run(0.8 * TIMEOUT);
  assert.ok(bench.monitor.nextProbeAt !== NO_DEADLINE);
  bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, partition: 'ignore' } });
  assert.equal(bench.monitor.nextProbeAt, NO_DEADLINE);
});

test('R61: a network process that is slow proves nothing: nobody is judged before it has asked', () => {
  const bench = group();
  bench.probeAnswers = false;
  bench.dies(C);
  bench.run(2.5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'live');
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(stateOf(bench, C), 'partitioned');
});

test('R61: a network process that hangs delays nobody for ever', () => {
  const bench = group();
  bench.probeAnswers = false;
  bench.dies(C);
  bench.run(4 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: a question that did not leave this host is over, and is none that nobody answered', () => {
  const bench = group();
  bench.questionsLeave = false;
  bench.dies(C);
  const asked = questionsIn(bench.run(1.5 * TIMEOUT));
  assert.equal(stateOf(bench, C), 'live');
  assert.ok(asked.length > 4, 'they are put as often as usual');
  assert.equal(bench.monitor.peers.get(C)?.unanswered, 0);
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned', 'what it answered stands while it cannot be asked');
  bench.run(4 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent', 'but not for ever');
});

test('R61: what a network process has not asked yet is not added to without end', () => {
  const bench = group();
  bench.probeAnswers = false;
  bench.dies(C);
  const slow = questionsIn(bench.run(1.5 * TIMEOUT));
  assert.ok(slow.length >= 3 && slow.length <= 4, String(slow.length));
  // It was replaced: what the one before was asked is not waited for.
  bench.probeAnswers = true;
  const later = questionsIn(bench.run(TIMEOUT));
  assert.ok(later.length >= 2, String(later.length));
  assert.equal(stateOf(bench, C), 'silent');
});
