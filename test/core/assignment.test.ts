// R28–R31, R33–R35, R43: what the leader does about each address. B leads, and is quiesced so that it does not take
// part itself; the others are puppets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { Bench, memberBench } from './bench.js';
import {
  A,
  address,
  B,
  C,
  commandsIn,
  D,
  E,
  effectsOf,
  INTERVAL,
  recordsIn,
  serves,
  TIMEOUT,
  X,
  Y,
  Z,
} from './builders.js';

/** Puppets that already were as they are when B becomes a member and leads; what B commands then. */
function firstPass(arrange: (bench: Bench) => void, changes: Partial<MonitorSettings> = {}): string[] {
  return commandsIn(leaderOf(arrange, changes).effects);
}

function leaderOf(
  arrange: (bench: Bench) => void,
  changes: Partial<MonitorSettings> = {},
): { bench: Bench; effects: Effect[] } {
  const bench = new Bench({ id: B, ...changes }).start();
  bench.step({ kind: 'quiesce' });
  arrange(bench);
  const effects = bench.run(TIMEOUT + INTERVAL / 2);
  assert.equal(bench.monitor.leader, B);
  return { bench, effects };
}

test('R28: an address that is acquiring is left alone', () => {
  const commands = firstPass((bench) =>
    bench.join(C, { preferred: [X] }).join(D, { serving: [serves(X, 'acquiring')] }),
  );
  assert.deepEqual(commands, []);
});

test('R28: an address that is releasing is left alone', () => {
  const commands = firstPass((bench) =>
    bench.join(C, { preferred: [X] }).join(D, { serving: [serves(X, 'releasing')] }),
  );
  assert.deepEqual(commands, []);
});

test('R28: a duplicate of which one part is acquiring is left alone', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [X], serving: [serves(X, 'acquiring')] })
      .join(D, { serving: [serves(X, 'online')] }),
  );
  assert.deepEqual(commands, []);
});

test('R29: an unserved address goes to its preferred host', () => {
  const commands = firstPass((bench) => bench.join(C).join(D, { preferred: [X] }));
  assert.deepEqual(commands, [`acquire ${X} → ${D} (preferred)`]);
});

test('R29: with its preferred host failed it goes to a hot spare', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [Y], serving: [serves(Y)] })
      .join(D, { ok: false, preferred: [X] })
      .join(E),
  );
  assert.deepEqual(commands, [`acquire ${X} → ${E} (hot-spare)`]);
});

test('R29, R44: with its preferred host quiesced it goes to a hot spare', () => {
  const commands = firstPass((bench) => bench.join(D, { quiesced: true, preferred: [X] }).join(E));
  assert.deepEqual(commands, [`acquire ${X} → ${E} (hot-spare)`]);
});

test('R29, R45: with its preferred host silent it goes to a hot spare', () => {
  const { bench } = leaderOf((each) => each.join(C, { preferred: [X], serving: [serves(X)] }).join(D));
  bench.dies(C);
  assert.deepEqual(commandsIn(bench.run(2 * TIMEOUT)).slice(0, 1), [`acquire ${X} → ${D} (hot-spare)`]);
});

test('R29: without a hot spare it goes to an eligible non-spare', () => {
  const commands = firstPass((bench) =>
    bench.join(C, { preferred: [Y], serving: [serves(Y)] }).join(D, { ok: false, preferred: [X] }),
  );
  assert.deepEqual(commands, [`acquire ${X} → ${C} (fewest-addresses)`]);
});

test('R29: with nobody able a cannot assign action is scheduled, once', () => {
  const { bench, effects } = leaderOf((each) =>
    each.join(C, { ok: false, failures: ['test http: 500'], preferred: [X] }),
  );
  const records = effectsOf(effects, 'record').filter((effect) => effect.event === 'cannot-assign');
  assert.equal(records.length, 1);
  assert.equal(records[0]?.address, X);
  assert.match(records[0].message, /10\.77\.1\.12 is quiesced, 10\.77\.1\.13 is failed \(test http: 500\)/);
  assert.ok(!recordsIn(bench.run(5 * TIMEOUT)).includes('cannot-assign'));
});

