// The host information database (R10, R12, R19): what the heartbeat process heard, and what the messages said.

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import type { Event, HostReport } from './event.js';
import { isClaim, isLeaving, servedBy, type HostInformation } from './host-information.js';
import {
  markDirty,
  noteKnown,
  record,
  type Peer,
  type PeerState,
  type ServiceMonitor,
  type Turn,
} from './monitor.js';
import { disownHardwareAddress } from './hardware-address.js';
import { mergeRow, noteLastProof, notePreferred } from './service-address.js';
import { HOST_KEPT } from './settings.js';
import { after, elapsed, later, NEVER, NO_DEADLINE, type Instant } from './time.js';

/** The most hosts that a monitor keeps track of, itself excluded. */
export const PEERS_KEPT = 255;

/** R19: the freshness of every host that the heartbeat process knows. */
export function onHeard(turn: Turn, reports: readonly HostReport[], at: Instant): void {
  noteKnown(turn.monitor, at);
  for (const report of reports) noteReport(turn, report);
  refreshUnheard(turn);
}

function noteReport(turn: Turn, report: HostReport): void {
  const { monitor } = turn;
  if (report.id === monitor.settings.id) return;
  // A host that left before this one listened is nobody's news.
  const peer = monitor.peers.get(report.id) ?? (report.leaving ? null : addPeer(turn, report.id));
  if (peer === null) return;
  noteIncarnation(peer, report, monitor.settings.timeout);
  noteFlags(turn, peer, report);
  peer.directAt = later(peer.directAt, report.permittedAt);
  peer.heardAt = later(peer.heardAt, later(report.permittedAt, report.relayedAt));
  peer.links = report.links;
  if (peer.heardAt > peer.askedSince) forgetQuestions(peer);
  // Its last word is reported for as long as nothing newer is heard, also when it has come back out of reach (R61).
  if (peer.leaving && (peer.state === 'live' || isFresh(turn, peer))) becomeLeft(turn, peer);
  else if (isFresh(turn, peer) && peer.state !== 'live') becomeLive(turn, peer);
}

function forgetQuestions(peer: Peer): void {
  peer.askedSince = NO_DEADLINE;
  peer.unanswered = 0;
}

/**
 * R12: a host that is heard through others only was heard by them with its control process running. Where its own
 * frames arrive, they alone say whether that runs.
 */
function isVouchedFor(turn: Turn, report: HostReport): boolean {
  const { monitor } = turn;
  const isRecent = (at: Instant): boolean => elapsed(at, monitor.knownAt) < monitor.settings.timeout;
  return report.relayedAt > report.permittedAt && isRecent(report.relayedAt) && !report.links.some(isRecent);
}

const isFresh = ({ monitor }: Turn, peer: Peer): boolean =>
  elapsed(peer.heardAt, monitor.knownAt) < monitor.settings.timeout;

function noteIncarnation(peer: Peer, report: HostReport, timeout: number): void {
  if (peer.incarnation === report.incarnation || report.incarnation === 0n) return;
  peer.incarnation = report.incarnation;
  peer.leaving = false;
  // Its sequence numbers ascend over restarts (R7), so commandSequence stays.
  const isGone = peer.state === 'silent' || peer.state === 'left';
  if (isGone && !isOfThisRun(peer, timeout)) forgetInformation(peer);
}

/**
 * Its message may be here before the first report of it. Times do not tell: what a host that was paused had not read yet
 * looks as if the run before had been heard just now. Of what another host relays nothing else tells; and that one may have heard
 * the run before a moment longer than this host, but by a timeout longer it would have said so.
 */
const isOfThisRun = (peer: Peer, timeout: number): boolean =>
  peer.informationIncarnation === 0n
    ? elapsed(peer.heardAt, peer.informationAt) >= timeout
    : peer.informationIncarnation === peer.incarnation;

/** What a run that ended served is served by others: it must not stand beside them as a duplicate. */
function forgetInformation(peer: Peer): void {
  setInformation(peer, null);
  peer.informationAt = NEVER;
  peer.informationIncarnation = 0n;
  peer.informationDirect = false;
}

function setInformation(peer: Peer, information: HostInformation | null): void {
  peer.information = information;
  peer.hardwareAddress = information?.hardwareAddress ?? peer.hardwareAddress;
  peer.preferred = new Set(information?.preferred);
  const [claims, prepared] = [new Set<ServiceAddress>(), new Set<ServiceAddress>()];
  for (const { address, state } of information?.serving ?? []) {
    if (isClaim(state)) claims.add(address);
    else if (state === 'prepared') prepared.add(address);
  }
  peer.claims = claims;
  peer.prepared = prepared;
}

