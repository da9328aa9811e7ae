// The leases of the groups in time: an alarm on CLOCK_BOOTTIME rings when the next one runs out, and whoever is about to
// do something looks first (`check`), so that a late alarm changes nothing (R52).

import type { Configuration } from '../config/configuration.js';
import { milliseconds, NO_DEADLINE, type Instant, type Milliseconds } from '../core/time.js';
import type { ControlToNetwork } from '../ipc/network-messages.js';
import type { Alarm, NetworkAddon } from './addon.js';
import { Leases } from './leases.js';

/**
 * What an address gets that is added or adopted before control renewed its group's lease for the first time: this share
 * of the group's heartbeat timeout, within which control renews it if it lives, and no more than the longest hold (R53).
 */
const FIRST_LEASE_SHARE = 0.8;
const LONGEST_FIRST_LEASE = milliseconds(2000);
/** The same for a group that the configuration does not (yet) name. */
const FIRST_LEASE_OF_UNKNOWN = milliseconds(500);

export interface LeaseWatchPorts {
  now(): Instant;
  ended(group: string): void;
}

export class LeaseWatch {
  readonly #ports: LeaseWatchPorts;
  readonly #alarm: Alarm;
  readonly #leases = new Leases();
  #configuration: Configuration;
  /** When the alarm rings; no later than the next lease runs out. */
  #armed: Instant = NO_DEADLINE;

  constructor(addon: NetworkAddon, configuration: Configuration, ports: LeaseWatchPorts) {
    this.#ports = ports;
    this.#configuration = configuration;
    this.#alarm = new addon.Alarm(() => {
      this.#armed = NO_DEADLINE;
      this.check();
      this.#setAlarm();
    });
  }

  /** Forgets the leases of groups that are neither configured any more nor among `groups`. */
  reconfigure(configuration: Configuration, groups: Iterable<string>): void {
    this.#configuration = configuration;
    this.#leases.keep(new Set([...Object.keys(configuration.groups), ...groups]));
  }

  /** Tells of each lease that has run out, once. */
  check(): void {
    const ended = this.#leases.takeEnded(this.#ports.now());
    for (const group of ended) this.#ports.ended(group);
  }

  renew({ groups, at }: Extract<ControlToNetwork, { kind: 'lease' }>): void {
    const now = this.#ports.now();
    for (const [group, span] of Object.entries(groups)) {
      this.#leases.renew(group, at ?? now, milliseconds(span), now);
    }
    this.#setAlarm();
  }

  /** `reopen`: also where a lease has run out, which only `adopt` may say. */
  grantFirst(groups: Iterable<string>, reopen: boolean): void {
    for (const group of groups) {
      if (reopen || !this.#leases.hasEnded(group)) {
        this.#leases.grant(group, this.#firstLease(group), this.#ports.now());
      }
    }
    this.#setAlarm();
  }

  isRunning(group: string): boolean {
    return this.#leases.isRunning(group, this.#ports.now());
  }

  close(): void {
    this.#alarm.close();
  }

  #firstLease(group: string): Milliseconds {
    const { groups } = this.#configuration;
    const known = Object.hasOwn(groups, group) ? groups[group] : undefined;
    if (known === undefined) return FIRST_LEASE_OF_UNKNOWN;
    return milliseconds(Math.min(LONGEST_FIRST_LEASE, FIRST_LEASE_SHARE * known.heartbeat.timeout));
  }

  /** Most renewals come long before the alarm, which then stays as it is: set too early, it finds nothing and is set anew. */
  #setAlarm(): void {
    const end = this.#leases.nextEnd();
    if (end >= this.#armed) return;
    this.#armed = end;
    this.#alarm.set(end);
  }
}
