// What every configuration that is handed out promises to the rest of the daemon.

import assert from 'node:assert/strict';
import { isAbsolute } from 'node:path';
import type { Configuration, GroupConfiguration } from '../../src/config/configuration.js';
import { familyOf, parseAddress } from '../../src/core/address.js';

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Throws where the configuration breaks a promise of its contract. */
export function assertInvariants(configuration: Configuration): void {
  assertFrozen(configuration);
  const { control, groups, tests, loads } = configuration;
  assert(control.length >= 1 && control.length <= 8 && new Set(control).size === control.length);
  assert(Object.keys(groups).length >= 1);
  for (const key of [groups, tests, loads].flatMap((record) => Object.keys(record))) assert.match(key, NAME);
  const service: string[] = [];
  for (const group of Object.values(groups)) {
    assertGroup(group);
    for (const test of group.tests) assert(Object.hasOwn(tests, test));
    for (const load of group.loads) assert(Object.hasOwn(loads, load));
    service.push(...group.prefer.map(({ address }) => address));
  }
  assert.equal(new Set(service).size, service.length, 'a service address belongs to one group');
  for (const test of Object.values(tests)) assertSpan(test.interval, test.timeout);
  for (const load of Object.values(loads)) assertSpan(load.interval);
  assert(Buffer.byteLength(JSON.stringify(configuration)) < 900_000);
}

function assertGroup(group: GroupConfiguration): void {
  const { interval, timeout } = group.heartbeat;
  assertSpan(interval, timeout, group.orphanTimeout);
  assert(interval >= 1 && interval <= 60_000 && timeout > interval);
  assert(group.failBack === 'never' || (Number.isSafeInteger(group.failBack) && group.failBack >= 0));
  assert(group.address.port >= 1 && group.address.port <= 65535);
  assert.equal(parseAddress(group.address.address), group.address.address);
  assert(
    group.peers === null || group.peers.every((peer) => familyOf(peer) === familyOf(group.address.address)),
  );
  assert(group.key.length >= 1 && group.key.every(isAbsolute));
  assert(group.prefer.length <= 1000 && (!group.observe || group.prefer.length === 0));
  for (const { address, prefix } of group.prefer) {
    assert.equal(parseAddress(address), address);
    assert(Number.isInteger(prefix) && prefix >= 1 && prefix <= (familyOf(address) === 4 ? 32 : 128));
  }
  for (const script of [group.onAcquire, group.onRelease])
    if (script !== null) assert(script.command[0]?.startsWith('/'));
  const { dns } = group;
  if (dns === null) return;
  assert(dns.lowWater < dns.highWater && dns.scale >= 100 && dns.scale <= 1000 && dns.minimum >= 0);
  assert((dns.file === null) !== (dns.update === null));
}

const assertSpan = (...spans: number[]): void => {
  for (const span of spans) assert(Number.isSafeInteger(span) && span > 0);
};

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  assert(Object.isFrozen(value));
  for (const inner of Object.values(value)) assertFrozen(inner);
}
