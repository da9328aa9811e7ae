// By which of its links what a group asks of the rest of the daemon is carried out.

import { randomInt } from 'node:crypto';
import type { Instant } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import type { AddressMemory } from './address-memory.js';
import type { CheckpointWriter } from './checkpoints.js';
import type { Group, GroupPorts } from './group.js';
import type { HeartbeatLink } from './heartbeat-link.js';
import type { NetworkLink } from './network-link.js';
import type { Records } from './records.js';
import type { ScriptsLink } from './scripts-link.js';

const CHANCE_RANGE = 2 ** 32;

export interface GroupLinks {
  readonly heartbeat: HeartbeatLink;
  readonly network: NetworkLink;
  readonly scripts: ScriptsLink;
  readonly records: Records;
  readonly memory: AddressMemory;
  readonly checkpoints: CheckpointWriter;
  readonly now: () => Instant;
  /** The group has left, and has said so; called when its step is over. */
  readonly left: (group: Group) => void;
}

export function groupPorts(links: GroupLinks): GroupPorts {
  const { heartbeat, network, scripts, records, memory, checkpoints, now, left } = links;
  return {
    publish: (group, publication, urgent) => {
      heartbeat.publish(group, publication, urgent);
      memory.note(group);
    },
    command: (group, command) => {
      heartbeat.command(group, command);
    },
    request: (group, request) => {
      heartbeat.request(group, request);
    },
    drain: (group) => {
      heartbeat.drain(() => {
        group.post({ kind: 'drained' });
      });
    },
    peers: (group, peers) => {
      heartbeat.peers(group, peers);
    },
    network: (group, kind, addresses) => {
      network.send(group, kind, addresses);
    },
    handOver: (group, addresses) => {
      network.handOver(group, addresses);
    },
    runScript: (group, action, address, reason) => {
      scripts.run(group, action, address, reason);
    },
    cancelScript: (group, address) => {
      scripts.cancel(group, address);
    },
    zone: (group, task) => {
      scripts.zone(group, task);
    },
    record: (group, effect) => {
      records.add(group.name, effect);
    },
    left: (group) => {
      setImmediate(() => {
        left(group);
      });
    },
    stepped: (group, events, effects, at) => {
      checkpoints.onStep(group, events, effects, at);
      heartbeat.onStep(group, events, now());
    },
    performed: (group, events) => {
      checkpoints.onPerformed(events);
      heartbeat.onStep(group, events, now());
    },
    now,
    alarm: (ring) => processAddon.alarm(ring),
    chance: () => randomInt(CHANCE_RANGE),
  };
}
