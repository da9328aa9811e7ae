// R15, R61: B comes up cut off from everybody, and remembers D, who was a member when it was last up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import { membersToKeep } from '../../src/core/remembered-members.js';
import { Bench, memberBench } from './bench.js';
import { B, C, D, E, effectsOf, hardwareAddressOf, recordsIn, row, TIMEOUT, X, Y } from './builders.js';

const remembered = (id: HostId, hardwareAddress = hardwareAddressOf(D)) => ({ id, hardwareAddress });

/** X is C's, Y its own. */
function alone(...members: ReturnType<typeof remembered>[]): Bench {
  const bench = new Bench({ id: B, partition: 'probe', preferred: [Y] });
  bench.step({ kind: 'remembered', addresses: [row(X, C, { age: 50 })], members });
  return bench.start();
}

/** Time goes on; D's machine answers for everything that it is asked for. */
function runAnswered(bench: Bench, span: number): Effect[] {
  const effects: Effect[] = [];
  for (let passed = 0; passed < span; passed += 2) {
    const now = bench.run(2);
    effects.push(...now);
    for (const address of new Set(effectsOf(now, 'probe').flatMap((probe) => probe.addresses)))
      effects.push(...bench.step({ kind: 'answer', address, hardwareAddress: hardwareAddressOf(D) }));
  }
  return effects;
}

test('R61: what a remembered member answers for is not taken, neither another host’s address nor an own one', () => {
  const bench = alone(remembered(D));
  const effects = runAnswered(bench, 20 * TIMEOUT);
  assert.deepEqual([bench.phaseOf(X), bench.phaseOf(Y)], [null, null]);
  assert.deepEqual(effectsOf(effects, 'configure'), []);
  assert.equal(bench.monitor.peers.get(D)?.state, 'partitioned');
  assert.deepEqual(
    recordsIn(effects).filter((event) => event.startsWith('host-') || event === 'conflict'),
    ['host-partitioned'],
  );
});

test('R61: once it answers no more both are taken', () => {
  const bench = alone(remembered(D));
  runAnswered(bench, 20 * TIMEOUT);
  bench.run(10 * TIMEOUT);
  assert.deepEqual([bench.phaseOf(X), bench.phaseOf(Y)], ['online', 'online']);
});

test('R15, R61: where nobody answers both are taken, after they were asked for', () => {
  const bench = alone(remembered(D));
  const effects = bench.run(10 * TIMEOUT);
  const kinds = effects
    .map((effect) => effect.kind)
    .filter((kind) => kind === 'probe' || kind === 'configure');
  assert.equal(kinds[0], 'probe');
  assert.deepEqual([bench.phaseOf(X), bench.phaseOf(Y)], ['online', 'online']);
});

test('R61: a machine that is heard under another host id is no longer the one that was remembered', () => {
  const bench = alone(remembered(E));
  bench.join(D).run(10 * TIMEOUT);
  assert.deepEqual(membersToKeep(bench.monitor), [remembered(D)]);
  const answer = { kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(D) } as const;
  assert.deepEqual(recordsIn(bench.step(answer)), []);
  assert.equal(bench.monitor.peers.get(E)?.state, 'silent');
});

test('R61: who is known already, and this host itself, are not remembered anew', () => {
  const bench = memberBench({ id: B }).join(D);
  const members = [remembered(D, 'aa:aa:aa:aa:aa:aa'), remembered(E), remembered(B, 'bb:bb:bb:bb:bb:bb')];
  bench.step({ kind: 'remembered', addresses: [], members });
  assert.deepEqual(membersToKeep(bench.monitor), [remembered(D)]);
});

test('R61: the machine of a host that was started anew is known before it has said what it serves', () => {
  const bench = memberBench({ id: B }).join(D);
  bench.dies(D);
  bench.run(5 * TIMEOUT);
  const puppet = bench.puppet(D);
  Object.assign(puppet, { alive: true, incarnation: 2n });
  bench.hear();
  assert.equal(bench.monitor.peers.get(D)?.information, null);
  assert.deepEqual(membersToKeep(bench.monitor), [remembered(D)]);
});
