// What the scripts process says of tests and loads, brought to the groups that name them.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Configuration } from '../../src/config/configuration.js';
import type { RecordEffect } from '../../src/core/effect.js';
import { Measurements } from '../../src/control/measurements.js';
import type { Group } from '../../src/control/group.js';
import type { LoadResult, TestResult } from '../../src/ipc/scripts-messages.js';
import { leadingGroups, Notebook } from './fake-ports.js';

const groups: Group[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.close();
});

interface Named {
  readonly tests?: readonly string[];
  readonly loads?: readonly string[];
}

/** All that is looked at of a configuration. */
function naming(named: Readonly<Record<string, Named>>, timing: object = {}): Configuration {
  const all = (kind: keyof Named) =>
    Object.fromEntries(
      Object.values(named).flatMap((group) => (group[kind] ?? []).map((name) => [name, timing])),
    );
  const sections = Object.entries(named).map(([name, { tests = [], loads = [] }]) => [
    name,
    { tests, loads },
  ]);
  const configuration = {
    groups: Object.fromEntries(sections) as object,
    tests: all('tests'),
    loads: all('loads'),
  };
  return configuration as Configuration;
}

function measuring(named: Readonly<Record<string, Named>>, timing: object = {}) {
  const made = leadingGroups(
    new Notebook(),
    ...Object.entries(named).map(([group, { tests = [] }]) => ({ group, tests })),
  );
  groups.push(...made);
  const notes: string[] = [];
  const byName = new Map(made.map((group) => [group.name, group]));
  const measurements = new Measurements(naming(named, timing), byName, (group, effect: RecordEffect) => {
    notes.push(`${group.name} ${effect.event}: ${effect.message}`);
  });
  const own = (name: string) => byName.get(name)!.publication!.information.host;
  return { measurements, byName, notes, own };
}

const testResult = (name: string, detail = ''): TestResult => ({
  kind: 'test',
  name,
  passed: detail === '',
  detail,
});
const measured = (name: string, load: number, capacity: number, error: string | null = null): LoadResult => ({
  kind: 'load',
  name,
  measured: { load, capacity },
  error,
});

test('R2, R14: one result feeds every group that names the test, and no other', () => {
  const { measurements, own } = measuring({ web: { tests: ['http'] }, mail: { tests: ['http'] }, news: {} });
  measurements.onResult(testResult('http', 'connect: ECONNREFUSED'));
  assert.deepEqual(own('web').failures, ['test http: connect: ECONNREFUSED']);
  assert.deepEqual(own('mail').failures, own('web').failures);
  assert.equal(own('news').ok, true);
  measurements.onResult(testResult('http'));
  assert.deepEqual([own('web').ok, own('mail').ok], [true, true]);
});

test('R2, R15: of the loads that a group names the highest utilization counts', () => {
  const { measurements, own } = measuring({ web: { loads: ['cpu', 'net'] }, mail: { loads: ['cpu'] } });
  measurements.onResult(measured('cpu', 20, 100));
  measurements.onResult(measured('net', 900, 1000));
  assert.deepEqual([own('web').load, own('web').capacity], [900, 1000]);
  assert.deepEqual([own('mail').load, own('mail').capacity], [20, 100]);
  measurements.onResult(measured('net', 100, 1000));
  assert.deepEqual([own('web').load, own('web').capacity], [20, 100]);
});

test('R15: a load that fails is told once, shown as long as it lasts, and changes nothing', () => {
  const { measurements, byName, notes, own } = measuring({ web: { loads: ['own'] } });
  measurements.onResult(measured('own', 7, 10));
  measurements.onResult(measured('own', 7, 10, 'load "-1" is negative'));
  measurements.onResult(measured('own', 7, 10, 'exit 1'));
  assert.deepEqual([own('web').load, own('web').capacity], [7, 10]);
  const warning = (error: string) => `load own: ${error}; the last measurement stands: 7 of 10`;
  assert.deepEqual(measurements.warningsOf(byName.get('web')!), [warning('exit 1')]);
  measurements.onResult(measured('own', 8, 10));
  assert.deepEqual(measurements.warningsOf(byName.get('web')!), []);
  assert.deepEqual(notes, [
    'web load-failed: web: load own cannot be measured: load "-1" is negative; the last measurement stands: 7 of 10',
    'web load-recovered: web: load own is measured again',
  ]);
  assert.equal(own('web').load, 8);
});

test('R14: a test that passed counts as failed when nothing was heard of the scripts process for too long, until its next result', () => {
  const timing = { interval: 1000, timeout: 500, fall: 2 };
  const { measurements, own } = measuring({ web: { tests: ['http'] } }, timing);
  measurements.onResult(testResult('http'));
  measurements.age(7499);
  assert.equal(own('web').ok, true);
  measurements.age(7500);
  const tooOld = ['test http: no result for 8 s: the scripts process does not answer'];
  assert.deepEqual(own('web').failures, tooOld);
  measurements.age(9000);
  measurements.reconfigure(naming({ web: { tests: ['http'] } }, timing));
  assert.deepEqual(own('web').failures, tooOld, 'told once, and a reload makes it no fresher');
  measurements.onResult(testResult('http'));
  assert.equal(own('web').ok, true);
});

test('R14: tests that are run very often have some seconds all the same, and what failed fails on for its own reason', () => {
  const timing = { interval: 50, timeout: 50, fall: 1 };
  const { measurements, own } = measuring({ web: { tests: ['http', 'tcp'] } }, timing);
  measurements.onResult(testResult('http'));
  measurements.onResult(testResult('tcp', 'connect: ECONNREFUSED'));
  measurements.age(4999);
  assert.deepEqual(own('web').failures, ['test tcp: connect: ECONNREFUSED']);
  measurements.age(5000);
  assert.deepEqual(own('web').failures, [
    'test http: no result for 5 s: the scripts process does not answer',
    'test tcp: connect: ECONNREFUSED',
  ]);
});

test('R56: a result that comes before the configuration that names it is not lost', () => {
  const { measurements, byName, own } = measuring({ web: {} });
  measurements.onResult(testResult('http', 'status 500'));
  measurements.onResult(measured('cpu', 5, 100));
  assert.deepEqual([own('web').ok, own('web').capacity], [true, 0]);
  const web = byName.get('web')!;
  web.step({ kind: 'settings', settings: { ...web.monitor.settings, tests: ['http'] } });
  measurements.reconfigure(naming({ web: { tests: ['http'], loads: ['cpu'] } }));
  assert.deepEqual(own('web').failures, ['test http: status 500']);
  assert.deepEqual([own('web').load, own('web').capacity], [5, 100]);
  web.step({ kind: 'settings', settings: { ...web.monitor.settings, tests: [] } });
  measurements.reconfigure(naming({ web: {} }));
  assert.deepEqual([own('web').ok, own('web').capacity], [true, 0]);
});

test('R14: the name of a test may be that of a property which every object has', () => {
  const { measurements, own } = measuring({ constructor: { tests: ['toString'] } });
  measurements.onResult(testResult('toString', 'no'));
  measurements.onResult(testResult('valueOf', 'no'));
  assert.deepEqual(own('constructor').failures, ['test toString: no']);
});
