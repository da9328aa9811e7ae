import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { changedFields, differenceOf, isEmpty } from '../../src/config/difference.js';
import { Workspace } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

const BASE = `control: [ctl0]
groups:
  a: {address: 239.1.1.1:1, key: web.key, interface: svc0, prefer: [10.0.0.1/24, 10.0.0.2/24], tests: [t]}
  b: {address: 239.1.1.1:2, key: web.key, interface: svc0, loads: [l]}
tests:
  t: {tcp: {port: 80}}
loads:
  l: {cpu: }
log: {level: info}
`;

const after_ = (from: string, to: string) => {
  assert(BASE.includes(from));
  return differenceOf(workspace.configuration(BASE), workspace.configuration(BASE.replace(from, to)));
};

const NOTHING = { restartNeeded: [], groups: { added: [], removed: [], changed: [] }, others: [] };

test('R56: a reload of the same configuration, however written, changes nothing', () => {
  const difference = after_(
    'prefer: [10.0.0.1/24, 10.0.0.2/24]',
    'fail-back: now, prefer: [10.0.0.2/24, 10.0.0.1/24]',
  );
  assert.deepEqual(difference, NOTHING);
  assert(isEmpty(difference));
});

test('R56: a group that changed is named, and no other', () => {
  const difference = after_('prefer: [10.0.0.1/24, ', 'prefer: [');
  assert.deepEqual(difference, { ...NOTHING, groups: { added: [], removed: [], changed: ['a'] } });
  assert(!isEmpty(difference));
});

test('R56: a group changes with the test and load objects that it uses', () => {
  assert.deepEqual(after_('port: 80', 'port: 81'), {
    ...NOTHING,
    groups: { added: [], removed: [], changed: ['a'] },
    others: ['tests'],
  });
  assert.deepEqual(after_('cpu: ', 'memory: '), {
    ...NOTHING,
    groups: { added: [], removed: [], changed: ['b'] },
    others: ['loads'],
  });
});

test('R56: groups are added and removed', () => {
  assert.deepEqual(after_('  a: {', '  c: {').groups, { added: ['c'], removed: ['a'], changed: [] });
});

test('R56: control interfaces and the host id need a restart', () => {
  assert.deepEqual(after_('control: [ctl0]', 'control: [ctl0, ctl1]\nid: 10.0.0.9').restartNeeded, [
    'control',
    'id',
  ]);
});

test('R56: what belongs to no group is named by its key', () => {
  assert.deepEqual(
    after_(
      'log: {level: info}',
      'log: {level: debug}\nweb: {listen: 127.0.0.1:1}\nsnmp: {sinks: [{host: 10.0.0.1}]}',
    ).others,
    ['log', 'snmp', 'web'],
  );
});

test('R56: the fields of a group that changed are named', () => {
  const groupA = (yaml: string) => {
    const group = workspace.configuration(yaml).groups['a'];
    assert(group !== undefined);
    return group;
  };
  assert.deepEqual(
    changedFields(
      groupA(BASE),
      groupA(BASE.replace('tests: [t]', 'tests: [t], heartbeat: {timeout: 1s}, fence: none')),
    ),
    ['heartbeat', 'fence'],
  );
});
