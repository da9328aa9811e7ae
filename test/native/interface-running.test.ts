import '../network/own-namespace.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processAddon } from '../../src/ipc/process-addon.js';
import { ip } from '../network/segment.js';

test('an interface runs while it is up and has carrier', () => {
  const [name, other] = ['ctl0', 'ctl1'];
  ip([`link add ${name} type veth peer name ${other}`]);
  assert.equal(processAddon.isInterfaceRunning(name), false, 'down');
  ip([`link set ${name} up`]);
  assert.equal(processAddon.isInterfaceRunning(name), false, 'without carrier');
  ip([`link set ${other} up`]);
  assert.equal(processAddon.isInterfaceRunning(name), true);
  assert.equal(processAddon.isInterfaceRunning('no-such-if'), false);
  assert.equal(processAddon.isInterfaceRunning('a-name-that-no-interface-can-have'), false);
});
