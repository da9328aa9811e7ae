// The status of the groups, read off the monitors (R58). Sorted numerically; what is not as it should be comes first.

import { compareAddresses, sortAddresses, type HostId } from '../core/address.js';
import { buildControlTable, type ControlEntry, type ControlTable } from '../core/control-table.js';
import { heardOn, isHeardOn } from '../core/control-links.js';
import { servedBy, type HostInformation } from '../core/host-information.js';
import type { AddressRecord, Peer, ServiceMonitor } from '../core/monitor.js';
import { isOk } from '../core/monitor.js';
import { ownInformation } from '../core/own-host.js';
import { explainReason } from '../core/reason.js';
import { isExpired, orphanTimeLeft } from '../core/service-address.js';
import { elapsed, NEVER, type Instant } from '../core/time.js';
import {
  NOT_ARRIVED,
  type AddressState,
  type AddressStatus,
  type FenceStatus,
  type GroupState,
  type GroupStatus,
  type HostState,
  type HostStatus,
} from '../ipc/operator-messages.js';
import { dnsStatus } from './dns-status.js';
import { problemsOf } from './problems.js';
import { assignedHere, whyUnserved } from './why-unserved.js';

export interface StatusContext {
  readonly now: Instant;
  /** Names of the control interfaces, in their order. */
  readonly interfaces: readonly string[];
  /** What is wrong with one of them here, as `does not exist`; those that can be used are not among them. */
  readonly interfaceFaults: ReadonlyMap<string, string>;
  readonly counters: Readonly<Record<string, number>>;
  /** Sentences about frames that could not be accepted, newest facts of the heartbeat process. */
  readonly warnings: readonly string[];
  readonly fence: FenceStatus;
}

export function groupStatus(monitor: ServiceMonitor, context: StatusContext): GroupStatus {
  const table = buildControlTable(monitor, context.now);
  const hosts = hostStatuses(monitor, context);
  const addresses = addressStatuses(monitor, table, context.now);
  return {
    state: groupState(monitor),
    problems: [...problemsOf(monitor, hosts, addresses, context), ...context.warnings],
    leader: monitor.leader,
    term: monitor.term,
    hosts,
    addresses,
    fence: context.fence,
    counters: context.counters,
    dns: dnsStatus(monitor),
  };
}

function groupState(monitor: ServiceMonitor): GroupState {
  if (monitor.phase === 'starting' || monitor.phase === 'joining') return 'joining';
  if (monitor.settings.observer) return 'observer';
  if (!isOk(monitor)) return 'failed';
  if ([...monitor.peers.values()].some((peer) => peer.state === 'partitioned')) return 'partitioned';
  return monitor.quiesced ? 'quiesced' : 'ok';
}

function hostStatuses(monitor: ServiceMonitor, context: StatusContext): HostStatus[] {
  const peers = [...monitor.peers.values()].map((peer) => peerStatus(monitor, peer, context));
  return [selfStatus(monitor, context), ...peers].sort((a, b) => compareAddresses(a.id, b.id));
}

function selfStatus(monitor: ServiceMonitor, context: StatusContext): HostStatus {
  const state: HostState = monitor.phase === 'starting' || monitor.phase === 'joining' ? 'joining' : 'live';
  // Also those that are silent: where nobody is heard any more this host is cut off, as far as it can tell.
  const peers = monitor.peers.values().filter((peer) => peer.state !== 'left');
  const links = context.interfaces.map((name, index) => {
    const heardAt = peers.reduce((newest, peer) => Math.max(newest, heardOn(peer, index)), NEVER as number);
    const ms = ago(heardAt as Instant, context.now);
    return {
      interface: name,
      up:
        !context.interfaceFaults.has(name) &&
        (peers.length === 0 || (ms !== null && ms < monitor.settings.timeout)),
      lastHeardMs: ms,
    };
  });
  return {
    ...described(ownInformation(monitor)),
    id: monitor.settings.id,
    self: true,
    state,
    lastHeardMs: 0,
    links,
  };
}

