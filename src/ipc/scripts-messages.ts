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
  | { readonly kind: 'sinks'; readonly sinks: readonly SinkStatus[] };
