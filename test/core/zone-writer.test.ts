// R41: one writer at a time, who goes on from what is really published; and what it tells of each change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId, ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import { handOverPatience } from '../../src/core/settings.js';
import { zoneEntries } from '../../src/core/zone-writer.js';
import { memberBench, type Bench } from './bench.js';
import { A, address, B, C, D, effectsOf, TIMEOUT, X, Y, Z, ZONE } from './builders.js';

const zoneEffects = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.kind === 'zone') return [`zone ${effect.addresses.join(' ')}`];
    return effect.kind === 'watch-zone' || effect.kind === 'leave-zone' ? [effect.kind] : [];
  });

const told = (bench: Bench, ...published: ServiceAddress[]): string[] =>
  zoneEffects(bench.step({ kind: 'zone-told', published, error: null }));

const messages = (effects: readonly Effect[], event: string): string[] =>
  effectsOf(effects, 'record').flatMap((each) => (each.event === event ? [each.message] : []));

const percent = (load: number) => ({ load, capacity: 100 });

/** B is told to write a zone; C prefers Y, D prefers Z, neither has dns configured. */
function writer(changes: Parameters<typeof memberBench>[0] = {}, more?: (bench: Bench) => void): Bench {
  return memberBench({ id: B, preferred: [X], dns: ZONE, ...changes }, (bench) => {
    bench.join(C, { preferred: [Y] }).join(D, { preferred: [Z] });
    more?.(bench);
  });
}

test('R41: a writer first asks what is published, and changes nothing before it knows', () => {
  const bench = writer();
  assert.equal(bench.monitor.zone.role, 'reading');
  assert.deepEqual(zoneEffects(bench.run(5 * ZONE.interval)), []);
  assert.deepEqual(told(bench, X), [`zone ${X} ${Y} ${Z}`]);
  assert.deepEqual(zoneEffects(bench.run(5 * ZONE.interval)), []);
});

test('R41: where what is published cannot be read, it is written all the same', () => {
  const bench = writer();
  const effects = bench.step({ kind: 'zone-told', published: null, error: 'no answer' });
  assert.deepEqual(zoneEffects(effects), [`zone ${X} ${Y} ${Z}`]);
  assert.deepEqual(messages(effects, 'zone-failed'), ['web: zone web.example.org: no answer']);
});

test('R38, R41: a new writer goes on from what is published: between the marks stays in what was in', () => {
  const between = percent(70);
  const bench = writer({ dns: { ...ZONE, minimum: 1 } });
  for (const host of [C, D]) bench.says(host, between);
  assert.deepEqual(told(bench, X, Y), [`zone ${X} ${Y}`]);
});

test('R41: the lowest live host that has dns configured writes; the others watch, and one takes over when it dies', () => {
  const bench = writer({}, (each) => each.join(A, { dns: true }));
  assert.equal(bench.monitor.zone.writer, A);
  assert.equal(bench.monitor.zone.role, 'watching');
  assert.deepEqual(told(bench, X, Y, Z), []);
  bench.dies(A);
  const effects = bench.run(3 * TIMEOUT);
  assert.deepEqual(zoneEffects(effects), ['watch-zone']);
  assert.deepEqual(messages(effects, 'zone-writer'), [
    `web: zone web.example.org: ${B} writes it from now on`,
  ]);
  // It keeps the set from now on, although it is the one that was found.
  assert.deepEqual(told(bench, X, Y, Z), [`zone ${X} ${Y} ${Z}`]);
});

test('R41: a lower host with dns configured takes the zone over, once it has joined and its control process runs', () => {
  const bench = writer();
  told(bench, X);
  bench.join(A, { dns: true }, { joining: true });
  assert.equal(bench.monitor.zone.writer, B);
  bench.puppet(A).permit = false;
  bench.puppet(A).joining = false;
  bench.run(50);
  assert.equal(bench.monitor.zone.writer, B);
  bench.puppet(A).permit = true;
  const effects = bench.run(50);
  assert.equal(bench.monitor.zone.writer, A);
  assert.deepEqual(zoneEffects(effects), ['watch-zone']);
  assert.deepEqual(zoneEffects(bench.run(3 * ZONE.interval)), []);
});

