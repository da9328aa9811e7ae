// A machine on the control networks that is no member: hears the group's frames and sends whatever it is told to. Runs in its
// own namespace: node stranger-main.js GROUP-ADDRESS PORT OWN-ADDRESS…
//
// Input, one JSON object a line: {"send": [base64, …], "ttl": N} sends each on every network; {"captured": SOURCE} answers
// with {"kind":"captured","frames":[base64, …]}: the newest that came from that address.

import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Of each source; older ones go. */
const MAX_CAPTURED = 64;

interface Order {
  readonly send?: readonly string[];
  readonly ttl?: number;
  readonly captured?: string;
}

const [group = '', portText = '', ...own] = process.argv.slice(2);
const port = Number(portText);
const captured = new Map<string, Buffer[]>();

const senders = await Promise.all(
  own.map(async (address) => {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    socket.setMulticastInterface(address);
    return socket;
  }),
);

const listener = createSocket({ type: 'udp4', reuseAddr: true });
listener.on('message', (data, { address }) => {
  const frames = captured.get(address) ?? [];
  frames.push(data);
  captured.set(address, frames.slice(-MAX_CAPTURED));
});
listener.bind(port);
await once(listener, 'listening');
for (const address of own) listener.addMembership(group, address);

function sendFrom(socket: Socket, frames: readonly string[], ttl: number): void {
  socket.setMulticastTTL(ttl);
  for (const frame of frames) socket.send(Buffer.from(frame, 'base64'), port, group);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { send = [], ttl = 255, captured: source } = JSON.parse(line) as Order;
    for (const socket of senders) sendFrom(socket, send, ttl);
    if (source === undefined) return;
    const frames = (captured.get(source) ?? []).map((frame) => frame.toString('base64'));
    process.stdout.write(`${JSON.stringify({ kind: 'captured', frames })}\n`);
  })
  .on('close', () => process.exit(0));

process.stdout.write('{"kind":"ready"}\n');
