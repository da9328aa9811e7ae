// The control thread (fig. 6A) of a leader: builds its tables, assigns, sends commands, and sees that they are
// answered. Whoever does not answer is asked again and then passed over for a while.

import type { HostId, ServiceAddress } from './address.js';
import { assign, type AssignmentContext, type Order } from './assignment.js';
import { obey } from './commands.js';
import { buildControlTable, liveHosts, servedIn, whyNobody, type ControlTable } from './control-table.js';
import type { AddressOrder, Command } from './event.js';
import { isClaim, servedBy, type HostInformation } from './host-information.js';
import { record, type Leadership, type PendingCommand, type ServiceMonitor, type Turn } from './monitor.js';
import { refreshBusy } from './policy.js';
import { isLeftToOtherSide, noteUnserved, sideDeadlines } from './partition-sides.js';
import { postponeSome } from './postponing.js';
import { explainReason } from './reason.js';
import { decide } from './service-address.js';
import {
  acquireRepeatSpan,
  acquireTries,
  movesAtOnce,
  orderLasts,
  passOverDelay,
  releaseRepeatSpan,
} from './settings.js';
import { after, earlier, NEVER, NO_DEADLINE, type Instant } from './time.js';

/** One pass of the leader; nothing if this host does not lead, or may not command yet (R24). */
export function runControl(turn: Turn): void {
  const { monitor, now } = turn;
  const { leadership } = monitor;
  if (leadership?.confirmed !== true) return;
  reviseDecisions(turn);
  const table = buildControlTable(monitor, now);
  refreshBusy(leadership.busy, table.hosts, monitor.settings.waterMarks);
  settlePending(monitor, leadership, table);
  noteFailedAcquires(turn, leadership, table);
  noteUnserved(monitor, leadership, table);
  repeatUnanswered(turn, leadership, table);
  const wanted = assign(table, assignmentContext(monitor, leadership, now, turn.chance));
  tellCannotAssign(turn, leadership, table, wanted);
  noteAssigned(monitor, wanted);
  const orders = postponeSome(monitor, leadership, wanted);
  sendOrders(turn, leadership, table, orders);
  // A leader that is prepared itself has its own answer, and needs not wait for the next event.
  if (orders.some((order) => order.kind === 'prepare' && order.host === monitor.settings.id))
    runControl(turn);
}

/** What the assignment needs to know beside the tables. Also used for a plan, with an empty leadership. */
export function assignmentContext(
  monitor: ServiceMonitor,
  leadership: Leadership | null,
  now: Instant,
  chance: number,
): AssignmentContext {
  const promised = new Map<HostId, number>();
  const pending = new Set<ServiceAddress>();
  let movesLeft = leadership === null ? Infinity : movesAtOnce(monitor.settings.timeout);
  for (const { action, host, order } of leadership?.pending.values() ?? []) {
    if (action === 'prepare') movesLeft -= 1;
    pending.add(order.address);
    if (action !== 'release') promised.set(host, (promised.get(host) ?? 0) + 1);
  }
  return {
    policy: monitor.settings.assign,
    busy: leadership?.busy ?? new Set(),
    chance,
    promised,
    movesLeft,
    isPending: (address) => pending.has(address),
    postponed: (address) => leadership?.postponed.get(address) ?? null,
    isLeftToOtherSide: (address) => leadership !== null && isLeftToOtherSide(monitor, leadership, address),
    passedOver: (address, host) =>
      leadership !== null &&
      leadership.passedOver.size > 0 &&
      (isPassedOver(leadership, `${address} ${host}`, now) || isPassedOver(leadership, host, now)),
    mayFailBack: (address, preferred) => mayFailBack(monitor, address, preferred, now),
  };
}

const isPassedOver = ({ passedOver }: Leadership, key: string, now: Instant): boolean =>
  (passedOver.get(key)?.until ?? NEVER) > now;

/** R57: at once, after a delay for which the preferred host must have been able, or when the operator says so. */
function mayFailBack(
  monitor: ServiceMonitor,
  address: ServiceAddress,
  preferred: HostId,
  now: Instant,
): boolean {
  if (monitor.addresses.get(address)?.decision.kind === 'fail-back') return true;
  const { failBack, id } = monitor.settings;
  if (failBack === 'never') return false;
  const since =
    preferred === id ? monitor.ableSince : (monitor.peers.get(preferred)?.ableSince ?? NO_DEADLINE);
  return now >= after(since, failBack);
}

