// The moments of a takeover by the leader itself, from two sources: packets at the switch, and system calls of the leader's
// processes. Both are stamps of one kernel.

import type { Packet } from './capture.js';
import type { Call } from './kernel-trace.js';

const ARP = 0x0806;
const IPV4 = 0x0800;
const UDP_HEADER_END = 28;
const HOST_ID_OFFSET = 16;
const ARP_SENDER = 14;
const ARP_TARGET = 24;

export interface Sought {
  /** Ports of the switch to the leader: control networks and service network. */
  readonly controlPorts: readonly number[];
  readonly servicePort: number;
  /** The victim's host id and its address, as 4 bytes. */
  readonly victim: Buffer;
  readonly address: Buffer;
  readonly groupPort: number;
}

/** Milliseconds since 1970. Null: it was not seen. */
export interface WireMoments {
  /** The last heartbeat of the victim that went to the leader. */
  readonly heartbeat: number;
  /** The last datagram of the service from the address, from its old host. */
  readonly lastAnswer: number | null;
  /** The first question whether the silent host still has the address (R61). */
  readonly probe: number | null;
  readonly announcement: number;
  /** The first datagram of the service from the address, from its new host. */
  readonly answer: number | null;
}

/** Null: no takeover by the leader is in the capture. */
export function wireMoments(packets: readonly Packet[], sought: Sought): WireMoments | null {
  const heartbeat = packets.findLast((packet) => isHeartbeatOf(packet, sought))?.atMs;
  if (heartbeat === undefined) return null;
  const later = packets.filter(
    ({ atMs, interfaceIndex, outgoing }) =>
      atMs > heartbeat && interfaceIndex === sought.servicePort && !outgoing,
  );
  const announcement = later.find((packet) => isAnnouncement(packet, sought))?.atMs;
  if (announcement === undefined) return null;
  return {
    heartbeat,
    lastAnswer:
      packets.findLast((packet) => packet.atMs < announcement && isAnswer(packet, sought))?.atMs ?? null,
    probe: later.find((packet) => isProbe(packet, sought))?.atMs ?? null,
    announcement,
    answer: later.find((packet) => isAnswer(packet, sought))?.atMs ?? null,
  };
}

function isHeartbeatOf({ protocol, payload, interfaceIndex, outgoing }: Packet, sought: Sought): boolean {
  if (protocol !== IPV4 || !outgoing || !sought.controlPorts.includes(interfaceIndex)) return false;
  if (payload.length < UDP_HEADER_END + 32 || payload.readUInt16BE(22) !== sought.groupPort) return false;
  const id = UDP_HEADER_END + HOST_ID_OFFSET;
  return payload.subarray(id + 12, id + 16).equals(sought.victim);
}

const isArpAbout = ({ protocol, payload }: Packet, address: Buffer): boolean =>
  protocol === ARP && payload.length >= 28 && payload.subarray(ARP_TARGET, ARP_TARGET + 4).equals(address);

const senderOf = (packet: Packet): Buffer => packet.payload.subarray(ARP_SENDER, ARP_SENDER + 4);

const isAnnouncement = (packet: Packet, { address }: Sought): boolean =>
  isArpAbout(packet, address) && senderOf(packet).equals(address);

const isProbe = (packet: Packet, { address }: Sought): boolean =>
  isArpAbout(packet, address) && !senderOf(packet).equals(address);

const isAnswer = ({ protocol, payload }: Packet, { address }: Sought): boolean =>
  protocol === IPV4 && payload.length >= UDP_HEADER_END && payload.subarray(12, 16).equals(address);

/** Which role a thread belongs to. */
export type RoleOf = (thread: number) => 'heartbeat' | 'control' | 'network' | null;

/** Milliseconds before the announcement was handed to the kernel. */
export interface InnerMoments {
  /** control's event loop woke up for the last time before it told network. */
  readonly controlWoke: number;
  /** control told network to take the address. */
  readonly controlTold: number;
  /** network had read that. */
  readonly networkRead: number;
  /** network handed the change of the interface to the kernel. */
  readonly addressSent: number;
}

/** An announcement is on the cable at most so long after it was handed to the kernel, and its stamp is read some µs wrongly. */
const SLACK_MS = 0.3;

/** The way back from the announcement that was on the cable at that moment of the trace. Null: it cannot be followed. */
export function innerMoments(
  calls: readonly Call[],
  roleOf: RoleOf,
  announcement: number,
): InnerMoments | null {
  const last = (before: number | undefined, role: string, kind: Call['kind'], names: readonly string[]) =>
    calls.findLast(
      (call) =>
        before !== undefined &&
        call.atMs < before &&
        call.kind === kind &&
        names.includes(call.name) &&
        (kind === 'enter' || call.name.startsWith('epoll') || (call.result ?? 0) > 0) &&
        roleOf(call.thread) === role,
    )?.atMs;
  const sent = last(announcement + SLACK_MS, 'network', 'enter', ['sendmmsg']);
  const addressSent = last(sent, 'network', 'enter', ['sendmsg']);
  const networkRead = last(addressSent, 'network', 'exit', ['recvmsg']);
  const controlTold = last(networkRead, 'control', 'enter', ['sendmsg']);
  const controlWoke = last(controlTold, 'control', 'exit', ['epoll_wait', 'epoll_pwait']);
  if (sent === undefined || addressSent === undefined || networkRead === undefined) return null;
  if (controlTold === undefined || controlWoke === undefined) return null;
  return {
    controlWoke: sent - controlWoke,
    controlTold: sent - controlTold,
    networkRead: sent - networkRead,
    addressSent: sent - addressSent,
  };
}
