// R41: who writes the group's DNS zone, and when. The lowest live host that has `dns` configured writes it; the others look
// at what is published, so that whoever takes over goes on from there. One pass an interval; what a pass wants is
// handed on as an effect, and whoever carries it out says what is really published.

import { compareAddresses, sortAddresses, type HostId, type ServiceAddress } from './address.js';
import { liveHosts } from './control-table.js';
import type { HostInformation } from './host-information.js';
import { record, type Peer, type ServiceMonitor, type Turn } from './monitor.js';
import type { ZoneSettings } from './settings.js';
import { after, NEVER, NO_DEADLINE, type Instant } from './time.js';
import { explainEntry, weighZone, type ZoneEntry } from './zone.js';
import { newZoneState, type ZoneRole, type ZoneState } from './zone-state.js';

/** Changes that are named one by one in one record; a farm may go out as a whole. */
const MOST_NAMED = 20;

/** Who writes may change with everything that is heard; the pass itself comes once an interval. */
export function runZone(turn: Turn): void {
  const { monitor, now } = turn;
  const { zone } = monitor;
  const settings = monitor.settings.dns;
  if (settings === null && zone.role === 'none') return;
  zone.writer = writerOf(monitor);
  becomeRole(turn, roleFor(monitor, settings));
  if (settings === null || zone.role !== 'writing') return;
  if (now >= after(zone.passedAt, settings.interval)) pass(turn, settings);
}

/** When the next pass is due. */
export const nextZoneDeadline = ({ zone, settings }: ServiceMonitor): Instant =>
  zone.role === 'writing' && settings.dns !== null
    ? after(zone.passedAt, settings.dns.interval)
    : NO_DEADLINE;

/**
 * R41. A host that joins knows too little yet, and one whose control process does not run does nothing. A partitioned one
 * goes on (R61): it lives, and two must not write.
 */
function writerOf(monitor: ServiceMonitor): HostId | null {
  const { settings, phase, peers } = monitor;
  let lowest = settings.dns !== null && phase === 'member' ? settings.id : null;
  for (const peer of peers.values()) {
    if (!mayWrite(peer)) continue;
    if (lowest === null || compareAddresses(peer.id, lowest) < 0) lowest = peer.id;
  }
  return lowest;
}

const mayWrite = (peer: Peer): boolean =>
  (peer.state === 'live' || peer.state === 'partitioned') &&
  peer.permit &&
  !peer.joining &&
  !peer.leaving &&
  peer.information?.dns === true;

function roleFor(monitor: ServiceMonitor, settings: ZoneSettings | null): ZoneRole {
  if (settings === null || (monitor.phase !== 'member' && monitor.phase !== 'leaving')) return 'none';
  if (monitor.zone.writer !== monitor.settings.id) return 'watching';
  return monitor.zone.role === 'writing' ? 'writing' : 'reading';
}

function becomeRole(turn: Turn, role: ZoneRole): void {
  const { zone, settings } = turn.monitor;
  if (zone.role === role) return;
  const before = zone.role;
  zone.role = role;
  switch (role) {
    case 'none':
      turn.monitor.zone = { ...newZoneState(), writer: zone.writer };
      turn.effects.push({ kind: 'leave-zone' });
      return;
    case 'watching':
      turn.effects.push({ kind: 'watch-zone' });
      if (before !== 'none')
        record(turn, 'zone-writer', `${zoneName(turn)}: ${writerText(zone)}; this host only watches it`);
      return;
    case 'reading':
      // Whoever only watched has told nobody what went wrong: it tells it anew.
      zone.error = null;
      turn.effects.push({ kind: 'watch-zone' });
      record(turn, 'zone-writer', `${zoneName(turn)}: ${settings.id} writes it from now on`);
      return;
    case 'writing':
      zone.passedAt = NEVER;
      zone.isHandedOn = false;
  }
}

const writerText = ({ writer }: ZoneState): string =>
  writer === null ? 'nobody writes it' : `${writer} writes it`;

/** Fig. 6C. The first set of a writer is always handed on: it is what has to be kept from now on. */
function pass(turn: Turn, settings: ZoneSettings): void {
  const { zone } = turn.monitor;
  zone.passedAt = turn.now;
  const entries = zoneEntries(turn.monitor, settings);
  const advertised = sortAddresses(entries.filter((entry) => entry.advertised).map((entry) => entry.address));
  // R39: an empty set is never published; the last one stays.
  if (advertised.length === 0) return;
  const differs = !sameSet(advertised, zone.last);
  if (differs) recordChange(turn, settings, entries, advertised);
  if (differs || !zone.isHandedOn) turn.effects.push({ kind: 'zone', addresses: advertised });
  zone.isHandedOn = true;
  zone.last = advertised;
}

/** The table of fig. 6C as this host sees it now. */
export function zoneEntries(monitor: ServiceMonitor, settings: ZoneSettings): ZoneEntry[] {
  return weighZone(membersOf(monitor), new Set(monitor.zone.last), settings);
}

