// R14, R41, R44, R45, R54, R56: this host as it presents itself: OK or failed, quiesced, observing, leaving.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/effect.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { nextDeadline } from '../../src/core/step.js';
import { NO_DEADLINE } from '../../src/core/time.js';
import { Bench, memberBench, ms } from './bench.js';
import {
  A,
  B,
  C,
  command,
  commandsIn,
  effectsOf,
  INTERVAL,
  publishedIn,
  recordsIn,
  serves,
  TIMEOUT,
  X,
  Y,
} from './builders.js';

/** B serves X by the word of A. */
function serving(changes: Partial<MonitorSettings> = {}): Bench {
  const bench = memberBench(changes, (each) => each.join(A, {}, { term: 1 }));
  bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), 'online');
  bench.take();
  return bench;
}

const fails = (name: string, detail = 'status 500') =>
  ({ kind: 'test', name, passed: false, detail }) as const;
const passes = (name: string) => ({ kind: 'test', name, passed: true, detail: '' }) as const;

test('R14, R45: a test that fails releases every address, tells of it, and sends information with OK off', () => {
  const bench = serving({ tests: ['http'] });
  bench.command(A, command('acquire', B, [Y]));
  bench.interfaceAnswers = false;
  const effects = bench.step(fails('http'));
  assert.deepEqual(
    effectsOf(effects, 'deconfigure').map((effect) => effect.address),
    [X, Y],
  );
  assert.deepEqual(recordsIn(effects), ['test-failed', 'host-failed']);
  assert.equal(publishedIn(effects)?.information.host.ok, false);
  assert.equal(publishedIn(effects)?.urgent, true);
});

test('R14: a test that goes on failing is told once', () => {
  const bench = serving({ tests: ['http'] });
  bench.step(fails('http'));
  assert.deepEqual(recordsIn(bench.step(fails('http'))), []);
  assert.deepEqual(recordsIn(bench.step(fails('http', 'timeout'))), []);
});

test('R14: a second test that fails is told, and nothing more is released', () => {
  const bench = serving({ tests: ['http', 'disk'], releaseScript: true });
  bench.step(fails('http'));
  const effects = bench.step(fails('disk', 'full'));
  assert.deepEqual(recordsIn(effects), ['test-failed']);
  assert.deepEqual(effectsOf(effects, 'run-script'), []);
});

test('R45: a failed host goes on taking part: it still publishes, and still follows the leader', () => {
  const bench = serving({ tests: ['http'] });
  bench.step(fails('http'));
  assert.equal(bench.monitor.leader, A);
  assert.equal(publishedIn(bench.step({ kind: 'load', load: 1, capacity: 2 }))?.information.host.ok, false);
});

test('R45: it is OK again when all tests pass, and not before', () => {
  const bench = serving({ tests: ['http', 'disk'] });
  bench.step(fails('http'), fails('disk'));
  assert.equal(publishedIn(bench.step(passes('http')))?.information.host.ok, false);
  const recovered = bench.step(passes('disk'));
  assert.equal(publishedIn(recovered)?.information.host.ok, true);
  assert.ok(recordsIn(recovered).includes('host-recovered'));
});

test('R14: a test that passes where none failed is no news', () => {
  const bench = serving({ tests: ['http'] });
  assert.deepEqual(bench.step(passes('http')), []);
});

test('R14: a host is not OK, and acquires nothing, before each of its tests has passed once', () => {
  const bench = new Bench({ id: B, tests: ['http', 'disk'], preferred: [X] });
  bench.step({ kind: 'link', up: true, hardwareAddress: '02:00:00:00:00:77' });
  const started = bench.step({ kind: 'listening' });
  const { host } = publishedIn(started)!.information;
  assert.deepEqual(
    [host.ok, host.failures],
    [false, ['test disk: has no result yet', 'test http: has no result yet']],
  );
  bench.run(5 * TIMEOUT);
  assert.equal(bench.phaseOf(X), null);
  bench.step(passes('http'));
  bench.run(5 * TIMEOUT);
  assert.equal(bench.phaseOf(X), null);
  const passed = bench.step(passes('disk'));
  assert.equal(bench.phaseOf(X), 'online');
  assert.ok(!recordsIn(bench.take()).includes('test-failed'));
  assert.ok(!recordsIn(passed).includes('test-recovered'));
  // Nobody had called it failed.
  assert.ok(!recordsIn(passed).includes('host-recovered'));
});

test('R54, R58: a host that starts without carrier is told as failed, and as recovered when it has one', () => {
  const bench = new Bench({ id: B, preferred: [X] });
  const link = { kind: 'link', hardwareAddress: '02:00:00:00:00:77' } as const;
  const started = bench.step({ ...link, up: false }, { kind: 'listening' });
  const [told] = effectsOf(started, 'record');
  assert.equal(told?.event, 'host-failed');
  assert.match(
    told.message,
    /is failed: service interface svc0 has no carrier or is down; it acquires nothing/,
  );
  assert.ok(!recordsIn(bench.step({ ...link, up: false })).includes('host-failed'));
  assert.ok(recordsIn(bench.step({ ...link, up: true })).includes('host-recovered'));
});

