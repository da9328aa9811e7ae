// What the parts of the keeper work on together.

import type { Instant } from '../core/time.js';
import type { NetworkToControl } from '../ipc/network-messages.js';
import type { NetworkAddon } from './addon.js';
import type { AddressFence } from './address-fence.js';
import type { AddressWriter } from './address-writer.js';
import type { Announcer } from './announcer.js';
import type { Askers } from './askers.js';
import type { HandOvers } from './hand-overs.js';
import type { HeldAddresses } from './held-addresses.js';
import type { InterfaceTable } from './interface-table.js';
import type { LeaseWatch } from './lease-watch.js';
import type { NeighbourWatch } from './neighbour-watch.js';

export interface KeeperLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface KeeperPorts {
  readonly addon: NetworkAddon;
  /** CLOCK_BOOTTIME. */
  now(): Instant;
  /** To the control process that is attached; nowhere while there is none. */
  report(message: NetworkToControl): void;
  readonly log: KeeperLog;
}

export interface KeeperParts {
  readonly ports: KeeperPorts;
  readonly askers: Askers;
  readonly table: InterfaceTable;
  readonly writer: AddressWriter;
  readonly announcer: Announcer;
  readonly watch: NeighbourWatch;
  readonly fence: AddressFence;
  readonly leases: LeaseWatch;
  readonly held: HeldAddresses;
  readonly handOvers: HandOvers;
}
