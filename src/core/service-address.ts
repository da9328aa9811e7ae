// The service address database (R11, R19): which addresses the group should serve, when the preferred host of
// each was last heard, and what the operator decided. Orphan countdowns are read off it (R32).

import { compareAddresses, type HostId, type ServiceAddress } from './address.js';
import type { AddressInformation, Decision } from './host-information.js';
import { markDirty, record, type AddressRecord, type ServiceMonitor, type Turn } from './monitor.js';
import {
  after,
  earlier,
  elapsed,
  later,
  milliseconds,
  NO_DEADLINE,
  type Instant,
  type Milliseconds,
} from './time.js';

/** The most addresses that a group serves; a row beyond it waits for room (address-limit.ts; see the wire's limits). */
export const ADDRESS_ROWS = 1000;

/** So long it is remembered that an address expired (milliseconds): until everybody else's countdown has ended too. */
export const EXPIRED_KEPT = 60_000;

/** R19: `host`, which is live at `at`, says that it prefers `address`. */
export function notePreferred(turn: Turn, address: ServiceAddress, host: HostId, at: Instant): void {
  const { monitor } = turn;
  const row = monitor.addresses.get(address);
  if (row === undefined) {
    enterRow(monitor, newRow(address, host, at));
    return;
  }
  // Where nobody has it, whoever says so first is not the one: others may have said so long ago.
  if (row.preferredHost !== host && !prefersLive(monitor, row)) passOn(turn, row);
  // Several hosts that prefer one address are a mistake of the operator's; the lowest live id has it.
  if (
    row.preferredHost !== host &&
    prefersLive(monitor, row) &&
    compareAddresses(row.preferredHost, host) < 0
  )
    return;
  becomePreferredBy(turn, row, host, at);
}

const newRow = (address: ServiceAddress, host: HostId, at: Instant): AddressRecord => ({
  address,
  preferredHost: host,
  preferredHeardAt: at,
  decision: { kind: 'none' },
  decisionVersion: 0,
  forgottenAt: null,
  expiredAt: null,
  wasServed: false,
});

/** R35: what does not fit is not dropped in silence; it waits for room. */
function enterRow(monitor: ServiceMonitor, row: AddressRecord, urgent = true): void {
  if (monitor.addresses.size < ADDRESS_ROWS) {
    monitor.addresses.set(row.address, row);
    markDirty(monitor, urgent);
  } else if (monitor.refused.size < ADDRESS_ROWS) monitor.refused.set(row.address, row);
}

function becomePreferredBy({ monitor }: Turn, row: AddressRecord, host: HostId, at: Instant): void {
  if (row.preferredHost !== host || row.expiredAt !== null) {
    row.preferredHost = host;
    row.expiredAt = null;
    markDirty(monitor);
  }
  row.preferredHeardAt = later(row.preferredHeardAt, at);
}

/** Its host is gone, or prefers it no more: another that prefers it as well, and said so long ago, has it from now on. */
function passOn(turn: Turn, row: AddressRecord): void {
  const { monitor, now } = turn;
  const { id } = monitor.settings;
  const peer = monitor.peers
    .values()
    .find(({ state, preferred }) => state === 'live' && preferred.has(row.address));
  const isOwn =
    monitor.preferred.has(row.address) && (peer === undefined || compareAddresses(id, peer.id) < 0);
  if (isOwn) becomePreferredBy(turn, row, id, now);
  else if (peer !== undefined) becomePreferredBy(turn, row, peer.id, peer.heardAt);
}

/** Whether the preferred host of this row is live and still prefers it. */
export function prefersLive(monitor: ServiceMonitor, row: AddressRecord): boolean {
  if (row.preferredHost === monitor.settings.id) return monitor.preferred.has(row.address);
  const peer = monitor.peers.get(row.preferredHost);
  return peer?.state === 'live' && (peer.information === null || peer.preferred.has(row.address));
}

/** The same, by its own word: a live host that has not said yet what it prefers gets the benefit of the doubt here alone. */
export const isSaidToPrefer = (monitor: ServiceMonitor, row: AddressRecord): boolean =>
  prefersLive(monitor, row) && monitor.peers.get(row.preferredHost)?.information !== null;

/** R11, R12: a row that another host sent; it counts where it is fresher. `at`: when its message left that host. */
export function mergeRow(turn: Turn, received: AddressInformation, at: Instant): void {
  const { monitor } = turn;
  if (received.age >= monitor.settings.orphanTimeout) return;
  const heardAt = after(at, -received.age);
  const row = monitor.addresses.get(received.address);
  if (row === undefined) {
    addRow(turn, received, heardAt);
    return;
  }
  if (row.expiredAt !== null) {
    // Those who heard its host a moment later than this one still tell of it: that brings nothing back.
    if (heardAt < after(row.preferredHeardAt, monitor.settings.timeout)) return;
    row.expiredAt = null;
  }
  if (!prefersLive(monitor, row) && isBetterKnown(monitor, row, received.preferredHost, heardAt)) {
    row.preferredHost = received.preferredHost;
    row.preferredHeardAt = later(heardAt, row.preferredHeardAt);
  }
  if (received.decisionVersion > row.decisionVersion) {
    setDecision(turn, row, received.decision, received.decisionVersion);
    markDirty(monitor, false);
  }
}