test('R41: an observer writes and is not in the zone; a lower member without dns does not count', () => {
  const bench = writer({ id: D, observer: true, preferred: [] }, (each) =>
    each.join(A, { preferred: [X] }).join(D, {}, { alive: false }),
  );
  bench.puppets.delete(D);
  assert.equal(bench.monitor.zone.writer, D);
  assert.deepEqual(told(bench), [`zone ${X} ${Y}`]);
});

test('R36: what dies, fails, is quiesced, joins or comes shows at the next pass, with the reason', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const change = (act: () => void): [string[], string[]] => {
    act();
    const effects = bench.run(ZONE.interval + TIMEOUT);
    return [zoneEffects(effects), messages(effects, 'zone').map((each) => each.replace(/^.*org: /, ''))];
  };
  assert.deepEqual(
    change(() => bench.says(C, { ok: false, failures: ['test http: refused'] })),
    [[`zone ${X} ${Z}`], [`${Y} goes out (${C} is failed: test http: refused)`]],
  );
  assert.deepEqual(
    change(() => bench.says(C, { ok: true, failures: [] })),
    [[`zone ${X} ${Y} ${Z}`], [`${Y} comes in (${C} is not measured)`]],
  );
  assert.deepEqual(
    change(() => bench.says(D, { quiesced: true })),
    [[`zone ${X} ${Y}`], [`${Z} goes out (${D} is quiesced)`]],
  );
  assert.deepEqual(
    change(() => bench.dies(C)),
    [[`zone ${X}`], [`${Y} goes out (orphaned: ${C} is silent)`]],
  );
  // R34.
  const W = address('10.77.0.100');
  assert.deepEqual(
    change(() => bench.join(A, { preferred: [W] }, { joining: true })),
    [[], []],
  );
  assert.deepEqual(
    change(() => (bench.puppet(A).joining = false)),
    [[`zone ${W} ${X}`], [`${W} comes in (${A} is not measured)`]],
  );
});

test('R38, R39, R58: loads move addresses out above the high mark and in below the low one, and the reason is told', () => {
  const bench = writer({ dns: { ...ZONE, minimum: 1 } });
  told(bench, X, Y, Z);
  const load = (host: HostId, used: number): string[] => {
    bench.says(host, percent(used));
    return messages(bench.run(ZONE.interval), 'zone').map((each) => each.replace(/^.*org: /, ''));
  };
  assert.deepEqual(load(C, 80), []);
  assert.deepEqual(load(C, 81), [`${Y} goes out (${C} uses 81 %, above the high water mark of 80 %)`]);
  assert.deepEqual(load(C, 61), []);
  assert.deepEqual(load(C, 60), [`${Y} comes in (${C} uses 60 %)`]);
  assert.deepEqual(load(C, 79), []);
});

test('R41: a new writer that finds nobody able keeps the set as soon as somebody is, also where it is the one that was found', () => {
  const bench = writer();
  for (const host of [C, D]) bench.says(host, { ok: false, failures: ['test'] });
  bench.step({ kind: 'quiesce' });
  assert.deepEqual(told(bench, X, Y, Z), []);
  for (const host of [C, D]) bench.says(host, { ok: true, failures: [] });
  bench.step({ kind: 'resume' });
  assert.deepEqual(zoneEffects(bench.run(3 * ZONE.interval)), [`zone ${X} ${Y} ${Z}`]);
});

test('R39: with no able host left the last set stays published', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  for (const host of [C, D]) bench.says(host, { ok: false, failures: ['test'] });
  bench.step({ kind: 'quiesce' });
  assert.deepEqual(zoneEffects(bench.run(3 * ZONE.interval)), []);
  assert.deepEqual(bench.monitor.zone.last, [X, Y, Z]);
});

