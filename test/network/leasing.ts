// Leases as the tests give them: by what stands on the board.

import { leaseSpan } from '../../src/core/settings.js';
import type { Instant } from '../../src/core/time.js';
import type { ControlToNetwork } from '../../src/ipc/network-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { FollowedLease, LeaseAlarm, LeaseBoard, LeaseMark } from '../../src/network/addon.js';
import { groupTag } from '../../src/wire/frame.js';

/** What control says, less when it says it. */
export type Said =
  Exclude<ControlToNetwork, { readonly at: Instant }> | Stamped<'adopt' | 'prepare' | 'add' | 'probe'>;

type Stamped<K extends ControlToNetwork['kind']> = K extends unknown
  ? Omit<Extract<ControlToNetwork, { kind: K }>, 'at' | 'patience' | 'heard' | 'group'> & {
      readonly at?: Instant;
      readonly group?: string;
      readonly heard?: number;
      readonly patience?: number;
    }
  : never;

const PATIENCE = 20;

/** Said now and in the light of all that was told, unless it says otherwise. */
export function stamped(said: Said, now: Instant): ControlToNetwork {
  switch (said.kind) {
    case 'add':
      return { at: now, heard: Number.MAX_SAFE_INTEGER, ...said };
    case 'prepare':
    case 'adopt':
      return { at: now, ...said };
    case 'probe':
      return { at: now, group: 'web', patience: PATIENCE, ...said };
    default:
      return said;
  }
}

/** A board in the place of the native one, written by the test. */
export class TestBoard implements LeaseBoard {
  readonly #sentAt = new Map<bigint, number>();
  /** How many leases have run out, all groups together. */
  #lapses = 0n;
  readonly #timeout: number;

  /** `timeout`: of all groups, as configured. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  sentAt(tag: bigint): number | null {
    return this.#sentAt.get(tag) ?? null;
  }

  leaseOf(groupTag: bigint): LeaseMark | null {
    return { groupTag, slot: 0, lease: this.#lapses };
  }

  /** As if it followed what the test writes: it may ring too soon. */
  alarm(ring: () => void): LeaseAlarm {
    const alarm = processAddon.alarm(ring);
    const endOf = ({ groupTag: tag, span }: FollowedLease): number => (this.sentAt(tag) ?? 0) + span;
    return {
      follow: (leases) => {
        if (leases.length > 0) alarm.set(Math.min(...leases.map(endOf)));
      },
      close: () => {
        alarm.close();
      },
    };
  }

  /** As if the leases had run out, and others had begun at once. */
  lapse(): void {
    this.#lapses++;
  }

  /** As if the last heartbeat had left when it has to for the leases to end in so many milliseconds. */
  lease(groups: Readonly<Record<string, number>>, now: Instant): void {
    for (const [group, span] of Object.entries(groups))
      this.#sentAt.set(groupTag(group), now + span - leaseSpan(this.#timeout));
  }
}
