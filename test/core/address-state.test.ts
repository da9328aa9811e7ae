// R21, R22, R54: an address on this host, from the leader's word to the interface and back. B follows A.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import { FAILURE_UNKNOWN, type MonitorSettings } from '../../src/core/settings.js';
import { after } from '../../src/core/time.js';
import { memberBench, type Bench } from './bench.js';
import { A, B, command, effectsOf, publishedIn, recordsIn, X, Y } from './builders.js';

/** What was asked for beside heartbeats, one word each. */
const asked = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => {
    switch (effect.kind) {
      case 'configure':
      case 'deconfigure':
      case 'cancel-script':
      case 'announce':
        return [effect.kind];
      case 'run-script':
        return [`run ${effect.action}`];
      default:
        return [];
    }
  });

function follower(changes: Partial<MonitorSettings> = {}): Bench {
  const bench = memberBench(changes, (each) => each.join(A, {}, { term: 1 }));
  bench.interfaceAnswers = false;
  return bench;
}

const acquireX = (bench: Bench): Effect[] => bench.command(A, command('acquire', B, [X]));
const releaseX = (bench: Bench): Effect[] => bench.command(A, command('release', B, [X]));
const configured = (bench: Bench, error: string | null = null): Effect[] =>
  bench.step({ kind: 'configured', address: X, error });
const deconfigured = (bench: Bench, error: string | null = null): Effect[] =>
  bench.step({ kind: 'deconfigured', address: X, error });
const scriptDone = (bench: Bench, action: 'acquire' | 'release', error: string | null = null): Effect[] =>
  bench.step({ kind: 'script-done', action, address: X, error });
const stateIn = (effects: readonly Effect[]): string | undefined =>
  publishedIn(effects)?.information.host.serving[0]?.state;

/** X is online on B. */
function online(changes: Partial<MonitorSettings> = {}): Bench {
  const bench = follower(changes);
  acquireX(bench);
  configured(bench);
  if (changes.acquireScript === true) scriptDone(bench, 'acquire');
  assert.equal(bench.phaseOf(X), 'online');
  return bench;
}

const BOTH_SCRIPTS = { acquireScript: true, releaseScript: true };

test('R21: the interface is configured, then the acquire script runs, then the entry is online and the trap is sent', () => {
  const bench = follower(BOTH_SCRIPTS);
  assert.deepEqual(asked(acquireX(bench)), ['configure']);
  const running = configured(bench);
  assert.deepEqual(asked(running), ['run acquire']);
  assert.deepEqual(recordsIn(running), []);
  assert.equal(bench.phaseOf(X), 'acquire-script');
  const done = scriptDone(bench, 'acquire');
  assert.equal(stateIn(done), 'online');
  assert.deepEqual(recordsIn(done), ['acquire']);
});

test('R21: without an acquire script the entry is online as soon as the interface has the address', () => {
  const bench = follower();
  acquireX(bench);
  assert.equal(stateIn(configured(bench)), 'online');
});

test('R21: until the script is done the entry is acquiring', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  assert.equal(stateIn(bench.step({ kind: 'quiesce' })), 'acquiring');
});

test('R21: an acquire script that fails takes the address off again; the entry is not serving and the trap is sent', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  const failed = scriptDone(bench, 'acquire', 'exit 3');
  assert.deepEqual(asked(failed), ['deconfigure']);
  assert.deepEqual(recordsIn(failed), ['acquire-fail']);
  assert.match(
    effectsOf(failed, 'record')[0]!.message,
    /could not acquire 10\.77\.0\.101: acquire script: exit 3/,
  );
  const off = deconfigured(bench);
  assert.deepEqual(publishedIn(off)?.information.host.serving, [
    { address: X, state: 'not serving', reason: 'preferred', attempts: 1 },
  ]);
});

test('R21: while the address is being taken off after a failure the host still claims it', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  assert.equal(stateIn(scriptDone(bench, 'acquire', 'exit 3')), 'acquiring');
});

test('R21: an interface that cannot be configured makes the entry not serving', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  const failed = configured(bench, 'cannot add 10.77.0.101 to svc0: ENODEV');
  assert.equal(stateIn(failed), 'not serving');
  assert.deepEqual(recordsIn(failed), ['acquire-fail']);
  assert.match(effectsOf(failed, 'record')[0]!.message, /ENODEV/);
});

test('R29: each failed acquire raises the count that the leader sees, and success sets it back', () => {
  const bench = follower();
  for (let attempt = 1; attempt <= 3; attempt++) {
    acquireX(bench);
    const failed = configured(bench, 'ENODEV');
    assert.equal(publishedIn(failed)?.information.host.serving[0]?.attempts, attempt);
    bench.run(FAILURE_UNKNOWN);
  }
  acquireX(bench);
  assert.equal(publishedIn(configured(bench))?.information.host.serving[0]?.attempts, 0);
});

test('R29: the count of failed acquires ends at 255', () => {
  const bench = follower();
  for (let attempt = 1; attempt <= 300; attempt++) {
    acquireX(bench);
    configured(bench, 'ENODEV');
    bench.run(FAILURE_UNKNOWN);
  }
  assert.equal(publishedIn(bench.step({ kind: 'quiesce' }))?.information.host.serving[0]?.attempts, 255);
});

