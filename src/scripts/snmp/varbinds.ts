// A notification as the RAISD-MIB defines it. The numbers are those of mib/RAISD-MIB, below the enterprise number.

import type { Varbind } from 'net-snmp';
import { addressBytes, familyOf, type Address, type HostId } from '../../core/address.js';
import type { Notification, NotificationName } from '../../ipc/notification.js';

/** raisdNotifications */
const NUMBERS: Readonly<Record<NotificationName, number>> = {
  acquire: 1,
  'acquire-fail': 2,
  release: 3,
  'release-fail': 4,
  'test-failed': 5,
  'cannot-assign': 6,
  'host-partitioned': 7,
  conflict: 8,
};

/** raisdObjects; those of an address are two, its type and, one further, itself. */
const GROUP = 1;
const HOST = 2;
const ADDRESS = 4;
const REASON = 6;
const TEST = 7;
const PEER = 8;
const MESSAGE = 10;

/** ASN.1 tags. */
const INTEGER = 2;
const OCTET_STRING = 4;

/** RaisdText: octets of UTF-8. */
const MAX_TEXT_BYTES = 400;

/** What one notification carries beside the group, the host that tells it, the reason and the message; in the MIB's order. */
const subjectOf: Readonly<Record<NotificationName, (notification: Notification) => Numbered[]>> = {
  acquire: ({ address }) => addressObjects(ADDRESS, address),
  'acquire-fail': ({ address }) => addressObjects(ADDRESS, address),
  release: ({ address }) => addressObjects(ADDRESS, address),
  'release-fail': ({ address }) => addressObjects(ADDRESS, address),
  'test-failed': ({ test }) => [text(TEST, test ?? '')],
  'cannot-assign': ({ address }) => addressObjects(ADDRESS, address),
  'host-partitioned': ({ peer }) => addressObjects(PEER, peer),
  conflict: ({ address, peer }) => [...addressObjects(ADDRESS, address), ...addressObjects(PEER, peer)],
};

export interface NotificationPdu {
  /** snmpTrapOID */
  readonly oid: string;
  readonly varbinds: readonly Varbind[];
}

/** `host`: this one, which tells it. */
export function notificationPdu(
  enterprise: number,
  host: HostId,
  notification: Notification,
): NotificationPdu {
  const module = `1.3.6.1.4.1.${String(enterprise)}.1`;
  const objects = [
    text(GROUP, notification.group),
    ...addressObjects(HOST, host),
    ...subjectOf[notification.name](notification),
    text(REASON, notification.reason),
    text(MESSAGE, notification.message),
  ];
  return {
    oid: `${module}.0.${String(NUMBERS[notification.name])}`,
    varbinds: objects.map(({ number, type, value }) => ({
      oid: `${module}.1.${String(number)}.0`,
      type,
      value,
    })),
  };
}

interface Numbered {
  readonly number: number;
  readonly type: number;
  readonly value: string | number | Buffer;
}

const text = (number: number, value: string): Numbered => ({
  number,
  type: OCTET_STRING,
  value: octets(cut(value)),
});

/** RFC 4001: InetAddressType and InetAddress; unknown(0) and no octets where there is none. */
const addressObjects = (number: number, address: Address | null): Numbered[] => [
  { number, type: INTEGER, value: address === null ? 0 : familyOf(address) === 4 ? 1 : 2 },
  {
    number: number + 1,
    type: OCTET_STRING,
    value: octets(address === null ? Buffer.alloc(0) : Buffer.from(addressBytes(address))),
  },
];

/** The library's writer fails on an empty buffer, but not on an empty text. */
const octets = (bytes: Buffer): string | Buffer => (bytes.length === 0 ? '' : bytes);

/** No longer than the MIB allows, and never in the middle of a character. */
function cut(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length <= MAX_TEXT_BYTES) return bytes;
  let end = MAX_TEXT_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
