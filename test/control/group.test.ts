// One service monitor in production: effects are carried out in order, timers are kept, operators are answered.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitorSettings } from '../../src/core/settings.js';
import type { HostId, ServiceAddress } from '../../src/core/address.js';
import { instant, type Instant } from '../../src/core/time.js';
import { Group } from '../../src/control/group.js';
import { A, address, B, C, hostInformation, row, serves, settings, X, Y } from '../core/builders.js';
import { leadingGroups, Notebook } from './fake-ports.js';

const groups: Group[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.close();
});

function leading(changes: Partial<MonitorSettings> = {}): { group: Group; notebook: Notebook } {
  const notebook = new Notebook();
  const [group] = leadingGroups(notebook, changes) as [Group];
  groups.push(group);
  return { group, notebook };
}

const reportOfC = (notebook: Notebook) => ({
  id: C,
  incarnation: 1n,
  sequence: 1n,
  permit: true,
  joining: false,
  leaving: false,
  observer: false,
  term: 1,
  permittedAt: notebook.clock,
  relayedAt: notebook.clock,
  links: [notebook.clock],
});

test('R21: what the network process is asked of one kind in a row goes as one batch', () => {
  const services = Array.from({ length: 5 }, (_, index) => address(`10.77.0.${String(index + 1)}`));
  const { notebook, group } = leading();
  group.step({ kind: 'settings', settings: settings({ preferred: services }) });
  assert.deepEqual(notebook.take()[0], `network add ${services.join(' ')}`);
});

test('R61: what one step has to ask of is one question, however many were ordered', () => {
  const { group, notebook } = leading({ id: B, partition: 'probe' });
  const hear = (id: HostId, at: Instant) => ({ ...reportOfC(notebook), id, permittedAt: at, relayedAt: at });
  const says = (id: HostId, serving: ServiceAddress[]) =>
    ({
      kind: 'information',
      information: {
        host: hostInformation(id, { preferred: serving, serving: serving.map((each) => serves(each)) }),
        others: [],
        addresses: [],
      },
      incarnation: 1n,
      at: notebook.clock,
    }) as const;
  const died = notebook.clock;
  group.step(
    { kind: 'heard', at: died, reports: [hear(A, died), hear(C, died)] },
    says(A, []),
    says(C, [X, Y]),
  );
  for (let passed = 20; passed <= 60; passed += 20) {
    notebook.clock = instant(died + passed);
    group.step({ kind: 'heard', at: notebook.clock, reports: [hear(A, notebook.clock)] });
  }
  // It may be doubted by now, but nobody has asked for its addresses yet.
  notebook.clock = instant(died + 70);
  notebook.take();
  const orders = [X, Y].map((each) => ({ address: each, reason: 'fewest-addresses' }) as const);
  const order = { action: 'acquire', to: B, term: group.monitor.term, orders } as const;
  group.step({ kind: 'command', from: A, sequence: 9n, at: notebook.clock, command: order });
  assert.deepEqual(
    notebook.take().filter((line) => line.startsWith('network')),
    [`network probe ${X} ${Y}`],
  );
});

test('R22: what is released goes off the interface before the group is told that it is gone', () => {
  const { notebook, group } = leading({ preferred: [X] });
  group.step({ kind: 'configured', address: X, error: null });
  notebook.take();
  group.step({ kind: 'link', up: false, hardwareAddress: null });
  assert.deepEqual(notebook.take(), [`network remove ${X}`, 'publish at once']);
  assert.equal(notebook.publications.at(-1)?.information.host.serving[0]?.state, 'releasing');
});

test('R9: the newest publication is kept for a heartbeat process that comes later', () => {
  const { group, notebook } = leading();
  group.step({ kind: 'load', load: 3, capacity: 9 });
  assert.equal(group.publication, notebook.publications.at(-1));
  assert.equal(group.publication?.information.host.load, 3);
  assert.equal(group.publication.joining, false);
  assert.equal(group.publication.term, 1);
});

test('R8: each effect reaches the process that carries it out', () => {
  const { group, notebook } = leading({ acquireScript: true, releaseScript: true, preferred: [X] });
  group.step({ kind: 'configured', address: X, error: null });
  assert.ok(notebook.take().includes(`script acquire ${X}`));
  group.step({ kind: 'quiesce' });
  group.step({ kind: 'heard', at: notebook.clock, reports: [reportOfC(notebook)] });
  const host = hostInformation(C, { preferred: [Y] });
  group.step({
    kind: 'information',
    information: { host, others: [], addresses: [] },
    incarnation: 1n,
    at: notebook.clock,
  });
  assert.ok(notebook.lines.includes(`peers ${C}`));
  assert.ok(notebook.take().includes(`command acquire ${Y} to ${C}`));
  group.step({ kind: 'lease-ended' });
  assert.ok(notebook.take().includes(`cancel ${X}`));
  assert.ok(notebook.records.some((record) => record.event === 'lease-ended'));
});

