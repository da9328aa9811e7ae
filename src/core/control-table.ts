// The leader's three tables (R27, fig. 6B), built by the source document's two nested loops.

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import { holdsOutOfReach, stillAnswering } from './evidence.js';
import {
  isClaim,
  isLeaving,
  LEAVES,
  type HostInformation,
  type ServedState,
  servedBy,
  type ServedAddress,
} from './host-information.js';
import type { AddressRecord, Peer, ServiceMonitor } from './monitor.js';
import { ownInformation } from './own-host.js';
import { expiryReason, isExpired } from './service-address.js';
import type { Instant } from './time.js';

/** One row of the control service address table. */
export interface ControlEntry {
  readonly address: ServiceAddress;
  /** States that live hosts report of it. */
  states: ReadonlySet<ServedState>;
  /** The live, OK host that it belongs to: its preferred host, or where the operator moved it. */
  preferred: HostId | null;
  /** `preferred` has it by the operator's word. */
  moved: boolean;
  preferredQuiesced: boolean;
  /** `preferred` joins yet: it is given nothing until it is a member (R34). */
  preferredJoining: boolean;
  /** A host that prefers it joins yet and is not OK: it may only not know yet that it is able (R14). */
  ownerUndecided: boolean;
  /** Somebody has served it before. */
  wasServed: boolean;
  servedByPreferred: boolean;
  /** Able hosts that wait for it to be handed over to them (R55). Ascending. */
  prepared: readonly HostId[];
  /** Hosts that serve it and are to be rid of it, because they leave (R55). Ascending. */
  leaving: readonly HostId[];
  /** Hosts that claim it: acquiring, online or releasing. Ascending. */
  claims: readonly HostId[];
  /** Whom to take for its owner in what is told: also one that cannot serve. */
  readonly owner: HostId | null;
}

export interface ControlTable {
  /** Ascending. */
  readonly entries: Map<ServiceAddress, ControlEntry>;
  readonly spares: HostId[];
  readonly eligible: HostId[];
  readonly hosts: ReadonlyMap<HostId, HostInformation>;
  /** Served, but expired or unknown: to be released (R32, R33). */
  readonly strays: {
    readonly address: ServiceAddress;
    readonly host: HostId;
    readonly reason: 'expired' | 'forgotten' | 'unknown';
  }[];
}

/** The members whose word counts: this host and every live one whose information is here. Ascending. */
export function liveHosts(
  monitor: ServiceMonitor,
  without: ReadonlySet<HostId>,
): Map<HostId, HostInformation> {
  const hosts = new Map<HostId, HostInformation>();
  const own = ownInformation(monitor);
  const enter = (host: HostInformation): void => {
    if (!without.has(host.id)) hosts.set(host.id, host);
  };
  let isOwnTurn = true;
  for (const { id, state, information } of monitor.peers.values()) {
    if (isOwnTurn && compareAddresses(own.id, id) < 0) {
      enter(own);
      isOwnTurn = false;
    }
    if (state === 'live' && information !== null) enter(information);
  }
  if (isOwnTurn) enter(own);
  return hosts;
}

/** R27. `without`: hosts to leave out, as if they were gone (for `plan` and for R61). */
export function buildControlTable(
  monitor: ServiceMonitor,
  now: Instant,
  without: ReadonlySet<HostId> = new Set(),
): ControlTable {
  const hosts = liveHosts(monitor, without);
  const table: ControlTable = { entries: new Map(), spares: [], eligible: [], hosts, strays: [] };
  for (const row of monitor.addresses.values()) {
    if (!isExpired(monitor, row, now)) table.entries.set(row.address, emptyEntry(row));
  }
  for (const host of hosts.values()) enterHost(table, host, isJoining(monitor, host.id));
  for (const row of monitor.addresses.values()) applyMove(monitor, table, row);
  for (const host of hosts.values()) enterClaims(monitor, table, host);
  enterClaimsOutOfReach(monitor, table, now, without);
  for (const entry of table.entries.values())
    entry.servedByPreferred = entry.preferred !== null && entry.claims.includes(entry.preferred);
  return table;
}

// The table is made anew at each decision, with up to a thousand entries: what is alike in them is shared, not copied.

const NOBODY: readonly HostId[] = [];
const NO_STATE: ReadonlySet<ServedState> = new Set();
const only = new Map<ServedState, ReadonlySet<ServedState>>();

function withState(states: ReadonlySet<ServedState>, state: ServedState): ReadonlySet<ServedState> {
  if (states.has(state)) return states;
  if (states.size > 0) return new Set([...states, state]);
  const known = only.get(state) ?? new Set([state]);
  only.set(state, known);
  return known;
}

/** `alone`: the host as the list that most entries have. */
const withHost = (hosts: readonly HostId[], alone: readonly HostId[]): readonly HostId[] =>
  hosts.length === 0 ? alone : [...hosts, ...alone];

