// What a control process is started with: one host in one group.

import assert from 'node:assert/strict';
import type { Configuration } from '../../src/config/configuration.js';
import { milliseconds } from '../../src/core/time.js';
import type { Supervisor } from '../../src/ipc/role.js';
import type { StartMessage } from '../../src/ipc/supervisor-messages.js';
import { A, address, X } from '../core/builders.js';

export const configurationWith = (serviceInterface: string): Configuration => ({
  control: ['ctl0'],
  id: null,
  groups: {
    web: {
      address: { address: address('239.255.77.1'), port: 5405 },
      peers: null,
      key: [],
      interface: serviceInterface,
      prefer: [{ address: X, prefix: 24 }],
      observe: false,
      heartbeat: { interval: milliseconds(20), timeout: milliseconds(100) },
      orphanTimeout: milliseconds(1e9),
      failBack: milliseconds(0),
      assign: 'fewest-addresses',
      fence: 'none',
      partition: 'ignore',
      tests: [],
      loads: [],
      onAcquire: null,
      onRelease: null,
      dns: null,
    },
  },
  tests: {},
  loads: {},
  snmp: { sinks: [] },
  web: null,
  log: { level: 'info' },
});

const own = { address: A, prefix: 24 };

export const START: StartMessage = {
  kind: 'start',
  version: '',
  hostId: A,
  controlInterfaces: [{ name: 'ctl0', index: 0, ...own, addresses: [own] }],
  configuration: configurationWith('svc0'),
  keys: {},
  startedAt: '',
};

/** Who hears nothing and is told of no failure. */
export const supervisor: Supervisor = {
  send: () => true,
  fail: (reason) => assert.fail(reason),
};
