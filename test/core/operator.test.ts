// What operators ask of the group: move, fail-back, forget, from the leader and from another member; and R57.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import type { GroupRequest } from '../../src/core/event.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { memberBench, ms, type Bench } from './bench.js';
import {
  A,
  B,
  C,
  commandsIn,
  D,
  effectsOf,
  INTERVAL,
  ORPHAN_TIMEOUT,
  publishedIn,
  recordsIn,
  row,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

const ask = (bench: Bench, request: GroupRequest, ticket = 1): Effect[] =>
  bench.step({ kind: 'operator', ticket, request });

const replyIn = (
  effects: readonly Effect[],
): { error: string | null; done: readonly string[] } | undefined => {
  const reply = effectsOf(effects, 'reply').at(-1);
  return reply === undefined ? undefined : { error: reply.error, done: reply.done };
};

/** B leads, quiesced; C serves X, which it prefers; D is a hot spare. */
function leading(changes: Partial<MonitorSettings> = {}): Bench {
  const bench = memberBench({ id: B, ...changes });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X)] }).join(D);
  bench.run(INTERVAL);
  bench.take();
  return bench;
}

const moveTo = (host: typeof D): GroupRequest => ({ kind: 'move', address: X, host });

test('R55: a move to a host is done by release and acquire, and stays', () => {
  const bench = leading();
  const effects = ask(bench, moveTo(D));
  assert.deepEqual(replyIn(effects), {
    error: null,
    done: [`web: ${X} moves to ${D}, until that host fails or the operator says otherwise`],
  });
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${C} (move-away)`]);
  assert.deepEqual(commandsIn(bench.says(C, { serving: [] })), [`acquire ${X} → ${D} (moved)`]);
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  assert.deepEqual(commandsIn(bench.run(5 * TIMEOUT)), []);
});

test('R11: a move shows in the database with a higher version', () => {
  const bench = leading();
  const published = publishedIn(ask(bench, moveTo(D)));
  assert.deepEqual(published?.information.addresses, [
    row(X, C, { decision: { kind: 'move', host: D }, decisionVersion: 1 }),
  ]);
});

test('R44: a host that is quiesced keeps what was moved to it', () => {
  const bench = leading();
  ask(bench, moveTo(D));
  bench.says(C, { serving: [] });
  const serving = [serves(X, 'online', 'moved')];
  bench.says(D, { serving });
  bench.take();
  assert.deepEqual(commandsIn(bench.says(D, { serving, quiesced: true })), []);
  assert.deepEqual(commandsIn(bench.run(5 * TIMEOUT)), []);
  assert.deepEqual(commandsIn(bench.says(D, { serving, quiesced: false })), []);
  assert.deepEqual(commandsIn(bench.run(5 * TIMEOUT)), []);
});

test('R57: a fail-back that can move nothing says why', () => {
  const failBack: GroupRequest = { kind: 'fail-back', address: null };
  const bench = leading();
  assert.deepEqual(replyIn(ask(bench, failBack))?.done, [
    'web: nothing to do: every address is where it belongs',
  ]);
  ask(bench, moveTo(D));
  bench.says(C, { serving: [], quiesced: true });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  assert.deepEqual(replyIn(ask(bench, failBack))?.done, [
    `web: ${X} cannot go back to its preferred host: ${C} is quiesced; resume it first`,
  ]);
});

test('R55: a move ends when its host fails: the address goes back to its preferred host', () => {
  const bench = leading();
  ask(bench, moveTo(D));
  bench.says(C, { serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  bench.take();
  bench.says(D, { ok: false, failures: ['test http'], serving: [serves(X, 'releasing', 'failed')] });
  assert.deepEqual(commandsIn(bench.says(D, { serving: [] })), [`acquire ${X} → ${C} (preferred)`]);
  bench.says(D, { ok: true, failures: [] });
  bench.says(C, { serving: [serves(X)] });
  assert.deepEqual(commandsIn(bench.run(TIMEOUT)), []);
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
});

test('R55: a move ends when its host falls silent', () => {
  const bench = leading();
  ask(bench, moveTo(D));
  bench.says(C, { serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  bench.dies(D);
  bench.take();
  assert.ok(commandsIn(bench.run(2 * TIMEOUT)).includes(`acquire ${X} → ${C} (preferred)`));
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
});

test('R55: fail-back ends a move', () => {
  const bench = leading();
  ask(bench, moveTo(D));
  bench.says(C, { serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  const effects = ask(bench, { kind: 'fail-back', address: X });
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (fail-back)`]);
  assert.deepEqual(replyIn(effects)?.done, [`web: ${X} goes back to its preferred host ${C}`]);
});

