// R13, R26, R45 and the pauses of R52: when a host is silent, and when this host had better doubt itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permitSpan } from '../../src/core/settings.js';
import { nextDeadline } from '../../src/core/step.js';
import { after, instant } from '../../src/core/time.js';
import { Bench, memberBench, ms } from './bench.js';
import {
  A,
  B,
  C,
  command,
  effectsOf,
  hostInformation,
  INTERVAL,
  publishedIn,
  recordsIn,
  TIMEOUT,
  X,
} from './builders.js';

const withC = (): Bench => memberBench({ id: B }, (bench) => bench.join(C));
const stateOf = (bench: Bench, id: typeof C): string | undefined => bench.monitor.peers.get(id)?.state;

test('R45: a host is silent when nothing is heard of it for the timeout, and not before', () => {
  const bench = withC();
  bench.dies(C);
  const last = bench.puppet(C).heardAt;
  bench.run(TIMEOUT - (bench.now - last) - 1);
  assert.equal(stateOf(bench, C), 'live');
  const effects = bench.run(1);
  assert.equal(stateOf(bench, C), 'silent');
  assert.ok(recordsIn(effects).includes('host-silent'));
});

test('R13: the timeout that counts is the one of the group', () => {
  const bench = memberBench({ id: B, timeout: ms(400), interval: ms(50) }, (each) => each.join(C));
  bench.run(400);
  bench.dies(C);
  const last = bench.puppet(C).heardAt;
  bench.run(399 - (bench.now - last));
  assert.equal(stateOf(bench, C), 'live');
  bench.run(1);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R13: a timeout that the operator changes counts from then on', () => {
  const bench = withC();
  bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, timeout: ms(300) } });
  bench.dies(C);
  bench.run(200);
  assert.equal(stateOf(bench, C), 'live');
  bench.run(120);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R26: a silent host is dropped from the tables, and what it served is given to another', () => {
  const bench = memberBench({ id: B }, (each) =>
    each.join(C, {
      preferred: [X],
      serving: [{ address: X, state: 'online', reason: 'preferred', attempts: 0 }],
    }),
  );
  assert.equal(bench.phaseOf(X), null);
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R26: silence is judged by when the messages were received, not by when they are read', () => {
  const bench = withC();
  bench.dies(C);
  bench.run(50);
  // It was received thirty milliseconds ago, and read only now.
  const received = after(bench.now, -30);
  bench.step({
    kind: 'heard',
    at: bench.now,
    reports: [{ ...bench.reportOf(C), permittedAt: received, links: [received] }],
  });
  bench.run(TIMEOUT - 30 - 1);
  assert.equal(stateOf(bench, C), 'live');
  bench.run(1);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R26: before a host is called silent the queue is read to its end', () => {
  const bench = withC();
  bench.drainAnswers = false;
  bench.dies(C);
  const effects = bench.run(2 * TIMEOUT);
  assert.ok(effectsOf(effects, 'drain').length >= 1);
  assert.equal(stateOf(bench, C), 'live');
  bench.step({ kind: 'drained' });
  assert.equal(stateOf(bench, C), 'silent');
});

test('R26: a message that was found in the queue saves its sender', () => {
  const bench = withC();
  bench.drainAnswers = false;
  bench.dies(C);
  bench.run(TIMEOUT);
  const report = { ...bench.reportOf(C), permittedAt: after(bench.now, -30), permit: true };
  bench.step({ kind: 'heard', at: after(bench.now, -30), reports: [report] }, { kind: 'drained' });
  assert.equal(stateOf(bench, C), 'live');
});

test('R26: a drain that is not answered within a timeout is asked for again', () => {
  const bench = withC();
  bench.drainAnswers = false;
  bench.dies(C);
  while (effectsOf(bench.run(1), 'drain').length === 0);
  assert.deepEqual(effectsOf(bench.run(TIMEOUT - 1), 'drain'), []);
  assert.equal(effectsOf(bench.run(1), 'drain').length, 1);
});

test('R26: a drain that was answered before the host fell due is no proof', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C).join(A));
  bench.dies(C);
  bench.run(INTERVAL);
  bench.dies(A);
  bench.run(TIMEOUT - INTERVAL / 2);
  assert.equal(stateOf(bench, C), 'silent');
  assert.equal(stateOf(bench, A), 'live');
  const effects = bench.run(2 * INTERVAL);
  assert.equal(stateOf(bench, A), 'silent');
  assert.ok(effectsOf(effects, 'drain').length >= 1);
});

