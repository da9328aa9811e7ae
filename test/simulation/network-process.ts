// The network process of a simulated host (src/network/address-keeper.ts in its rules): it adds and removes what control
// says, gives up what nobody renews the lease of, reports what others do to its addresses, and asks who answers.

import type { ServiceAddress } from '../../src/core/address.js';
import { Channel } from './channel.js';
import type { ControlProcess } from './control-process.js';
import type { Host } from './host.js';
import { Process } from './process.js';

const RENEWAL = 500;
const ANNOUNCEMENT_TIMES = [0, 50, 250, 1000, 2000, 5000];
const PROBE_INTEREST = 5000;
const FIRST_LEASE_SHARE = 0.8;

export interface Result {
  readonly group: number;
  readonly address: ServiceAddress;
  readonly error: string | null;
  /** It was not tried, because the group's lease had run out. */
  readonly leaseOver?: true;
}

export interface Placed {
  readonly group: number;
  readonly address: ServiceAddress;
}

export class NetworkProcess extends Process {
  /** Milliseconds that each piece of work takes beside the usual. */
  slowness = 0;
  /** So many of the next additions fail. */
  failures = 0;
  private readonly host: Host;
  private readonly held = new Map<ServiceAddress, number>();
  private readonly leases = new Map<number, number>();
  private readonly endedLeases = new Set<number>();
  private readonly announcing = new Map<ServiceAddress, number>();
  private readonly probedAt = new Map<ServiceAddress, number>();
  private control: ControlProcess | null = null;
  private channel: Channel | null = null;
  private asker = 0;
  private busyUntil = 0;

  constructor(host: Host) {
    super(host.world.timeline);
    this.host = host;
    this.scheduleRenewal();
  }

  attach(control: ControlProcess): void {
    this.control = control;
    this.channel?.close();
    this.channel = new Channel(this.timeline, this.host.random, control);
    this.asker += 1;
    this.reportLink();
  }

  onControlClosed(): void {
    this.control = null;
    this.channel?.close();
    this.channel = null;
  }

  adopt(wanted: readonly Placed[]): void {
    this.asker += 1;
    this.work(() => {
      for (const address of this.host.kernel.all())
        if (!wanted.some((placed) => placed.address === address)) this.letGo(address);
      for (const { group } of wanted) this.grantFirst(group, true);
      const results = wanted.map((placed) => this.place(placed));
      this.report((control) => {
        control.onAdopted(results);
      });
    });
  }

  add(wanted: readonly Placed[]): void {
    this.work(() => {
      for (const { group } of wanted) this.grantFirst(group, false);
      const results = wanted.map((placed) => this.place(placed));
      this.report((control) => {
        control.onPlaced('configured', results);
      });
    });
  }

  remove(unwanted: readonly Placed[]): void {
    this.work(() => {
      for (const { address } of unwanted) this.letGo(address);
      const results = unwanted.map((placed) => ({ ...placed, error: null }));
      this.report((control) => {
        control.onPlaced('deconfigured', results);
      });
    });
  }

  /** As src/network/announcer.ts: now, and again after a while. */
  announce(addresses: readonly ServiceAddress[]): void {
    for (const address of addresses) {
      const start = this.timeline.now;
      this.announcing.set(address, start);
      for (const delay of ANNOUNCEMENT_TIMES)
        this.after(delay, () => {
          this.checkLeases();
          if (this.held.has(address) && this.announcing.get(address) === start)
            this.host.world.service.announce(this.host, address);
        });
    }
  }

  /** Of interest where it is held here, or was asked for lately. */
  onAnnounced(address: ServiceAddress, hardwareAddress: string): void {
    const asked = this.timeline.now - (this.probedAt.get(address) ?? -Infinity) < PROBE_INTEREST;
    if (this.held.has(address) || asked) this.answered(address, hardwareAddress);
  }

