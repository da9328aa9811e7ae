// R61: the question on the service network must have had time to be answered before anybody is judged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after } from '../../src/core/time.js';
import { memberBench, ms } from './bench.js';
import { B, C, effectsOf, hardwareAddressOf, serves, TIMEOUT, X } from './builders.js';

const lateProbe = () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) =>
    each.join(C, { preferred: [X], serving: [serves(X)] }),
  );
  const last = bench.puppet(C).heardAt;
  bench.dies(C);
  bench.run(TIMEOUT * 0.65 - (bench.now - last));
  bench.take();
  // A step that is late, but not late enough for this host to doubt itself: doubt and timeout are over together.
  bench.now = after(last, TIMEOUT + 1);
  bench.step({ kind: 'tick' });
  return bench;
};

test('R61: a host that was asked for only when its timeout was over is not judged before it could answer', () => {
  const bench = lateProbe();
  assert.equal(effectsOf(bench.take(), 'probe').length, 1);
  assert.equal(bench.monitor.peers.get(C)?.state, 'live');
  bench.now = after(bench.now, 2);
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  bench.run(TIMEOUT / 3);
  assert.equal(bench.monitor.peers.get(C)?.state, 'partitioned');
  assert.equal(bench.phaseOf(X), null);
});

test('R61: a host that does not answer in that time is silent', () => {
  const bench = lateProbe();
  bench.run(ms(TIMEOUT / 3));
  assert.equal(bench.monitor.peers.get(C)?.state, 'silent');
  assert.equal(bench.phaseOf(X), 'online');
});
