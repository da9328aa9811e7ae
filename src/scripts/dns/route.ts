// The two ways to the name server (R40), as the zone keeper sees them.

import type { ServiceAddress } from '../../core/address.js';

/** What the name has at present. */
export interface Published {
  /** Sorted. */
  readonly addresses: readonly ServiceAddress[];
  /** The addresses stand there with the configured TTL. */
  readonly ttlIsRight: boolean;
}

export interface Route {
  /** Rejects with the cause. */
  read(): Promise<Published>;
  /**
   * Makes it these addresses (at least one), given that it has what `read` said last: otherwise it fails, and nothing is
   * changed. Rejects with the cause.
   */
  write(addresses: readonly ServiceAddress[]): Promise<void>;
  /** Does what is still owed where what was read is right: whoever wrote it may have died half-way. Rejects with the cause. */
  catchUp(): Promise<void>;
}

/** A tool that takes longer than this is ended. Milliseconds. */
export const TOOL_TIMEOUT = 10_000;