test('R58: a host that starts as it should is not told as recovered', () => {
  const bench = new Bench({ id: B });
  const link = { kind: 'link', up: true, hardwareAddress: '02:00:00:00:00:77' } as const;
  assert.ok(!recordsIn(bench.step(link, { kind: 'listening' })).includes('host-recovered'));
});

test('R14: a first result that is a failure is told, and one that passes again as well', () => {
  const bench = new Bench({ id: B, tests: ['http'] });
  bench.step({ kind: 'link', up: true, hardwareAddress: null }, { kind: 'listening' });
  const failed = bench.step(fails('http', 'connect: ECONNREFUSED'));
  assert.deepEqual(recordsIn(failed), ['test-failed']);
  assert.deepEqual(publishedIn(failed)?.information.host.failures, ['test http: connect: ECONNREFUSED']);
  assert.deepEqual(recordsIn(bench.step(passes('http'))), ['test-recovered']);
});

test('R14: a test of another group is nothing to this one', () => {
  const bench = serving({ tests: ['http'] });
  assert.deepEqual(bench.step(fails('smtp')), []);
});

test('R56: a test that new settings add to a host that serves counts from its first result', () => {
  const bench = serving({ tests: [] });
  const effects = bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, tests: ['http'] } });
  assert.equal(publishedIn(effects)?.information.host.ok, true);
  assert.equal(bench.phaseOf(X), 'online');
  assert.deepEqual(recordsIn(bench.step(fails('http'))), ['test-failed', 'host-failed', 'release']);
});

test('R54: a host says nothing of itself before it knows its service interface', () => {
  const bench = new Bench({ id: B });
  assert.equal(publishedIn(bench.step({ kind: 'listening' })), undefined);
  const effects = bench.step({ kind: 'link', up: true, hardwareAddress: '02:00:00:00:00:77' });
  assert.equal(publishedIn(effects)?.information.host.ok, true);
});

test('R54: an interface that has carrier again makes the host OK', () => {
  const bench = serving();
  bench.step({ kind: 'link', up: false, hardwareAddress: null });
  const effects = bench.step({ kind: 'link', up: true, hardwareAddress: '02:00:00:00:00:77' });
  assert.equal(publishedIn(effects)?.information.host.ok, true);
  assert.equal(publishedIn(effects)?.information.host.hardwareAddress, '02:00:00:00:00:77');
});

test('R41: an observer hears everything and identifies itself as failed', () => {
  const bench = memberBench({ id: B, observer: true }, (each) =>
    each.join(A, { preferred: [X] }, { term: 1 }),
  );
  const published = publishedIn(bench.step({ kind: 'quiesce' }));
  assert.equal(published?.flags.observer, true);
  assert.equal(published.information.host.ok, false);
  assert.equal(published.information.host.observer, true);
  assert.deepEqual(published.information.host.failures, ['observes only']);
  assert.equal(bench.monitor.addresses.get(X)?.preferredHost, A);
});

test('R41: an observer refuses to acquire', () => {
  const bench = memberBench({ id: B, observer: true }, (each) => each.join(A, {}, { term: 1 }));
  assert.deepEqual(recordsIn(bench.command(A, command('acquire', B, [X]))), ['command-refused']);
  assert.equal(bench.phaseOf(X), null);
});

test('R41, R56: a member that a reload makes an observer gives up its addresses', () => {
  const bench = serving();
  const effects = bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, observer: true } });
  assert.deepEqual(effectsOf(effects, 'deconfigure'), [{ kind: 'deconfigure', address: X }]);
  assert.equal(bench.phaseOf(X), null);
});

test('R56: new settings disturb nothing that they do not change', () => {
  const bench = serving({ tests: ['http'] });
  const effects = bench.step({
    kind: 'settings',
    settings: { ...bench.monitor.settings, preferred: [Y], orphanTimeout: ms(20_000) },
  });
  assert.equal(bench.phaseOf(X), 'online');
  assert.deepEqual(effectsOf(effects, 'deconfigure'), []);
  assert.deepEqual(publishedIn(effects)?.information.host.preferred, [Y]);
  assert.equal(bench.monitor.addresses.get(Y)?.preferredHost, B);
});

test('R56: a failing test that the new settings no longer have no longer fails the host', () => {
  const bench = serving({ tests: ['http'] });
  bench.step(fails('http'));
  const effects = bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, tests: [] } });
  assert.equal(publishedIn(effects)?.information.host.ok, true);
});

