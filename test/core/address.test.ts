// R50: addresses as values, compared with node:net and with big integers.

import assert from 'node:assert/strict';
import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addressBytes,
  addressFromBytes,
  compareAddresses,
  familyOf,
  parseAddress,
  sameSubnet,
  sortAddresses,
  type Address,
} from '../../src/core/address.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Zeroes in runs, so that `::` is met in every place. */
const v6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
const anyBytes = fc.oneof(bytes(4), v6Bytes, bytes(16));
const anyAddress: fc.Arbitrary<Address> = anyBytes.map(addressFromBytes);

/** Ways in which people write the same address. */
const spellings = fc.tuple(v6Bytes, fc.boolean(), fc.boolean()).map(([value, upper, full]) => {
  const groups = Array.from({ length: 8 }, (_, i) => ((value[2 * i]! << 8) | value[2 * i + 1]!).toString(16));
  const text = groups.map((group) => (full ? group.padStart(4, '0') : group)).join(':');
  return { value, text: upper ? text.toUpperCase() : text };
});

/** Texts that are nearly addresses. */
const nearly = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:.%/ -x'), maxLength: 45 }),
  fc.ipV4(),
  fc.ipV6(),
  fc
    .tuple(fc.ipV6(), fc.nat(50), fc.constantFrom(':', '::', '.', '0', 'g', ' '))
    .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at)),
  fc
    .tuple(fc.ipV4(), fc.nat(20), fc.constantFrom(':', '.', '0', '00', ' '))
    .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at)),
);

const number = (value: Uint8Array): bigint => value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

test('R50: exactly what node:net takes for an address is one', () => {
  fc.assert(
    fc.property(nearly, (text) => {
      // A zone belongs to an interface and not to an address.
      const expected = isIP(text) !== 0 && !text.includes('%');
      assert.equal(parseAddress(text) !== null, expected, text);
    }),
    { numRuns: 3000 },
  );
});

test('R50: parsing yields the canonical text, whatever the spelling', () => {
  fc.assert(
    fc.property(spellings, ({ value, text }) => {
      assert.equal(parseAddress(text), addressFromBytes(value));
    }),
  );
});

test('R50: the canonical text is parsed to itself, and to the same bytes', () => {
  fc.assert(
    fc.property(anyBytes, (value) => {
      const address = addressFromBytes(value);
      assert.equal(parseAddress(address), address);
      assert.deepEqual(Buffer.from(addressBytes(address)), Buffer.from(value));
    }),
  );
});

test('R50: the canonical text is the one that the platform writes (RFC 5952)', () => {
  fc.assert(
    fc.property(v6Bytes, (value) => {
      // The platform writes IPv4-mapped and IPv4-compatible addresses with a dotted tail.
      fc.pre(value.subarray(0, 10).some((byte) => byte !== 0));
      const address = addressFromBytes(value);
      assert.equal(new SocketAddress({ address, family: 'ipv6' }).address, address);
    }),
  );
});

test('R50: the family is the one that node:net sees', () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      assert.equal(familyOf(address) === 6, isIPv6(address));
      assert.equal(familyOf(address) === 4, isIPv4(address));
    }),
  );
});

test('R24: addresses are compared as numbers, IPv4 before IPv6', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      const [x, y] = [addressFromBytes(a), addressFromBytes(b)];
      const difference = a.length === b.length ? number(a) - number(b) : BigInt(a.length - b.length);
      const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
      assert.equal(Math.sign(compareAddresses(x, y)), expected);
    }),
  );
});

test('R24: sorting is by number and changes nothing else', () => {
  fc.assert(
    fc.property(fc.array(bytes(4), { maxLength: 20 }), (values) => {
      const sorted = sortAddresses(values.map(addressFromBytes));
      const numbers = sorted.map((address) => number(addressBytes(address)));
      const expected = values.map(number).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      assert.deepEqual(numbers, expected);
    }),
  );
});

test('R60: two addresses are in one subnet when their first bits agree', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(4, 16)
        .chain((length) => fc.tuple(bytes(length), bytes(length), fc.nat(length * 8), fc.boolean())),
      ([a, b, prefix, alike]) => {
        const other = Uint8Array.from(b);
        if (alike) other.set(a.subarray(0, Math.ceil(prefix / 8)));
        const shift = BigInt(a.length * 8 - prefix);
        const expected = number(a) >> shift === number(other) >> shift;
        assert.equal(sameSubnet(addressFromBytes(a), addressFromBytes(other), prefix), expected);
      },
    ),
  );
});

test('R50: addresses of two families are never in one subnet', () => {
  assert.equal(sameSubnet('10.0.0.1' as Address, '::a00:1' as Address, 0), false);
});

test('R50: what is not 4 or 16 bytes long is no address', () => {
  for (const length of [0, 3, 5, 15, 17])
    assert.throws(() => addressFromBytes(new Uint8Array(length)), RangeError);
});

test('R50: spellings that people get wrong are refused', () => {
  const wrong = [
    '',
    '10.77.0',
    '10.77.0.256',
    '10.77.0.01',
    '010.77.0.1',
    ' 10.77.0.1',
    '10.77.0.1/24',
    '10.77.0.1.',
    '1',
    ':',
    ':::',
    '1::2::3',
    '::g',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '::1.2.3',
    '1.2.3.4::',
    '::12345',
    'fe80::1%eth0',
  ];
  for (const text of wrong) assert.equal(parseAddress(text), null, text);
});