  private answered(address: ServiceAddress, hardwareAddress: string): void {
    this.run(() => {
      this.channel?.send(() => {
        this.control?.onAnswer(address, hardwareAddress);
      });
    });
  }

  probe(addresses: readonly ServiceAddress[]): void {
    for (const address of addresses) {
      this.probedAt.set(address, this.timeline.now);
      this.host.world.service.ask(this.host, address, (hardwareAddress) => {
        this.answered(address, hardwareAddress);
      });
    }
  }

  /** R52: `at`: when the heartbeat was sent on whose strength it is renewed. */
  renewLease(group: number, at: number, span: number): void {
    this.checkLeases();
    this.setLease(group, at + span);
  }

  /** Somebody else, or the end of its lifetime, took an address off the interface. */
  onVanished(address: ServiceAddress): void {
    this.run(() => {
      const group = this.held.get(address);
      if (group === undefined || this.host.kernel.has(address)) return;
      this.held.delete(address);
      this.report((control) => {
        control.onLost({ group, address });
      });
    });
  }

  reportLink(): void {
    this.run(() => {
      const { carrier } = this.host;
      this.report((control) => {
        control.onLink(carrier);
      });
    });
  }

  /** The daemon ends in order. */
  removeAll(): void {
    for (const address of this.host.kernel.all()) this.host.kernel.remove(address);
    this.held.clear();
  }

  /** One after the other; the leases are looked at before anything is done. */
  private work(action: () => void): void {
    const { asker } = this;
    const duration = this.host.random.between(0.02, 0.3) + this.slowness;
    this.busyUntil = Math.max(this.busyUntil, this.timeline.now) + duration;
    this.at(this.busyUntil, () => {
      this.checkLeases();
      if (asker === this.asker) action();
    });
  }

  private place({ group, address }: Placed): Result {
    if (!this.isRunningLease(group)) return { group, address, error: 'the lease is over', leaseOver: true };
    if (this.failures > 0) {
      this.failures -= 1;
      return { group, address, error: 'cannot add address: ENOBUFS' };
    }
    this.held.set(address, group);
    this.host.kernel.add(address);
    this.announce([address]);
    return { group, address, error: null };
  }

  private letGo(address: ServiceAddress): void {
    this.held.delete(address);
    this.host.kernel.remove(address);
  }

  private grantFirst(group: number, reopen: boolean): void {
    if (this.isRunningLease(group) || (!reopen && this.endedLeases.has(group))) return;
    const timeout = this.host.world.scenario.groups[group]?.timeout ?? 0;
    this.setLease(group, this.timeline.now + Math.min(2000, FIRST_LEASE_SHARE * timeout));
  }

  private setLease(group: number, end: number): void {
    if (end <= this.timeline.now) return;
    this.leases.set(group, end);
    this.endedLeases.delete(group);
    this.at(end, () => {
      if (this.leases.get(group) === end) this.checkLeases();
    });
  }

  private isRunningLease(group: number): boolean {
    return (this.leases.get(group) ?? -Infinity) > this.timeline.now;
  }

  private checkLeases(): void {
    for (const [group, end] of [...this.leases]) {
      if (end > this.timeline.now) continue;
      this.leases.delete(group);
      this.endedLeases.add(group);
      this.giveUp(group);
    }
  }

  private giveUp(group: number): void {
    const addresses = [...this.held].flatMap(([address, owner]) => (owner === group ? [address] : []));
    if (addresses.length === 0) return;
    for (const address of addresses) this.letGo(address);
    this.report((control) => {
      control.onLeaseEnded(group);
    });
  }

  private scheduleRenewal(): void {
    this.after(RENEWAL, () => {
      this.checkLeases();
      for (const address of this.held.keys()) this.host.kernel.renew(address);
      this.scheduleRenewal();
    });
  }

  private report(tell: (control: ControlProcess) => void): void {
    const { control } = this;
    if (control === null) return;
    this.channel?.send(() => {
      tell(control);
    });
  }
}
