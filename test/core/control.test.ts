// Commands that are not obeyed, and hosts that cannot serve: asked again, passed over, tried again later (R29).
// B leads, and is quiesced so that it does not take part itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextControlDeadline } from '../../src/core/control.js';
import { restingSpan } from '../../src/core/failure-detector.js';
import { nextDeadline } from '../../src/core/step.js';
import {
  acquireRepeatSpan,
  ACQUIRES_AT_ONCE,
  acquireTries,
  orderLasts,
  passOverDelay,
} from '../../src/core/settings.js';
import { after, instant, NO_DEADLINE } from '../../src/core/time.js';
import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { HostInformation } from '../../src/core/host-information.js';
import { planWithout } from '../../src/core/plan.js';
import { Bench, memberBench, ms } from './bench.js';
import {
  B,
  C,
  commandsIn,
  crowd,
  D,
  E,
  effectsOf,
  INTERVAL,
  recordsIn,
  row,
  serves,
  settings,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

const leader = (arrange: (bench: Bench) => void): Bench => {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  arrange(bench);
  return bench;
};

const acquiresIn = (effects: readonly Effect[], by = C): ServiceAddress[] =>
  effectsOf(effects, 'command').flatMap(({ command: { action, to, orders } }) =>
    action === 'acquire' && to === by ? orders.map((order) => order.address) : [],
  );

/** How long an acquire is waited for in all: each time for longer, as its host may be held up, but while an answer is new enough. */
const PATIENCE = [1, 2, 3, 4, 5].reduce((sum, tries) => sum + acquireRepeatSpan(settings(), tries), 0);
const TRIES = acquireTries(settings());

const acquireOf = (host: string, reason = 'preferred'): string => `acquire ${X} → ${host} (${reason})`;

test('R29: an acquire that is not answered is repeated after an interval', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(C)]);
  assert.deepEqual(commandsIn(bench.run(INTERVAL - 1)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [acquireOf(C)]);
});

test('R29, R24: what a host was ordered just before it fell silent is given to nobody else while it may still obey', () => {
  const bench = leader((each) => each.join(C, { preferred: [X], serving: [serves(X)] }).join(D));
  bench.dies(C);
  bench.run(TIMEOUT - 5 - (bench.now - bench.puppet(C).heardAt));
  assert.deepEqual(commandsIn(bench.says(C, { serving: [] })), [acquireOf(C)]);
  assert.deepEqual(commandsIn(bench.run(orderLasts(settings()) - 1)), []);
  assert.equal(bench.monitor.peers.get(C)?.state, 'silent');
  assert.deepEqual(commandsIn(bench.run(2)), [acquireOf(D, 'hot-spare')]);
});

test('R29: an acquire that shows in what its host says is not repeated', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.says(C, { serving: [serves(X, 'acquiring')] });
  bench.take();
  bench.run(10 * INTERVAL);
  assert.deepEqual(commandsIn(bench.take()), []);
});

test('R29: a host that does not answer is passed over, its order is taken back, and the address goes to another', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  const effects = [...bench.take(), ...bench.run(PATIENCE)];
  const commands = commandsIn(effects);
  assert.deepEqual(commands.slice(0, TRIES), new Array(TRIES).fill(acquireOf(C)));
  // Taken back before anybody else is told: the order may still be on its way.
  assert.deepEqual(commands.slice(TRIES), [`release ${X} → ${C} (duplicate)`, acquireOf(D, 'hot-spare')]);
  assert.ok(recordsIn(effects).includes('command-unanswered'));
});

test('R29: a host that does not answer is passed over for every address', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.run(PATIENCE);
  bench.take();
  bench.says(C, { preferred: [X, Y] });
  assert.deepEqual(commandsIn(bench.take()), []);
});

test('R29: a host that did not answer is tried again after a delay that doubles', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.run(PATIENCE);
  bench.take();
  for (const delay of [1000, 2000, 4000]) {
    assert.deepEqual(commandsIn(bench.run(delay - 1)), [], `within ${String(delay)} ms`);
    const tried = [...new Array<string>(TRIES).fill(acquireOf(C)), `release ${X} → ${C} (duplicate)`];
    assert.deepEqual(commandsIn(bench.run(1 + PATIENCE)), tried, `after ${String(delay)} ms`);
  }
});

