// Bodies of the frames that are not information (R8): acquire, release, prepare, operator request.

import type { HostId } from '../core/address.js';
import type { AddressOrder, Command, GroupRequest } from '../core/event.js';
import { REASONS, reasonOfNumber } from '../core/reason.js';
import { Reader, WireError, Writer } from './bytes.js';
import { MAX_COMMAND_BYTES } from './limits.js';

/** Frame types of src/wire/frame.md that have a body here. */
export const FRAME_TYPE = { acquire: 2, release: 3, prepare: 4, request: 6 } as const;

/** Orders in one frame at the most: IPv6 addresses of 17 bytes, a reason each, behind 25 bytes of head. */
export const MAX_ORDERS = Math.floor((MAX_COMMAND_BYTES - 25) / 18);

/** A command as frames' bodies: more orders than fit one go into several. */
export function encodeCommand(command: Command): Buffer[] {
  const bodies: Buffer[] = [];
  for (let start = 0; start < command.orders.length; start += MAX_ORDERS) {
    const writer = new Writer();
    writer.address(command.to);
    writer.u32(command.term);
    writer.list(command.orders.slice(start, start + MAX_ORDERS), (order) => {
      writer.address(order.address);
      writer.u8(REASONS[order.reason]);
    });
    bodies.push(writer.finish());
  }
  return bodies;
}

/** Whom a command is for: every member is sent it, and the others need not read on. Throws a WireError. */
export const addresseeOf = (body: Uint8Array): HostId => new Reader(body).address();

/** Throws a WireError on anything that `encodeCommand` would not have made. */
export function decodeCommand(action: Command['action'], body: Uint8Array): Command {
  const reader = new Reader(body);
  const to = reader.address();
  const term = reader.u32();
  const orders = reader.list(MAX_COMMAND_BYTES, (): AddressOrder => {
    const address = reader.address();
    return { address, reason: reasonOfNumber(reader.u8()) };
  });
  reader.end();
  return { action, to, term, orders };
}

const requests: readonly GroupRequest['kind'][] = ['move', 'fail-back', 'forget'];

export function encodeRequest(request: GroupRequest): Buffer {
  const writer = new Writer();
  writer.u8(requests.indexOf(request.kind));
  writer.list(request.address === null ? [] : [request.address], (address) => {
    writer.address(address);
  });
  if (request.kind === 'move') writer.address(request.host);
  return writer.finish();
}

/** Throws a WireError on anything that `encodeRequest` would not have made. */
export function decodeRequest(body: Uint8Array): GroupRequest {
  const reader = new Reader(body);
  const code = reader.u8();
  const kind = requests[code];
  if (kind === undefined) throw new WireError(`request ${String(code)} is unknown`);
  const [address] = reader.list(1, () => reader.address());
  const host = kind === 'move' ? reader.address() : null;
  reader.end();
  if (kind === 'fail-back') return { kind, address: address ?? null };
  if (address === undefined) throw new WireError('a request without an address');
  return kind === 'move' && host !== null ? { kind, address, host } : { kind: 'forget', address };
}