function noteFlags(turn: Turn, peer: Peer, report: HostReport): void {
  const { joining, leaving, observer, term } = report;
  const permit = report.permit || isVouchedFor(turn, report);
  if (peer.permit && !permit && peer.state === 'live') {
    const message = `${turn.monitor.settings.group}: the control process of ${peer.id} does not run; it cannot lead`;
    record(turn, 'control-stopped', message, { level: 'warn' });
  }
  const isAsBefore =
    peer.permit === permit &&
    peer.joining === joining &&
    peer.leaving === leaving &&
    peer.observer === observer &&
    peer.term === term;
  if (isAsBefore) return;
  Object.assign(peer, { permit, joining, leaving, observer, term });
  turn.stirred = true;
}

/** Null: there are too many. */
export function addPeer(turn: Turn, id: HostId): Peer | null {
  const { monitor, now } = turn;
  if (monitor.peers.size >= PEERS_KEPT) return null;
  const peer: Peer = {
    id,
    state: 'silent',
    since: now,
    incarnation: 0n,
    heardAt: NEVER,
    directAt: NEVER,
    links: [],
    permit: false,
    joining: false,
    leaving: false,
    observer: false,
    term: 0,
    information: null,
    hardwareAddress: null,
    preferred: new Set(),
    claims: new Set(),
    prepared: new Set(),
    informationAt: NEVER,
    informationIncarnation: 0n,
    informationDirect: false,
    toldFailed: false,
    ableSince: NO_DEADLINE,
    answeredAt: NEVER,
    vouchedAt: NEVER,
    askedSince: NO_DEADLINE,
    unanswered: 0,
    commandSequence: -1n,
  };
  monitor.peers.set(id, peer);
  return peer;
}

function setState(turn: Turn, peer: Peer, state: PeerState): void {
  if (peer.state === 'live') noteLastProof(turn.monitor, peer.id, peer.heardAt);
  peer.state = state;
  peer.since = turn.now;
  refreshPeerAble(turn, peer);
  markDirty(turn.monitor);
}

function becomeLive(turn: Turn, peer: Peer): void {
  const { monitor } = turn;
  const before = peer.state;
  setState(turn, peer, 'live');
  monitor.peersDirty = true;
  notePreferences(turn, peer);
  const how = before === 'partitioned' ? 'is heard again: the control networks are whole' : 'is heard';
  record(turn, 'host-appeared', `${monitor.settings.group}: ${peer.id} ${how}`);
}

/** R26, R45: no message within the timeout. What it said of itself counts no more. */
export function becomeSilent(turn: Turn, peer: Peer): void {
  const { group, timeout } = turn.monitor.settings;
  setState(turn, peer, 'silent');
  const message = `${group}: ${peer.id} is silent: nothing heard on any control network for ${String(timeout)} ms`;
  record(turn, 'host-silent', message, { level: 'warn' });
}

/** R61: silent on the control networks, but its own MAC answers on the service network. */
export function becomePartitioned(turn: Turn, peer: Peer): void {
  const { group } = turn.monitor.settings;
  setState(turn, peer, 'partitioned');
  const message = `${group}: ${peer.id} is partitioned: silent on every control network, yet it answers on the service network; its addresses stay with it. Check the control networks`;
  const reason = 'silent on every control network, yet it answers on the service network';
  record(turn, 'host-partitioned', message, { level: 'error', details: { reason, peer: peer.id } });
}

function becomeLeft(turn: Turn, peer: Peer): void {
  if (peer.state === 'left') return;
  setState(turn, peer, 'left');
  record(turn, 'host-left', `${turn.monitor.settings.group}: ${peer.id} has left the group in order`);
}

/** R19, R12: an information message, whole. */
export function onInformation(turn: Turn, event: Extract<Event, { kind: 'information' }>): void {
  const { monitor } = turn;
  const { information, incarnation, at } = event;
  const own = monitor.settings.id;
  if (information.host.id === own) return;
  noteInformation(turn, information.host, at, incarnation);
  for (const { host, age } of information.others) {
    if (host.id !== own) noteInformation(turn, host, after(at, -age), null);
  }
  const aliveAt = provenAt(turn, information.host.id, at);
  for (const row of information.addresses) mergeRow(turn, row, row.age === 0 ? aliveAt : at);
  noteServed(monitor, information.host);
}

function noteServed(monitor: ServiceMonitor, host: HostInformation): void {
  for (const { address, state } of host.serving) {
    const row = monitor.addresses.get(address);
    if (row !== undefined && isClaim(state)) row.wasServed = true;
  }
}

/**
 * Until when what a host says was true: a snapshot is not sent anew for as long as it does not change, and its rows of age
 * 0 say that their hosts live, however old it is (R11).
 */
function provenAt(turn: Turn, host: HostId, at: Instant): Instant {
  const directAt = turn.monitor.peers.get(host)?.directAt ?? NEVER;
  // Its message is here before the first report of it.
  return directAt === NEVER ? turn.now : later(directAt, at);
}