test('R61: a partitioned host lives: its address stays in the zone', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const advertised = (): ServiceAddress[] =>
    zoneEntries(bench.monitor, ZONE).flatMap((entry) => (entry.advertised ? [entry.address] : []));
  const peer = bench.monitor.peers.get(C)!;
  peer.state = 'silent';
  assert.deepEqual(advertised(), [X, Z]);
  peer.state = 'partitioned';
  assert.deepEqual(advertised(), [X, Y, Z]);
});

test('R40: that somebody else changed the records is told once; that the writer is late is not', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  told(bench, X, Y, Z);
  const foreign = (...published: ServiceAddress[]): string[] =>
    messages(bench.step({ kind: 'zone-told', published, error: null }), 'zone-foreign');
  assert.deepEqual(foreign(X, Y, Z), []);
  assert.equal(foreign(X).length, 1);
  assert.deepEqual(foreign(X), []);
  assert.deepEqual(foreign(X, Y, Z), []);
  bench.says(D, { quiesced: true });
  bench.run(ZONE.interval);
  // What it had before the pass is not what somebody else wrote.
  assert.deepEqual(foreign(X, Y, Z), []);
  assert.deepEqual(foreign(X, Y), []);
});

test('R40: a failure is told once, and its end as well', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const fails = (error: string | null): string[] =>
    effectsOf(bench.step({ kind: 'zone-told', published: null, error }), 'record').map((each) => each.event);
  assert.deepEqual(fails('no answer'), ['zone-failed']);
  assert.deepEqual(fails('no answer'), []);
  assert.deepEqual(fails(null), ['zone-recovered']);
});

test('R40: a server that is down is told once, however its silence is worded; status has the newest wording', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const fails = (error: string | null): string[] =>
    effectsOf(bench.step({ kind: 'zone-told', published: null, error }), 'record').map((each) => each.event);
  const wordings = ['it does not answer (ETIMEOUT)', 'nobody listens there (ECONNREFUSED)'];
  assert.deepEqual([...wordings, ...wordings].flatMap(fails), ['zone-failed']);
  assert.equal(bench.monitor.zone.error, wordings[1]);
  assert.deepEqual([null, null].flatMap(fails), ['zone-recovered']);
  assert.deepEqual(wordings.flatMap(fails), ['zone-failed']);
});

test('R41: what a host could not read while it only watched is told when it becomes the writer', () => {
  const bench = writer({}, (each) => each.join(A, { dns: true }));
  const fails = (): string[] =>
    messages(bench.step({ kind: 'zone-told', published: null, error: 'no answer' }), 'zone-failed');
  assert.deepEqual(fails(), []);
  assert.equal(bench.monitor.zone.error, 'no answer');
  bench.dies(A);
  bench.run(3 * TIMEOUT);
  assert.equal(fails().length, 1);
  assert.deepEqual(fails(), []);
});

test('R41, R56: a reload that takes dns away, or changes its name, begins anew', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const reload = (dns: typeof ZONE | null): string[] =>
    zoneEffects(bench.step({ kind: 'settings', settings: { ...bench.monitor.settings, dns } }));
  assert.deepEqual(reload({ ...ZONE, name: 'ftp.web.example.org' }), ['leave-zone', 'watch-zone']);
  assert.deepEqual(told(bench), [`zone ${X} ${Y} ${Z}`]);
  assert.deepEqual(reload(null), ['leave-zone']);
  assert.deepEqual(told(bench, X), []);
});

test('R41: who leaves the group in order lets go of the zone', () => {
  const bench = writer();
  told(bench, X, Y, Z);
  const effects = [...bench.step({ kind: 'leave' }), ...bench.run(handOverPatience(TIMEOUT))];
  assert.deepEqual(zoneEffects(effects), ['watch-zone', 'leave-zone']);
});
