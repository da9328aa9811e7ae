// R24: who leads, in which term, and when it may command.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import { orderLasts } from '../../src/core/settings.js';
import { Bench, memberBench } from './bench.js';
import {
  A,
  B,
  C,
  commandsIn,
  D,
  effectsOf,
  INTERVAL,
  publishedIn,
  recordsIn,
  serves,
  settings,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

const leads = (bench: Bench): boolean => bench.monitor.leader === bench.monitor.settings.id;
const leaderRecords = (effects: readonly Effect[]): string[] =>
  effectsOf(effects, 'record')
    .filter((effect) => effect.event === 'leader')
    .map((effect) => effect.message);

test('R24: the live member with the lowest host id leads', () => {
  const lowest = memberBench({ id: B }, (bench) => bench.join(C).join(D));
  assert.equal(lowest.monitor.leader, B);
  const middle = memberBench({ id: C }, (bench) => bench.join(B).join(D));
  assert.equal(middle.monitor.leader, B);
});

test('R24: host ids are compared as numbers', () => {
  const bench = memberBench({ id: B }, (each) =>
    each.join('10.77.1.9' as typeof A).join('10.77.1.100' as typeof A),
  );
  assert.equal(bench.monitor.leader, '10.77.1.9');
});

test('R24: a member that is alone leads', () => {
  assert.ok(leads(memberBench()));
});

test('R24: the next lowest leads when the leader falls silent', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  bench.dies(A);
  bench.run(TIMEOUT + INTERVAL);
  assert.ok(leads(bench));
});

test('R24: the leader steps back when a lower member is heard', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  bench.join(A);
  assert.equal(bench.monitor.leader, A);
  assert.equal(bench.monitor.leadership, null);
});

test('R24: a failed member can lead', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.ok(leads(bench));
  const follower = memberBench({ id: B }, (each) => each.join(A, { ok: false, failures: ['test http: no'] }));
  assert.equal(follower.monitor.leader, A);
});

test('R24, R44: a quiesced member can lead, and assigns', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  bench.step({ kind: 'quiesce' });
  bench.says(C, { preferred: [X] });
  assert.deepEqual(commandsIn(bench.run(INTERVAL)), [`acquire ${X} → ${C} (preferred)`]);
});

test('R24: an observer cannot lead', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, { observer: true, ok: false }));
  assert.equal(bench.monitor.leader, B);
  const observer = memberBench({ id: A, observer: true }, (each) => each.join(B));
  assert.equal(observer.monitor.leader, B);
});

test('R24, R41: a group of observers alone has no leader', () => {
  const bench = memberBench({ id: B, observer: true });
  assert.equal(bench.monitor.leader, null);
});

test('R24: a joining host cannot lead', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { joining: true }));
  assert.equal(bench.monitor.leader, B);
  bench.puppet(A).joining = false;
  bench.run(INTERVAL);
  assert.equal(bench.monitor.leader, A);
});

test('R24: this host does not lead while it is joining', () => {
  const bench = new Bench({ id: A }).start().join(B);
  bench.run(TIMEOUT / 2);
  assert.equal(bench.monitor.phase, 'joining');
  assert.equal(bench.monitor.leader, B);
});

test('R24: a host whose control process is not running cannot lead, and loses the lead at once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A));
  bench.puppet(A).permit = false;
  const effects = bench.run(INTERVAL / 2);
  assert.ok(leads(bench));
  assert.ok(recordsIn(effects).includes('control-stopped'));
});

test('R24: a host that has left does not lead, and the next one does at once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A));
  bench.puppet(A).leaving = true;
  bench.run(INTERVAL / 2);
  assert.ok(leads(bench));
});

test('R24: terms ascend: a new leader takes one above the highest that any live member names', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 7 }).join(C, {}, { term: 9 }));
  bench.dies(A);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.monitor.term, 10);
});

test('R24: a leader that hears a higher term than its own leads anew above it', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  const before = bench.monitor.term;
  bench.puppet(C).term = before + 4;
  bench.run(INTERVAL);
  assert.equal(bench.monitor.term, before + 5);
  assert.ok(leads(bench));
});

test('R24: a follower names the highest term that a live member names, at once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 3 }));
  bench.puppet(A).term = 4;
  const effects = bench.hear();
  assert.equal(publishedIn(effects)?.term, 4);
  assert.equal(publishedIn(effects)?.urgent, true);
});

test('R24: the heartbeat that tells of a new leader goes out at once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 3 }));
  bench.puppet(A).leaving = true;
  const publication = publishedIn(bench.hear());
  assert.equal(publication?.term, 4);
  assert.equal(publication.urgent, true);
});

test('R24: the terms of silent hosts count for nothing', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, {}, { term: 50 }));
  const term = bench.monitor.term;
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.monitor.term, term);
});

