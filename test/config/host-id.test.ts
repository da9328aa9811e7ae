// R10: the id of a host is to be the same at each start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idWarning } from '../../src/config/host-id.js';
import { parseAddress, type Address } from '../../src/core/address.js';

const [FIRST, SECOND] = ['10.77.1.11', '10.77.2.11'].map((text) => parseAddress(text)) as [Address, Address];
const ctl0 = (...addresses: Address[]) => ({
  name: 'ctl0',
  addresses: addresses.map((address) => ({ address })),
});

test('R10: an id that is the first control interface’s, or that the configuration says, is well', () => {
  assert.equal(idWarning(null, FIRST, ctl0(FIRST)), null);
  assert.equal(idWarning(SECOND, SECOND, ctl0()), null);
});

test('R10, R58: an id taken from another interface, because the first was missing, is told with what to do', () => {
  const told = idWarning(null, SECOND, ctl0()) ?? '';
  assert.match(told, /is 10\.77\.2\.11, no address of its first control interface ctl0, which is missing/);
  assert.match(told, /write the id .* into the configuration \(id: …\)/);
});

test('R10, R58: it is told as well when that interface has come meanwhile', () => {
  assert.match(idWarning(null, SECOND, ctl0(FIRST)) ?? '', /ctl0, which has 10\.77\.1\.11 now: at another/);
});
