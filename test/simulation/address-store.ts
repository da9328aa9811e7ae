// R15: what a host keeps of its groups' addresses and members over an outage (src/control/address-memory.ts in its rules). Nothing here waits
// for a moment to pass: what would have been on the disk by then is worked out when its writer ends.

import type { Event, RememberedMember } from '../../src/core/event.js';
import type { AddressInformation } from '../../src/core/host-information.js';
import { milliseconds } from '../../src/core/time.js';
import type { Driver } from './driver.js';
import type { Host } from './host.js';

/** Milliseconds: a change is written after the first … */
const SETTLING = 1000;
/** … and what time alone changes after such a share of the orphan timeout, within these bounds. */
const REFRESH_SHARE = 0.1;
const SHORTEST_REFRESH = 1000;
const LONGEST_REFRESH = 60_000;
const CHANCE_RANGE = 2 ** 32;

/** `age` is what it was at `writtenAt`, by the host's wall clock. */
interface Written {
  readonly rows: readonly AddressInformation[];
  readonly members: readonly RememberedMember[];
  readonly writtenAt: number;
  /** What wall clock added to the world's time then. */
  readonly wallClock: number;
}

interface Unwritten {
  /** When the first of the changes was noted. */
  since: number;
  /** As of the last one. */
  latest: Written;
}

export class AddressStore {
  /** When it last told something as younger than it was, because its wall clock had been put back since. */
  rejuvenatedAt = -Infinity;
  private readonly host: Host;
  /** By group. */
  private readonly written = new Map<number, Written>();
  private readonly unwritten = new Map<number, Unwritten>();
  /** Groups of which something was written since their control process began. */
  private readonly refreshing = new Set<number>();

  constructor(host: Host) {
    this.host = host;
  }

  /** The group has told the others something. */
  note(driver: Driver): void {
    const { now } = this.host.world;
    const { group } = driver;
    this.writeWhatIsDue(group);
    const latest = this.read(driver);
    const unwritten = this.unwritten.get(group);
    if (unwritten === undefined) this.unwritten.set(group, { since: now, latest });
    else unwritten.latest = latest;
  }

  /** Its control process ends, of itself: all is written. */
  flush(drivers: readonly Driver[]): void {
    this.unwritten.clear();
    for (const driver of drivers) this.written.set(driver.group, this.read(driver));
  }

  /** It is killed: what was not yet written is lost. */
  abandon(drivers: readonly Driver[]): void {
    for (const driver of drivers) {
      this.writeWhatIsDue(driver.group);
      if (this.refreshing.has(driver.group)) this.refresh(driver);
    }
    this.unwritten.clear();
    this.refreshing.clear();
  }

  /** What a group that starts is told. */
  recall(group: number): Event[] {
    const written = this.written.get(group);
    if (written === undefined || written.rows.length + written.members.length === 0) return [];
    const passed = this.wall() - written.writtenAt;
    if (this.host.wallClock < written.wallClock) this.rejuvenatedAt = this.host.world.now;
    const addresses = written.rows.map((row) => ({
      ...row,
      age: milliseconds(Math.max(0, row.age + passed)),
    }));
    return [{ kind: 'remembered', addresses, members: written.members }];
  }

  /** The disk is gone. */
  lose(): void {
    this.written.clear();
    this.unwritten.clear();
  }

  private writeWhatIsDue(group: number): void {
    const unwritten = this.unwritten.get(group);
    if (unwritten === undefined || this.host.world.now < unwritten.since + SETTLING) return;
    this.unwritten.delete(group);
    this.refreshing.add(group);
    this.written.set(group, unwritten.latest);
  }

  /** What was written last before the end, because time had passed: as it is now, and so much younger. */
  private refresh(driver: Driver): void {
    const { group, monitor } = driver;
    const share = monitor.settings.orphanTimeout * REFRESH_SHARE;
    const longest = Math.min(LONGEST_REFRESH, Math.max(SHORTEST_REFRESH, share));
    const passed = (this.host.chance() / CHANCE_RANGE) * longest;
    const { rows, members, writtenAt, wallClock } = this.read(driver);
    if (writtenAt - passed <= (this.written.get(group)?.writtenAt ?? -Infinity)) return;
    const younger = rows.map((row) => ({ ...row, age: milliseconds(Math.max(0, row.age - passed)) }));
    this.written.set(group, { rows: younger, members, writtenAt: writtenAt - passed, wallClock });
  }

  private read({ monitor, control }: Driver): Written {
    const { core } = this.host.world;
    return {
      rows: core.rowsToKeep(monitor, control.clock()),
      members: core.membersToKeep(monitor),
      writtenAt: this.wall(),
      wallClock: this.host.wallClock,
    };
  }

  private wall(): number {
    return this.host.wallClock + this.host.world.now;
  }
}