test('R29: a host that answers again is passed over no more', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.run(PATIENCE + 1000);
  bench.says(C, { serving: [serves(X)] });
  bench.take();
  bench.says(C, { preferred: [X, Y] });
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${Y} → ${C} (preferred)`]);
});

test('R29: a host that has failed before the order reached it is not asked again, and another one is told soon', () => {
  const bench = leader((each) =>
    each
      .join(C, { preferred: [X], serving: [serves(X)] })
      .join(D)
      .join(E),
  );
  bench.run(INTERVAL);
  bench.take();
  assert.deepEqual(commandsIn(bench.says(C, { ok: false, failures: ['link'], serving: [] })), [
    acquireOf(D, 'hot-spare'),
  ]);
  const puppet = bench.puppet(D);
  puppet.information = { ...puppet.information, ok: false, failures: ['link'] };
  // What became true a moment before the order was given.
  bench.tell(D, after(bench.now, -1));
  const effects = bench.run(orderLasts(settings()));
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (duplicate)`, acquireOf(E, 'hot-spare')]);
  assert.ok(!recordsIn(effects).includes('command-unanswered'));
});

test('R29, R55: an order that has lost its point is no answer of its host, which stays passed over', () => {
  const bench = leader((each) =>
    each
      .join(C, { preferred: [X] })
      .join(D, { preferred: [Y], serving: [serves(Y)] })
      .join(E),
  );
  bench.prepareAnswers = false;
  bench.run(PATIENCE);
  assert.ok(bench.monitor.leadership?.passedOver.has(C));
  bench.step({ kind: 'operator', ticket: 1, request: { kind: 'move', address: Y, host: C } });
  bench.run(INTERVAL);
  bench.take();
  const effects = bench.says(D, { ok: false, failures: ['link'], serving: [] });
  assert.ok(bench.monitor.leadership?.passedOver.has(C));
  assert.deepEqual(commandsIn(effects), [`acquire ${Y} → ${E} (hot-spare)`]);
});

test('R34: what was assigned in parts goes to others when its host joins anew before it has come to the last of it', () => {
  const many = crowd(2 * ACQUIRES_AT_ONCE);
  const bench = leader((each) =>
    each.join(D, { preferred: [Y], serving: [serves(Y)] }).join(C, { preferred: many }),
  );
  bench.says(C, { serving: many.slice(0, ACQUIRES_AT_ONCE).map((each) => serves(each, 'acquiring')) });
  bench.take();
  bench.puppet(C).joining = true;
  bench.hear();
  const given = new Set(acquiresIn(bench.says(C, { serving: [] }), D));
  for (let passed = 0; passed < PATIENCE; passed += INTERVAL) {
    const serving = [Y, ...given].map((each) => serves(each));
    for (const each of acquiresIn([...bench.says(D, { serving }), ...bench.run(INTERVAL)], D))
      given.add(each);
  }
  assert.equal(given.size, many.length);
});

test('R42: that nobody can serve an address is told once, and not at each try that fails', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  const told = (effects: readonly Effect[]): number =>
    recordsIn(effects).filter((each) => each === 'cannot-assign').length;
  const effects = bench.run(10_000);
  assert.equal(told(effects), 1);
  const tries = recordsIn(effects).filter((each) => each === 'command-unanswered').length;
  assert.ok(tries > 2, `${String(tries)} tries`);
  bench.says(C, { serving: [serves(X)] });
  assert.equal(told(bench.says(C, { ok: false, failures: ['link'], serving: [] })), 1);
});

test('R18: a release that is not answered is repeated for as long as it takes, ever more rarely', () => {
  const bench = leader((each) => each.join(D, { serving: [serves(X)] }).join(C, { preferred: [X] }));
  bench.take();
  assert.equal(commandsIn(bench.run((1 + 2 + 4 + 8) * INTERVAL)).length, 4);
  assert.equal(commandsIn(bench.run(80 * INTERVAL)).length, 10);
});

test('R29: an acquire that is not answered ends when its host falls silent', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  bench.puppet(C).alive = false;
  bench.monitor.leadership!.pending.clear();
  bench.run(2 * TIMEOUT);
  bench.says(D, { serving: [serves(X)] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(TIMEOUT)), []);
});