test('R29, R55: the last host that stops in order tells that nobody is left, and calls it no error', () => {
  const bench = memberBench({ id: B, preferred: [X] });
  bench.run(INTERVAL);
  assert.equal(bench.phaseOf(X), 'online');
  bench.take();
  bench.step({ kind: 'leave' });
  const told = effectsOf(bench.take(), 'record').filter((effect) => effect.event === 'cannot-assign');
  assert.deepEqual(
    told.map(({ level, message }) => [level, message]),
    [['warn', `web: nobody can serve ${X}: ${B} leaves the group`]],
  );
});

test('R29: cannot assign is told anew after the address was served in between', () => {
  const { bench } = leaderOf((each) => each.join(C, { ok: false, preferred: [X] }));
  bench.says(C, { ok: true, serving: [serves(X)] });
  bench.run(INTERVAL);
  const effects = bench.says(C, { ok: false, serving: [] });
  assert.ok(recordsIn([...effects, ...bench.run(INTERVAL)]).includes('cannot-assign'));
});

test('R29: fewest-addresses takes the host that serves fewest, the lowest of equals', () => {
  const commands = firstPass((bench) =>
    bench
      .join(A, { observer: true, ok: false })
      .join(C, { serving: [serves(Y)] })
      .join(D)
      .join(E)
      .join(address('10.77.1.20'), { ok: false, preferred: [X, Y, Z] }),
  );
  assert.deepEqual(commands, [`acquire ${X} → ${D} (hot-spare)`, `acquire ${Z} → ${E} (hot-spare)`]);
});

test('R29: what was just assigned counts: addresses of a dead host are spread over the others', () => {
  const dead = address('10.77.1.20');
  const services = Array.from({ length: 9 }, (_, index) => address(`10.77.0.${String(index + 1)}`));
  const { bench } = leaderOf((each) =>
    each
      .join(C)
      .join(D)
      .join(E)
      .join(dead, { preferred: services, serving: services.map((service) => serves(service)) }),
  );
  bench.dies(dead);
  const effects = bench.run(TIMEOUT + INTERVAL);
  const counts = new Map<HostId, number>();
  for (const { command } of effectsOf(effects, 'command').slice(0, 3))
    counts.set(command.to, (counts.get(command.to) ?? 0) + command.orders.length);
  assert.deepEqual([counts.get(C), counts.get(D), counts.get(E)], [3, 3, 3]);
});

test('R29: orders for one host travel in one command, releases before acquires', () => {
  const { effects } = leaderOf((bench) =>
    bench.join(C, { preferred: [Z] }).join(D, {
      preferred: [Y],
      serving: [address('10.77.0.199'), address('10.77.0.200')].map((each) => serves(each)),
    }),
  );
  const commands = effectsOf(effects, 'command').map(({ command }) => [
    command.action,
    command.to,
    command.orders.length,
  ]);
  assert.deepEqual(commands.slice(0, 3), [
    ['release', D, 2],
    ['acquire', D, 1],
    ['acquire', C, 1],
  ]);
});

test('R29: least-loaded takes the host of the lowest load by capacity', () => {
  const commands = firstPass(
    (bench) =>
      bench
        .join(C, { load: 90, capacity: 100 })
        .join(D, { load: 200, capacity: 1000 })
        .join(E, { load: 30, capacity: 100 })
        .join(address('10.77.1.20'), { ok: false, preferred: [X] }),
    { assign: 'least-loaded' },
  );
  assert.deepEqual(commands, [`acquire ${X} → ${D} (hot-spare)`]);
});

test('R29: least-loaded takes a host that was not measured for half used', () => {
  const commands = firstPass(
    (bench) =>
      bench
        .join(C, { load: 51, capacity: 100, preferred: [Y], serving: [serves(Y)] })
        .join(D, { load: 0, capacity: 0, preferred: [Z], serving: [serves(Z)] })
        .join(address('10.77.1.20'), { ok: false, preferred: [X] }),
    { assign: 'least-loaded' },
  );
  assert.deepEqual(commands, [`acquire ${X} → ${D} (least-loaded)`]);
});

test('R29: random leaves the choice to the chance that came with the event', () => {
  const chosen = new Set<string>();
  for (let chance = 0; chance < 64; chance++) {
    const { bench } = leaderOf(
      (each) =>
        each
          .join(C)
          .join(D)
          .join(E, { preferred: [X], serving: [serves(X)] }),
      {
        assign: 'random',
      },
    );
    bench.chance = (chance * 0x9e3779b1) >>> 0;
    bench.dies(E);
    chosen.add(commandsIn(bench.run(TIMEOUT + INTERVAL))[0] ?? '');
  }
  assert.deepEqual([...chosen].sort(), [
    `acquire ${X} → ${C} (hot-spare)`,
    `acquire ${X} → ${D} (hot-spare)`,
  ]);
});

