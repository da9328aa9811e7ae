// When the service address databases are written to the state directory (R15), and what the groups are told of them at the start.

import { parseAddress } from '../core/address.js';
import type { RememberedMember } from '../core/event.js';
import type { AddressInformation, Decision } from '../core/host-information.js';
import { rowsToKeep } from '../core/own-host.js';
import { membersToKeep } from '../core/remembered-members.js';
import { milliseconds, type Instant } from '../core/time.js';
import {
  AddressFile,
  type Half,
  type StoredGroups,
  type StoredMember,
  type StoredRow,
} from './address-file.js';
import type { Group } from './group.js';

/** What changed is written after this long, together with what changes meanwhile; milliseconds. */
const SETTLING_MS = 1000;
/** How old what is written of a live host may become: it is its time of death if the power fails for all. Milliseconds … */
const LONGEST_REFRESH_MS = 60_000;
/** … and no more than this share of the orphan timeout. */
const REFRESH_SHARE = 0.1;
const SHORTEST_REFRESH_MS = 1000;

/** Both clocks, in milliseconds: since boot, and since 1970. */
export interface Clocks {
  now(): Instant;
  wall(): number;
}

export class AddressMemory {
  private readonly file: AddressFile;
  private readonly clocks: Clocks;
  private readonly groups = new Set<Group>();
  private remembered: StoredGroups = {};
  /** What was written last, and when it has to be written anew although nothing changed. */
  private identity = '';
  private refreshDue = 0;
  private timer: NodeJS.Timeout | undefined;
  private due = Infinity;

  /** `onError` is told what cannot be read or written. */
  constructor(clocks: Clocks, onError: (message: string) => void) {
    this.clocks = clocks;
    this.file = new AddressFile(onError);
  }

  /** Takes a half over. True: both are here, and what they hold is loaded. */
  open(half: Half, descriptor: number): boolean {
    this.file.open(half, descriptor);
    if (!this.file.isOpen) return false;
    this.remembered = this.file.load();
    return true;
  }

  /** Tells a group that starts what was known of its addresses and members when this host was last up. */
  recall(group: Group): void {
    const stored = Object.hasOwn(this.remembered, group.name) ? this.remembered[group.name] : undefined;
    if (stored === undefined) return;
    const addresses = stored.addresses.flatMap((row) => rowFrom(row, this.clocks.wall()));
    const members = stored.members.flatMap(memberFrom);
    if (addresses.length + members.length > 0) group.step({ kind: 'remembered', addresses, members });
  }

  /** A group has told the others something. What it is, is looked at later: nothing of this may delay a takeover. */
  note(group: Group): void {
    this.groups.add(group);
    this.schedule(SETTLING_MS);
  }

  forget(group: Group): void {
    this.groups.delete(group);
  }

  /** Writes at once, before the process ends. */
  flush(): void {
    clearTimeout(this.timer);
    if (this.file.isOpen && this.groups.size > 0) this.file.saveNow(this.stored());
  }

  /** Nothing is written any more. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(span: number): void {
    const due = this.clocks.now() + span;
    if (this.timer !== undefined && due >= this.due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.look();
    }, span);
    // Nothing is lost if the process ends before: `flush` writes it.
    this.timer.unref();
  }

  private look(): void {
    const [identity, now] = [this.identify(), this.clocks.now()];
    if (this.file.isOpen && (identity !== this.identity || now >= this.refreshDue)) {
      this.file.save(this.stored());
      this.identity = identity;
      this.refreshDue = now + this.refreshAfter();
    }
    this.schedule(Math.max(SETTLING_MS, this.refreshDue - now));
  }

  private read(): [group: string, addresses: AddressInformation[], members: RememberedMember[]][] {
    const now = this.clocks.now();
    return [...this.groups].map(({ name, monitor }) => [
      name,
      rowsToKeep(monitor, now),
      membersToKeep(monitor),
    ]);
  }

  private refreshAfter(): number {
    const shortest = Math.min(
      ...[...this.groups].map(({ monitor }) => monitor.settings.orphanTimeout * REFRESH_SHARE),
    );
    return Math.max(SHORTEST_REFRESH_MS, Math.min(LONGEST_REFRESH_MS, shortest));
  }

  /** All but the ages that time alone changes. */
  private identify(): string {
    return JSON.stringify(
      this.read().map(([name, addresses, members]) => [
        name,
        addresses.map((row) => ({ ...row, age: row.age === 0 })),
        members,
      ]),
    );
  }

  private stored(): StoredGroups {
    const wall = this.clocks.wall();
    return Object.fromEntries(
      this.read().map(([name, addresses, members]) => [
        name,
        {
          addresses: addresses.map(({ address, preferredHost, age, decision, decisionVersion }) => ({
            address,
            preferredHost,
            heardAt: Math.round(wall - age),
            decision,
            decisionVersion,
          })),
          members: members.map(({ id, hardwareAddress }) => ({ host: id, hardwareAddress })),
        },
      ]),
    );
  }
}

/** A clock that went back since makes nothing younger than now. */
function rowFrom(row: StoredRow, wall: number): AddressInformation[] {
  const address = parseAddress(row.address);
  const preferredHost = parseAddress(row.preferredHost);
  const decision = decisionFrom(row.decision);
  if (address === null || preferredHost === null || decision === null) return [];
  const age = milliseconds(Math.max(0, wall - row.heardAt));
  return [{ address, preferredHost, age, decision, decisionVersion: row.decisionVersion }];
}

function memberFrom({ host, hardwareAddress }: StoredMember): RememberedMember[] {
  const id = parseAddress(host);
  return id === null ? [] : [{ id, hardwareAddress }];
}

function decisionFrom(decision: StoredRow['decision']): Decision | null {
  if (decision.kind !== 'move') return decision;
  const host = parseAddress(decision.host);
  return host === null ? null : { kind: 'move', host };
}