test('R26: a host that was late itself does not call others silent by that time', () => {
  const bench = withC();
  bench.dies(C);
  const heard = bench.puppet(C).heardAt;
  bench.now = after(heard, 40);
  bench.step({ kind: 'tick' });
  bench.now = after(heard, 99);
  bench.step({ kind: 'tick' });
  bench.now = after(heard, TIMEOUT + 1);
  bench.step({ kind: 'tick' });
  assert.equal(stateOf(bench, C), 'live');
  bench.run(2 * INTERVAL);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R45: a silent host that is heard again is live again', () => {
  const bench = withC();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  bench.puppet(C).alive = true;
  const effects = bench.hear();
  assert.equal(stateOf(bench, C), 'live');
  assert.ok(recordsIn(effects).includes('host-appeared'));
});

test('R45: a host that only its heartbeat process speaks for falls silent', () => {
  const bench = withC();
  bench.puppet(C).permit = false;
  bench.run(TIMEOUT - INTERVAL);
  assert.equal(stateOf(bench, C), 'live');
  bench.run(2 * INTERVAL);
  assert.equal(stateOf(bench, C), 'silent');
});

test('R45: a host that leaves in order is not silent but gone, at once', () => {
  const bench = withC();
  bench.puppet(C).leaving = true;
  const effects = bench.hear();
  assert.equal(stateOf(bench, C), 'left');
  assert.ok(recordsIn(effects).includes('host-left'));
  bench.dies(C);
  assert.ok(!recordsIn(bench.run(3 * TIMEOUT)).includes('host-silent'));
});

test('R24: a host that starts listens for a whole timeout before it believes that it is alone', () => {
  const bench = new Bench({ id: B, preferred: [X] }).start();
  bench.run(TIMEOUT - 1);
  assert.equal(bench.monitor.phase, 'joining');
  assert.equal(bench.phaseOf(X), null);
  assert.equal(publishedIn(bench.take())?.flags.joining, true);
  bench.run(1);
  assert.equal(bench.monitor.phase, 'member');
  assert.equal(publishedIn(bench.take())?.flags.joining, false);
});

test('R24: a host that starts reads its queue to the end before it believes that it is alone', () => {
  const bench = new Bench({ id: B }).start();
  bench.drainAnswers = false;
  bench.run(3 * TIMEOUT);
  assert.equal(bench.monitor.phase, 'joining');
  bench.step({ kind: 'drained' });
  assert.equal(bench.monitor.phase, 'member');
});

test('R24: before its heartbeat process listens a host does nothing', () => {
  const bench = new Bench({ id: B, preferred: [X] });
  bench.step({ kind: 'link', up: true, hardwareAddress: null });
  bench.now = instant(60_000);
  assert.deepEqual(effectsOf(bench.step({ kind: 'tick' }), 'publish'), []);
  assert.equal(bench.monitor.phase, 'starting');
});

test('R53: a heartbeat process that was replaced while the host joins makes it listen for a whole timeout again', () => {
  const bench = new Bench({ id: B }).start();
  bench.run(TIMEOUT - 10);
  bench.step({ kind: 'listening' });
  bench.run(TIMEOUT - 10);
  assert.equal(bench.monitor.phase, 'joining');
  bench.run(10 + INTERVAL);
  assert.equal(bench.monitor.phase, 'member');
});

test('R53: what a heartbeat process missed while it was replaced proves nobody silent', () => {
  const bench = withC();
  bench.dies(C);
  bench.run(TIMEOUT - INTERVAL);
  bench.step({ kind: 'listening' });
  // It takes a while until the others have named the new process and are believed.
  bench.run(TIMEOUT - 10);
  assert.equal(stateOf(bench, C), 'live');
  bench.run(2 * INTERVAL);
  assert.equal(stateOf(bench, C), 'silent');
});

/** B serves X by the word of A. */
function serving(): Bench {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 1 }));
  bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), 'online');
  bench.take();
  return bench;
}

test('R52: a host that wakes from a pause longer than permit and timeout gives up first and asks afterwards', () => {
  const bench = serving();
  bench.interfaceAnswers = false;
  bench.now = after(bench.now, permitSpan(TIMEOUT) + TIMEOUT);
  const effects = bench.step({ kind: 'tick' });
  assert.deepEqual(effectsOf(effects, 'deconfigure'), [{ kind: 'deconfigure', address: X }]);
  assert.deepEqual(effectsOf(effects, 'announce'), []);
  assert.equal(bench.monitor.phase, 'joining');
  const publication = publishedIn(effects);
  assert.equal(publication?.flags.joining, true);
  assert.equal(publication.information.host.serving[0]?.reason, 'paused');
  assert.ok(recordsIn(effects).includes('paused'));
});