test('R29: a host above the high water mark is chosen last', () => {
  const commands = firstPass(
    (bench) =>
      bench
        .join(C, { load: 81, capacity: 100 })
        .join(D, { serving: [serves(Y)], load: 79, capacity: 100 })
        .join(E, { ok: false, preferred: [X, Y] }),
    { waterMarks: { high: 80, low: 60 } },
  );
  assert.deepEqual(commands, [`acquire ${X} → ${D} (hot-spare)`]);
});

test('R29: a host above the high water mark is still chosen where there is no other', () => {
  const commands = firstPass(
    (bench) => bench.join(C, { load: 99, capacity: 100 }).join(E, { ok: false, preferred: [X] }),
    { waterMarks: { high: 80, low: 60 } },
  );
  assert.deepEqual(commands, [`acquire ${X} → ${C} (hot-spare)`]);
});

test('R29: a host that was above the high water mark is chosen last until it is below the low one', () => {
  const { bench } = leaderOf(
    (each) =>
      each
        .join(C, { load: 90, capacity: 100 })
        .join(D, { serving: [serves(Y)] })
        .join(E, { preferred: [X, Y, Z] }),
    { waterMarks: { high: 80, low: 60 } },
  );
  bench.says(E, { serving: [serves(X), serves(Z)] });
  bench.says(C, { load: 70 });
  bench.take();
  bench.says(E, { ok: false, serving: [serves(Z)] });
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${X} → ${D} (hot-spare)`]);
  bench.says(D, { serving: [serves(Y), serves(X)] });
  bench.says(C, { load: 59 });
  bench.take();
  bench.says(E, { serving: [] });
  assert.deepEqual(commandsIn(bench.take()), [`acquire ${Z} → ${C} (hot-spare)`]);
});

test('R29: a host with addresses of its own goes before a hot spare that is above the high water mark', () => {
  const commands = firstPass(
    (bench) =>
      bench
        .join(C, { load: 81, capacity: 100 })
        .join(D, { preferred: [Y], serving: [serves(Y)], load: 20, capacity: 100 })
        .join(E, { ok: false, preferred: [X] }),
    { waterMarks: { high: 80, low: 60 } },
  );
  assert.deepEqual(commands, [`acquire ${X} → ${D} (fewest-addresses)`]);
});

test('R29: least-loaded counts in what it has just assigned, as it weighs on the average', () => {
  const many = [111, 112, 113, 114, 115, 116].map((last) => address(`10.77.0.${String(last)}`));
  const commands = firstPass(
    (bench) =>
      bench
        .join(C, { load: 10, capacity: 100, preferred: [Y], serving: [serves(Y)] })
        .join(D, { load: 30, capacity: 100, preferred: [Z], serving: [serves(Z)] })
        .join(address('10.77.1.20'), { ok: false, preferred: many }),
    { assign: 'least-loaded' },
  );
  // An address weighs 20: C has 10, then 30, 50, 70; D 30, then 50, 70, 90; of equals the one with fewer addresses is taken.
  const to = commands.map((command) => /(\S+) → (\S+)/.exec(command)!.slice(1).join(' '));
  assert.deepEqual(to.sort(), many.map((each, index) => `${each} ${index % 2 === 0 ? C : D}`).sort());
});

test('R30: an address whose preferred host is back is released by whoever holds it', () => {
  const commands = firstPass((bench) => bench.join(C, { preferred: [X] }).join(D, { serving: [serves(X)] }));
  assert.deepEqual(commands, [`release ${X} → ${D} (fail-back)`]);
});

test('R30: only when the release is done is it assigned to its preferred host', () => {
  const { bench } = leaderOf((each) => each.join(C, { preferred: [X] }).join(D, { serving: [serves(X)] }));
  assert.deepEqual(commandsIn(bench.says(D, { serving: [serves(X, 'releasing')] })), []);
  assert.deepEqual(commandsIn(bench.run(TIMEOUT)), []);
  assert.deepEqual(commandsIn(bench.says(D, { serving: [] })), [`acquire ${X} → ${C} (preferred)`]);
});

test('R30: it stays where it is while its preferred host is failed or quiesced', () => {
  for (const changes of [{ ok: false }, { quiesced: true }]) {
    const commands = firstPass((bench) =>
      bench.join(C, { preferred: [X], ...changes }).join(D, { serving: [serves(X)] }),
    );
    assert.deepEqual(commands, []);
  }
});

test('R30: it stays where it is while its preferred host is passed over after a failed acquire', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [X], serving: [serves(X, 'not serving', 'preferred', 1)] })
      .join(D, { serving: [serves(X)] }),
  );
  assert.deepEqual(commands, []);
});

test('R31: of a duplicate the preferred host keeps the address, and all others are told to release', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { serving: [serves(X)] })
      .join(D, { preferred: [X], serving: [serves(X)] })
      .join(E, { serving: [serves(X)] }),
  );
  assert.deepEqual(commands, [`release ${X} → ${C} (duplicate)`, `release ${X} → ${E} (duplicate)`]);
});

test('R31: a quiesced preferred host does not keep it: a hot spare that serves it does', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [X], quiesced: true, serving: [serves(X)] })
      .join(D, { preferred: [Y], serving: [serves(X), serves(Y)] })
      .join(E, { serving: [serves(X)] }),
  );
  assert.deepEqual(commands, [`release ${X} → ${C} (duplicate)`, `release ${X} → ${D} (duplicate)`]);
});

test('R31: without a preferred host a hot spare that serves it keeps it', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [Y], serving: [serves(X), serves(Y)] })
      .join(D, { ok: false, preferred: [X] })
      .join(E, { serving: [serves(X)] }),
  );
  assert.deepEqual(commands, [`release ${X} → ${C} (duplicate)`]);
});

test('R31: without a hot spare one that serves it keeps it', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [Y], serving: [serves(X), serves(Y)] })
      .join(D, { preferred: [Z], serving: [serves(X), serves(Z)] })
      .join(E, { ok: false, preferred: [X] }),
  );
  assert.deepEqual(commands, [`release ${X} → ${D} (duplicate)`]);
});

test('R31: the entry that R30 injects is never told to release, and everybody who holds the address is', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C, { preferred: [X] })
      .join(D, { serving: [serves(X)] })
      .join(E, { serving: [serves(X)] }),
  );
  assert.deepEqual(commands, [`release ${X} → ${D} (fail-back)`, `release ${X} → ${E} (fail-back)`]);
});

test('R31: each of several that have to release is asked again until it does', () => {
  const { bench } = leaderOf((each) =>
    each
      .join(C, { serving: [serves(X)] })
      .join(D, { preferred: [X], serving: [serves(X)] })
      .join(E, { serving: [serves(X)] }),
  );
  bench.says(E, { serving: [] });
  assert.ok(commandsIn(bench.run(3 * INTERVAL)).includes(`release ${X} → ${C} (duplicate)`));
});

test('R31: one of several that does not release does not keep the others from being asked again', () => {
  const { bench } = leaderOf((each) =>
    each
      .join(C, { serving: [serves(X)] })
      .join(D, { preferred: [X], serving: [serves(X)] })
      .join(E, { serving: [serves(X)] }),
  );
  const commands = commandsIn(bench.run(3 * INTERVAL));
  assert.ok(commands.includes(`release ${X} → ${C} (duplicate)`), `C is not asked again: ${commands.join()}`);
  assert.ok(commands.includes(`release ${X} → ${E} (duplicate)`), `E is not asked again: ${commands.join()}`);
});

test('R33: an address that nobody prefers and the group does not know is released', () => {
  const commands = firstPass((bench) => bench.join(C, { serving: [serves(X)] }).join(D));
  assert.deepEqual(commands, [`release ${X} → ${C} (unknown)`]);
});

test('R33: such an address is left alone while it is acquiring or releasing', () => {
  const commands = firstPass((bench) =>
    bench.join(C, { serving: [serves(X, 'acquiring')] }).join(D, { serving: [serves(Y, 'releasing')] }),
  );
  assert.deepEqual(commands, []);
});

/** The commands about X since the bench was asked last. */
const aboutX = (bench: Bench): string[] => commandsIn(bench.take()).filter((each) => each.includes(X));

test('R34: a new host gets its preferred address from the leader once it has joined, and nobody else before', () => {
  const { bench } = leaderOf((each) => each.join(C));
  bench.join(D, { preferred: [X] }, { joining: true });
  bench.run(TIMEOUT);
  assert.deepEqual(aboutX(bench), []);
  bench.puppet(D).joining = false;
  bench.hear();
  assert.deepEqual(aboutX(bench), [`acquire ${X} → ${D} (preferred)`]);
});

test('R14, R34: a new host whose tests have no result yet keeps its claim to its address until it has joined', () => {
  for (const able of [true, false]) {
    const { bench } = leaderOf((each) => each.join(C));
    bench.join(
      D,
      { preferred: [X], ok: false, failures: ['test http: has no result yet'] },
      { joining: true },
    );
    bench.run(TIMEOUT);
    assert.deepEqual(aboutX(bench), []);
    bench.says(D, { ok: able, failures: able ? [] : ['test http: has no result yet'] });
    assert.deepEqual(aboutX(bench), []);
    bench.puppet(D).joining = false;
    bench.hear();
    assert.deepEqual(
      aboutX(bench),
      able ? [`acquire ${X} → ${D} (preferred)`] : [`acquire ${X} → ${C} (hot-spare)`],
    );
  }
});

test('R35: an address that was served before does not wait for its preferred host to join again', () => {
  const { bench } = leaderOf((each) => each.join(C).join(D, { preferred: [X], serving: [serves(X)] }));
  bench.take();
  bench.puppet(D).joining = true;
  bench.hear();
  bench.says(D, { serving: [] });
  assert.deepEqual(aboutX(bench), [`acquire ${X} → ${C} (hot-spare)`]);
});

test('R29, R34: a joining host is no choice for an address that is another’s', () => {
  const { bench } = leaderOf((each) =>
    each.join(C, { preferred: [X], serving: [serves(X)] }).join(D, {}, { joining: true }),
  );
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.deepEqual(aboutX(bench), []);
});

test('R34: a joining host whose address another serves waits until that has released it', () => {
  const { bench } = leaderOf((each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.join(D, { serving: [] });
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  bench.says(D, { serving: [serves(X, 'online', 'hot-spare')] });
  bench.take();
  Object.assign(bench.puppet(C), { alive: true, joining: true, incarnation: 2n });
  bench.hear();
  bench.says(C, { serving: [] });
  assert.deepEqual(commandsIn(bench.take()), [], 'not before it is a member');
  bench.puppet(C).joining = false;
  bench.hear();
  assert.deepEqual(commandsIn(bench.take()), [`release ${X} → ${D} (fail-back)`]);
});

test('R34: a host that comes back does not take its address of its own accord', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(A, { serving: [serves(X)] }));
  bench.run(5 * TIMEOUT);
  assert.equal(bench.phaseOf(X), null);
});

test('R35: the last able host gets every address', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) =>
    each.join(C, { preferred: [Y], serving: [serves(Y)] }).join(D, { preferred: [Z], serving: [serves(Z)] }),
  );
  assert.equal(bench.phaseOf(X), 'online');
  bench.dies(C, D);
  bench.run(2 * TIMEOUT);
  for (const service of [X, Y, Z]) assert.equal(bench.phaseOf(service), 'online');
});

test('R43: a hot spare serves nothing while all preferred hosts are able', () => {
  const commands = firstPass((bench) =>
    bench
      .join(C)
      .join(D, { preferred: [X], serving: [serves(X)] })
      .join(E, { preferred: [Y], serving: [serves(Y)] }),
  );
  assert.deepEqual(commands, []);
});

test('R41: an observer is never assigned an address', () => {
  const { effects } = leaderOf((bench) =>
    bench
      .join(C, { observer: true, ok: false, failures: ['observes only'] })
      .join(D, { ok: false, preferred: [X] }),
  );
  assert.deepEqual(commandsIn(effects), []);
  assert.ok(recordsIn(effects).includes('cannot-assign'));
});

test('R50: IPv4 and IPv6 addresses are assigned alike, IPv4 first', () => {
  const six = address('2001:db8::101');
  const commands = firstPass((bench) => bench.join(C, { preferred: [X, six] }));
  assert.deepEqual(commands, [`acquire ${X} → ${C} (preferred)`, `acquire ${six} → ${C} (preferred)`]);
});

test('R3: a group knows only its own addresses and hosts', () => {
  const web = memberBench({ id: B, group: 'web' }, (each) => each.join(C, { preferred: [X] }));
  const news = memberBench({ id: B, group: 'news' });
  web.run(TIMEOUT);
  news.run(TIMEOUT);
  assert.equal(news.monitor.addresses.size, 0);
  assert.equal(news.monitor.peers.size, 0);
});