test('R44: a quiesced host serves on what it has', () => {
  const bench = serving();
  const effects = bench.step({ kind: 'quiesce' });
  assert.equal(bench.phaseOf(X), 'online');
  assert.equal(publishedIn(effects)?.information.host.quiesced, true);
  assert.deepEqual(recordsIn(effects), ['quiesced']);
});

test('R44: an acquire that was under way when the operator quiesced the host is finished', () => {
  const bench = memberBench({}, (each) => each.join(A, {}, { term: 1 }));
  bench.interfaceAnswers = false;
  bench.command(A, command('acquire', B, [X]));
  bench.step({ kind: 'quiesce' });
  bench.step({ kind: 'configured', address: X, error: null });
  assert.equal(bench.phaseOf(X), 'online');
});

test('R44: a resumed host acquires again', () => {
  const bench = memberBench({}, (each) => each.join(A, {}, { term: 1 }));
  bench.step({ kind: 'quiesce' });
  assert.deepEqual(recordsIn(bench.step({ kind: 'resume' })), ['resumed']);
  bench.command(A, command('acquire', B, [X]));
  assert.equal(bench.phaseOf(X), 'online');
});

test('R44: to quiesce a quiesced host is no news', () => {
  const bench = serving();
  bench.step({ kind: 'quiesce' });
  assert.deepEqual(bench.step({ kind: 'quiesce' }), []);
});

test('R43: a host without a preferred address says so by naming none', () => {
  assert.deepEqual(publishedIn(memberBench().step({ kind: 'quiesce' }))?.information.host.preferred, []);
});

const leavingFlags = (effects: readonly Effect[]): boolean[] =>
  effectsOf(effects, 'publish').map((effect) => effect.flags.leaving);

test('R22: a host that leaves without a fence releases everything in order, then tells the group, then is gone', () => {
  const bench = serving({ releaseScript: true, fenced: false });
  const first = bench.step({ kind: 'leave' });
  assert.equal(effectsOf(first, 'run-script')[0]?.action, 'release');
  assert.deepEqual(leavingFlags(first), [false]);
  assert.equal(publishedIn(first)?.information.host.ok, false);
  assert.equal(publishedIn(first)?.information.host.serving[0]?.reason, 'leaving');
  const last = bench.step({ kind: 'script-done', action: 'release', address: X, error: null });
  assert.deepEqual(leavingFlags(last).at(-1), true);
  assert.equal(last.at(-1)?.kind, 'left');
  assert.equal(nextDeadline(bench.monitor), NO_DEADLINE);
});

test('R22: a host with nothing to release leaves at once', () => {
  const bench = memberBench();
  const effects = bench.step({ kind: 'leave' });
  assert.deepEqual(leavingFlags(effects), [true]);
  assert.ok(effects.some((effect) => effect.kind === 'left'));
});

test('R22: a host that leaves before it listens has nobody to tell', () => {
  const bench = new Bench();
  assert.deepEqual(
    bench.step({ kind: 'leave' }).map((effect) => effect.kind),
    ['left'],
  );
});

test('R22: a failed acquire does not keep a host from leaving', () => {
  const bench = memberBench({}, (each) => each.join(A, {}, { term: 1 }));
  bench.interfaceAnswers = false;
  bench.command(A, command('acquire', B, [X]));
  bench.step({ kind: 'configured', address: X, error: 'ENODEV' });
  assert.ok(bench.step({ kind: 'leave' }).some((effect) => effect.kind === 'left'));
});

test('R55: a leader that leaves without a fence gives what it served to another before it goes', () => {
  const bench = memberBench({ id: B, preferred: [X], fenced: false }, (each) => each.join(C));
  assert.equal(bench.phaseOf(X), 'online');
  bench.interfaceAnswers = false;
  bench.step({ kind: 'leave' });
  const effects = bench.step({ kind: 'deconfigured', address: X, error: null });
  assert.deepEqual(commandsIn(effects), [`acquire ${X} → ${C} (hot-spare)`]);
  const kinds = effects.map((effect) => effect.kind);
  assert.ok(kinds.indexOf('command') < kinds.indexOf('left'));
});

test('R24: a leader that is still releasing goes on leading', () => {
  const bench = memberBench({ id: B, preferred: [X], releaseScript: true }, (each) =>
    each.join(C, { preferred: [Y] }),
  );
  bench.run(INTERVAL);
  bench.says(C, { serving: [serves(Y)] });
  bench.step({ kind: 'leave' });
  bench.take();
  bench.says(C, { serving: [] });
  bench.run(2 * TIMEOUT);
  assert.equal(bench.monitor.leader, B);
  assert.equal(commandsIn(bench.take())[0], `acquire ${Y} → ${C} (preferred)`);
});

test('R22: leaving twice is leaving once', () => {
  const bench = serving({ releaseScript: true });
  bench.step({ kind: 'leave' });
  assert.deepEqual(effectsOf(bench.step({ kind: 'leave' }), 'run-script'), []);
});
