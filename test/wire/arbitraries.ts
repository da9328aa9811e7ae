// Everything that the codecs can carry, for properties.

import fc from 'fast-check';
import { addressFromBytes, type Address } from '../../src/core/address.js';
import type { AddressOrder, Command, GroupRequest } from '../../src/core/event.js';
import type {
  AddressInformation,
  Decision,
  HostInformation,
  Information,
  ServedAddress,
} from '../../src/core/host-information.js';
import { REASONS, type Reason } from '../../src/core/reason.js';
import { milliseconds } from '../../src/core/time.js';

const plain = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

export const anyAddress: fc.Arbitrary<Address> = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(addressFromBytes);

export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const reason = fc.constantFrom(...(Object.keys(REASONS) as Reason[]));
const addresses = (maxLength: number) => fc.array(anyAddress, { maxLength });
const whole = (max: number) => fc.integer({ min: 0, max }).map(milliseconds);

const hardwareAddress = fc.option(
  fc
    .uint8Array({ minLength: 6, maxLength: 6 })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')),
);

/** At most 255 bytes of UTF-8. */
const sentence = fc.string({ unit: 'binary', maxLength: 60 });

const served: fc.Arbitrary<ServedAddress> = plain<ServedAddress>({
  address: anyAddress,
  state: fc.constantFrom('acquiring', 'online', 'releasing', 'not serving'),
  reason,
  attempts: fc.nat(255),
});

export const hostInformation: fc.Arbitrary<HostInformation> = plain<HostInformation>({
  id: anyAddress,
  controlAddresses: addresses(8),
  hardwareAddress,
  ok: fc.boolean(),
  failures: fc.array(sentence, { maxLength: 5 }),
  quiesced: fc.boolean(),
  observer: fc.boolean(),
  dns: fc.boolean(),
  load: u32,
  capacity: u32,
  preferred: addresses(6),
  serving: fc.array(served, { maxLength: 6 }),
  partitioned: addresses(4),
  unheard: addresses(4),
});

const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.constantFrom<Decision>({ kind: 'none' }, { kind: 'fail-back' }, { kind: 'forget' }),
  anyAddress.map((host): Decision => ({ kind: 'move', host })),
);

const row: fc.Arbitrary<AddressInformation> = plain<AddressInformation>({
  address: anyAddress,
  preferredHost: anyAddress,
  // Ten years and more (R32).
  age: whole(2 ** 48 - 1),
  decision,
  decisionVersion: u32,
});

export const information: fc.Arbitrary<Information> = plain<Information>({
  host: hostInformation,
  others: fc.array(plain<Information['others'][number]>({ host: hostInformation, age: whole(0xffff_ffff) }), {
    maxLength: 4,
  }),
  addresses: fc.array(row, { maxLength: 8 }),
});

const order = plain<AddressOrder>({ address: anyAddress, reason });

export const command: fc.Arbitrary<Command> = plain<Command>({
  action: fc.constantFrom('acquire', 'release'),
  to: anyAddress,
  term: u32,
  orders: fc.array(order, { minLength: 1, maxLength: 200 }),
});

export const request: fc.Arbitrary<GroupRequest> = fc.oneof(
  fc.tuple(anyAddress, anyAddress).map(([address, host]): GroupRequest => ({ kind: 'move', address, host })),
  fc.option(anyAddress).map((address): GroupRequest => ({ kind: 'fail-back', address })),
  anyAddress.map((address): GroupRequest => ({ kind: 'forget', address })),
);

export type Mutation = (bytes: Uint8Array) => Uint8Array;

/** Something that happens to bytes on a bad day. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]): Mutation => (bytes) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  }),
  fc.nat().map(
    (length): Mutation =>
      (bytes) =>
        bytes.slice(0, length % (bytes.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })).map(([at, extra]): Mutation => (bytes) => {
    const cut = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, cut), ...extra, ...bytes.subarray(cut)]);
  }),
);