function peerStatus(monitor: ServiceMonitor, peer: Peer, context: StatusContext): HostStatus {
  const links = context.interfaces.map((name, index) => {
    const lastHeardMs = ago(heardOn(peer, index), context.now);
    return { interface: name, up: isHeardOn(monitor, peer, index, context.now), lastHeardMs };
  });
  const state: HostState = peer.state === 'live' && peer.joining ? 'joining' : peer.state;
  const lastHeardMs = ago(peer.heardAt, context.now);
  const information = peer.information === null ? unknownInformation(peer) : described(peer.information);
  // What a host claimed before it went silent is history; what a partitioned one holds is not (R61).
  const serving = state === 'silent' || state === 'left' ? [] : information.serving;
  return { ...information, serving, id: peer.id, self: false, state, lastHeardMs, links };
}

type Described = Omit<HostStatus, 'id' | 'self' | 'state' | 'lastHeardMs' | 'links'>;

const described = (host: HostInformation): Described => ({
  ok: host.ok,
  failures: host.failures,
  quiesced: host.quiesced,
  observer: host.observer,
  preferred: host.preferred,
  load: host.load,
  capacity: host.capacity,
  serving: host.serving.map(({ address, state }) => ({ address, state })),
});

const unknownInformation = (peer: Peer): Described => ({
  ok: false,
  failures: [NOT_ARRIVED],
  quiesced: false,
  observer: peer.observer,
  preferred: [],
  load: 0,
  capacity: 0,
  serving: [],
});

/** Whole milliseconds; null for never. */
const ago = (at: Instant, now: Instant): number | null =>
  at === NEVER ? null : Math.max(0, Math.round(elapsed(at, now)));

function addressStatuses(monitor: ServiceMonitor, table: ControlTable, now: Instant): AddressStatus[] {
  const assigned = assignedHere(monitor);
  return sortAddresses(monitor.addresses.keys()).flatMap((address) => {
    const row = monitor.addresses.get(address);
    if (row === undefined || isExpired(monitor, row, now)) return [];
    return [addressStatus(monitor, row, table, assigned.get(address), now)];
  });
}

function addressStatus(
  monitor: ServiceMonitor,
  row: AddressRecord,
  table: ControlTable,
  assigned: string | undefined,
  now: Instant,
): AddressStatus {
  const entry = table.entries.get(row.address);
  const holder = entry === undefined ? null : holderOf(monitor, table, entry);
  const orphaned = holder?.host !== row.preferredHost;
  return {
    address: row.address,
    state: entry === undefined ? 'unserved' : stateOf(entry),
    host: holder?.host ?? null,
    preferredHost: row.preferredHost,
    orphaned,
    orphanMsLeft: orphaned ? rounded(orphanTimeLeft(monitor, row, now)) : null,
    reason:
      holder === null
        ? `unserved: ${whyUnserved({ monitor, table, now }, row.address, assigned)}`
        : holder.reason,
  };
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value));

function stateOf(entry: ControlEntry): AddressState {
  if (entry.claims.length === 0) return 'unserved';
  if (entry.claims.length > 1) return 'duplicate';
  if (entry.states.has('acquiring')) return 'acquiring';
  return entry.states.has('releasing') ? 'releasing' : 'online';
}

function holderOf(
  monitor: ServiceMonitor,
  table: ControlTable,
  { address, claims, owner }: ControlEntry,
): { host: HostId; reason: string } | null {
  const host = claims[0];
  if (host === undefined) return null;
  const peer = monitor.peers.get(host);
  // A host out of reach is not in the table.
  const information = table.hosts.get(host) ?? peer?.information ?? null;
  const served = information === null ? undefined : servedBy(information, address);
  const told = explainReason(served?.reason ?? 'none', host, owner);
  if (peer?.state === 'partitioned')
    return {
      host,
      reason: `${told}; ${host} is partitioned but still answers for it on the service network`,
    };
  return { host, reason: told };
}
