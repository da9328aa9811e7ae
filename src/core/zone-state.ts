// What a service monitor keeps of its group's DNS zone (R36–R41).

import type { HostId, ServiceAddress } from './address.js';
import { NEVER, type Instant } from './time.js';

/** `reading`: this host has just become the writer and waits to be told what is published. */
export type ZoneRole = 'none' | 'watching' | 'reading' | 'writing';

export interface ZoneState {
  role: ZoneRole;
  /** Who writes, by this host's tables; null: nobody. */
  writer: HostId | null;
  /** M of fig. 6C: what the last pass advertised; where another host writes, what was found published. */
  last: readonly ServiceAddress[];
  passedAt: Instant;
  /** Whoever keeps it has been given a set since this host began to write. */
  isHandedOn: boolean;
  /** What the name server or the zone file has, as it was told last; null: not known. */
  published: readonly ServiceAddress[] | null;
  /** Why it could not be read or written the last time. */
  error: string | null;
}

export const newZoneState = (): ZoneState => ({
  role: 'none',
  writer: null,
  last: [],
  passedAt: NEVER,
  isHandedOn: false,
  published: null,
  error: null,
});