const emptyEntry = (row: AddressRecord): ControlEntry => ({
  address: row.address,
  states: NO_STATE,
  preferred: null,
  moved: false,
  preferredQuiesced: false,
  preferredJoining: false,
  ownerUndecided: false,
  wasServed: row.wasServed,
  servedByPreferred: false,
  prepared: NOBODY,
  leaving: NOBODY,
  claims: NOBODY,
  owner: row.preferredHost,
});

const isJoining = (monitor: ServiceMonitor, id: HostId): boolean =>
  id === monitor.settings.id ? monitor.phase === 'joining' : monitor.peers.get(id)?.joining === true;

// The outer loop: only OK hosts enter the lists or count as preferred.
function enterHost(table: ControlTable, host: HostInformation, joining: boolean): void {
  if (!host.ok && joining && !host.quiesced) noteUndecided(table, host);
  if (!host.ok) return;
  if (!host.quiesced && !joining) (host.preferred.length === 0 ? table.spares : table.eligible).push(host.id);
  for (const address of host.preferred) {
    const entry = table.entries.get(address);
    if (entry === undefined || entry.preferred !== null) continue;
    entry.preferred = host.id;
    entry.preferredQuiesced = host.quiesced;
    entry.preferredJoining = joining;
  }
}

function noteUndecided(table: ControlTable, host: HostInformation): void {
  for (const address of host.preferred) {
    const entry = table.entries.get(address);
    if (entry !== undefined) entry.ownerUndecided = true;
  }
}

/**
 * A planned move makes its target the address's preferred host, as long as the target is OK. R44: one that is quiesced keeps
 * what it has, and is given nothing.
 */
function applyMove(monitor: ServiceMonitor, table: ControlTable, row: AddressRecord): void {
  const entry = table.entries.get(row.address);
  if (entry === undefined || row.decision.kind !== 'move') return;
  const host = table.hosts.get(row.decision.host);
  if (host?.ok !== true || (host.quiesced && !claims(host, row.address))) return;
  entry.preferred = host.id;
  entry.moved = true;
  entry.preferredQuiesced = host.quiesced;
  entry.preferredJoining = isJoining(monitor, host.id);
}

function claims(host: HostInformation, address: ServiceAddress): boolean {
  const entry = servedBy(host, address);
  return entry !== undefined && isClaim(entry.state);
}

// The inner loop: the claims of every live member, OK or not.
function enterClaims(monitor: ServiceMonitor, table: ControlTable, host: HostInformation): void {
  const alone = [host.id];
  for (const { address, state, reason } of host.serving) {
    const entry = table.entries.get(address);
    if (entry === undefined) {
      const row = monitor.addresses.get(address);
      if (state === 'online')
        table.strays.push({
          address,
          host: host.id,
          reason: row === undefined ? 'unknown' : expiryReason(row),
        });
    } else if (state === 'prepared') {
      if (host.ok && !host.quiesced) entry.prepared = withHost(entry.prepared, alone);
    } else if (isClaim(state)) {
      entry.claims = withHost(entry.claims, alone);
      entry.states = withState(entry.states, state);
      if (state === 'online' && reason === 'leaving') entry.leaving = withHost(entry.leaving, alone);
    }
  }
}

/**
 * R61: partitioned hosts hold what they held. What nobody else claims is held by whoever answers for it, even a host
 * that was silent before.
 */
function enterClaimsOutOfReach(
  monitor: ServiceMonitor,
  table: ControlTable,
  now: Instant,
  without: ReadonlySet<HostId>,
): void {
  const partitioned = monitor.peers.values().filter((peer) => peer.state === 'partitioned');
  if (partitioned.length + monitor.answers.size === 0) return;
  for (const entry of table.entries.values()) {
    const { address, claims } = entry;
    const holders = partitioned.filter((peer) => holdsOutOfReach(monitor, peer, address, now));
    const answering = claims.length + holders.length === 0 ? stillAnswering(monitor, address, now) : null;
    if (answering !== null && answering.state !== 'live') holders.push(answering);
    const ids = holders.map((peer: Peer) => peer.id).filter((id) => !without.has(id));
    if (ids.length === 0) continue;
    entry.claims = [...claims, ...ids].sort(compareAddresses);
    entry.states = withState(entry.states, 'online');
  }
}

/** Why no host is able, for people. */
export function whyNobody(table: ControlTable): string {
  const unable = [...table.hosts.values()].map((host) => {
    if (isLeaving(host)) return `${host.id} ${LEAVES}`;
    if (!host.ok) return `${host.id} is failed (${host.failures.join('; ')})`;
    return host.quiesced
      ? `${host.id} is quiesced`
      : `${host.id} is passed over: it could not acquire, or did not answer`;
  });
  return unable.length === 0 ? 'no host is heard' : unable.join(', ');
}

/** What that host, if it is in the table, says of the address. */
export function servedIn(
  { hosts }: ControlTable,
  host: HostId,
  address: ServiceAddress,
): ServedAddress | undefined {
  const information = hosts.get(host);
  return information === undefined ? undefined : servedBy(information, address);
}