test('R52: a leader that wakes from a pause commands nothing', () => {
  const bench = memberBench({ id: A }, (each) => each.join(B, { preferred: [X] }));
  bench.run(INTERVAL);
  bench.take();
  bench.now = after(bench.now, 5 * TIMEOUT);
  const effects = bench.step({ kind: 'tick' });
  assert.deepEqual(effectsOf(effects, 'command'), []);
  assert.notEqual(bench.monitor.leader, A);
});

test('R24, R52: a leader that was held up for as long as its permit leads anew, in a higher term', () => {
  const bench = memberBench({ id: A }, (each) => each.join(B, { preferred: [X] }));
  bench.run(INTERVAL);
  const { term } = bench.monitor;
  bench.now = after(bench.now, permitSpan(TIMEOUT) - 1);
  bench.step({ kind: 'tick' });
  assert.deepEqual([bench.monitor.leader, bench.monitor.term], [A, term]);
  bench.now = after(bench.now, permitSpan(TIMEOUT));
  bench.take();
  const effects = bench.step({ kind: 'tick' });
  assert.deepEqual([bench.monitor.leader, bench.monitor.term], [A, term + 1]);
  assert.deepEqual(effectsOf(effects, 'command'), [], 'nobody has named the new term');
});

test('R52: a command that waited through the pause of its receiver changes nothing', () => {
  const bench = serving();
  const at = bench.now;
  bench.now = after(bench.now, 3 * TIMEOUT);
  bench.step({ kind: 'command', from: A, sequence: 10n ** 6n, at, command: command('acquire', B, [X]) });
  assert.equal(bench.phaseOf(X), null);
});

test('R52: a pause of control for which heartbeats and lease go on costs nothing', () => {
  const bench = serving();
  bench.now = after(bench.now, permitSpan(TIMEOUT) + TIMEOUT - 1);
  bench.step({ kind: 'tick' });
  assert.equal(bench.phaseOf(X), 'online');
  assert.equal(bench.monitor.phase, 'member');
});

test('R52: when the lease has ended, the addresses go, the group is told, and the host joins anew', () => {
  const bench = serving();
  const effects = bench.step({ kind: 'lease-ended' });
  assert.equal(bench.phaseOf(X), null);
  // Network gives them up by itself; but it may be heartbeat that noticed first.
  assert.deepEqual(effectsOf(effects, 'deconfigure'), [{ kind: 'deconfigure', address: X }]);
  const publication = publishedIn(effects);
  assert.deepEqual(publication?.information.host.serving, []);
  assert.equal(publication.flags.joining, true);
  assert.ok(recordsIn(effects).includes('lease-ended'));
  assert.deepEqual(
    recordsIn(bench.step({ kind: 'lease-ended' })),
    [],
    'both tell of it; nothing is left to give up',
  );
});

/** How long it is no member once its lease has ended. */
function awayAfterLapse(bench: Bench): number {
  const start = bench.now;
  bench.step({ kind: 'lease-ended' });
  while (bench.monitor.phase !== 'member') bench.run(1);
  return bench.now - start;
}

test('R52: who is held up again and again stays away for longer each time, while others serve', () => {
  const bench = serving();
  const [first, second, third] = [1, 2, 3].map(() => awayAfterLapse(bench));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  assert.ok(first < 2 * TIMEOUT, String(first));
  assert.ok(second >= 8 * TIMEOUT && second < 10 * TIMEOUT, String(second));
  assert.ok(third >= 16 * TIMEOUT && third < 18 * TIMEOUT, String(third));
  const told = effectsOf(bench.take(), 'record').map(({ message }) => message);
  const seconds = ((16 * TIMEOUT) / 1000).toFixed(1);
  assert.ok(
    told.some((text) => text.endsWith(`3 times of late: while others serve it stays away for ${seconds} s`)),
  );
  bench.run(30_000);
  assert.ok(awayAfterLapse(bench) < 2 * TIMEOUT);
});

test('R52: who is held up again and again is back at once where nobody else could serve', () => {
  const bench = serving();
  awayAfterLapse(bench);
  bench.says(A, { ok: false, failures: ['svc0 has no carrier or is down'] });
  assert.ok(awayAfterLapse(bench) < 2 * TIMEOUT);
  bench.says(A, { ok: true, failures: [] });
  bench.step({ kind: 'lease-ended' });
  bench.run(3 * TIMEOUT);
  assert.equal(bench.monitor.phase, 'joining');
  // The one that has served meanwhile is gone.
  bench.dies(A);
  bench.run(3 * TIMEOUT);
  assert.equal(bench.monitor.phase, 'member');
});