/** B follows A; C prefers X, which A serves; A is gone from the next report on. Then B leads. */
function afterTheLeaderLeft(followersName: number | null): Bench {
  const bench = memberBench({ id: B }, (each) =>
    each.join(A, { serving: [serves(X)] }, { term: 3 }).join(C, { preferred: [X] }, { term: 3 }),
  );
  bench.puppet(C).term = followersName;
  bench.says(A, { serving: [] });
  bench.puppet(A).leaving = true;
  bench.take();
  return bench;
}

test('R24: a new leader commands nothing before every live member names its term', () => {
  const bench = afterTheLeaderLeft(3);
  assert.deepEqual(commandsIn(bench.hear()), []);
  assert.ok(leads(bench));
  bench.puppet(C).term = 4;
  assert.deepEqual(commandsIn(bench.hear()), [`acquire ${X} → ${C} (preferred)`]);
});

test('R24: a new leader waits for the others to name its term, at the longest until nobody obeys the old one’s orders', () => {
  const bench = afterTheLeaderLeft(3);
  bench.hear();
  assert.deepEqual(commandsIn(bench.run(orderLasts(settings()) - 1)), []);
  assert.deepEqual(commandsIn(bench.run(1)), [`acquire ${X} → ${C} (preferred)`]);
});

test('R24: a member whose control process does not seem to run is waited for too, for as long as it would obey an old order', () => {
  const bench = memberBench({ id: B }, (each) =>
    each
      .join(A, {}, { term: 3 })
      .join(C, { preferred: [X] }, { term: 3 })
      .join(D, {}, { term: 3 }),
  );
  Object.assign(bench.puppet(D), { permit: false });
  bench.puppet(A).leaving = true;
  assert.deepEqual(commandsIn(bench.hear()), []);
  // It may just have woken, as this host has, and take itself for the leader.
  bench.puppet(C).term = 4;
  bench.puppet(D).term = 3;
  assert.deepEqual(commandsIn(bench.hear()), []);
  assert.deepEqual(commandsIn(bench.run(orderLasts(settings()))), [`acquire ${X} → ${C} (preferred)`]);
});

test('R24: a leader that was deposed and leads again starts with no commands of its former term', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X] }));
  bench.run(INTERVAL);
  assert.equal(bench.monitor.leadership?.pending.size, 1);
  bench.puppet(C).term = bench.monitor.term + 4;
  bench.hear();
  assert.equal(bench.monitor.leadership.pending.size, 0);
  assert.equal(bench.monitor.leadership.confirmed, false);
});

test('R24: a restarted lowest id does not lead with empty tables: it waits for what the others serve', () => {
  const bench = new Bench({ id: A, preferred: [X] }).start();
  // B is heard, but what it says has not arrived.
  bench.puppets.set(B, { ...new Bench().join(B).puppet(B), term: 6 });
  bench.run(TIMEOUT + 2 * INTERVAL);
  assert.ok(leads(bench));
  assert.equal(bench.monitor.term, 7);
  assert.equal(bench.phaseOf(X), null);
  bench.puppet(B).term = 7;
  bench.says(B, { serving: [serves(X), serves(Y)] });
  const effects = bench.run(INTERVAL);
  assert.deepEqual(commandsIn(effects).slice(0, 2).sort(), [
    `release ${X} → ${B} (fail-back)`,
    `release ${Y} → ${B} (unknown)`,
  ]);
});

test('R24: a member whose information never arrives is waited for during one timeout and no longer', () => {
  const bench = new Bench({ id: A, preferred: [X] }).start();
  bench.puppets.set(B, { ...new Bench().join(B).puppet(B) });
  bench.run(TIMEOUT + 2 * INTERVAL);
  assert.ok(leads(bench));
  assert.equal(bench.phaseOf(X), null);
  bench.run(TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R24: a change of the leader is told once', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A).join(C));
  bench.dies(A);
  assert.deepEqual(leaderRecords(bench.run(3 * TIMEOUT)), ['web: 10.77.1.12 leads in term 1']);
});

test('R25: only the leader assigns: a follower leaves an unserved address alone', () => {
  const bench = memberBench({ id: B, preferred: [X] }, (each) => each.join(A));
  const effects = bench.run(5 * TIMEOUT);
  assert.deepEqual(commandsIn(effects), []);
  assert.equal(bench.phaseOf(X), null);
});

test('R25: the same events give the same effects', () => {
  const walk = (): unknown[] => {
    const bench = memberBench({ id: B, preferred: [X], assign: 'random' }, (each) =>
      each
        .join(A, { preferred: [Y] })
        .join(C)
        .join(D),
    );
    bench.chance = 12345;
    return bench.dies(A).run(4 * TIMEOUT);
  };
  assert.deepEqual(walk(), walk());
});

test('R24: a leader that yields to a lower host names the term of that host in the same step', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C));
  const term = bench.monitor.term + 1;
  bench.join(A, {}, { term });
  assert.equal(bench.monitor.leader, A);
  assert.equal(effectsOf(bench.take(), 'publish')[0]?.term, term);
});
