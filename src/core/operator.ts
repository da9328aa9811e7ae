// What operators ask of the group (move, fail-back, forget): checked here, decided by the leader, seen by all in the
// service address database. A request made on another member travels to the leader and is answered when it shows.

import type { HostId, ServiceAddress } from './address.js';
import type { GroupRequest } from './event.js';
import type { Decision, HostInformation } from './host-information.js';
import { buildControlTable, liveHosts } from './control-table.js';
import {
  record,
  type AddressRecord,
  type PendingRequest,
  type ServiceMonitor,
  type Turn,
} from './monitor.js';
import { decide, isExpired, prefersLive } from './service-address.js';
import { commandPatience } from './settings.js';
import { after, earlier, NO_DEADLINE, type Instant } from './time.js';

/** An operator of this host asks. */
export function onOperator(turn: Turn, ticket: number, request: GroupRequest): void {
  const { monitor, now } = turn;
  const refusal = refusalOf(monitor, request, now);
  if (refusal !== null) {
    reply(turn, ticket, refusal);
    return;
  }
  if (monitor.leader === null) {
    reply(turn, ticket, `${monitor.settings.group}: nobody leads at present; try again in a moment`);
    return;
  }
  const rows = rowsOf(monitor, request, now);
  if (rows.length === 0 || isSettled(monitor, request, now)) {
    turn.effects.push({ kind: 'reply', ticket, error: null, done: nothingToDo(monitor, request, now) });
    return;
  }
  if (monitor.leadership !== null) {
    apply(turn, request);
    const done = rows.map((address) => sentence(monitor, request, address));
    turn.effects.push({ kind: 'reply', ticket, error: null, done });
    return;
  }
  const before = new Map(rows.map((a) => [a, monitor.addresses.get(a)?.decisionVersion ?? 0]));
  monitor.requests.set(ticket, { ticket, request, before, sentAt: now, tries: 1 });
  turn.effects.push({ kind: 'request', request });
}

/** Another member passes a request on. One that is already decided so is a repetition. */
export function onRequest(turn: Turn, from: HostId, request: GroupRequest): void {
  const { monitor, now } = turn;
  if (monitor.leadership === null) return;
  const refusal = refusalOf(monitor, request, now);
  if (refusal === null) apply(turn, request);
  else record(turn, 'command-refused', `${refusal} (asked by ${from})`, { level: 'warn' });
}

function apply(turn: Turn, request: GroupRequest): void {
  const { monitor, now } = turn;
  for (const address of rowsOf(monitor, request, now)) {
    const row = monitor.addresses.get(address);
    if (row === undefined || isDecided(row.decision, request)) continue;
    decide(turn, row, decisionOf(request));
    record(turn, 'decision', sentence(monitor, request, address), { address });
  }
}

function decisionOf(request: GroupRequest): Decision {
  return request.kind === 'move' ? { kind: 'move', host: request.host } : { kind: request.kind };
}

const isDecided = (decision: Decision, request: GroupRequest): boolean =>
  decision.kind === request.kind &&
  (decision.kind !== 'move' || request.kind !== 'move' || decision.host === request.host);

/** The rows that a request is about. */
function rowsOf(monitor: ServiceMonitor, request: GroupRequest, now: Instant): ServiceAddress[] {
  if (request.kind !== 'fail-back' || request.address !== null)
    return request.address === null ? [] : [request.address];
  return awayFromHome(monitor, now)
    .filter(({ reason }) => reason === null)
    .map(({ address }) => address);
}

/** What its preferred host does not claim, and why it cannot go back there; null: it can. */
function awayFromHome(
  monitor: ServiceMonitor,
  now: Instant,
): { readonly address: ServiceAddress; readonly reason: string | null }[] {
  const { entries, hosts } = buildControlTable(monitor, now);
  return monitor.addresses.values().flatMap((row) => {
    const entry = entries.get(row.address);
    if (entry === undefined || entry.claims.includes(row.preferredHost)) return [];
    return [{ address: row.address, reason: whyNotBack(monitor, hosts, row) }];
  });
}

/** A fail-back of what its preferred host alone has, where no decision stands or is being asked for. */
function isSettled(monitor: ServiceMonitor, { kind, address }: GroupRequest, now: Instant): boolean {
  const row = address === null ? undefined : monitor.addresses.get(address);
  if (kind !== 'fail-back' || row?.decision.kind !== 'none') return false;
  const claims = buildControlTable(monitor, now).entries.get(row.address)?.claims ?? [];
  const isAsked = [...monitor.requests.values()].some(({ request }) => request.address === row.address);
  return claims.length === 1 && claims[0] === row.preferredHost && !isAsked;
}