/** Decisions that have served their purpose: a move whose host failed, a fail-back that is done, a forgotten host that is back. */
function reviseDecisions(turn: Turn): void {
  const { monitor } = turn;
  const decided = monitor.addresses.values().filter((row) => row.decision.kind !== 'none');
  if (decided.length === 0) return;
  const hosts = liveHosts(monitor, new Set());
  for (const row of decided) {
    if (isObsolete(monitor, row.decision, hosts, row.address)) decide(turn, row, { kind: 'none' });
  }
}

function isObsolete(
  monitor: ServiceMonitor,
  decision: { readonly kind: string; readonly host?: HostId },
  hosts: ReadonlyMap<HostId, HostInformation>,
  address: ServiceAddress,
): boolean {
  const row = monitor.addresses.get(address);
  const preferredHost = row === undefined ? undefined : hosts.get(row.preferredHost);
  switch (decision.kind) {
    case 'move': {
      const { host } = decision;
      if (host === undefined) return true;
      // R61: a partition is not a failure.
      return monitor.peers.get(host)?.state !== 'partitioned' && hosts.get(host)?.ok !== true;
    }
    case 'fail-back':
      return preferredHost !== undefined && servedBy(preferredHost, address)?.state === 'online';
    case 'forget':
      return preferredHost?.preferred.includes(address) === true;
    default:
      return false;
  }
}

/**
 * Pending commands whose effect shows, or whose host is gone, are done with. A host that was ordered just before it fell silent
 * may live and obey: for as long as it would, the address is given to nobody else.
 */
function settlePending(monitor: ServiceMonitor, leadership: Leadership, table: ControlTable): void {
  for (const [key, pending] of leadership.pending) {
    const host = table.hosts.get(pending.host);
    if (
      host === undefined &&
      pending.action !== 'release' &&
      monitor.lastStepAt < obeyedUntil(monitor, pending)
    )
      continue;
    const answered = host !== undefined && isAnswered(monitor, pending, host);
    const pointless = host !== undefined && !answered && isPointless(pending, table);
    if (host !== undefined && !answered && !pointless) continue;
    leadership.pending.delete(key);
    if (answered) leadership.passedOver.delete(pending.host);
    if (pointless) keepHeir(leadership, pending);
  }
}

/** It may have been prepared already, and takes the address at the holder's word: then it must be nobody else's. */
function keepHeir(leadership: Leadership, { host, order: { address, reason } }: PendingCommand): void {
  leadership.postponed = new Map(leadership.postponed).set(address, { host, reason });
}

/**
 * The address expired, or somebody else turned out to hold it: to ask for the acquire again would make a duplicate. The
 * order that is under way stays pending for as long as it may be obeyed: without it the address would be given away again
 * as soon as the other claim ends.
 */
function isOvertaken(pending: PendingCommand, table: ControlTable): boolean {
  if (pending.action !== 'acquire') return false;
  const claims = table.entries.get(pending.order.address)?.claims;
  return claims === undefined || claims.some((host) => host !== pending.host);
}

/** Its host has failed or was quiesced before the order reached it, and is not asked again. */
function isUnable({ action, host }: PendingCommand, { hosts }: ControlTable): boolean {
  const information = hosts.get(host);
  return action !== 'release' && information !== undefined && (!information.ok || information.quiesced);
}

/** R55: nobody is there any more who could hand the address over; it is assigned as any other, at once. */
function isPointless(pending: PendingCommand, table: ControlTable): boolean {
  if (pending.action !== 'prepare') return false;
  return (table.entries.get(pending.order.address)?.claims.length ?? 0) === 0;
}

function isAnswered(monitor: ServiceMonitor, pending: PendingCommand, host: HostInformation): boolean {
  const entry = servedBy(host, pending.order.address);
  if (pending.action === 'release')
    return entry === undefined || (entry.state !== 'online' && entry.state !== 'prepared');
  if (entry !== undefined && isClaim(entry.state)) return true;
  // That it cannot is an answer only if it was so after the order: a host that flaps may have obeyed meanwhile.
  if (!host.ok || host.quiesced) return saidAt(monitor, host.id) >= pending.sentAt;
  if (entry === undefined) return false;
  return (pending.action === 'prepare' && entry.state === 'prepared') || entry.attempts > pending.attempts;
}

