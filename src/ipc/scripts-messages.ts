// What control and scripts say to each other. Everything slow runs there (R20).

import type { ServiceAddress } from '../core/address.js';
import type { Notification, SinkStatus } from './notification.js';

/** What becomes of a group's DNS zone (R39–R41). */
export type ZoneTask =
  /** See to it that the zone has these addresses, whoever changes it. At least one. */
  | { readonly kind: 'keep'; readonly addresses: readonly ServiceAddress[] }
  /** Look at it, at once and once an interval, and change nothing. */
  | { readonly kind: 'watch' }
  | { readonly kind: 'leave' };

export type ControlToScripts =
  /** Run the group's on-acquire or on-release command. Answered by `script-done` with the same ticket. */
  | {
      readonly kind: 'run-script';
      readonly ticket: number;
      readonly action: 'acquire' | 'release';
      readonly group: string;
      readonly address: ServiceAddress;
      /** RAISD_REASON. */
      readonly reason: string;
    }
  /** Kill the process group of that run, if it still runs; `script-done` follows with an error. */
  | { readonly kind: 'cancel-script'; readonly ticket: number }
  /** R23: to all SNMP sinks. Not answered; `sinks` tells what becomes of it. */
  | { readonly kind: 'notify'; readonly notification: Notification }
  /** Replaces the group's task. Each look at the zone, and each change, is told by `zone-told`. */
  | { readonly kind: 'zone'; readonly group: string; readonly task: ZoneTask };

export type ScriptsToControl =
  /** Error null: the program exited with 0 in time. Otherwise `exit 3`, `killed after 5 s`, `cannot start /x: ENOENT` … */
  | { readonly kind: 'script-done'; readonly ticket: number; readonly error: string | null }
  /** How the SNMP sinks fare, in the order of the configuration: at the start, and when it has changed. */
  | { readonly kind: 'sinks'; readonly sinks: readonly SinkStatus[] }
  /** Once in `ALIVE_MS`: results come only when they change, and silence must mean something. */
  | { readonly kind: 'alive' }
  | TestResult
  | LoadResult
  | ZoneTold;

export const ALIVE_MS = 500;

/** What the zone really has; null: unknown. `error`: why it could not be read or changed, and what is done about it. */
export interface ZoneTold {
  readonly kind: 'zone-told';
  readonly group: string;
  readonly published: readonly ServiceAddress[] | null;
  readonly error: string | null;
}

/**
 * What a test object says (R14): its first result, each change of it, and while it fails each other reason. A control
 * process that is new is told the newest of each. Nothing is said of an object that has no result yet.
 */
export interface TestResult {
  readonly kind: 'test';
  readonly name: string;
  readonly passed: boolean;
  /** Why it fails: `connect: ECONNREFUSED`. Empty where it passes. */
  readonly detail: string;
}

/** What a load object measures (R15): each change, and the newest to a control process that is new. */
export interface LoadResult {
  readonly kind: 'load';
  readonly name: string;
  /** Unsigned 32-bit each, capacity 1 or more. Null: it has never been measured. */
  readonly measured: { readonly load: number; readonly capacity: number } | null;
  /** Why the newest measurement was of no use, so that the one before stands; null: it was. */
  readonly error: string | null;
}
