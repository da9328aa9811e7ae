// Many members of a group in one process, who speak the real protocol: every interval each sends a signed frame on both control
// networks with what it heard (R12) and a piece of its information, echoes the daemon's incarnation (R51) and adopts its term
// (R24). They decide nothing. The last of them serves an address, and falls silent when told to.
//
// Input: `silence`: the last member says nothing more, until the daemon has ordered another to take its address.
// Output: {"kind":"ready"}; {"kind":"decided","ms":…}: from the end of the timeout to the arrival of that order.

import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { EmulatorSettings } from './members.js';
import { Members } from './members.js';

const settings = JSON.parse(process.argv[2] ?? '') as EmulatorSettings;
const { group, port, own, intervalMs, timeoutMs } = settings;

/** Frames of one member come at its interval; those of all are spread over it, as those of real hosts are. */
const TICK_MS = 1;
const ACQUIRE = 2;

const members = new Members(settings);
const last = members.count - 1;
const sockets: Socket[] = [];
for (const address of own) {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(port);
  await once(socket, 'listening');
  socket.addMembership(group, address);
  socket.setMulticastInterface(address);
  socket.setMulticastLoopback(false);
  socket.setMulticastTTL(255);
  socket.on('message', onDatagram);
  sockets.push(socket);
}

let silentSince: number | null = null;
let sent = 0;
const begun = performance.now();

function onDatagram(datagram: Buffer): void {
  members.hears(datagram);
  if (datagram[5] !== ACQUIRE || silentSince === null) return;
  const ms = performance.now() - silentSince - timeoutMs;
  silentSince = null;
  process.stdout.write(`${JSON.stringify({ kind: 'decided', ms })}\n`);
}

function onTick(): void {
  const now = performance.now();
  const due = Math.floor(((now - begun) / intervalMs) * members.count);
  // What could not be sent in time is not made up for: a frame stands for the moment at which it is sent.
  sent = Math.max(sent, due - members.count);
  for (; sent < due; sent++) {
    const member = sent % members.count;
    if (member === last && silentSince !== null) continue;
    const frame = members.frame(member, now);
    for (const socket of sockets) socket.send(frame, port, group);
  }
}

setInterval(onTick, TICK_MS);
createInterface({ input: process.stdin })
  .on('line', () => {
    silentSince = members.lastSentMs(last);
  })
  .on('close', () => process.exit(0));
process.stdout.write('{"kind":"ready"}\n');
