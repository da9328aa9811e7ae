// R61: a partition of the control networks is not a death. C serves X and falls silent on the control networks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortAddresses, type HostId, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { after, NEVER, NO_DEADLINE } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import {
  A,
  address,
  B,
  C,
  command,
  commandsIn,
  D,
  effectsOf,
  hardwareAddressOf,
  INTERVAL,
  publishedIn,
  recordsIn,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

/** B leads and is quiesced; C prefers and serves X; D is a hot spare. */
const group = (changes: Partial<MonitorSettings> = {}): Bench => {
  const bench = memberBench({ id: B, partition: 'probe', ...changes });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X)] }).join(D);
  bench.run(INTERVAL);
  bench.take();
  return bench;
};

const stateOf = (bench: Bench, id: HostId): string | undefined => bench.monitor.peers.get(id)?.state;

/** Time goes on; whoever is in `answering` answers each question for what it says that it serves. */
function runAnswered(bench: Bench, span: number, ...answering: HostId[]): Effect[] {
  const effects: Effect[] = [];
  for (let passed = 0; passed < span; passed += 2) {
    const now = bench.run(2);
    effects.push(...now);
    const asked = effectsOf(now, 'probe').flatMap((probe) => probe.addresses);
    for (const id of answering) {
      for (const { address } of bench.puppet(id).information.serving)
        if (asked.includes(address))
          effects.push(...bench.step({ kind: 'answer', address, hardwareAddress: hardwareAddressOf(id) }));
    }
  }
  return effects;
}

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

/** C serves forty addresses. */
function groupOfMany(): { bench: Bench; many: ServiceAddress[] } {
  const others = Array.from({ length: 39 }, (_, index) => address(`10.88.0.${String(index + 1)}`));
  const many = sortAddresses([X, ...others]);
  const bench = group();
  bench.says(C, { preferred: many, serving: many.map((each) => serves(each)) });
  bench.run(INTERVAL);
  bench.dies(C);
  return { bench, many };
}

const questionsIn = (effects: readonly Effect[]): number[] =>
  effectsOf(effects, 'probe').map(({ addresses }) => addresses.length);

test('R61: of a host with many addresses each is asked for, and where nobody answers some again and again', () => {
  const { bench, many } = groupOfMany();
  const effects = [];
  while (stateOf(bench, C) === 'live') effects.push(...bench.run(1));
  const [first, ...others] = effectsOf(effects, 'probe');
  assert.deepEqual(first?.addresses, many);
  assert.ok(others.length >= 2);
  for (const { addresses } of others) assert.equal(addresses.length, 16);
  // The next time it is doubted, the answers of the first time say nothing.
  bench.puppet(C).alive = true;
  bench.run(2 * INTERVAL);
  bench.dies(C);
  assert.equal(questionsIn(runAnswered(bench, TIMEOUT))[0], many.length);
});

test('R61: a host with many addresses that answers for one of them is asked for the others again and again', () => {
  const { bench, many } = groupOfMany();
  const sizes: number[] = [];
  while (stateOf(bench, C) === 'live') {
    const effects = bench.run(1);
    sizes.push(...questionsIn(effects));
    if (questionsIn(effects).length > 0)
      bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  }
  assert.ok(sizes.length >= 3);
  // That for which it answered is among those that are repeated all the same.
  for (const size of sizes) assert.equal(size, many.length);
});