test('R29: an acquire is taken back and not repeated once another host turns out to hold the address', () => {
  const bench = leader((each) => each.join(D).join(C));
  bench.sendsRows(C, row(X, E, { age: 10 }));
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(C, 'hot-spare')]);
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  assert.deepEqual(commandsIn(bench.run(10 * INTERVAL)), [`release ${X} → ${C} (duplicate)`]);
});

test('R29: an order that may be obeyed yet is not forgotten because another host is still releasing the address', () => {
  const bench = leader((each) => each.join(C));
  bench.sendsRows(C, row(X, D, { age: 10 }));
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(C, 'hot-spare')]);
  bench.join(D, { preferred: [X], serving: [serves(X, 'releasing', 'paused')] });
  bench.run(orderLasts(settings()) - 1);
  assert.deepEqual(commandsIn(bench.take()), []);
  bench.says(D, { serving: [] });
  // Asked again, and given to nobody else.
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(C, 'hot-spare')]);
});

test('R29: that a host was failed before it was told to acquire is no answer', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  const before = instant(bench.now - 1);
  bench.run(1);
  bench.take();
  bench.puppet(C).information = { ...bench.puppet(C).information, ok: false };
  bench.tell(C, before);
  assert.deepEqual(commandsIn(bench.take()), []);
  bench.tell(C);
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(D, 'hot-spare')]);
});

test('R29, R44: a host that is quiesced while it acquires has answered all the same', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  const at = bench.now;
  bench.run(INTERVAL);
  bench.take();
  bench.puppet(C).information = { ...bench.puppet(C).information, quiesced: true, serving: [serves(X)] };
  bench.tell(C, at);
  assert.deepEqual(commandsIn([...bench.take(), ...bench.run(PATIENCE)]), []);
});

test('R29: a host whose acquire failed is passed over, and the address goes to another', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  bench.take();
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 1)] });
  assert.deepEqual(commandsIn(bench.take()), [acquireOf(D, 'hot-spare')]);
});

