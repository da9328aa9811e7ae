// A test by ICMP echo. Each run has a raw socket of its own, so that pings which others send to this host cost nothing in
// between. The library's traps: an IPv6 address on an IPv4 socket is silently sent to 0.0.0.0, which answers, so that the family
// must fit; its descriptor is inherited by programs (see open-descriptors.ts); after an error it has closed itself.

import { randomBytes } from 'node:crypto';
import {
  AddressFamily,
  createChecksum,
  createSocket,
  Protocol,
  writeChecksum,
  type Socket,
} from 'raw-socket';
import type { TestProbe } from '../../config/configuration.js';
import { familyOf, parseAddress, type Address, type Family } from '../../core/address.js';
import { messageOf } from '../../log/error-message.js';
import type { Probe } from './probe.js';

type IcmpTest = Extract<TestProbe, { kind: 'icmp' }>;

const HEADER_BYTES = 8;
/** By it an answer is known to be to this question: id and sequence number may be anybody's. */
const TOKEN_BYTES = 16;

const families: Record<Family, { readonly family: number; readonly protocol: number }> = {
  4: { family: AddressFamily.IPv4, protocol: Protocol.ICMP },
  6: { family: AddressFamily.IPv6, protocol: Protocol.ICMPv6 },
};
/** RFC 792, RFC 4443. */
const requestType: Record<Family, number> = { 4: 8, 6: 128 };
const replyType: Record<Family, number> = { 4: 0, 6: 129 };

export const icmpProbe = ({ host }: IcmpTest): Probe => ({
  run: (abort) => echo(host, abort),
  close: () => undefined,
});

function echo(host: Address, abort: AbortSignal): Promise<string | null> {
  const family = familyOf(host);
  const token = randomBytes(TOKEN_BYTES);
  return new Promise((resolve) => {
    const socket = openSocket(family);
    const end = (failure: string | null): void => {
      abort.removeEventListener('abort', give);
      socket.removeAllListeners();
      // An error of the socket that is being closed is nobody's any more.
      socket.on('error', () => undefined);
      socket.close();
      resolve(failure);
    };
    const give = (): void => {
      end('given up');
    };
    abort.addEventListener('abort', give, { once: true });
    socket.on('error', (error: Error) => {
      end(`receive: ${messageOf(error)}`);
    });
    socket.on('message', (packet: Buffer, source: string) => {
      if (parseAddress(source) === host && isReply(packet, family, token)) end(null);
    });
    const request = requestPacket(family, token);
    socket.send(request, 0, request.length, host, (error: Error | null) => {
      if (error !== null) end(`send: ${messageOf(error)}`);
    });
  });
}

function openSocket(family: Family): Socket {
  const { protocol, family: addressFamily } = families[family];
  try {
    return createSocket({ protocol, addressFamily });
  } catch (error) {
    throw new Error(`cannot open a raw socket: ${messageOf(error)}`, { cause: error });
  }
}

export function requestPacket(family: Family, token: Buffer): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + token.length);
  packet.writeUInt8(requestType[family], 0);
  token.copy(packet, HEADER_BYTES);
  // The kernel fills in the checksum of ICMPv6, which covers its pseudo-header.
  return family === 4 ? writeChecksum(packet, 2, createChecksum(packet)) : packet;
}

/** IPv4 hands over the packet with its IP header, IPv6 without. */
export function isReply(packet: Buffer, family: Family, token: Buffer): boolean {
  const start = family === 4 ? ((packet[0] ?? 0) & 0x0f) * 4 : 0;
  if (packet.length < start + HEADER_BYTES + token.length) return false;
  const body = packet.subarray(start + HEADER_BYTES);
  return packet[start] === replyType[family] && body.equals(token);
}
