import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldAddresses } from '../../src/network/held-addresses.js';
import type { Placement } from '../../src/network/placement.js';
import { serviceAddress } from './addressing.js';

const placement = (group: string, address: string): Placement => ({
  group,
  interface: 'svc0',
  index: 2,
  address: serviceAddress(address),
});

test('R52: a group holds something from its first address to its last, however often each is set or deleted', () => {
  const held = new HeldAddresses();
  const [first, second] = [placement('web', '10.0.0.1'), placement('web', '10.0.0.2')];
  for (const each of [first, first, second]) held.set(each);
  for (const each of [first, first]) held.delete(each);
  assert.deepEqual([...held.groups()], ['web']);
  held.delete(second);
  assert.deepEqual([...held.groups()], []);
});

test('an address that goes over to another group is held by that one alone', () => {
  const held = new HeldAddresses();
  held.set(placement('web', '10.0.0.1'));
  held.set(placement('mail', '10.0.0.1'));
  assert.deepEqual([...held.groups()], ['mail']);
});
