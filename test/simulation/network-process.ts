// The network process of a simulated host (src/network/address-keeper.ts in its rules): it adds and removes what control
// says, gives up what nobody renews the lease of, reports what others do to its addresses, and asks who answers.

import type { ServiceAddress } from '../../src/core/address.js';
import { leaseSpan } from '../../src/core/settings.js';
import type { Instant } from '../../src/core/time.js';
import { Channel } from './channel.js';
import type { ControlProcess } from './control-process.js';
import type { Host } from './host.js';
import { Process } from './process.js';
import type { Appointment } from './timeline.js';

/** Milliseconds between two renewals of the lifetimes in the kernel. */
export const RENEWAL = 500;
const ANNOUNCEMENT_TIMES = [0, 50, 250, 1000, 2000, 5000];
const PROBE_INTEREST = 5000;

export interface Result {
  readonly group: number;
  readonly address: ServiceAddress;
  readonly error: string | null;
  /** It was not tried, because the group's lease had run out. */
  readonly leaseOver?: true;
  /** It was not tried, because a host of this MAC had it, of which control did not know. */
  readonly claimedBy?: string;
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
  /** When the alarm rings; no later than the next lease runs out. */
  private alarmAt = Infinity;
  private alarm: Appointment | null = null;
  private readonly announcing = new Map<ServiceAddress, number>();
  private readonly probedAt = new Map<ServiceAddress, number>();
  /** Of whom the control process that is attached was told, and with which report last (src/network/neighbour-watch.ts). */
  private readonly lastTold = new Map<ServiceAddress, { report: number; hardwareAddress: string }>();
  private told = 0;
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
    this.told = 0;
    this.lastTold.clear();
    this.reportLink();
  }

  onControlClosed(): void {
    this.control = null;
    this.channel?.close();
    this.channel = null;
  }

  /** `at`, here and below: when control said so. */
  adopt(wanted: readonly Placed[], at: number): void {
    this.asker += 1;
    this.work(() => {
      for (const address of this.host.kernel.all())
        if (!wanted.some((placed) => placed.address === address)) this.letGo(address);
      const results = wanted.map((placed) => this.place(placed, at));
      this.report((control) => {
        control.onAdopted(results);
      });
    });
  }

  /** `heard`: of how many answers control had been told. */
  add(wanted: readonly Placed[], at: number, heard: number): void {
    this.work(() => {
      const results = wanted.map((placed) => this.place(placed, at, heard));
      this.report((control) => {
        control.onPlaced('configured', results);
      });
    });
  }

  /** R55: behind the fence, where it answers nobody. */
  prepare(wanted: readonly Placed[], at: number): void {
    this.work(() => {
      const results = wanted.map((placed) => this.makeReady(placed, at));
      this.report((control) => {
        control.onPrepared(results);
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
      this.told += 1;
      this.lastTold.set(address, { report: this.told, hardwareAddress });
      this.channel?.send(() => {
        this.control?.onAnswer(address, hardwareAddress);
      });
    });
  }

  /** `probed` follows when the answers have had their time, and names what left this host. */
  probe(group: number, addresses: readonly ServiceAddress[], askedAt: Instant, patience: number): void {
    const asked = this.host.carrier ? addresses : [];
    this.after(patience, () => {
      this.report((control) => {
        control.onProbed(group, asked, askedAt);
      });
    });
    for (const address of addresses) {
      this.probedAt.set(address, this.timeline.now);
      this.host.world.service.ask(this.host, address, (hardwareAddress) => {
        this.answered(address, hardwareAddress);
      });
    }
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

  private place({ group, address }: Placed, at: number, heard = Infinity): Result {
    // R52: what was asked for before the lease ran out must not come true after it.
    const isFresh = this.timeline.now - at < this.spanOf(group);
    if (!isFresh || this.endOf(group) <= this.timeline.now)
      return { group, address, error: 'the lease is over', leaseOver: true };
    const last = this.lastTold.get(address);
    if (last !== undefined && last.report > heard)
      return { group, address, error: 'another host answers for it', claimedBy: last.hardwareAddress };
    if (this.failures > 0) {
      this.failures -= 1;
      return { group, address, error: 'cannot add address: ENOBUFS' };
    }
    this.held.set(address, group);
    this.host.kernel.add(address, group);
    this.watchLeases();
    this.announce([address]);
    return { group, address, error: null };
  }

  private makeReady({ group, address }: Placed, at: number): Result {
    const isFresh = this.timeline.now - at < this.spanOf(group);
    if (!isFresh || this.endOf(group) <= this.timeline.now)
      return { group, address, error: 'the lease is over' };
    if (!this.host.world.groupOf(group).fence) return { group, address, error: 'there is no fence' };
    if (this.failures > 0) return { group, address, error: 'cannot add address: ENOBUFS' };
    this.held.set(address, group);
    this.host.kernel.prepare(address, group);
    this.watchLeases();
    return { group, address, error: null };
  }

  private letGo(address: ServiceAddress): void {
    this.held.delete(address);
    this.host.kernel.remove(address);
  }

  private spanOf(group: number): number {
    return leaseSpan(this.host.world.groupOf(group).timeout);
  }

  private endOf(group: number): number {
    return (this.host.leaseBoard.get(group) ?? -Infinity) + this.spanOf(group);
  }

  /** Gives up what groups hold whose lease has run out. */
  private checkLeases(): void {
    for (const group of new Set(this.held.values()))
      if (this.endOf(group) <= this.timeline.now) this.giveUp(group);
  }

  /** Sets the alarm for what is held now. Set too early, it finds nothing and is set anew. */
  private watchLeases(): void {
    const end = Math.min(...[...new Set(this.held.values())].map((group) => this.endOf(group)));
    if (end >= this.alarmAt) return;
    this.alarmAt = end;
    const alarm = (): void => {
      // An earlier one has been set since.
      if (this.alarm !== appointment) return;
      this.alarmAt = Infinity;
      this.checkLeases();
      this.watchLeases();
    };
    const appointment = this.at(end, alarm, true);
    this.alarm = appointment;
  }

  /** What the heartbeats of a leap would have done. */
  leap(span: number): void {
    this.alarmAt += span;
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
    this.after(
      RENEWAL,
      () => {
        this.checkLeases();
        for (const address of this.held.keys()) this.host.kernel.renew(address);
        this.scheduleRenewal();
      },
      true,
    );
  }

  private report(tell: (control: ControlProcess) => void): void {
    const { control } = this;
    if (control === null) return;
    this.channel?.send(() => {
      tell(control);
    });
  }
}
