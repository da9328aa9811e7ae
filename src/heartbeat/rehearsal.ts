// A heartbeat process is made and ended a few times before it is needed (R53): libraries are loaded and set up, and Node.js has
// compiled what a takeover would otherwise wait for. Nothing is sent: the group has no socket.

import { closeSync } from 'node:fs';
import { parseAddress, type Address } from '../core/address.js';
import { milliseconds } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';
import { Heartbeat, type HeartbeatStart } from './heartbeat.js';

const ROUNDS = 10;

// Addresses of documentation (RFC 5737).
const HOST = parseAddress('192.0.2.1') as Address;
const INTERFACE: ControlInterface = {
  name: 'none',
  index: 0,
  address: HOST,
  prefix: 24,
  addresses: [{ address: HOST, prefix: 24 }],
};

const START: HeartbeatStart = {
  hostId: HOST,
  controlInterfaces: [INTERFACE],
  configuration: {
    groups: {
      rehearsal: {
        address: { address: parseAddress('233.252.0.1') as Address, port: 5405 },
        peers: [HOST],
        heartbeat: { interval: milliseconds(1_000), timeout: milliseconds(3_000) },
      },
    },
  },
  keys: { rehearsal: [Buffer.alloc(32).toString('base64')] },
};

export function rehearse(): void {
  const silent = { warn: () => undefined, error: () => undefined };
  for (let round = 0; round < ROUNDS; round++) {
    const heartbeat = new Heartbeat(START, -1, silent);
    heartbeat.go();
    const [ours, theirs] = processAddon.socketPair();
    heartbeat.attachControl(ours);
    heartbeat.stop();
    closeSync(theirs);
  }
}
