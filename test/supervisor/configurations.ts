// Checked configurations for tests, as short as they can be said.

import { parseAddress } from '../../src/core/address.js';
import type { Address } from '../../src/core/address.js';
import { milliseconds } from '../../src/core/time.js';
import type { Configuration, GroupConfiguration } from '../../src/config/configuration.js';

export const address = (text: string): Address => {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
};

export const groupOf = (changes: Partial<GroupConfiguration>): GroupConfiguration => ({
  address: { address: address('239.255.77.1'), port: 5405 },
  peers: null,
  key: ['/nonexistent/web.key'],
  interface: 'svc0',
  prefer: [],
  observe: false,
  heartbeat: { interval: milliseconds(20), timeout: milliseconds(100) },
  orphanTimeout: milliseconds(1000),
  failBack: milliseconds(0),
  assign: 'fewest-addresses',
  fence: 'none',
  partition: 'probe',
  tests: [],
  loads: [],
  onAcquire: null,
  onRelease: null,
  dns: null,
  ...changes,
});

export const configurationOf = (changes: Partial<Configuration>): Configuration => ({
  control: ['ctl0'],
  id: null,
  groups: { web: groupOf({}) },
  tests: {},
  loads: {},
  snmp: { sinks: [] },
  web: null,
  log: { level: 'debug' },
  ...changes,
});