/**
 * Whether the other host's word of who prefers the address is better than what this one knows: it is newer. Of two hosts that
 * preferred it and fell silent at about the same time the lowest id has it, as while they lived: which of them was heard
 * last each member would see in its own way.
 */
function isBetterKnown(monitor: ServiceMonitor, row: AddressRecord, host: HostId, heardAt: Instant): boolean {
  const gap = heardAt - row.preferredHeardAt;
  if (host === row.preferredHost || Math.abs(gap) >= monitor.settings.timeout) return gap > 0;
  return compareAddresses(host, row.preferredHost) < 0;
}

function addRow(turn: Turn, received: AddressInformation, heardAt: Instant): void {
  const { address, preferredHost, decision, decisionVersion } = received;
  const row = newRow(address, preferredHost, heardAt);
  setDecision(turn, row, decision, decisionVersion);
  enterRow(turn.monitor, row, false);
}

function setDecision({ now }: Turn, row: AddressRecord, decision: Decision, version: number): void {
  row.decision = decision;
  row.decisionVersion = version;
  row.forgottenAt = decision.kind === 'forget' ? now : null;
}

/** What the operator decided about a row: the newest decision wins in every member's database. */
export function decide(turn: Turn, row: AddressRecord, decision: Decision): void {
  setDecision(turn, row, decision, (row.decisionVersion + 1) >>> 0);
  markDirty(turn.monitor);
}

/** R32: time left of the countdown; null while it does not run, because the preferred host is live. */
export function orphanTimeLeft(
  monitor: ServiceMonitor,
  row: AddressRecord,
  now: Instant,
): Milliseconds | null {
  if (prefersLive(monitor, row)) return null;
  const left = monitor.settings.orphanTimeout - elapsed(row.preferredHeardAt, now);
  return milliseconds(Math.max(0, left));
}

/** R32: whether the row counts for nothing any more: its countdown ended, of itself or by the operator's word. */
export function isExpired(monitor: ServiceMonitor, row: AddressRecord, now: Instant): boolean {
  // What is cheap is asked first: mostly nothing else needs to be.
  const isForgotten = row.decision.kind === 'forget';
  if (!isForgotten && now < countdownEnd(monitor, row)) return false;
  // What an operator ended does not come back for the moment in which its host is heard and has not said yet what it prefers.
  return !(isForgotten ? isSaidToPrefer(monitor, row) : prefersLive(monitor, row));
}

/** Why an expired row is one. */
export const expiryReason = (row: AddressRecord): 'forgotten' | 'expired' =>
  row.decision.kind === 'forget' ? 'forgotten' : 'expired';

export const countdownEnd = (monitor: ServiceMonitor, row: AddressRecord): Instant =>
  after(row.preferredHeardAt, monitor.settings.orphanTimeout);

/**
 * R26, R32: rows whose countdown ended expire, and are forgotten later. Not while this host joins: what it remembers is old, and
 * whoever prefers it may be about to be heard.
 */
export function ageRows(turn: Turn): void {
  const { monitor, now } = turn;
  monitor.nextExpiryAt = NO_DEADLINE;
  if (monitor.phase === 'starting' || monitor.phase === 'joining') return;
  for (const row of monitor.addresses.values()) {
    if (isKept(turn, row)) {
      row.expiredAt = null;
      continue;
    }
    // R34: nobody misses it any more, so that its host is waited for if it comes back.
    if (isExpired(monitor, row, now)) row.wasServed = false;
    if (row.expiredAt === null && now >= countdownEnd(monitor, row)) expire(turn, row);
    const due = row.expiredAt === null ? countdownEnd(monitor, row) : after(row.expiredAt, EXPIRED_KEPT);
    if (now >= due) monitor.addresses.delete(row.address);
    else monitor.nextExpiryAt = earlier(monitor.nextExpiryAt, due);
  }
}

/** Whether a live host prefers it, the one that did or another. */
function isKept(turn: Turn, row: AddressRecord): boolean {
  if (prefersLive(turn.monitor, row)) return true;
  passOn(turn, row);
  return prefersLive(turn.monitor, row);
}

/** Before a host that is live ceases to be, or to prefer an address: the countdown runs from its last proof of life. */
export function noteLastProof(monitor: ServiceMonitor, host: HostId, heardAt: Instant): void {
  const note = (row: AddressRecord): void => {
    if (row.preferredHost === host && isSaidToPrefer(monitor, row))
      row.preferredHeardAt = later(row.preferredHeardAt, heardAt);
  };
  monitor.addresses.values().forEach(note);
  monitor.refused.forEach(note);
}

function expire(turn: Turn, row: AddressRecord): void {
  row.expiredAt = turn.now;
  markDirty(turn.monitor);
  const message = `${turn.monitor.settings.group}: ${row.address} is given up: its preferred host ${row.preferredHost} was silent for the whole orphan timeout`;
  record(turn, 'expired', message, { level: 'warn', address: row.address });
}
