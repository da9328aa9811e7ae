// R9–R11: information messages as bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressFromBytes, type Address } from '../../src/core/address.js';
import type { HostInformation, Information } from '../../src/core/host-information.js';
import { milliseconds } from '../../src/core/time.js';
import { WireError } from '../../src/wire/bytes.js';
import { MAX_HOSTS, MAX_SERVICE_ADDRESSES, MAX_SNAPSHOT_BYTES } from '../../src/wire/limits.js';
import { decodeSnapshot, encodeSnapshot } from '../../src/wire/snapshot.js';
import { hostInformation as anyHost, information, mutation } from './arbitraries.js';

const host = (changes: Partial<HostInformation> = {}): HostInformation => ({
  id: '10.77.1.11' as Address,
  controlAddresses: ['10.77.1.11' as Address],
  hardwareAddress: null,
  ok: true,
  failures: [],
  quiesced: false,
  observer: false,
  dns: false,
  load: 0,
  capacity: 0,
  preferred: [],
  serving: [],
  partitioned: [],
  unheard: [],
  ...changes,
});

const alone = (changes: Partial<HostInformation> = {}): Information => ({
  host: host(changes),
  others: [],
  addresses: [],
});

/** Distinct addresses of 16 bytes that share nothing. */
const six = (index: number): Address => {
  const bytes = Buffer.alloc(16, 0xfd);
  bytes.writeUInt32BE(Math.imul(index + 1, 0x9e3779b1) >>> 0, 4);
  bytes.writeUInt32BE(index, 12);
  return addressFromBytes(bytes);
};

const decodesOrRefuses = (bytes: Uint8Array): void => {
  try {
    decodeSnapshot(bytes);
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
  }
};

test('R9, R10, R11: an information message arrives as it was sent', () => {
  fc.assert(
    fc.property(information, (sent) => {
      assert.deepEqual(decodeSnapshot(encodeSnapshot(sent)), sent);
    }),
  );
});

test('R9: equal information is equal bytes', () => {
  fc.assert(
    fc.property(information, (sent) => {
      assert.deepEqual(encodeSnapshot(decodeSnapshot(encodeSnapshot(sent))), encodeSnapshot(sent));
    }),
  );
});

test('R51: random bytes are refused or read, and nothing else happens', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), decodesOrRefuses), { numRuns: 2000 });
});

test('R51: bytes that begin as a message and go on at random are refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(information, fc.uint8Array({ maxLength: 200 }), fc.nat(), (sent, rest, at) => {
      const bytes = encodeSnapshot(sent);
      decodesOrRefuses(Uint8Array.from([...bytes.subarray(0, at % bytes.length), ...rest]));
    }),
  );
});

test('R51: a message that was tampered with is refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(information, fc.array(mutation, { minLength: 1, maxLength: 4 }), (sent, mutations) => {
      decodesOrRefuses(mutations.reduce<Uint8Array>((bytes, change) => change(bytes), encodeSnapshot(sent)));
    }),
    { numRuns: 1000 },
  );
});

test('R51: a message that is cut short anywhere is refused', () => {
  const bytes = encodeSnapshot(alone({ preferred: [six(1)], serving: [] }));
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => decodeSnapshot(bytes.subarray(0, length)), WireError, String(length));
});

test('R51: a message with anything behind its end is refused', () => {
  assert.throws(() => decodeSnapshot(Buffer.concat([encodeSnapshot(alone()), Buffer.alloc(1)])), WireError);
});

test('R56: a format of another version is refused by its name', () => {
  const bytes = Buffer.from(encodeSnapshot(alone()));
  bytes.writeUInt8(200, 0);
  assert.throws(() => decodeSnapshot(bytes), /snapshot format 200/);
});

test('R10: load and capacity are unsigned 32-bit', () => {
  const sent = alone({ load: 0xffff_ffff, capacity: 0xffff_ffff });
  assert.deepEqual(decodeSnapshot(encodeSnapshot(sent)), sent);
});

test('R58: a reason that this version does not know reads as none', () => {
  const served = {
    address: '10.77.0.101' as Address,
    state: 'online',
    reason: 'paused',
    attempts: 0,
  } as const;
  const bytes = Buffer.from(encodeSnapshot(alone({ serving: [served] })));
  const known = Buffer.from([25]);
  const at = bytes.indexOf(known, bytes.length - 12);
  bytes.writeUInt8(250, at);
  assert.equal(decodeSnapshot(bytes).host.serving[0]?.reason, 'none');
});

test('R10: a sentence that is too long is cut between two characters', () => {
  const sentence = `${'x'.repeat(254)}€ and more`;
  const [read] = decodeSnapshot(encodeSnapshot(alone({ failures: [sentence] }))).host.failures;
  assert.equal(read, 'x'.repeat(254));
});

test('R10: of very many failures the first are told', () => {
  const failures = Array.from({ length: 100 }, (_, index) => `test ${String(index)}: fails`);
  const read = decodeSnapshot(encodeSnapshot(alone({ failures }))).host.failures;
  assert.deepEqual(read, failures.slice(0, 8));
});

/** A group of `MAX_SERVICE_ADDRESSES` IPv6 addresses, of which this host serves and prefers all. */
function largest(changes: { age?: number } = {}): Information {
  const services = Array.from({ length: MAX_SERVICE_ADDRESSES }, (_, index) => six(index));
  return {
    host: host({
      id: six(5000),
      controlAddresses: Array.from({ length: 8 }, (_, index) => six(5000 + index)),
      preferred: services,
      serving: services.map((address) => ({ address, state: 'online', reason: 'preferred', attempts: 0 })),
    }),
    others: [],
    addresses: services.map((address, index) => ({
      address,
      preferredHost: six(5000 + (index % MAX_HOSTS)),
      age: milliseconds(changes.age ?? 0),
      decision: { kind: 'move', host: six(5000 + ((index + 1) % MAX_HOSTS)) },
      decisionVersion: 0xffff_ffff,
    })),
  };
}

test('R35: the last host of the largest group can still say all that it serves', () => {
  const sent = largest({ age: 10 * 365 * 86_400_000 });
  const bytes = encodeSnapshot(sent);
  assert.ok(bytes.length <= MAX_SNAPSHOT_BYTES);
  assert.deepEqual(decodeSnapshot(bytes), sent);
});

test('R9: what is relayed of others gives way where it does not fit; what the host says of itself does not', () => {
  const sent = largest();
  const others = Array.from({ length: MAX_HOSTS }, (_, index) => ({
    host: host({ id: six(9000 + index), failures: ['x'.repeat(250), 'y'.repeat(250)] }),
    age: milliseconds(3),
  }));
  const bytes = encodeSnapshot({ ...sent, others });
  assert.ok(bytes.length <= MAX_SNAPSHOT_BYTES);
  const read = decodeSnapshot(bytes);
  assert.deepEqual(read.host, sent.host);
  assert.deepEqual(read.addresses, sent.addresses);
  assert.deepEqual(read.others, others.slice(0, read.others.length));
  assert.ok(read.others.length > 0);
});

test('R9: a message of any hosts that fits is sent whole', () => {
  fc.assert(
    fc.property(fc.array(anyHost, { maxLength: 20 }), (hosts) => {
      const others = hosts.map((each) => ({ host: each, age: milliseconds(1) }));
      assert.equal(decodeSnapshot(encodeSnapshot({ ...alone(), others })).others.length, hosts.length);
    }),
    { numRuns: 30 },
  );
});