test('R8: an operator is answered once, with what was done or why not', () => {
  const { group } = leading();
  const answers: unknown[] = [];
  group.ask({ kind: 'forget', address: X }, (answer) => answers.push(answer));
  group.ask({ kind: 'fail-back', address: null }, (answer) => answers.push(answer));
  assert.deepEqual(answers, [
    { error: `web: ${X} is not a service address of this group` },
    { done: ['web: nothing to do: every address is where it belongs'] },
  ]);
});

test('R8: an operator who asks a group that has left is answered as well', () => {
  const { group } = leading();
  group.step({ kind: 'leave' });
  const answers: unknown[] = [];
  group.ask({ kind: 'fail-back', address: null }, (answer) => answers.push(answer));
  assert.deepEqual(answers, [{ error: 'web: this host has left the group' }]);
});

test('R8: an operator whose request is under way when the group leaves is answered', () => {
  const { group, notebook } = leading();
  group.step({
    kind: 'heard',
    at: notebook.clock,
    reports: [{ ...reportOfC(notebook), id: address('10.77.1.1'), term: 9 }],
  });
  group.step({ kind: 'heard', at: notebook.clock, reports: [{ ...reportOfC(notebook), term: 9 }] });
  const host = hostInformation(C, { preferred: [X], serving: [serves(X)] });
  group.step({
    kind: 'information',
    information: { host, others: [], addresses: [row(X, C)] },
    incarnation: 1n,
    at: notebook.clock,
  });
  const answers: unknown[] = [];
  group.ask({ kind: 'move', address: X, host: B }, (answer) => answers.push(answer));
  assert.deepEqual(answers, []);
  group.step({ kind: 'leave' });
  assert.deepEqual(answers, [{ error: 'web: this host has left the group' }]);
});

test('R13: a group ticks by itself when its deadline comes', async () => {
  const notebook = new Notebook();
  const start = performance.now();
  notebook.now = () => instant(1000 + performance.now() - start);
  const group = new Group(settings({ preferred: [X] }), notebook);
  groups.push(group);
  notebook.drain = () => {
    setImmediate(() => {
      group.step({ kind: 'drained' });
    });
  };
  group.step({ kind: 'link', up: true, hardwareAddress: null }, { kind: 'listening' });
  for (let waited = 0; waited < 200 && !notebook.lines.includes(`network add ${X}`); waited++)
    await sleep(10);
  assert.ok(notebook.lines.includes(`network add ${X}`));
});

test('R13: a group that was closed ticks no more', async () => {
  const { group, notebook } = leading();
  const before = group.monitor.lastStepAt;
  group.close();
  notebook.clock = instant(notebook.clock + 5);
  await sleep(40);
  assert.equal(group.monitor.lastStepAt, before);
});

test('R22: a group that has left says so once, and ticks no more', () => {
  const { group, notebook } = leading({ preferred: [X] });
  group.step({ kind: 'configured', address: X, error: null });
  group.step({ kind: 'leave' });
  group.step({ kind: 'deconfigured', address: X, error: null });
  group.step({ kind: 'tick' });
  assert.deepEqual(
    notebook.take().filter((line) => line === 'left'),
    ['left'],
  );
  assert.equal(notebook.publications.at(-1)?.leaving, true);
});

test('R3: two groups of one host share nothing', () => {
  const web = leading({ group: 'web', preferred: [X] });
  const news = leading({ group: 'news' });
  web.group.step({ kind: 'quiesce' });
  assert.equal(news.group.monitor.quiesced, false);
  assert.equal(news.group.monitor.addresses.size, 0);
});

test('R2: what one test object says feeds every group that is linked to it', () => {
  const groupsOfHost = [
    leading({ group: 'web', tests: ['http'] }),
    leading({ group: 'news', tests: ['http'] }),
  ];
  for (const { group } of groupsOfHost)
    group.step({ kind: 'test', name: 'http', passed: false, detail: 'no' });
  for (const { group } of groupsOfHost) assert.equal(group.publication?.information.host.ok, false);
});