/** When what is known of a host was true; of this one: now. */
const saidAt = (monitor: ServiceMonitor, host: HostId): Instant =>
  monitor.peers.get(host)?.informationAt ?? monitor.lastStepAt;

/** R29: a host that reports *not serving* is passed over for that address, each time for twice as long. */
function noteFailedAcquires(turn: Turn, leadership: Leadership, table: ControlTable): void {
  for (const host of table.hosts.values()) {
    for (const { address, state, attempts } of host.serving) {
      if (state !== 'not serving' && leadership.passedOver.size === 0) continue;
      const key = `${address} ${host.id}`;
      const known = leadership.passedOver.get(key);
      if (state === 'online') leadership.passedOver.delete(key);
      if (state !== 'not serving' || known?.attempts === attempts) continue;
      const failures = known === undefined ? attempts : known.failures + 1;
      leadership.passedOver.set(key, { failures, attempts, until: after(turn.now, passOverDelay(failures)) });
    }
  }
}

/** R34: what was assigned once is missed from then on, also if its host joins anew before it has said that it has it. */
function noteAssigned({ addresses }: ServiceMonitor, wanted: readonly Order[]): void {
  for (const { kind, address } of wanted) {
    const row = kind === 'acquire' ? addresses.get(address) : undefined;
    if (row !== undefined) row.wasServed = true;
  }
}

/** R29: nobody can serve it. Told once, until it was served again: not at each try that fails. */
function tellCannotAssign(
  turn: Turn,
  leadership: Leadership,
  table: ControlTable,
  orders: readonly Order[],
): void {
  const unassignable = new Set(
    orders.filter((order) => order.kind === 'cannot-assign').map((order) => order.address),
  );
  for (const address of leadership.cannotAssign)
    if (table.entries.get(address)?.claims.length !== 0) leadership.cannotAssign.delete(address);
  for (const address of unassignable) {
    if (leadership.cannotAssign.has(address)) continue;
    leadership.cannotAssign.add(address);
    const reason = whyNobody(table);
    const message = `${turn.monitor.settings.group}: nobody can serve ${address}: ${reason}`;
    // The last host that stops was told to.
    const level = turn.monitor.phase === 'leaving' ? 'warn' : 'error';
    record(turn, 'cannot-assign', message, { level, address, details: { reason } });
  }
}

function sendOrders(turn: Turn, leadership: Leadership, table: ControlTable, orders: readonly Order[]): void {
  for (const order of orders) {
    if (order.kind === 'cannot-assign') continue;
    recordOrder(turn, table, order);
    const entry = servedIn(table, order.host, order.address);
    leadership.pending.set(`${order.address} ${order.host}`, {
      action: order.kind,
      host: order.host,
      order: { address: order.address, reason: order.reason },
      attempts: entry?.attempts ?? 0,
      sentAt: turn.now,
      tries: 1,
    });
  }
  sendCommands(
    turn,
    orders.flatMap((order) => (order.kind === 'cannot-assign' ? [] : [{ ...order, action: order.kind }])),
  );
}

const ORDERED = {
  acquire: 'is assigned to',
  release: 'is to be released by',
  prepare: 'is to be handed over to',
} as const;

function recordOrder(
  turn: Turn,
  table: ControlTable,
  order: Exclude<Order, { kind: 'cannot-assign' }>,
): void {
  const { group } = turn.monitor.settings;
  const why = explainReason(order.reason, order.host, table.entries.get(order.address)?.owner ?? null);
  record(turn, 'assigned', `${group}: ${order.address} ${ORDERED[order.kind]} ${order.host}: ${why}`, {
    address: order.address,
  });
}

interface Addressed extends AddressOrder {
  readonly action: Command['action'];
  readonly host: HostId;
}

/** One command a host and action; releases first, so that a host makes room before it takes. */
function sendCommands(turn: Turn, orders: readonly Addressed[]): void {
  for (const action of ['release', 'acquire', 'prepare'] as const) {
    const byHost = new Map<HostId, AddressOrder[]>();
    for (const { action: kind, host, address, reason } of orders) {
      if (kind !== action) continue;
      const list = byHost.get(host) ?? [];
      list.push({ address, reason });
      byHost.set(host, list);
    }
    for (const [to, list] of byHost) sendCommand(turn, { action, to, term: turn.monitor.term, orders: list });
  }
}