test('R52: an address whose configuring was under way when the lease ended goes off the interface again', () => {
  const bench = memberBench({ id: B }, (each) => each.join(A, {}, { term: 1 }));
  bench.interfaceAnswers = false;
  bench.command(A, command('acquire', B, [X]));
  bench.step({ kind: 'lease-ended' });
  const effects = bench.step({ kind: 'configured', address: X, error: null });
  assert.deepEqual(effectsOf(effects, 'deconfigure'), [{ kind: 'deconfigure', address: X }]);
  bench.step({ kind: 'deconfigured', address: X, error: null });
  assert.equal(bench.phaseOf(X), null);
});

const RHYTHMS = [
  [3, 9],
  [10, 30],
  [20, 100],
  [50, 350],
  [100, 350],
] as const;

for (const [interval, timeout] of RHYTHMS) {
  const rhythm = `${String(interval)}/${String(timeout)} ms`;
  const resting = (): Bench =>
    memberBench({ id: B, interval: ms(interval), timeout: ms(timeout) }, (each) => each.join(C));

  test(`R26: at ${rhythm} a step that is taken when it is due, or half an interval later, is not late`, () => {
    const bench = resting();
    const { attentiveSince } = bench.monitor;
    for (let count = 0; count < 20; count++) {
      bench.now = after(nextDeadline(bench.monitor), interval / 2);
      bench.hear();
    }
    assert.equal(bench.monitor.attentiveSince, attentiveSince);
  });

  test(`R26: at ${rhythm} a pause that makes a heartbeat of a live host seem missing for a timeout is noticed`, () => {
    const bench = resting();
    bench.now = after(
      bench.monitor.lastStepAt,
      Math.max(2 * interval, Math.min(timeout - 2 * interval, 3 * interval)) + 0.1,
    );
    bench.step({ kind: 'tick' });
    assert.equal(bench.monitor.attentiveSince, bench.now);
  });
}

test('R26: a deadline lies in the future, whatever is pending', () => {
  const bench = memberBench({ id: B, preferred: [X], orphanTimeout: ms(300) }, (each) => each.join(C));
  bench.drainAnswers = false;
  bench.interfaceAnswers = false;
  bench.dies(C);
  for (let count = 0; count < 200; count++) {
    bench.now = after(bench.now, 3);
    bench.step({ kind: 'tick' });
    assert.ok(nextDeadline(bench.monitor) > bench.now, `at ${String(bench.now)}`);
  }
});

test('R26: a host to whom nothing belongs is forgotten an hour after it was last heard', () => {
  const bench = withC();
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
  for (let minute = 0; minute < 61; minute++) {
    bench.monitor.lastStepAt = bench.now = after(bench.now, 60_000);
    bench.step({ kind: 'tick' });
  }
  assert.equal(stateOf(bench, C), undefined);
});

test('R5: the number of hosts kept track of is bounded', () => {
  const bench = new Bench({ id: B }).start();
  const ids = Array.from(
    { length: 300 },
    (_, index) => `10.78.${String(index >> 7)}.${String(index & 127)}` as typeof C,
  );
  for (const id of ids)
    bench.puppets.set(id, { ...new Bench().join(C).puppet(C), information: hostInformation(id) });
  bench.hear();
  assert.equal(bench.monitor.peers.size, 255);
});

test('R26: what waits in the queue of a busy host is held against nobody', () => {
  const bench = withC();
  bench.take();
  bench.drainAnswers = false;
  const late = 2 * TIMEOUT;
  const before = bench.now;
  // C speaks at each interval; this host reads each word of it two timeouts later.
  for (let round = 0; round < 40; round++) {
    bench.now = after(bench.now, INTERVAL);
    const at = after(bench.now, -late);
    if (at < before) bench.step({ kind: 'tick' });
    else
      bench.step({
        kind: 'heard',
        at,
        reports: [{ ...bench.reportOf(C), permittedAt: at, links: [at] }],
      });
  }
  const effects = bench.take();
  assert.equal(stateOf(bench, C), 'live');
  assert.deepEqual(effectsOf(effects, 'probe'), []);
  assert.deepEqual(effectsOf(effects, 'publish'), []);
  bench.drainAnswers = true;
  bench.dies(C);
  bench.run(2 * TIMEOUT);
  assert.equal(stateOf(bench, C), 'silent');
});
