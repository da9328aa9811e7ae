// What control and scripts say to each other. Everything slow runs there (R20).

import type { ServiceAddress } from '../core/address.js';
import type { Notification, SinkStatus } from './notification.js';

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
  | { readonly kind: 'notify'; readonly notification: Notification };

export type ScriptsToControl =
  /** Error null: the program exited with 0 in time. Otherwise `exit 3`, `killed after 5 s`, `cannot start /x: ENOENT` … */
  | { readonly kind: 'script-done'; readonly ticket: number; readonly error: string | null }
  /** How the SNMP sinks fare, in the order of the configuration: at the start, and when it has changed. */
  | { readonly kind: 'sinks'; readonly sinks: readonly SinkStatus[] }
  | TestResult
  | LoadResult;

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