function sendCommand(turn: Turn, command: Command): void {
  if (command.to === turn.monitor.settings.id) obey(turn, command);
  else turn.effects.push({ kind: 'command', command });
}

/**
 * A command that goes unanswered is repeated, and its host passed over for a while if it stays so. The order is taken
 * back then, or when it has lost its point, lest it is obeyed late.
 */
function repeatUnanswered(turn: Turn, leadership: Leadership, table: ControlTable): void {
  const { monitor, now } = turn;
  const again: Addressed[] = [];
  const takenBack: Addressed[] = [];
  for (const [key, pending] of leadership.pending) {
    // A host that fell silent since is waited for, and not asked again.
    if (now < repeatAt(monitor, pending) || !table.hosts.has(pending.host)) continue;
    const isVain = isOvertaken(pending, table) || isUnable(pending, table);
    if (isVain && now < obeyedUntil(monitor, pending)) continue;
    if (isVain || (pending.action !== 'release' && pending.tries >= acquireTries(monitor.settings))) {
      leadership.pending.delete(key);
      if (!isVain) passOverHost(turn, leadership, pending.host, pending.order.address);
      takenBack.push({ action: 'release', host: pending.host, ...pending.order, reason: 'duplicate' });
      continue;
    }
    pending.tries += 1;
    pending.sentAt = now;
    again.push({ action: pending.action, host: pending.host, ...pending.order });
  }
  sendCommands(turn, [...takenBack, ...again]);
}

/** Who reads an order to acquire later than that does not obey it. */
const obeyedUntil = (monitor: ServiceMonitor, pending: PendingCommand): Instant =>
  after(pending.sentAt, orderLasts(monitor.settings));

/** A release is asked for as long as it takes, ever more rarely; an acquire a few times. */
const repeatAt = ({ settings }: ServiceMonitor, { action, sentAt, tries }: PendingCommand): Instant =>
  after(sentAt, (action === 'release' ? releaseRepeatSpan : acquireRepeatSpan)(settings, tries));

function passOverHost(turn: Turn, leadership: Leadership, host: HostId, address: ServiceAddress): void {
  const known = leadership.passedOver.get(host);
  if (known !== undefined && known.until > turn.now) return;
  const failures = (known?.failures ?? 0) + 1;
  leadership.passedOver.set(host, { failures, attempts: 0, until: after(turn.now, passOverDelay(failures)) });
  const message = `${turn.monitor.settings.group}: ${host} did not answer the order for ${address}; it is passed over for ${String(passOverDelay(failures) / 1000)} s`;
  record(turn, 'command-unanswered', message, { level: 'warn', address });
}

/** When the leader has to look again although nothing happens. */
export function nextControlDeadline(monitor: ServiceMonitor): Instant {
  const { leadership, settings } = monitor;
  if (leadership === null) return NO_DEADLINE;
  if (leadership.owesItself) return monitor.lastStepAt;
  let next: Instant = NO_DEADLINE;
  const consider = (moment: Instant): void => {
    if (moment > monitor.lastStepAt) next = earlier(next, moment);
  };
  if (!leadership.confirmed) {
    consider(after(leadership.since, orderLasts(settings)));
    consider(after(leadership.since, settings.timeout));
  }
  for (const pending of leadership.pending.values()) {
    consider(obeyedUntil(monitor, pending));
    consider(repeatAt(monitor, pending));
  }
  for (const { until } of leadership.passedOver.values()) consider(until);
  for (const due of sideDeadlines(leadership)) consider(due);
  if (settings.failBack !== 'never' && settings.failBack > 0)
    next = earlier(next, nextFailBack(monitor, settings.failBack));
  return next;
}

function nextFailBack(monitor: ServiceMonitor, delay: number): Instant {
  let next: Instant = NO_DEADLINE;
  for (const since of [monitor.ableSince, ...monitor.peers.values().map((peer) => peer.ableSince)]) {
    const due = after(since, delay);
    if (due > monitor.lastStepAt) next = earlier(next, due);
  }
  return next;
}