test('R29: a host whose acquire failed is passed over for that address only', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 1)] });
  bench.take();
  bench.says(C, { preferred: [X, Y] });
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${Y} → ${C} (preferred)`]);
});

test('R29: after each failed acquire the host is passed over for twice as long', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  for (const [attempts, delay] of [
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [4, 8000],
  ] as const) {
    bench.says(C, { serving: [serves(X, 'not serving', 'preferred', attempts)] });
    bench.take();
    assert.deepEqual(commandsIn(bench.run(delay - 1)), []);
    assert.deepEqual(commandsIn(bench.run(1)), [acquireOf(C)], `attempt ${String(attempts)}`);
  }
});

test('R29: the delay grows to five minutes and no further', () => {
  assert.deepEqual(
    [1, 2, 9, 10, 255, 1000].map((failures) => passOverDelay(failures)),
    [1000, 2000, 256_000, 300_000, 300_000, 300_000],
  );
});

test('R29: a new leader knows by the host’s own count how long to pass it over', () => {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X, 'not serving', 'preferred', 3)] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(3999)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [acquireOf(C)]);
});

test('R29: an acquire that succeeded after failures starts the delay from the beginning', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }));
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 5)] });
  bench.run(16_000);
  bench.says(C, { serving: [serves(X)] });
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 1)] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(999)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [acquireOf(C)]);
});

test('R30: a preferred host whose acquire failed gets its address back when the delay is over', () => {
  const bench = leader((each) => each.join(C, { preferred: [X] }).join(D));
  bench.says(C, { serving: [serves(X, 'not serving', 'preferred', 1)] });
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(999)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [`release ${X} → ${D} (fail-back)`]);
});

test('R17: the leader obeys itself without a message', () => {
  const bench = memberBench({ id: B, preferred: [X] });
  assert.equal(bench.phaseOf(X), 'online');
  assert.deepEqual(effectsOf(bench.take(), 'command'), []);
});

test('R25: a leader that has nothing to wait for has no deadline of its own', () => {
  const bench = memberBench({ id: B, preferred: [X] });
  assert.equal(nextControlDeadline(bench.monitor), NO_DEADLINE);
  assert.equal(nextDeadline(bench.monitor), bench.monitor.lastStepAt + restingSpan(bench.monitor));
});

test('R13: with a long interval a command is repeated as rarely as heartbeats come', () => {
  const bench = memberBench({ id: B, interval: ms(100), timeout: ms(1000) }, (each) => each.run(1000));
  bench.run(2000);
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X] });
  bench.take();
  assert.deepEqual(commandsIn(bench.run(99)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [acquireOf(C)]);
});

test('R29: of very many addresses a host is told some at a time, and the next ones when it has said that it is about those', () => {
  const many = crowd(ACQUIRES_AT_ONCE + 50);
  const [first, rest] = [many.slice(0, ACQUIRES_AT_ONCE), many.slice(ACQUIRES_AT_ONCE)];
  const bench = leader((each) => each.join(C, { preferred: many }));
  assert.deepEqual(acquiresIn(bench.take()), first);
  // What is not answered is repeated, and nothing is added to it.
  assert.deepEqual(acquiresIn(bench.run(INTERVAL)), first);
  const next = bench.says(C, { serving: first.map((each) => serves(each, 'acquiring')) });
  assert.deepEqual(acquiresIn(next), rest);
});

test('R29: of very many addresses a leader takes some itself at a time, and reads what has come in between', () => {
  const many = crowd(2 * ACQUIRES_AT_ONCE + 50);
  const bench = new Bench({ id: B, preferred: many }).start();
  bench.interfaceAnswers = false;
  bench.run(TIMEOUT - 1);
  bench.now = after(bench.now, 1);
  const counts: number[] = [];
  do counts.push(effectsOf(bench.step({ kind: 'tick' }), 'configure').length);
  while (nextDeadline(bench.monitor) <= bench.now);
  assert.deepEqual(
    counts.filter((count) => count > 0),
    [ACQUIRES_AT_ONCE, ACQUIRES_AT_ONCE, 50],
  );
});

test('R29, R61: a leader that has to ask first for what it would take does not look again before that is answered', () => {
  const many = crowd(2 * ACQUIRES_AT_ONCE);
  const bench = memberBench({ id: B, partition: 'probe' });
  bench.join(C, { preferred: many, serving: many.map((each) => serves(each)) });
  bench.run(INTERVAL);
  bench.dies(C);
  bench.run(TIMEOUT / 2);
  // Its link came up a moment ago: it could ask for nothing while C was doubted.
  bench.monitor.linkSince = after(bench.now, TIMEOUT);
  while (bench.monitor.peers.get(C)?.state !== 'silent') bench.run(1);
  bench.step({ kind: 'tick' });
  assert.equal(bench.monitor.leadership?.pending.size, ACQUIRES_AT_ONCE);
  assert.ok(nextDeadline(bench.monitor) > bench.now);
});

test('R29: of very many addresses the least loaded hosts get as many as if they were ordered all at once', () => {
  const [some, others, many] = [crowd(50), crowd(100).slice(50), crowd(1000).slice(100)];
  const measured = (preferred: ServiceAddress[], load: number): Partial<HostInformation> => ({
    preferred,
    serving: preferred.map((each) => serves(each)),
    load,
    capacity: 100,
  });
  const bench = memberBench({ id: B, assign: 'least-loaded', partition: 'ignore' });
  bench.step({ kind: 'quiesce' });
  bench.join(C, measured(some, 10)).join(D, measured(others, 30)).join(E, measured(many, 20));
  bench.run(INTERVAL);
  const planned = planWithout(bench.monitor, new Set([E]), bench.now);
  bench.dies(E);
  bench.run(TIMEOUT + 1);
  const { leadership } = bench.monitor;
  for (let round = 0; round < 4; round++)
    for (const host of [C, D]) {
      const { serving } = bench.puppet(host).information;
      const ordered = [...leadership!.pending.values()].filter((each) => each.host === host);
      bench.says(host, { serving: [...serving, ...ordered.map(({ order }) => serves(order.address))] });
    }
  const taken = [C, D].map((host) => bench.puppet(host).information.serving.length - 50);
  assert.deepEqual(
    taken,
    [C, D].map((host) => planned.filter(({ to }) => to === host).length),
  );
});