test('R55: a move to the host that has it already changes no holder', () => {
  const bench = leading();
  assert.deepEqual(commandsIn(ask(bench, moveTo(C))), []);
});

test('R55: a move is refused, naming the cause, when its host cannot serve', () => {
  const refusals: [Partial<Parameters<Bench['says']>[1]>, string][] = [
    [{ ok: false, failures: ['test http: 500'] }, `web: ${D} is failed: test http: 500`],
    [{ quiesced: true }, `web: ${D} is quiesced; resume it first`],
  ];
  for (const [changes, sentence] of refusals) {
    const bench = leading();
    bench.says(D, changes);
    assert.deepEqual(replyIn(ask(bench, moveTo(D))), { error: sentence, done: [] });
    assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
  }
});

test('R55: a move to an unknown host, or of an unknown address, is refused', () => {
  const bench = leading();
  assert.equal(replyIn(ask(bench, moveTo(A)))?.error, `web: ${A} is not a live host of this group`);
  const unknown = replyIn(ask(bench, { kind: 'move', address: Y, host: D }));
  assert.equal(unknown?.error, `web: ${Y} is not a service address of this group`);
});

test('R57: fail-back `now` gives an address back as soon as its host is able', () => {
  const bench = leading();
  bench.says(C, { ok: false, failures: ['x'], serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.take();
  assert.deepEqual(commandsIn(bench.says(C, { ok: true, failures: [] })), [
    `release ${X} → ${D} (fail-back)`,
  ]);
});

/** C was failed, D serves X for it, and C is able again from now on. */
function recovered(failBack: MonitorSettings['failBack']): Bench {
  const bench = leading({ failBack });
  bench.says(C, { ok: false, failures: ['x'], serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.run(500);
  bench.take();
  bench.says(C, { ok: true, failures: [] });
  return bench;
}

test('R57: fail-back after a delay waits until the host has been able for that long', () => {
  const bench = recovered(ms(300));
  assert.deepEqual(commandsIn(bench.run(299)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [`release ${X} → ${D} (fail-back)`]);
});

test('R57: a host that fails within the delay starts it anew', () => {
  const bench = recovered(ms(300));
  bench.run(200);
  bench.says(C, { ok: false });
  bench.says(C, { ok: true });
  assert.deepEqual(commandsIn(bench.run(299)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [`release ${X} → ${D} (fail-back)`]);
});

test('R57: the delay counts for the leader’s own addresses too', () => {
  const bench = memberBench({ id: B, preferred: [X], failBack: ms(300) }, (each) =>
    each.join(D, { serving: [serves(X, 'online', 'hot-spare')] }),
  );
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  bench.run(1000);
  bench.step({ kind: 'link', up: true, hardwareAddress: null });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(299)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [`release ${X} → ${D} (fail-back)`]);
});

test('R57: the delay does not hold back an address that nobody serves', () => {
  const bench = recovered(ms(300));
  assert.deepEqual(commandsIn(bench.says(D, { serving: [] })), [`acquire ${X} → ${C} (preferred)`]);
});

test('R57: fail-back `never` waits until the operator says so', () => {
  const bench = recovered('never');
  assert.deepEqual(commandsIn(bench.run(10 * ORPHAN_TIMEOUT)), []);
  assert.deepEqual(commandsIn(ask(bench, { kind: 'fail-back', address: X })), [
    `release ${X} → ${D} (fail-back)`,
  ]);
  bench.says(D, { serving: [] });
  bench.says(C, { serving: [serves(X)] });
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
});

test('R57: once the operator has said so, `never` holds again for the next time', () => {
  const bench = recovered('never');
  ask(bench, { kind: 'fail-back', address: X });
  bench.says(D, { serving: [] });
  bench.says(C, { serving: [serves(X)] });
  bench.says(C, { ok: false, serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.take();
  bench.says(C, { ok: true });
  assert.deepEqual(commandsIn(bench.run(TIMEOUT)), []);
});

test('R57: fail-back without an address gives back all that can be given back', () => {
  const bench = recovered('never');
  const effects = ask(bench, { kind: 'fail-back', address: null });
  assert.deepEqual(replyIn(effects)?.done, [`web: ${X} goes back to its preferred host ${C}`]);
});

test('R57: fail-back with nothing to give back says so', () => {
  const bench = leading();
  const nothing = { error: null, done: ['web: nothing to do: every address is where it belongs'] };
  assert.deepEqual(replyIn(ask(bench, { kind: 'fail-back', address: null })), nothing);
});

test('R57: fail-back with nothing to give back says so on another member than the leader too', () => {
  const bench = following();
  const effects = ask(bench, { kind: 'fail-back', address: null });
  assert.deepEqual(replyIn(effects)?.done, ['web: nothing to do: every address is where it belongs']);
  assert.deepEqual(effectsOf(effects, 'request'), []);
});

test('R57: fail-back of an address that is at home says so, on any member, and decides nothing', () => {
  for (const bench of [leading(), following()]) {
    const effects = ask(bench, { kind: 'fail-back', address: X });
    assert.deepEqual(replyIn(effects)?.done, [`web: nothing to do: ${X} is where it belongs`]);
    assert.deepEqual(effectsOf(effects, 'request'), []);
    assert.equal(bench.monitor.addresses.get(X)?.decisionVersion, 0);
  }
});

test('R57, R32: fail-back leaves alone what its former host does not prefer any more, forgotten or not, and says why', () => {
  const bench = leading();
  bench.says(C, { preferred: [], serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  const why = `${C} does not prefer ${X} any more`;
  assert.deepEqual(replyIn(ask(bench, { kind: 'fail-back', address: null }))?.done, [
    `web: ${X} cannot go back to its preferred host: ${why}`,
  ]);
  assert.equal(replyIn(ask(bench, { kind: 'fail-back', address: X }))?.error, `web: ${why}`);
  assert.deepEqual(replyIn(ask(bench, { kind: 'forget', address: X }))?.done, [
    `web: ${X} is forgotten; no live host prefers it`,
  ]);
  bench.says(D, { serving: [] });
  ask(bench, { kind: 'fail-back', address: null });
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'forget' });
});

test('R57: fail-back ends a move also where it was to the preferred host', () => {
  const bench = leading();
  ask(bench, moveTo(C));
  ask(bench, { kind: 'fail-back', address: X });
  bench.run(INTERVAL);
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'none' });
});

test('R57: fail-back to a host that cannot serve is refused, naming the cause', () => {
  const bench = leading();
  bench.says(C, { quiesced: true });
  assert.equal(
    replyIn(ask(bench, { kind: 'fail-back', address: X }))?.error,
    `web: ${C} is quiesced; resume it first`,
  );
});

test('R32: forget ends an orphan’s countdown now: who serves it is told to release it, with the reason', () => {
  const bench = leading();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  const effects = ask(bench, { kind: 'forget', address: X });
  assert.equal(replyIn(effects)?.error, null);
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (forgotten)`]);
});

/** C is dead, X is forgotten, and D, which served it, has released it. */
function forgotten(): Bench {
  const bench = leading();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  ask(bench, { kind: 'forget', address: X });
  bench.says(D, { serving: [] });
  bench.take();
  return bench;
}

test('R32: a forgotten address is not assigned again, and is known again when its host comes back', () => {
  const bench = forgotten();
  assert.deepEqual(commandsIn(bench.run(10 * TIMEOUT)), []);
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n });
  bench.says(C, { serving: [] });
  bench.hear();
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${X} → ${C} (preferred)`]);
});

test('R32: a forgotten address stays so for the moment in which its host is heard and has not said yet what it prefers', () => {
  const bench = forgotten();
  Object.assign(bench.puppet(C), { alive: true, incarnation: 2n });
  bench.monitor.peers.get(C)!.information = null;
  assert.deepEqual(commandsIn([...bench.hear(), ...bench.run(TIMEOUT)]), []);
  assert.equal(bench.monitor.peers.get(C)?.state, 'live');
});

test('R32: an address whose host is live cannot be forgotten', () => {
  const error = `web: ${X} cannot be forgotten: its preferred host ${C} is live`;
  assert.equal(replyIn(ask(leading(), { kind: 'forget', address: X }))?.error, error);
});

/** A leads in term 1; B follows; C serves X; D is a hot spare. */
function following(): Bench {
  return memberBench({ id: B }, (bench) =>
    bench
      .join(A, {}, { term: 1 })
      .join(C, { preferred: [X], serving: [serves(X)] }, { term: 1 })
      .join(D, {}, { term: 1 }),
  );
}

test('R8: what an operator asks on another member travels to the leader, and is answered when it shows', () => {
  const bench = following();
  const asked = ask(bench, moveTo(D));
  assert.deepEqual(effectsOf(asked, 'request'), [{ kind: 'request', request: moveTo(D) }]);
  assert.equal(replyIn(asked), undefined);
  const shown = bench.sendsRows(A, row(X, C, { decision: { kind: 'move', host: D }, decisionVersion: 1 }));
  assert.deepEqual(replyIn(shown), {
    error: null,
    done: [`web: ${X} moves to ${D}, until that host fails or the operator says otherwise`],
  });
});

test('R8: a request that does not show is repeated, and then given up with the leader’s name', () => {
  const bench = following();
  ask(bench, moveTo(D));
  bench.take();
  const effects = bench.run(2000);
  assert.equal(effectsOf(effects, 'request').length, 3);
  assert.match(replyIn(effects)?.error ?? '', /the leader \(10\.77\.1\.11\) did not do it in time/);
  assert.equal(effectsOf(effects, 'reply').length, 1);
});

test('R8: what cannot be granted is refused where it is asked, without a message', () => {
  const bench = following();
  const effects = ask(bench, { kind: 'forget', address: X });
  assert.deepEqual(effectsOf(effects, 'request'), []);
  assert.match(replyIn(effects)?.error ?? '', /is live/);
});

test('R8: the leader carries out a request of another member, once however often it comes', () => {
  const bench = leading();
  const first = bench.step({ kind: 'request', from: C, request: moveTo(D) });
  assert.deepEqual(commandsIn(first), [`release ${X} → ${C} (move-away)`]);
  assert.ok(recordsIn(first).includes('decision'));
  const second = bench.step({ kind: 'request', from: C, request: moveTo(D) });
  assert.deepEqual(recordsIn(second), []);
  assert.equal(bench.monitor.addresses.get(X)?.decisionVersion, 1);
});

test('R8: a request of another member that cannot be granted is refused and noted', () => {
  const bench = leading();
  const effects = bench.step({ kind: 'request', from: C, request: { kind: 'forget', address: X } });
  assert.deepEqual(recordsIn(effects), ['command-refused']);
});

test('R8: a member that does not lead takes no notice of another’s request', () => {
  const bench = following();
  const effects = bench.step({ kind: 'request', from: C, request: moveTo(D) });
  assert.deepEqual(effects, []);
});

test('R8: with nobody leading the operator is told to try again', () => {
  const bench = memberBench({ id: B, observer: true }, (each) =>
    each.join(C, { preferred: [X] }, { joining: true }),
  );
  const effects = ask(bench, { kind: 'move', address: X, host: C });
  assert.match(replyIn(effects)?.error ?? '', /nobody leads/);
});

test('R8: each operator is answered on its own ticket', () => {
  const bench = following();
  ask(bench, moveTo(D), 7);
  ask(bench, { kind: 'fail-back', address: X }, 8);
  const effects = bench.sendsRows(A, row(X, C, { decision: { kind: 'move', host: D }, decisionVersion: 1 }));
  assert.deepEqual(
    effectsOf(effects, 'reply')
      .map((reply) => reply.ticket)
      .sort(),
    [7, 8],
  );
});