test('R61: of a host that answers for all of its many addresses some are asked for while it is doubted, and all later', () => {
  const { bench, many } = groupOfMany();
  const sizes = { live: [] as number[], partitioned: [] as number[] };
  for (let passed = 0; passed < 3 * TIMEOUT; passed += 2) {
    const asked = questionsIn(runAnswered(bench, 2, C));
    sizes[stateOf(bench, C) === 'live' ? 'live' : 'partitioned'].push(...asked);
  }
  const [first, ...others] = sizes.live;
  assert.equal(first, many.length);
  assert.ok(others.length >= 2);
  for (const size of others) assert.equal(size, 16);
  assert.ok(sizes.partitioned.length >= 4);
  for (const size of sizes.partitioned) assert.equal(size, many.length);
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

test('R61: a silent host whose own MAC answers is partitioned, by event, and nobody acquires its address', () => {
  const bench = group();
  bench.dies(C);
  const effects = runAnswered(bench, 3 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.ok(recordsIn(effects).includes('host-partitioned'));
  assert.ok(!recordsIn(effects).includes('host-silent'));
  assert.deepEqual(commandsIn(effects), []);
  assert.equal(bench.phaseOf(X), null);
});

test('R61: a silent host that does not answer is dead, and its address is taken over', () => {
  const bench = group();
  bench.dies(C);
  const effects = runAnswered(bench, 2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  assert.deepEqual(commandsIn(effects).slice(0, 1), [`acquire ${X} → ${D} (hot-spare)`]);
});

test('R61: while it is partitioned the question is repeated', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  const probes = effectsOf(runAnswered(bench, TIMEOUT, C), 'probe');
  assert.ok(probes.length >= 3, String(probes.length));
});

test('R61: a partitioned host that answers no more is dead after all', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  const effects = runAnswered(bench, 1.5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  assert.ok(commandsIn(effects).includes(`acquire ${X} → ${D} (hot-spare)`));
});

test('R61: while no question can be put, a partitioned host keeps what it held', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.probeAnswers = false;
  const effects = runAnswered(bench, 2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  assert.ok(!recordsIn(effects).includes('assigned'));
});

test('R61: a partitioned host that is heard again is live again, and its address stayed with it', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.puppet(C).alive = true;
  const effects = bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'live');
  assert.deepEqual(commandsIn(effects), []);
  assert.match(effectsOf(effects, 'record')[0]!.message, /the control networks are whole/);
});

test('R61: another MAC’s answer is a conflict: reported once, and no reason to wait', () => {
  const bench = group();
  bench.dies(C);
  const stranger = '02:00:00:00:00:ff';
  const effects: Effect[] = [];
  for (let passed = 0; passed < 2 * TIMEOUT; passed += 5)
    effects.push(...bench.run(5), ...bench.step({ kind: 'answer', address: X, hardwareAddress: stranger }));
  assert.equal(recordsIn(effects).filter((event) => event === 'conflict').length, 1);
  assert.equal(stateOf(bench, C), 'silent');
  assert.ok(commandsIn(effects).includes(`acquire ${X} → ${D} (hot-spare)`));
});

test('R61: an answer for an address that is none of the group’s is nobody’s business', () => {
  assert.deepEqual(group().step({ kind: 'answer', address: Y, hardwareAddress: '02:00:00:00:00:ff' }), []);
});

test('R61: what this host found is told to the others, and taken back when it ends', () => {
  const bench = group();
  bench.dies(C);
  const published = publishedIn(runAnswered(bench, 2 * TIMEOUT, C));
  assert.deepEqual(published?.information.host.partitioned, [C]);
  assert.deepEqual(publishedIn(runAnswered(bench, 1.5 * TIMEOUT))?.information.host.partitioned, []);
});

test('R61: the word of another member that asked counts as well', () => {
  const bench = group();
  bench.dies(C);
  bench.run((TIMEOUT * 2) / 3);
  bench.says(D, { partitioned: [C] });
  const effects = bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  bench.says(D, { partitioned: [] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: who judged a host before another member had its answer is put right, once that word cannot be an old one', () => {
  const bench = group();
  bench.dies(C);
  bench.run(1.5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  bench.says(D, { partitioned: [C] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  bench.run(5 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'partitioned');
  bench.says(D, { partitioned: [] });
  bench.run(TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R61: when the member whose word it was leaves, this host asks for itself before it takes anything over', () => {
  const bench = memberBench({ id: C, preferred: [Y], partition: 'probe' });
  bench.join(B).join(D, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.dies(D);
  bench.says(B, { partitioned: [D] });
  bench.run(TIMEOUT + INTERVAL);
  assert.equal(stateOf(bench, D), 'partitioned');
  bench.puppet(B).leaving = true;
  bench.hear();
  assert.equal(bench.phaseOf(X), null);
  runAnswered(bench, 3 * TIMEOUT, D);
  assert.equal(stateOf(bench, D), 'partitioned');
  runAnswered(bench, 3 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
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

/** B follows A; C serves X. */
const candidate = (): Bench =>
  memberBench({ id: B, partition: 'probe' }, (bench) =>
    bench
      .join(A, { quiesced: true }, { term: 1 })
      .join(C, { preferred: [X], serving: [serves(X)] }, { term: 1 })
      .join(D, { preferred: [Y], serving: [serves(Y)] }, { term: 1 }),
  );

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

test('R61: nobody is ordered to release what a partitioned host holds: it cannot hear', () => {
  const bench = group();
  bench.dies(C);
  runAnswered(bench, 2 * TIMEOUT, C);
  bench.take();
  // D prefers the address now: it would be taken back from C, if C could be told.
  bench.says(D, { preferred: [X] });
  bench.says(C, { preferred: [] });
  const effects = runAnswered(bench, 2 * TIMEOUT, C);
  assert.equal(stateOf(bench, C), 'partitioned');
  assert.deepEqual(commandsIn(effects), []);
  assert.ok(!recordsIn(effects).includes('assigned'), recordsIn(effects).join());
});

test('R61: of a duplicate with a partitioned host the others give way, for it cannot be told', () => {
  const bench = group();
  bench.says(D, { serving: [serves(X)] });
  bench.says(C, { quiesced: true });
  bench.dies(C);
  bench.says(D, { serving: [] });
  runAnswered(bench, 2 * TIMEOUT, C);
  const effects = bench.says(D, { serving: [serves(X)] });
  assert.deepEqual(commandsIn(effects), [`release ${X} → ${D} (duplicate)`]);
});

test('R55: a move to a host that is partitioned afterwards stays', () => {
  const bench = group();
  bench.step({ kind: 'operator', ticket: 1, request: { kind: 'move', address: X, host: D } });
  bench.says(C, { serving: [] });
  bench.says(D, { serving: [serves(X, 'online', 'moved')] });
  bench.dies(D);
  const effects = runAnswered(bench, 2 * TIMEOUT, D);
  assert.equal(stateOf(bench, D), 'partitioned');
  bench.puppet(D).alive = true;
  assert.deepEqual(commandsIn([...effects, ...bench.run(TIMEOUT)]), []);
  assert.deepEqual(bench.monitor.addresses.get(X)?.decision, { kind: 'move', host: D });
});

test('R61: this host gives way to a lower one that holds the same address and does not hear it', () => {
  const bench = memberBench({ id: D, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', D, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
  const effects = bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), null);
  assert.ok(recordsIn(effects).includes('conflict'));
});

test('R61: this host keeps an address that a higher one out of reach holds as well, and says so', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', B, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const effects = bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), 'online');
  assert.deepEqual(effectsOf(effects, 'announce'), [{ kind: 'announce', address: X }]);
});

test('R61: a host that had left and answers a timeout later is back, and out of reach', () => {
  const bench = memberBench({ id: D, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.puppet(C).leaving = true;
  bench.hear();
  bench.puppet(C).alive = false;
  bench.command(A, command('acquire', D, [X]));
  const answer = { kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) } as const;
  // This one was under way when it left.
  bench.step(answer);
  assert.deepEqual([stateOf(bench, C), bench.phaseOf(X)], ['left', 'online']);
  bench.run(TIMEOUT);
  const effects = bench.step(answer);
  assert.deepEqual([stateOf(bench, C), bench.phaseOf(X)], ['partitioned', null]);
  assert.ok(recordsIn(effects).includes('conflict'));
  bench.hear();
  assert.equal(stateOf(bench, C), 'partitioned');
});

test('R61: it gives way after all to one that goes on answering: that one does not know this host for a member', () => {
  const bench = memberBench({ id: B, partition: 'probe' }, (each) => each.join(A, {}, { term: 1 }).join(C));
  bench.command(A, command('acquire', B, [X]));
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  const answer = { kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) } as const;
  bench.step(answer);
  for (let waited = 0; waited < TIMEOUT / 2; waited += TIMEOUT / 10) {
    assert.equal(bench.phaseOf(X), 'online', `after ${String(waited)} ms`);
    // It asks for what it serves itself: how else would it know?
    const asked = effectsOf(bench.run(TIMEOUT / 10), 'probe').flatMap(({ addresses }) => addresses);
    if (asked.includes(X)) bench.step(answer);
  }
  bench.step(answer);
  assert.equal(bench.phaseOf(X), null);
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

/** C, which served X, is silent, and B is about to configure X. */
function configuring(): Bench {
  const bench = memberBench({ id: B, partition: 'probe' });
  bench.join(C, { preferred: [X], serving: [serves(X)] });
  bench.run(INTERVAL);
  bench.interfaceAnswers = false;
  bench.dies(C);
  bench.run(1.5 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'configuring');
  bench.take();
  return bench;
}

test('R61: of two that take an address over while they do not hear each other, the one that hears the other first gives way', () => {
  const bench = configuring();
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.ok(!recordsIn(bench.take()).includes('conflict'), 'it is not there yet');
  const effects = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(C) });
  assert.equal(bench.phaseOf(X), null);
  assert.deepEqual(recordsIn(effects), ['command-refused', 'release']);
  assert.match(effectsOf(effects, 'record')[0]!.message, /does not acquire .*was heard to have it before/);
  // It may have been prepared.
  assert.equal(effectsOf(effects, 'deconfigure').length, 1);
});

test('R61: who was late gives way to a member that is heard and says that it has the address', () => {
  const bench = configuring();
  bench.join(D, { serving: [serves(X)] });
  bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.notEqual(bench.phaseOf(X), 'configuring');
});

test('R61: an order that a slow network process comes to a timeout later is not carried out beside a member', () => {
  const bench = configuring();
  bench.join(D);
  bench.run(TIMEOUT);
  const effects = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.ok(recordsIn(effects).includes('command-refused'));
});

test('R61: where another was heard only when the address was there, the conflict is settled then', () => {
  const bench = configuring();
  bench.step({ kind: 'answer', address: X, hardwareAddress: hardwareAddressOf(C) });
  bench.take();
  const effects = bench.step({ kind: 'configured', address: X, error: null });
  assert.ok(recordsIn(effects).includes('conflict'));
  assert.equal(effectsOf(effects, 'announce').length, 1, 'the lower host id keeps it');
});

test('R61: what a stranger or a member that is heard claims meanwhile delays the address, and no more', () => {
  const bench = configuring();
  const stranger = '02:00:00:00:00:ff';
  const again = bench.step({ kind: 'forestalled', address: X, hardwareAddress: stranger });
  assert.equal(effectsOf(again, 'configure').length, 1);
  // As one does that has just handed it over.
  bench.join(D);
  const heard = bench.step({ kind: 'forestalled', address: X, hardwareAddress: hardwareAddressOf(D) });
  assert.equal(effectsOf(heard, 'configure').length, 1);
  bench.step({ kind: 'configured', address: X, error: null });
  assert.equal(bench.phaseOf(X), 'online');
  // It was to be put back, and somebody claimed it.
  const back = bench.step({ kind: 'forestalled', address: X, hardwareAddress: stranger });
  assert.equal(effectsOf(back, 'configure').length, 1);
  const claim = { address: X, hardwareAddress: hardwareAddressOf(C) };
  bench.step({ kind: 'answer', ...claim }, { kind: 'forestalled', ...claim });
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
