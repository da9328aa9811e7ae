// R6, R58: what status says of this host's own control interfaces.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interfaceFaults } from '../../src/control/interface-faults.js';
import { A } from '../core/builders.js';

const named = (name: string, index: number): Parameters<typeof interfaceFaults>[0][number] => ({
  name,
  index,
  address: A,
  prefix: 24,
  addresses: [],
});

test('R6, R58: a control interface that is missing, and one without carrier, are told apart from a whole one', () => {
  const interfaces = [named('ctl0', 2), named('ctl1', 0), named('ctl2', 3)];
  assert.deepEqual(
    [...interfaceFaults(interfaces, new Set(['ctl0', 'ctl1']))],
    [
      ['ctl1', 'does not exist, or has no address'],
      ['ctl2', 'is down, or has no carrier or no address'],
    ],
  );
});

test('R6: the kernel is asked which interfaces carry', () => {
  assert.deepEqual([...interfaceFaults([named('lo', 1)])], []);
  assert.deepEqual([...interfaceFaults([named('raisd-none', 7)]).keys()], ['raisd-none']);
});