/**
 * R36: the live members. A joining one does not own its addresses yet (R34). A partitioned one serves on: its addresses stay
 * with it, and in the zone (R61).
 */
function membersOf(monitor: ServiceMonitor): HostInformation[] {
  const members = [...liveHosts(monitor, new Set()).values()].filter(({ id }) => !isJoining(monitor, id));
  for (const peer of monitor.peers.values())
    if (peer.state === 'partitioned' && peer.information !== null) members.push(peer.information);
  return members.sort((a, b) => compareAddresses(a.id, b.id));
}

const isJoining = (monitor: ServiceMonitor, id: HostId): boolean =>
  id === monitor.settings.id ? monitor.phase === 'joining' : monitor.peers.get(id)?.joining === true;

function recordChange(
  turn: Turn,
  settings: ZoneSettings,
  entries: readonly ZoneEntry[],
  advertised: readonly ServiceAddress[],
): void {
  const { last } = turn.monitor.zone;
  const byAddress = new Map(entries.map((entry) => [entry.address, entry]));
  const why = (address: ServiceAddress): string => {
    const entry = byAddress.get(address);
    return entry === undefined ? whyGone(turn.monitor, address) : explainEntry(entry, settings);
  };
  const came = advertised.filter((address) => !last.includes(address));
  const went = last.filter((address) => !advertised.includes(address));
  const changed = [...came, ...went];
  // Why is asked for those alone that are named: it takes a look at all hosts.
  const named = changed
    .slice(0, MOST_NAMED)
    .map((address, index) => `${address} ${index < came.length ? 'comes in' : 'goes out'} (${why(address)})`);
  const rest = changed.length > MOST_NAMED ? `; ${String(changed.length - MOST_NAMED)} more` : '';
  const text = `${zoneName(turn)}: ${named.join('; ')}${rest}`;
  const [only] = changed;
  record(turn, 'zone', text, changed.length === 1 && only !== undefined ? { address: only } : {});
}

function whyGone(monitor: ServiceMonitor, address: ServiceAddress): string {
  const live = liveHosts(monitor, new Set());
  for (const host of live.values()) {
    if (!host.preferred.includes(address)) continue;
    if (!host.ok) return `${host.id} is failed: ${host.failures.join('; ')}`;
    if (host.quiesced) return `${host.id} is quiesced`;
    return `${host.id} is joining`;
  }
  const owner = monitor.addresses.get(address)?.preferredHost;
  const state = owner === undefined ? undefined : monitor.peers.get(owner)?.state;
  if (owner === undefined || state === undefined || state === 'live') return 'no live host prefers it';
  return `orphaned: ${owner} ${state === 'left' ? 'has left' : `is ${state}`}`;
}

/** What is really published was read, or written. Null: it is not known, and `error` says why. */
export function onZoneTold(
  turn: Turn,
  told: { readonly published: readonly ServiceAddress[] | null; readonly error: string | null },
): void {
  const { monitor } = turn;
  const { zone } = monitor;
  if (zone.role === 'none') return;
  noteError(turn, told.error);
  noteForeignChange(turn, told.published);
  zone.published = told.published ?? zone.published;
  if (zone.role === 'writing') return;
  if (told.published !== null) zone.last = sortAddresses(told.published);
  // Even if it could not be read: then it must be written without.
  if (zone.role === 'reading') becomeRole(turn, 'writing');
}

/** Recorded are its beginning and its end: a server that is down answers now with one error, now with another. */
function noteError(turn: Turn, error: string | null): void {
  const { zone } = turn.monitor;
  const wasWell = zone.error === null;
  zone.error = error;
  // What only watches complains in its status and does not fill everybody's history.
  if ((error === null) === wasWell || zone.role === 'watching') return;
  if (error !== null) record(turn, 'zone-failed', `${zoneName(turn)}: ${error}`, { level: 'error' });
  else record(turn, 'zone-recovered', `${zoneName(turn)}: can be read and written again`);
}

/** It held what it should, and now it does not: it is put right by whoever keeps it, and told. */
function noteForeignChange(turn: Turn, published: readonly ServiceAddress[] | null): void {
  const { zone, settings } = turn.monitor;
  if (zone.role !== 'writing' || published === null || zone.published === null) return;
  const wasRight = sameSet(zone.published, zone.last);
  if (!wasRight || sameSet(published, zone.last)) return;
  const found = published.length === 0 ? 'no addresses' : sortAddresses(published).join(', ');
  const name = settings.dns?.name ?? '';
  const message = `${zoneName(turn)}: somebody else gave ${name} ${found}; it is put right. Find out who writes there`;
  record(turn, 'zone-foreign', message, { level: 'warn' });
}

const zoneName = ({ monitor: { settings } }: Turn): string =>
  `${settings.group}: zone ${settings.dns?.zone ?? ''}`;

function sameSet(a: readonly ServiceAddress[], b: readonly ServiceAddress[]): boolean {
  const known = new Set(a);
  return known.size === new Set(b).size && b.every((address) => known.has(address));
}
