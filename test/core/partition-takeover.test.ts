// R61: who takes an address over from a host that it does not hear has asked for it before. C serves X and falls silent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortAddresses } from '../../src/core/address.js';
import { acquireRepeatSpan } from '../../src/core/settings.js';
import { after } from '../../src/core/time.js';
import { memberBench, ms, type Bench } from './bench.js';
import {
  A,
  address,
  B,
  C,
  command,
  crowd,
  effectsOf,
  hardwareAddressOf,
  INTERVAL,
  row,
  serves,
  settings,
  TIMEOUT,
  X,
  Y,
} from './builders.js';
import { candidate, runAnswered, stateOf } from './partition-bench.js';

test('R61: a candidate does not obey an acquire of an address that its silent host still answers for', () => {
  const bench = candidate();
  bench.dies(C);
  runAnswered(bench, TIMEOUT + INTERVAL, C);
  const effects = bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), null);
  assert.match(effectsOf(effects, 'record')[0]!.message, /silent host 10\.77\.1\.13 still answers for it/);
});

test('R61: a candidate that was ordered before it asked, asks, and obeys the repetition', () => {
  const bench = candidate();
  bench.dies(C);
  bench.run((TIMEOUT * 2) / 3 - (bench.now - bench.puppet(C).heardAt) - 1);
  bench.now = after(bench.now, 2);
  const order = command('acquire', B, [X]);
  const first = bench.command(A, order);
  assert.deepEqual(effectsOf(first, 'probe')[0]?.addresses, [X]);
  assert.equal(bench.phaseOf(X), null);
  bench.run(INTERVAL);
  bench.command(A, order);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61: a candidate that has asked a doubted host in vain obeys at once, also for what it did not ask for', () => {
  const many = sortAddresses(
    Array.from({ length: 40 }, (_, index) => address(`10.88.0.${String(index + 1)}`)),
  );
  const bench = candidate();
  bench.says(C, { preferred: many, serving: many.map((each) => serves(each)) });
  bench.run(INTERVAL);
  bench.dies(C);
  while ((bench.monitor.peers.get(C)?.unanswered ?? 0) < 2) bench.run(1);
  assert.equal(stateOf(bench, C), 'live');
  const effects = bench.command(A, command('acquire', B, many));
  assert.deepEqual(
    effectsOf(effects, 'configure').map((each) => each.address),
    many,
  );
});