test('R22: the release script runs, then the address is removed, then the entry is gone and the trap is sent', () => {
  const bench = online(BOTH_SCRIPTS);
  const releasing = releaseX(bench);
  assert.deepEqual(asked(releasing), ['run release']);
  assert.equal(stateIn(releasing), 'releasing');
  const removing = scriptDone(bench, 'release');
  assert.deepEqual(asked(removing), ['deconfigure']);
  const gone = deconfigured(bench);
  assert.deepEqual(publishedIn(gone)?.information.host.serving, []);
  assert.deepEqual(recordsIn(gone), ['release']);
});

test('R22: a release script that fails sends the Release-fail trap, and the address is removed all the same', () => {
  const bench = online(BOTH_SCRIPTS);
  releaseX(bench);
  const failed = scriptDone(bench, 'release', 'killed after 5 s');
  assert.deepEqual(recordsIn(failed), ['release-fail']);
  assert.deepEqual(asked(failed), ['deconfigure']);
  assert.deepEqual(recordsIn(deconfigured(bench)), ['release']);
});

test('R22: an address that cannot be removed sends both traps, and its entry goes in either case', () => {
  const bench = online();
  releaseX(bench);
  const failed = deconfigured(bench, 'cannot remove 10.77.0.101 from svc0: EPERM');
  assert.deepEqual(recordsIn(failed), ['release-fail', 'release']);
  assert.equal(bench.phaseOf(X), null);
});

test('R22: a release that comes while the interface is being configured follows at once', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  assert.deepEqual(asked(releaseX(bench)), []);
  assert.deepEqual(asked(configured(bench)), ['run release']);
  assert.equal(bench.phaseOf(X), 'release-script');
});

test('R22: a release that comes while the acquire script runs ends that, and then the release runs in full', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  assert.deepEqual(asked(releaseX(bench)), ['cancel-script']);
  const ended = scriptDone(bench, 'acquire', 'killed: SIGKILL');
  assert.deepEqual(asked(ended), ['run release']);
  assert.deepEqual(recordsIn(ended), []);
});

test('R22: a release that comes after the acquire script had just succeeded runs as any other', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  releaseX(bench);
  assert.deepEqual(asked(scriptDone(bench, 'acquire')), ['run release']);
});

test('R22: a release of an acquire that failed meanwhile leaves nothing behind', () => {
  const bench = follower();
  acquireX(bench);
  releaseX(bench);
  configured(bench, 'ENODEV');
  assert.equal(bench.phaseOf(X), null);
});

test('R21: an acquire script is not done because an address that somebody removed was put back', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  assert.deepEqual(asked(bench.step({ kind: 'lost', address: X })), ['configure']);
  assert.deepEqual(recordsIn(configured(bench)), []);
  assert.equal(bench.phaseOf(X), 'acquire-script');
  scriptDone(bench, 'acquire');
  assert.equal(bench.phaseOf(X), 'online');
});

test('R21: an address that cannot be put back while its acquire script runs ends the script and fails the acquire', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  bench.step({ kind: 'lost', address: X });
  assert.deepEqual(asked(configured(bench, 'ENODEV')), ['cancel-script']);
  assert.ok(recordsIn(scriptDone(bench, 'acquire', 'killed: SIGKILL')).includes('acquire-fail'));
});

test('R53: a network process that was replaced while the acquire script runs does not make the entry online', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  configured(bench);
  assert.equal(bench.phaseOf(X), 'acquire-script');
});

test('R53: a network process that was replaced while the release script runs does not cut the script short', () => {
  const bench = online(BOTH_SCRIPTS);
  releaseX(bench);
  assert.deepEqual(asked(configured(bench)), []);
  assert.equal(bench.phaseOf(X), 'release-script');
});

test('R22: an answer to an earlier configure is no answer to the deconfigure', () => {
  const bench = online();
  bench.step({ kind: 'lost', address: X });
  releaseX(bench);
  assert.equal(bench.phaseOf(X), 'deconfiguring');
  configured(bench);
  assert.equal(bench.phaseOf(X), 'deconfiguring');
  deconfigured(bench);
  assert.equal(bench.phaseOf(X), null);
});

test('R21: an answer to an earlier deconfigure is no answer to the configure', () => {
  const bench = follower();
  acquireX(bench);
  deconfigured(bench);
  assert.equal(bench.phaseOf(X), 'configuring');
});

test('R21: answers about addresses that nobody asked for change nothing', () => {
  const bench = follower();
  assert.deepEqual(bench.step({ kind: 'deconfigured', address: Y, error: null }), []);
  assert.deepEqual(bench.step({ kind: 'script-done', action: 'acquire', address: Y, error: null }), []);
  assert.deepEqual(bench.step({ kind: 'lost', address: Y }), []);
  assert.equal(bench.phaseOf(Y), null);
});

test('R52: an address that is on the interface although nobody wants it is taken off', () => {
  const bench = follower();
  assert.deepEqual(asked(configured(bench)), ['deconfigure']);
});

