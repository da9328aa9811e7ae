// R55: a planned move. The host that is to have the address is prepared first, and takes it at the holder's own word.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Command } from '../../src/core/event.js';
import { movesAtOnce } from '../../src/core/settings.js';
import type { Bench } from './bench.js';
import { memberBench } from './bench.js';
import {
  A,
  address,
  allCommandsIn,
  B,
  C,
  command,
  crowd,
  D,
  E,
  effectsOf,
  INTERVAL,
  publishedIn,
  serves,
  TIMEOUT,
  X,
  Y,
  Z,
} from './builders.js';

/** B leads; D serves what belongs to C, which is back. C does not answer yet. */
function leader(): Bench {
  return memberBench({ id: B }, (bench) => {
    bench.prepareAnswers = false;
    bench.join(D, { serving: [serves(X)] }).join(C, { preferred: [X] });
  });
}

/** A leads, C serves, and this host is to have the address. */
function heir(): Bench {
  const bench = memberBench({ id: B, preferred: [X] }, (each) =>
    each.join(A).join(C, { serving: [serves(X)] }),
  );
  bench.command(A, command('prepare', B, [X]));
  return bench;
}

const stateOf = (bench: Bench): string | undefined =>
  publishedIn(bench.take())?.information.host.serving.find((entry) => entry.address === X)?.state;

test('R55: the host that is to have an address is prepared before its holder is told to release', () => {
  const bench = leader();
  bench.says(C, { serving: [] });
  const before = allCommandsIn([...bench.take(), ...bench.run(INTERVAL)]);
  assert.ok(before.every((text) => text === `prepare ${X} → ${C} (preferred)`));
  const effects = bench.says(C, { serving: [serves(X, 'prepared')] });
  assert.deepEqual(allCommandsIn(effects), [`release ${X} → ${D} (fail-back)`]);
});

test('R55: who cannot be prepared is passed over, and the holder goes on serving', () => {
  const bench = leader();
  const commands = allCommandsIn([...bench.take(), ...bench.run(5 * TIMEOUT)]);
  assert.ok(!commands.some((text) => text.startsWith('release') && text.includes(D)), commands.join());
});

const MOVES = movesAtOnce(TIMEOUT);

test('R55: of very many addresses some move at a time, and the next ones when those have arrived', () => {
  const many = crowd(MOVES + 50);
  const bench = memberBench({ id: B }, (each) =>
    each.join(D, { preferred: many, serving: many.map((one) => serves(one)) }),
  );
  bench.prepareAnswers = false;
  bench.take();
  // The lowest id that prefers an address has it.
  bench.join(C, { preferred: many });
  const orders = (effects: readonly Effect[], action: Command['action']): ServiceAddress[] =>
    effectsOf(effects, 'command').flatMap(({ command: { action: kind, orders: list } }) =>
      kind === action ? list.map((order) => order.address) : [],
    );
  const first = many.slice(0, MOVES);
  const rest = many.slice(MOVES);
  bench.run(1);
  assert.deepEqual(orders(bench.take(), 'prepare'), first);
  const prepared = bench.says(C, { serving: first.map((one) => serves(one, 'prepared')) });
  assert.deepEqual(orders(prepared, 'release'), first);
  assert.deepEqual(orders(prepared, 'prepare'), []);
  bench.says(D, { serving: rest.map((one) => serves(one)) });
  const arrived = bench.says(C, { serving: first.map((one) => serves(one)) });
  assert.deepEqual(orders(arrived, 'prepare'), rest);
});

test('R55: what its holder gives up before anybody was prepared goes to the host that may be prepared by now, and to no other', () => {
  const V = address('10.77.0.105');
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.prepareAnswers = false;
  bench.join(D, { preferred: [Y], serving: [serves(Y)] });
  bench.join(E, { preferred: [Z, V], serving: [serves(Z), serves(V)] });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.take();
  const leaving = { ok: false, failures: ['leaves the group'] };
  assert.deepEqual(allCommandsIn(bench.says(C, { ...leaving, serving: [serves(X, 'online', 'leaving')] })), [
    `prepare ${X} → ${D} (fewest-addresses)`,
  ]);
  // Now E has fewer.
  const more = [Y, address('10.77.0.106'), address('10.77.0.107')];
  bench.says(D, { preferred: more, serving: more.map((each) => serves(each)) });
  const gone = [...bench.says(C, { ...leaving, serving: [] }), ...bench.run(2)];
  assert.deepEqual(allCommandsIn(gone), [`acquire ${X} → ${D} (fewest-addresses)`]);
});