test('R61: a question that was asked a moment ago is not one that nobody has answered', () => {
  const bench = candidate();
  bench.dies(C);
  bench.run((TIMEOUT * 2) / 3 - (bench.now - bench.puppet(C).heardAt) - 1);
  bench.now = after(bench.now, 2);
  const order = command('acquire', B, [X]);
  bench.command(A, order);
  bench.now = after(bench.now, 0.6);
  bench.command(A, order);
  assert.equal(bench.phaseOf(X), null);
  bench.run(INTERVAL);
  bench.command(A, order);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61: what a silent host was given while this one was no member is asked for before it is taken', () => {
  const bench = memberBench({ id: B, preferred: [X], partition: 'probe' });
  bench.join(C, {});
  bench.run(INTERVAL);
  bench.step({ kind: 'lease-ended' });
  bench.take();
  // C was given X meanwhile, and said so to nobody who is left.
  bench.dies(C);
  bench.run(TIMEOUT + 2 * INTERVAL);
  assert.equal(stateOf(bench, C), 'silent');
  const effects = bench.take();
  const [asked, configured] = ['probe', 'configure'].map((wanted) =>
    effects.findIndex(({ kind }) => kind === wanted),
  );
  assert.ok(asked! >= 0, 'it asks');
  assert.ok(configured! < 0 || configured! > asked!, 'and does not take it before');
  bench.run(TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61: who becomes a member while a host is doubted has not asked for its addresses, and does so before it takes them', () => {
  const bench = memberBench({ id: B, partition: 'probe' });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.step({ kind: 'lease-ended' });
  bench.run(TIMEOUT / 5);
  bench.dies(C);
  bench.take();
  bench.run(TIMEOUT);
  const asked = bench.take().findIndex(({ kind }) => kind === 'probe');
  assert.notEqual(bench.phaseOf(X), 'online');
  assert.ok(asked >= 0 || bench.run(INTERVAL).some(({ kind }) => kind === 'probe'));
  bench.run(TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61, R35: who becomes a member anew after a host has fallen silent asks once, and takes its address over then', () => {
  const bench = memberBench({ id: B, partition: 'probe' });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.dies(C);
  bench.step({ kind: 'lease-ended' });
  bench.run(4 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  assert.equal(bench.phaseOf(X), 'online');
});

/** A would have taken over what C had, so that B asked for nothing; then A leaves, and it falls to B. */
function unexpectedHeir(): Bench {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) =>
    each.join(A, {}, { term: 1 }).join(C, { preferred: [X], serving: [serves(X)] }),
  );
  bench.run(INTERVAL);
  bench.dies(C);
  assert.deepEqual(effectsOf(bench.run(1.5 * TIMEOUT), 'probe'), []);
  assert.equal(stateOf(bench, C), 'silent');
  bench.take();
  bench.puppet(A).leaving = true;
  bench.hear();
  return bench;
}

test('R61, R29: who asks first obeys at 10 / 30 ms although a repetition of the order is lost: the next comes while the answer is new enough', () => {
  const timing = { interval: ms(10), timeout: ms(30), joinSpan: ms(30) };
  const bench = memberBench({ id: B, partition: 'probe', ...timing }, (each) =>
    each.join(A, { quiesced: true }, { term: 1 }),
  );
  bench.step({
    kind: 'remembered',
    addresses: [row(X, C, { age: 5000 })],
    members: [{ id: C, hardwareAddress: hardwareAddressOf(C) }],
  });
  bench.run(100);
  const sent = [0, 1, 2, 3].map((_, tries, all) =>
    all.slice(0, tries).reduce((sum, each) => sum + acquireRepeatSpan(settings(timing), each + 1), 0),
  );
  const begun = bench.now;
  for (const [tries, at] of sent.entries()) {
    bench.run(begun + at - bench.now);
    if (tries !== 1) bench.command(A, command('acquire', B, [X]));
  }
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61: who has to ask for many addresses asks for all of them together', () => {
  const many = crowd(50);
  const bench = memberBench({ id: B, partition: 'probe' }, (each) =>
    each.join(A, { quiesced: true }, { term: 1 }),
  );
  bench.step({
    kind: 'remembered',
    addresses: many.map((each) => row(each, C, { age: 5000 })),
    members: [{ id: C, hardwareAddress: hardwareAddressOf(C) }],
  });
  bench.run(2 * TIMEOUT);
  bench.take();
  const questions = effectsOf(bench.command(A, command('acquire', B, many)), 'probe');
  assert.deepEqual(
    questions.map(({ addresses }) => addresses),
    [many],
  );
});

test('R61: who takes over for a silent host for which others have asked asks for itself first', () => {
  const bench = unexpectedHeir();
  assert.deepEqual(effectsOf(bench.take(), 'probe')[0]?.addresses, [X]);
  assert.equal(bench.phaseOf(X), null);
  bench.run(TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R61: … and takes nothing if that host answers after all', () => {
  const bench = unexpectedHeir();
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  runAnswered(bench, 2 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.equal(bench.phaseOf(X), null);
});

test('R61: who joins anew during a partition asks for what a host that it does not hear may have taken over meanwhile', () => {
  const bench = memberBench({ id: B, partition: 'probe', preferred: [X] });
  bench.join(C, { preferred: [Y], serving: [serves(Y)] });
  bench.run(2 * INTERVAL);
  assert.equal(bench.phaseOf(X), 'online');
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  bench.step({ kind: 'lease-ended' });
  assert.equal(bench.phaseOf(X), null);
  // It heard this host answer no more.
  const puppet = bench.puppet(C);
  puppet.information = { ...puppet.information, serving: [serves(X), serves(Y)] };
  bench.take();
  const effects = runAnswered(bench, 4 * TIMEOUT, C);
  assert.equal(bench.monitor.phase, 'member');
  assert.equal(effectsOf(effects, 'configure').length, 0);
  // Once nobody answers for it, it is served again.
  puppet.information = { ...puppet.information, serving: [serves(Y)] };
  runAnswered(bench, 5 * TIMEOUT, C);
  assert.equal(bench.phaseOf(X), 'online');
});
