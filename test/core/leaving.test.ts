// R55: a host that leaves in order serves on until others have taken its addresses over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACQUIRES_AT_ONCE, handOverPatience } from '../../src/core/settings.js';
import type { Bench } from './bench.js';
import { memberBench } from './bench.js';
import {
  A,
  allCommandsIn,
  B,
  C,
  command,
  crowd,
  D,
  effectsOf,
  hardwareAddressOf,
  publishedIn,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

/** B serves X under A's lead; C is able as well. */
function holder(changes: Parameters<typeof memberBench>[0] = {}): Bench {
  const bench = memberBench({ id: B, ...changes }, (each) => each.join(A).join(C));
  bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), 'online');
  bench.take();
  return bench;
}

const hasLeft = (bench: Bench): boolean => bench.monitor.phase === 'left';

test('R55: it tells that it leaves, and serves on', () => {
  const bench = holder();
  const effects = bench.step({ kind: 'leave' });
  const { host } = publishedIn(effects)!.information;
  assert.equal(host.ok, false);
  assert.deepEqual(host.serving, [serves(X, 'online', 'leaving')]);
  assert.deepEqual(effectsOf(effects, 'deconfigure'), []);
  bench.run(handOverPatience(TIMEOUT) - 1);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R55: it hands over to the host that is prepared, and is gone when that one serves', () => {
  const bench = holder({ releaseScript: true });
  bench.interfaceAnswers = false;
  bench.step({ kind: 'leave' });
  bench.says(C, { serving: [serves(X, 'prepared')] });
  const effects = bench.command(A, command('release', B, [X]));
  assert.deepEqual(effectsOf(effects, 'hand-over'), [
    { kind: 'hand-over', address: X, hardwareAddress: hardwareAddressOf(C) },
  ]);
  // Clients come first.
  assert.deepEqual(effectsOf(effects, 'run-script'), []);
  const gone = bench.step({ kind: 'deconfigured', address: X, error: null });
  assert.equal(effectsOf(gone, 'run-script')[0]?.action, 'release');
  assert.equal(hasLeft(bench), false);
  bench.says(C, { serving: [serves(X, 'acquiring')] });
  assert.equal(hasLeft(bench), false);
  bench.says(C, { serving: [serves(X)] });
  assert.equal(hasLeft(bench), true);
});

test('R55: an heir that never says that it serves holds nobody up for long', () => {
  const bench = holder();
  bench.step({ kind: 'leave' });
  bench.says(C, { serving: [serves(X, 'prepared')] });
  bench.command(A, command('release', B, [X]));
  bench.run(3 * TIMEOUT + 1);
  assert.equal(hasLeft(bench), true);
});

test('R55: it waits for the leader no longer than its patience', () => {
  const bench = holder();
  bench.step({ kind: 'leave' });
  bench.run(handOverPatience(TIMEOUT) + 1);
  assert.equal(bench.phaseOf(X), null);
  assert.equal(hasLeft(bench), true);
});

test('R22: where nobody could take anything over, it releases at once', () => {
  const bench = holder();
  for (const host of [A, C]) bench.says(host, { quiesced: true });
  bench.step({ kind: 'leave' });
  assert.equal(hasLeft(bench), true);
});

test('R54, R55: a cable that is pulled while it leaves ends what it serves', () => {
  const bench = holder();
  bench.step({ kind: 'leave' });
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.equal(bench.phaseOf(X), null);
});

test('R29, R55: the leader prepares another host for what one that leaves still serves, and then has it released', () => {
  const bench = memberBench({ id: B, preferred: [Y] }, (each) =>
    each.join(C, { serving: [serves(X)], preferred: [X] }).join(D),
  );
  bench.take();
  bench.prepareAnswers = false;
  const leaving = { ok: false, preferred: [X], serving: [serves(X, 'online', 'leaving')] };
  assert.deepEqual(allCommandsIn(bench.says(C, leaving)), [`prepare ${X} → ${D} (hot-spare)`]);
  assert.deepEqual(allCommandsIn(bench.says(D, { serving: [serves(X, 'prepared', 'hot-spare')] })), [
    `release ${X} → ${C} (leaving)`,
  ]);
  // Whoever is prepared has it next, whatever the policy says by then.
  assert.deepEqual(allCommandsIn(bench.says(C, { ...leaving, serving: [] })), [
    `acquire ${X} → ${D} (hot-spare)`,
  ]);
});

test('R55: a leader that is the heir says that it is prepared before it has the holder release', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { serving: [serves(X)], preferred: [X] }));
  bench.take();
  const effects = bench.says(C, {
    ok: false,
    preferred: [X],
    serving: [serves(X, 'online', 'leaving')],
  });
  const kinds = effects.flatMap((effect) => {
    if (effect.kind === 'publish') return [effect.information.host.serving[0]?.state ?? 'nothing'];
    return effect.kind === 'command' ? [effect.command.action] : [];
  });
  assert.deepEqual(kinds.slice(-2), ['prepared', 'release']);
});

test('R55, R29: the last pass of a leader that leaves postpones nothing', () => {
  const many = crowd(ACQUIRES_AT_ONCE + 50);
  const bench = memberBench({ id: B, preferred: many, fenced: false }, (each) => each.join(C));
  bench.run(TIMEOUT);
  assert.equal(bench.monitor.local.size, many.length);
  bench.take();
  bench.step({ kind: 'leave' });
  bench.run(handOverPatience(TIMEOUT));
  assert.ok(hasLeft(bench));
  const ordered = effectsOf(bench.take(), 'command').flatMap(({ command: { orders } }) =>
    orders.map((order) => order.address),
  );
  assert.deepEqual(new Set(ordered), new Set(many));
});
