// A machine on the control network that is no host: it sends whatever it is told to, and records what it hears.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Address } from '../../src/core/address.js';
import { decodeFrame, encodeFrame, type Frame, type HeardEntry } from '../../src/wire/frame.js';
import { address, BOUND_MS, KEY, TAG } from './heartbeat-host.js';

const FULL_TTL = 255;

export class Forger {
  readonly id: Address;
  incarnation = 0x1234_5678_9abc_def1n;
  sequence = 1000n;
  /** What the others sent here, oldest first. */
  readonly heard: Frame[] = [];
  readonly recorded: Buffer[] = [];
  private readonly socket: Socket;
  private readonly port: number;

  private constructor(socket: Socket, id: string, port: number) {
    this.socket = socket;
    this.id = address(id);
    this.port = port;
    socket.on('message', (datagram) => {
      this.recorded.push(datagram);
      const decoded = decodeFrame(datagram, [KEY]);
      if ('frame' in decoded) this.heard.push(decoded.frame);
    });
  }

  /** Speaks and listens at its id, an IPv4 address of this host, on the hosts' port. */
  static async open(id: string, port: number): Promise<Forger> {
    const socket = createSocket('udp4');
    socket.bind(port, id);
    await once(socket, 'listening');
    socket.setTTL(FULL_TTL);
    return new Forger(socket, id, port);
  }

  /** The next frame that it would send as a member; its sequence number is used up. */
  frame(changes: Partial<Frame> = {}, key: Uint8Array = KEY): Buffer {
    const frame: Frame = {
      type: 1,
      flags: { permit: true, joining: false, leaving: false, observer: false },
      group: TAG,
      hostId: this.id,
      incarnation: this.incarnation,
      sequence: this.sequence++,
      term: 0,
      infoVersion: 0,
      heard: [],
      piece: null,
      command: null,
      ...changes,
    };
    return encodeFrame(frame, key);
  }

  /** A HEARD entry that names the newest frame of a host that came here. */
  echo(host: { readonly id: Address }): HeardEntry {
    const newest = this.newestOf(host);
    if (newest === undefined) throw new Error(`nothing was heard of ${host.id}`);
    const incarnationLow = Number(newest.incarnation & 0xffff_ffffn);
    return { hostId: host.id, age: 0, incarnationLow, sequence: newest.sequence };
  }

  newestOf(host: { readonly id: Address }): Frame | undefined {
    return this.heard.findLast(({ hostId }) => hostId === host.id);
  }

  send(datagram: Uint8Array, to: string): void {
    this.socket.send(datagram, this.port, to);
  }

  /** As if it had crossed routers. Resolves when it is sent: until then the TTL is that of all that is sent. */
  async sendWithTtl(ttl: number, datagram: Uint8Array, to: string): Promise<void> {
    this.socket.setTTL(ttl);
    await new Promise((sent) => {
      this.socket.send(datagram, this.port, to, sent);
    });
    this.socket.setTTL(FULL_TTL);
  }

  /** The next datagram that comes here, from now on. */
  async next(): Promise<Frame> {
    const count = this.heard.length;
    const signal = AbortSignal.timeout(BOUND_MS);
    while (this.heard.length === count) await once(this.socket, 'message', { signal });
    return this.heard[count] as Frame;
  }

  close(): void {
    this.socket.close();
  }
}
