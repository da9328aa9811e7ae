// A channel joins two processes of the daemon: one SOCK_SEQPACKET socket, so that a message is a packet and
// can carry a descriptor. The native class does the IO; this file says what it promises.

import { processAddon } from './process-addon.js';

/** The largest message, in bytes. The supervisor sizes the sockets' buffers to hold several. */
export const MAX_MESSAGE_BYTES = 1 << 20;

export interface ChannelEvents {
  /** `descriptor` is -1 where the message carried none; the receiver owns it. */
  message(data: Buffer, descriptor: number): void;
  /** The other end is gone (0), or the socket failed (errno). Called once; the channel is closed then. */
  closed(errno: number): void;
}

export interface Channel {
  /**
   * Sends now, or queues up to 1,024 messages (32 MiB) while the receiver is busy. False: the queue is full, nothing
   * was sent. What is sent to an end that is gone is lost, and `closed` says so. The sender keeps its descriptor and
   * may close it at once. Throws on an empty or too large message, and where the system refuses (no descriptors left).
   */
  send(data: Buffer, descriptor?: number): boolean;
  close(): void;
  /** Whether this channel keeps the event loop alive (it does at first). */
  unref(): void;
  /** Its descriptor, if all that was sent has left this process, so that another one may go on with it; else null. */
  settled(): number | null;
}

export const openChannel = (descriptor: number, events: ChannelEvents): Channel =>
  processAddon.openChannel(descriptor, events);

export interface JsonChannel<Out> {
  send(message: Out, descriptor?: number): boolean;
  close(): void;
  unref(): void;
  settled(): number | null;
}

/** A channel whose messages are JSON. What cannot be parsed is a bug of the sibling: it throws, and the process ends. */
export function openJsonChannel<In, Out>(
  descriptor: number,
  events: { message(message: In, descriptor: number): void; closed(errno: number): void },
): JsonChannel<Out> {
  const channel = openChannel(descriptor, {
    message: (data, passed) => {
      events.message(JSON.parse(data.toString()) as In, passed);
    },
    closed: (errno) => {
      events.closed(errno);
    },
  });
  return {
    send: (message, passed) => channel.send(Buffer.from(JSON.stringify(message)), passed),
    close: () => {
      channel.close();
    },
    unref: () => {
      channel.unref();
    },
    settled: () => channel.settled(),
  };
}
