// Addresses as node-netlink dumps them: it shares no code with the addon, and unlike Debian's `ip` it can show IFA_PROTO.

import { addressFromBytes, type Address } from '../../src/core/address.js';

const NETLINK_ROUTE = 0;
const RTM_NEWADDR = 20n;
const RTM_GETADDR = 22n;
const NLM_F_REQUEST = 1n;
const NLM_F_ACK = 4n;
const NLM_F_DUMP = 0x300n;
const IFADDRMSG_BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_PROTO = 11;

export interface DumpedAddress {
  readonly index: number;
  readonly prefix: number;
  readonly address: Address;
  /** IFA_PROTO; null where the kernel shows none. */
  readonly protocol: number | null;
}

interface Packet {
  readonly header: { readonly nlmsg_type: bigint };
  readonly payload: Buffer;
}

interface NetlinkSocket {
  talk(message: { header: Record<string, bigint>; payload: Buffer }): Promise<Packet[]>;
  close(): Promise<void>;
}

interface NodeNetlink {
  readonly default: { open(options: { family: number }): Promise<NetlinkSocket> };
}

export async function dumpAddresses(): Promise<DumpedAddress[]> {
  // It has no types of its own.
  const { default: netlink } = (await import('node-netlink' as string)) as NodeNetlink;
  const socket = await netlink.open({ family: NETLINK_ROUTE });
  try {
    const packets = await socket.talk({
      header: { nlmsg_type: RTM_GETADDR, nlmsg_flags: NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP },
      payload: Buffer.alloc(IFADDRMSG_BYTES),
    });
    return packets
      .filter(({ header }) => header.nlmsg_type === RTM_NEWADDR)
      .map(({ payload }) => parse(payload));
  } finally {
    await socket.close();
  }
}

function parse(payload: Buffer): DumpedAddress {
  let address: Address | null = null;
  let protocol: number | null = null;
  for (let at = IFADDRMSG_BYTES; at + 4 <= payload.length;) {
    const length = payload.readUInt16LE(at);
    const value = payload.subarray(at + 4, at + length);
    const type = payload.readUInt16LE(at + 2);
    if (type === IFA_ADDRESS) address = addressFromBytes(value);
    if (type === IFA_PROTO) protocol = value[0] ?? null;
    at += (length + 3) & ~3;
  }
  if (address === null) throw new Error('an address message without an address');
  return { index: payload.readUInt32LE(4), prefix: payload.readUInt8(1), address, protocol };
}