test('R54: a service interface without carrier makes the group fail at once, and the addresses are given up', () => {
  const bench = online();
  const effects = bench.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.deepEqual(asked(effects), ['deconfigure']);
  const host = publishedIn(effects)?.information.host;
  assert.equal(host?.ok, false);
  assert.deepEqual(host.failures, ['service interface svc0 is not there']);
  assert.equal(host.serving[0]?.reason, 'failed');
});

test('R54: without carrier no address waits for its release script, which runs afterwards', () => {
  const bench = online(BOTH_SCRIPTS);
  assert.deepEqual(asked(bench.step({ kind: 'link', up: false, hardwareAddress: null })), ['deconfigure']);
  assert.deepEqual(asked(deconfigured(bench)), ['run release']);
  assert.equal(bench.phaseOf(X), null);
});

test('R22, R54: the release script that waited for the interface runs although the carrier is back by then', () => {
  const bench = online(BOTH_SCRIPTS);
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  bench.step({ kind: 'link', up: true, hardwareAddress: null });
  assert.deepEqual(asked(deconfigured(bench)), ['run release']);
});

test('R22, R54: the release script does not run a second time because the carrier went during it', () => {
  const bench = online(BOTH_SCRIPTS);
  releaseX(bench);
  scriptDone(bench, 'release');
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.deepEqual(asked(deconfigured(bench)), []);
});

test('R22: the error of a release script that runs after its address was given up is told', () => {
  const bench = online(BOTH_SCRIPTS);
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  deconfigured(bench);
  assert.deepEqual(recordsIn(scriptDone(bench, 'release', 'exit 1')), ['release-fail']);
});

test('R52: after the end of the lease the release script of what was online runs', () => {
  const bench = online(BOTH_SCRIPTS);
  const effects = bench.step({ kind: 'lease-ended' });
  assert.deepEqual(asked(effects), ['deconfigure', 'run release']);
  assert.deepEqual(recordsIn(effects), ['lease-ended', 'release', 'leader']);
});

test('R52: the end of the lease ends an acquire script', () => {
  const bench = follower(BOTH_SCRIPTS);
  acquireX(bench);
  configured(bench);
  assert.ok(asked(bench.step({ kind: 'lease-ended' })).includes('cancel-script'));
  assert.equal(bench.phaseOf(X), null);
});

test('R58: the release script is told the reason in words', () => {
  const bench = online(BOTH_SCRIPTS);
  bench.sendsRows(A, {
    address: X,
    preferredHost: A,
    age: 0 as never,
    decision: { kind: 'none' },
    decisionVersion: 0,
  });
  const [run] = effectsOf(releaseX(bench), 'run-script');
  assert.equal(run?.reason, 'its preferred host 10.77.1.11 is back and takes it over from 10.77.1.12');
});

test('R50: an address that somebody else takes off the interface is put back', () => {
  const bench = online();
  const effects = bench.step({ kind: 'lost', address: X });
  assert.deepEqual(asked(effects), ['configure']);
  assert.deepEqual(recordsIn(effects), ['address-lost']);
  assert.equal(bench.phaseOf(X), 'online');
});

test('R50: an address that keeps being removed fails the group, for a minute', () => {
  const bench = online();
  for (let loss = 1; loss <= 3; loss++) {
    assert.deepEqual(asked(bench.step({ kind: 'lost', address: X })), ['configure']);
    configured(bench);
  }
  const fourth = bench.step({ kind: 'lost', address: X });
  assert.equal(publishedIn(fourth)?.information.host.ok, false);
  assert.ok(recordsIn(fourth).includes('host-failed'));
  deconfigured(bench);
  bench.run(59_999);
  assert.notEqual(bench.monitor.failures.size, 0);
  bench.run(1);
  assert.equal(bench.monitor.failures.size, 0);
});

test('R50: losses that are far apart are no reason to fail', () => {
  const bench = online();
  for (let loss = 1; loss <= 12; loss++) {
    bench.step({ kind: 'lost', address: X });
    configured(bench);
    bench.run(4000);
  }
  assert.equal(bench.monitor.failures.size, 0);
});

test('R50: an address that cannot be put back fails the group', () => {
  const bench = online();
  bench.step({ kind: 'lost', address: X });
  const effects = configured(bench, 'cannot add 10.77.0.101 to svc0: EPERM');
  assert.deepEqual(publishedIn(effects)?.information.host.failures, [
    '10.77.0.101 cannot be put back: cannot add 10.77.0.101 to svc0: EPERM',
  ]);
  assert.equal(stateIn(effects), 'releasing');
});

test('R31: when another host stops claiming an address that is online here it is announced again', () => {
  const bench = online();
  bench.says(A, { serving: [{ address: X, state: 'online', reason: 'none', attempts: 0 }] });
  assert.deepEqual(asked(bench.says(A, { serving: [] })), ['announce']);
});

test('R53: a put-back is no reason to announce a second time', () => {
  const bench = online();
  bench.now = after(bench.now, 5);
  assert.deepEqual(asked(bench.step({ kind: 'configured', address: X, error: null })), []);
});