/** Why a request cannot be granted, naming object and cause; null: it can. */
function refusalOf(monitor: ServiceMonitor, request: GroupRequest, now: Instant): string | null {
  const { group } = monitor.settings;
  if (request.address === null) return null;
  const row = monitor.addresses.get(request.address);
  if (row === undefined || isExpired(monitor, row, now))
    return `${group}: ${request.address} is not a service address of this group`;
  switch (request.kind) {
    case 'move':
      return inGroup(group, unableReason(hostsOf(monitor), request.host));
    case 'fail-back':
      return inGroup(group, whyNotBack(monitor, hostsOf(monitor), row));
    case 'forget':
      return prefersLive(monitor, row)
        ? `${group}: ${row.address} cannot be forgotten: its preferred host ${row.preferredHost} is live`
        : null;
  }
}

const inGroup = (group: string, reason: string | null): string | null =>
  reason === null ? null : `${group}: ${reason}`;

type Hosts = ReadonlyMap<HostId, HostInformation>;

const hostsOf = (monitor: ServiceMonitor): Hosts => liveHosts(monitor, new Set());

function unableReason(hosts: Hosts, host: HostId): string | null {
  const information = hosts.get(host);
  if (information === undefined) return `${host} is not a live host of this group`;
  if (!information.ok) return `${host} is failed: ${information.failures.join('; ')}`;
  return information.quiesced ? `${host} is quiesced; resume it first` : null;
}

/** Why the address cannot go back to its preferred host; null: it can. What no live host prefers may even be forgotten. */
const whyNotBack = (monitor: ServiceMonitor, hosts: Hosts, row: AddressRecord): string | null =>
  unableReason(hosts, row.preferredHost) ??
  (prefersLive(monitor, row) ? null : `${row.preferredHost} does not prefer ${row.address} any more`);

/** What is asked for is at home; or it cannot go there now: then an operator is told why. */
function nothingToDo(monitor: ServiceMonitor, { address: asked }: GroupRequest, now: Instant): string[] {
  const { group } = monitor.settings;
  if (asked !== null) return [`${group}: nothing to do: ${asked} is where it belongs`];
  const away = awayFromHome(monitor, now).map(
    ({ address, reason }) => `${group}: ${address} cannot go back to its preferred host: ${reason ?? ''}`,
  );
  return away.length > 0 ? away : [`${group}: nothing to do: every address is where it belongs`];
}

function sentence(monitor: ServiceMonitor, request: GroupRequest, address: ServiceAddress): string {
  const { group } = monitor.settings;
  const owner = monitor.addresses.get(address)?.preferredHost ?? '(nobody)';
  switch (request.kind) {
    case 'move':
      return `${group}: ${address} moves to ${request.host}, until that host fails or the operator says otherwise`;
    case 'fail-back':
      return `${group}: ${address} goes back to its preferred host ${owner}`;
    case 'forget':
      return `${group}: ${address} is forgotten; no live host prefers it`;
  }
}

function reply(turn: Turn, ticket: number, error: string): void {
  turn.effects.push({ kind: 'reply', ticket, error, done: [] });
}

/** Requests that show in the database are done; those that do not are repeated, and then given up. */
export function settleRequests(turn: Turn): void {
  const { monitor, now } = turn;
  for (const pending of [...monitor.requests.values()]) {
    if (isGranted(monitor, pending)) {
      monitor.requests.delete(pending.ticket);
      const done = [...pending.before.keys()].map((address) => sentence(monitor, pending.request, address));
      turn.effects.push({ kind: 'reply', ticket: pending.ticket, error: null, done });
    } else if (now >= after(pending.sentAt, patience(monitor))) {
      repeatRequest(turn, pending);
    }
  }
}

/** So often the leader is asked. */
const TRIES = 4;
const patience = (monitor: ServiceMonitor): number => 4 * commandPatience(monitor.settings);

const isGranted = (monitor: ServiceMonitor, pending: PendingRequest): boolean =>
  [...pending.before].every(([address, version]) => {
    const row = monitor.addresses.get(address);
    return row === undefined || row.decisionVersion > version || isDecided(row.decision, pending.request);
  });

function repeatRequest(turn: Turn, pending: PendingRequest): void {
  const { monitor, now } = turn;
  if (pending.tries >= TRIES) {
    monitor.requests.delete(pending.ticket);
    const leader = monitor.leader ?? 'nobody';
    reply(
      turn,
      pending.ticket,
      `${monitor.settings.group}: the leader (${leader}) did not do it in time; ask its history why`,
    );
    return;
  }
  pending.tries += 1;
  pending.sentAt = now;
  turn.effects.push({ kind: 'request', request: pending.request });
}

export function nextRequestDeadline(monitor: ServiceMonitor): Instant {
  let next: Instant = NO_DEADLINE;
  for (const pending of monitor.requests.values())
    next = earlier(next, after(pending.sentAt, patience(monitor)));
  return next;
}