test('R55: where the holder dies meanwhile, its address is assigned at once', () => {
  const bench = leader();
  bench.says(C, { serving: [serves(X, 'prepared')] });
  bench.dies(D);
  bench.run(2 * TIMEOUT);
  assert.ok(allCommandsIn(bench.take()).includes(`acquire ${X} → ${C} (preferred)`));
});

test('R55, R21: what was prepared and cannot be configured is taken off again', () => {
  const bench = heir();
  bench.interfaceAnswers = false;
  bench.says(C, { serving: [] });
  assert.equal(bench.phaseOf(X), 'configuring');
  const effects = bench.step({ kind: 'configured', address: X, error: 'ENOBUFS' });
  assert.equal(bench.phaseOf(X), 'not-serving');
  assert.deepEqual(
    effectsOf(effects, 'deconfigure').map(({ address }) => address),
    [X],
  );
});

test('R55: one host at a time is prepared: another one is told to forget it first', () => {
  const bench = memberBench({ id: B }, (each) => {
    each.prepareAnswers = false;
    each.join(D, { serving: [serves(X)] }).join(E, { serving: [serves(X, 'prepared')] });
    each.join(C, { preferred: [X], quiesced: true });
  });
  const first = bench.says(C, { quiesced: false });
  assert.deepEqual(allCommandsIn(first), [`release ${X} → ${E} (duplicate)`]);
  const effects = bench.says(E, { serving: [] });
  assert.deepEqual(allCommandsIn(effects), [`prepare ${X} → ${C} (preferred)`]);
});

test('R55: what its holder has given up goes to the host that is prepared for it, which takes it anyhow', () => {
  const bench = memberBench({ id: B }, (each) => {
    each.prepareAnswers = false;
    each.join(D, { serving: [serves(X)] }).join(E, { serving: [serves(X, 'prepared', 'hot-spare')] });
    each.join(C, { preferred: [X], quiesced: true });
  });
  bench.says(D, { serving: [serves(X, 'releasing')] });
  assert.deepEqual(allCommandsIn(bench.says(C, { quiesced: false })), []);
  assert.deepEqual(allCommandsIn(bench.says(D, { serving: [] })), [`acquire ${X} → ${E} (hot-spare)`]);
});

test('R55: a prepared host says so and has nothing on its interface', () => {
  const bench = heir();
  assert.equal(bench.phaseOf(X), 'prepared');
  const effects = bench.take();
  assert.deepEqual(effectsOf(effects, 'configure'), []);
  assert.equal(publishedIn(effects)?.information.host.serving[0]?.state, 'prepared');
});

test('R55: it takes the address at the word of the holder, without the leader', () => {
  const bench = heir();
  bench.says(C, { serving: [serves(X, 'releasing')] });
  assert.equal(bench.phaseOf(X), 'prepared');
  bench.says(C, { serving: [] });
  assert.equal(bench.phaseOf(X), 'online');
});

test('R55: the leader’s order to acquire opens it as well: one message may be lost', () => {
  const bench = heir();
  bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), 'online');
  bench.says(C, { serving: [] });
  assert.equal(bench.phaseOf(X), 'online');
});

test('R55: what is not handed over within a timeout is forgotten', () => {
  const bench = heir();
  bench.run(TIMEOUT - 1);
  assert.equal(bench.phaseOf(X), 'prepared');
  bench.run(2);
  assert.equal(bench.phaseOf(X), null);
  assert.equal(stateOf(bench), undefined);
  bench.says(C, { serving: [] });
  assert.equal(bench.phaseOf(X), null);
});

test('R55: the silence of the holder is no word: the leader decides', () => {
  const bench = heir();
  bench.dies(C);
  bench.run(TIMEOUT - 1);
  assert.notEqual(bench.phaseOf(X), 'online');
});

test('R55: an address that a third host claims is not taken', () => {
  const bench = heir();
  bench.join(D, { serving: [serves(X, 'acquiring')] });
  bench.says(C, { serving: [] });
  assert.equal(bench.phaseOf(X), 'prepared');
});

test('R17, R44, R55: a host that is quiesced or fails meanwhile takes nothing', () => {
  for (const spoil of [{ kind: 'quiesce' }, { kind: 'link', up: false, hardwareAddress: null }] as const) {
    const bench = heir();
    bench.step(spoil);
    bench.says(C, { serving: [] });
    assert.equal(bench.phaseOf(X), null);
  }
});

test('R55: a release ends the preparation', () => {
  const bench = heir();
  bench.command(A, command('release', B, [X]));
  assert.equal(bench.phaseOf(X), null);
});
