// What the bench must know of a program that moves addresses between hosts. An adapter for each stands in bench/peers; it has
// the processes of all hosts of one farm.

import type { Host } from '../test/farm/host.js';
import type { Fault } from './scenario.js';
import type { Ground } from './ground.js';
import type { Terms } from './terms.js';

export const PEER_NAMES = ['raisd', 'keepalived', 'frr', 'ucarp'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export interface Peer {
  /** Makes its configuration on the host. Called once, before the first start. */
  configure(host: Host): void;
  /** Starts it on the host. Resolves when its processes run. */
  start(host: Host): Promise<void>;
  /** Ends it in order and waits for that. Throws where it does not end. */
  stop(host: Host): Promise<void>;
  /** Its processes on the host that run, children before their parents. */
  processes(host: Host): number[];
  /** The one that decides. Throws where none runs. */
  worker(host: Host): number;
  /** Whether it starts anew itself what dies of it. */
  readonly restartsWorkers: boolean;
  /** What it configured on the host, apart from processes, when the host was without power. */
  forget(host: Host): void;
  /** Who has the address on an interface and would answer for it, by the host's own word. */
  holds(host: Host, address: string): boolean;
  /** Null: it says itself that it is settled. */
  whyUnsettled(): Promise<string | null>;
  /** Until nothing of its start goes on in the background. Absent: nothing does. */
  rest?(host: Host): Promise<void>;
  /** A planned move of an address to a host. */
  move?(address: string, to: Host): Promise<void>;
  /** And back to where it prefers to be. */
  moveHome?(address: string): Promise<void>;
  /** The configuration of a host, for the report. */
  configuration(host: Host): string;
}

export interface PeerKind {
  readonly name: PeerName;
  /** How it is set up, in one sentence for the report. */
  readonly setUp: string;
  /** Hosts answer for an address with one MAC that belongs to the address: who answers cannot be told from outside. */
  readonly sharesMac: boolean;
  /** What it says of its version. Throws where it is not installed. */
  version(): string;
  /** Null: it can be put to this fault on these terms; otherwise why not. */
  cannot(terms: Terms, fault: Fault): string | null;
  on(ground: Ground): Peer;
}
