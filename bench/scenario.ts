// What a scenario of the bench is: a fault on a settled farm, what must follow, how it is undone; and on what terms.

import type { Ground } from './ground.js';
import type { PeerName } from './peer.js';
import type { Terms } from './terms.js';

export interface Fault {
  /** For the report. */
  readonly does: string;
  /** The fault that leaves the farm where this one begins: played right after it, that is not undone and this not prepared. */
  readonly continues?: Fault;
  /** Brings a settled farm to where the fault begins. Not measured. */
  prepare?(ground: Ground): Promise<void>;
  /** The fault itself. */
  act(ground: Ground): Promise<void> | void;
  /** Until what must follow has followed. Throws where it does not. */
  follows(ground: Ground): Promise<void>;
  /** Brings the farm back to where it can settle. Not measured. */
  undo(ground: Ground): Promise<void> | void;
}

export interface BenchScenario {
  /** For --only and the tables: lower case, hyphens. */
  readonly name: string;
  readonly fault: Fault;
  readonly terms: Terms;
  /** Absent: every peer that can. */
  readonly peers?: readonly PeerName[];
}
