// What a management station is told (R23): some of the records, with their causes.

import type { HostId, ServiceAddress } from '../core/address.js';
import type { RecordEffect, RecordName } from '../core/effect.js';

/** The source document's six, and what goes beyond it: R61 wants a partition told "by event and trap". */
export const NOTIFICATION_NAMES = [
  'acquire',
  'acquire-fail',
  'release',
  'release-fail',
  'test-failed',
  'cannot-assign',
  'host-partitioned',
  'conflict',
] as const satisfies readonly RecordName[];

export type NotificationName = (typeof NOTIFICATION_NAMES)[number];

export interface Notification {
  readonly name: NotificationName;
  readonly group: string;
  readonly address: ServiceAddress | null;
  /** The cause alone. */
  readonly reason: string;
  /** The test object concerned. */
  readonly test: string | null;
  /** The other host concerned. */
  readonly peer: HostId | null;
  /** One sentence: what happened, to which address on which host, why. */
  readonly message: string;
}

/** The notification that a record makes; null: it makes none. */
export function notificationOf(group: string | null, record: RecordEffect): Notification | null {
  const name = NOTIFICATION_NAMES.find((each) => each === record.event);
  if (name === undefined || group === null) return null;
  const { address, message, details } = record;
  const { reason = message, test = null, peer = null } = details ?? {};
  return { name, group, address, reason, test, peer, message };
}

/** How one sink fares, as `status` shows it. */
export interface SinkStatus {
  /** `10.0.0.1:162`, `[2001:db8::1]:162`. */
  readonly sink: string;
  readonly version: '2c' | '3';
  readonly inform: boolean;
  /** Notifications that left this host; of an inform: that the sink confirmed. */
  readonly sent: number;
  /** That could not be sent, or were not confirmed. */
  readonly failed: number;
  /** That were thrown away because too many waited. */
  readonly dropped: number;
  /** That wait now. */
  readonly waiting: number;
  /** Why the newest one failed; null: it did not. */
  readonly error: string | null;
}