/** `incarnation`: of the run that says so of itself; null: another host relays it. */
function noteInformation(turn: Turn, host: HostInformation, at: Instant, incarnation: bigint | null): void {
  const direct = incarnation !== null;
  // A host's first message may be here before the first report of it: its pieces are not delivered a second time.
  const peer = turn.monitor.peers.get(host.id) ?? (direct ? addPeer(turn, host.id) : null);
  // A relayed entry is never preferred to what the host says itself, if it can be heard (R12).
  if (peer === null || (!direct && hearsItself(turn, peer))) return;
  if (!direct && at <= peer.informationAt) return;
  const before = peer.information;
  if (peer.state === 'live') noteLastProof(turn.monitor, peer.id, peer.heardAt);
  setInformation(peer, host);
  disownHardwareAddress(turn.monitor, peer);
  peer.informationAt = at;
  peer.informationIncarnation = incarnation ?? 0n;
  peer.informationDirect = direct;
  peer.observer = host.observer;
  refreshPeerAble(turn, peer);
  recordHealth(turn, peer, before, host);
  if (!sameAddresses(before?.controlAddresses ?? [], host.controlAddresses)) turn.monitor.peersDirty = true;
  if (peer.state === 'live') notePreferences(turn, peer);
  if (direct) refreshRelays(turn.monitor, before, host);
  reannounce(turn, before, host);
}

/** R9: the others are told at once what they asked for: of this host, or this host for the first time or the last. */
function refreshRelays(monitor: ServiceMonitor, before: HostInformation | null, host: HostInformation): void {
  const isAskedFor = monitor.peers.values().some((peer) => peer.information?.unheard.includes(host.id));
  const asksAnew = !sameAddresses(before?.unheard ?? [], host.unheard);
  if (isAskedFor || asksAnew) markDirty(monitor);
}

function notePreferences(turn: Turn, peer: Peer): void {
  for (const address of peer.information?.preferred ?? [])
    notePreferred(turn, address, peer.id, peer.heardAt);
}

const hearsItself = ({ monitor }: Turn, peer: Peer): boolean =>
  elapsed(peer.directAt, monitor.knownAt) < monitor.settings.timeout;

/** A duplicate has ended in our favour: clients may have learnt the other host's MAC meanwhile. */
function reannounce(turn: Turn, before: HostInformation | null, host: HostInformation): void {
  const { local } = turn.monitor;
  if (local.size === 0) return;
  for (const { address, state } of before?.serving ?? []) {
    if (!isClaim(state) || local.get(address)?.phase !== 'online') continue;
    if (servedBy(host, address)?.state !== 'online') turn.effects.push({ kind: 'announce', address });
  }
}

/** A host that starts has failures because it knows nothing yet, and one that leaves because it was told to: no news. */
function recordHealth(turn: Turn, peer: Peer, before: HostInformation | null, host: HostInformation): void {
  const { group } = turn.monitor.settings;
  const fails = before?.ok === true && !host.ok && !isLeaving(host);
  if (fails)
    record(turn, 'host-failed', `${group}: ${host.id} is failed: ${host.failures.join('; ')}`, {
      level: 'warn',
    });
  if (peer.toldFailed && host.ok)
    record(turn, 'host-recovered', `${group}: ${host.id} is able to serve again`);
  peer.toldFailed = fails || (peer.toldFailed && !host.ok);
  // R44: why addresses pass it by, for those who look on another host.
  if (before !== null && before.quiesced !== host.quiesced)
    record(
      turn,
      host.quiesced ? 'host-quiesced' : 'host-resumed',
      `${group}: ${host.id} is ${host.quiesced ? 'quiesced' : 'resumed'}`,
    );
}

/** R57: since when the host could have its preferred addresses back. */
function refreshPeerAble(turn: Turn, peer: Peer): void {
  const able = peer.state === 'live' && peer.information?.ok === true && !peer.information.quiesced;
  if (!able) peer.ableSince = NO_DEADLINE;
  else if (peer.ableSince === NO_DEADLINE) peer.ableSince = turn.now;
}

/** R12: hosts that are alive only by the word of others; they ask those for the entries. */
function refreshUnheard(turn: Turn): void {
  const { monitor } = turn;
  const unheard = monitor.peers
    .values()
    .filter((peer) => peer.state === 'live' && !hearsItself(turn, peer))
    .map((peer) => peer.id);
  if (sameAddresses(unheard, monitor.unheard)) return;
  monitor.unheard = unheard;
  markDirty(monitor);
}

const sameAddresses = (a: readonly HostId[], b: readonly HostId[]): boolean =>
  a.length === b.length && a.every((address, index) => compareAddresses(address, b[index] ?? address) === 0);

/** Hosts to whom nothing belongs are not remembered for ever. */
export function forgetPeers(turn: Turn): void {
  const { monitor, now } = turn;
  for (const peer of monitor.peers.values()) {
    if (peer.state === 'live' || peer.state === 'partitioned' || elapsed(peer.since, now) < HOST_KEPT)
      continue;
    if (!ownsAddress(monitor, peer.id)) monitor.peers.delete(peer.id);
  }
}

const ownsAddress = (monitor: ServiceMonitor, id: HostId): boolean =>
  monitor.addresses.values().some((row) => row.preferredHost === id);
