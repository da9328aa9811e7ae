// What the leader does about each address (R28–R33): a function of its tables that returns orders with reasons.
// Used for the leader's pass, for `plan`, and by every host to see whether it is a candidate (R61).

import type { HostId, ServiceAddress } from './address.js';
import { servedIn, type ControlEntry, type ControlTable } from './control-table.js';
import type { Postponed } from './monitor.js';
import { choose, type Choice, type Choices } from './policy.js';
import type { Reason } from './reason.js';

export type Order =
  /** R55: to be handed over to this host by the one that serves it. */
  | {
      readonly kind: 'prepare';
      readonly address: ServiceAddress;
      readonly host: HostId;
      readonly reason: Reason;
    }
  | {
      readonly kind: 'acquire';
      readonly address: ServiceAddress;
      readonly host: HostId;
      readonly reason: Reason;
    }
  | {
      readonly kind: 'release';
      readonly address: ServiceAddress;
      readonly host: HostId;
      readonly reason: Reason;
    }
  | { readonly kind: 'cannot-assign'; readonly address: ServiceAddress };

export interface AssignmentContext extends Omit<Choices, 'hosts' | 'counts'> {
  /** R29, R30: whether this host is to be passed over for this address at present. */
  passedOver(address: ServiceAddress, host: HostId): boolean;
  /** R57: whether the preferred host may take the address back from whoever serves it. */
  mayFailBack(address: ServiceAddress, preferred: HostId): boolean;
  /** R55: how many more addresses may be prepared for a planned move, beside those that are prepared. */
  readonly movesLeft: number;
  /** A command about the address waits for its answer. */
  isPending(address: ServiceAddress): boolean;
  /** Who was to have it by the last pass, and could not be ordered so yet. */
  postponed(address: ServiceAddress): Postponed | null;
  /** R61: the other side of a partition may be about to take it. */
  isLeftToOtherSide(address: ServiceAddress): boolean;
  /** Hosts above the high water mark that were not below the low one since: chosen last. */
  readonly busy: ReadonlySet<HostId>;
}

/** All orders of one pass, in the order of addresses. Changes nothing. */
export function assign(table: ControlTable, context: AssignmentContext): Order[] {
  const counts = countClaims(table, context.promised);
  const promised = new Map(context.promised);
  const choices: Choices = { ...context, counts, promised, hosts: table.hosts };
  const orders: Order[] = [];
  let movesLeft = context.movesLeft - countPrepared(table);
  for (const [address, entry] of table.entries) {
    if (context.isPending(address)) continue;
    for (const order of assignEntry(entry, table, choices, context)) {
      // The next ones follow as soon as these have arrived, which those who take them say.
      if (order.kind === 'prepare' && movesLeft-- <= 0) continue;
      if (order.kind === 'acquire' || order.kind === 'prepare')
        for (const tally of [counts, promised]) tally.set(order.host, (tally.get(order.host) ?? 0) + 1);
      orders.push(order);
    }
  }
  for (const { address, host, reason } of table.strays)
    if (!context.isPending(address)) orders.push({ kind: 'release', address, host, reason });
  return orders;
}

function countPrepared({ entries }: ControlTable): number {
  let count = 0;
  for (const { prepared } of entries.values()) if (prepared.length > 0) count += 1;
  return count;
}

function countClaims(table: ControlTable, promised: ReadonlyMap<HostId, number>): Map<HostId, number> {
  const counts = new Map(promised);
  const count = (hosts: readonly HostId[]): void => {
    for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
  };
  for (const { claims, prepared } of table.entries.values()) {
    count(claims);
    count(prepared);
  }
  return counts;
}

function assignEntry(
  entry: ControlEntry,
  table: ControlTable,
  choices: Choices,
  context: AssignmentContext,
): Order[] {
  // R28
  if (entry.states.has('acquiring') || entry.states.has('releasing')) return [];
  if (entry.claims.length === 0) return waitsForOwner(entry) ? [] : takeUp(entry, table, choices, context);
  // R30: the source document injects the preferred host among the claims and lets the duplicate be resolved.
  const injected = wantsBack(entry, context) ? entry.preferred : null;
  const others = injected === null ? [] : forgetOthers(entry, injected);
  if (others.length > 0) return others;
  if (entry.claims.length + (injected === null ? 0 : 1) === 1)
    return entry.leaving.length === 0 ? [] : handOver(entry, table, choices, context);
  const releases = resolveDuplicate(entry, table, injected);
  // R55: the one that is to have it is prepared first, and then takes it at the holder's word.
  if (injected === null || releases.length !== 1 || entry.claims.length !== 1) return releases;
  if (entry.prepared.includes(injected)) return releases;
  return [{ kind: 'prepare', address: entry.address, host: injected, reason: reasonOf(entry) }];
}

/**
 * R55: whoever is prepared takes the address of its own accord at the holder's word. So it may be prepared on one host only,
 * and where that word has come, nobody else may be given it.
 */
const forgetOthers = ({ address, prepared }: ControlEntry, heir: HostId | null): Order[] =>
  prepared
    .filter((host) => host !== heir)
    .map((host) => ({ kind: 'release', address, host, reason: 'duplicate' }) as const);

/** Nobody serves it: who is prepared for it has it, if there is one. */
function takeUp(
  entry: ControlEntry,
  table: ControlTable,
  choices: Choices,
  context: AssignmentContext,
): Order[] {
  const { address, preferred, prepared } = entry;
  const able = prepared.filter((host) => !context.passedOver(address, host));
  const heir = able.find((host) => host === preferred) ?? able[0] ?? null;
  const others = forgetOthers(entry, heir);
  if (others.length > 0) return others;
  if (heir === null && context.isLeftToOtherSide(address)) return [];
  if (heir === null || heir === preferred) return [assignUnserved(entry, table, choices, context)];
  const reason = servedIn(table, heir, address)?.reason ?? 'none';
  return [{ kind: 'acquire', address, host: heir, reason }];
}

/** R55: its one holder leaves, and serves it until another is ready. Where nobody is able it gives it up by itself. */
function handOver(
  entry: ControlEntry,
  table: ControlTable,
  choices: Choices,
  context: AssignmentContext,
): Order[] {
  const { address, leaving, prepared } = entry;
  const [heir] = prepared;
  if (heir !== undefined) {
    const others = forgetOthers(entry, heir);
    if (others.length > 0) return others;
    return leaving.map((host) => ({ kind: 'release', address, host, reason: 'leaving' }) as const);
  }
  const order = assignUnserved(entry, table, choices, context);
  return order.kind === 'acquire' ? [{ ...order, kind: 'prepare' }] : [];
}

/** R34: nobody misses yet what was never served; its preferred host has it as soon as it has joined and is able. */
function waitsForOwner(entry: ControlEntry): boolean {
  if (entry.wasServed) return false;
  return entry.preferred === null ? entry.ownerUndecided : entry.preferredJoining && !entry.preferredQuiesced;
}

function wantsBack(entry: ControlEntry, context: AssignmentContext): boolean {
  const { preferred, address } = entry;
  if (preferred === null || entry.servedByPreferred) return false;
  if (entry.preferredQuiesced || entry.preferredJoining) return false;
  if (context.passedOver(address, preferred)) return false;
  return entry.moved || context.mayFailBack(address, preferred);
}

// R29
function assignUnserved(
  entry: ControlEntry,
  table: ControlTable,
  choices: Choices,
  context: AssignmentContext,
): Order {
  const { address, preferred } = entry;
  const able = (host: HostId): boolean => !context.passedOver(address, host);
  const isReady = !entry.preferredQuiesced && !entry.preferredJoining;
  if (preferred !== null && isReady && able(preferred))
    return { kind: 'acquire', address, host: preferred, reason: reasonOf(entry) };
  // R55: it is about to take it at the former holder's word.
  const [heir] = entry.prepared.filter(able);
  if (heir !== undefined)
    return { kind: 'acquire', address, host: heir, reason: heirReason(heir, table, choices) };
  // With what was chosen together the choice was a fair one: what others were given since shows in no load yet.
  const before = context.postponed(address);
  if (before !== null && able(before.host) && isCandidate(table, before.host))
    return { kind: 'acquire', address, ...before };
  const calm = (host: HostId): boolean => able(host) && !context.busy.has(host);
  const choice = chooseAmong(calm, address, table, choices) ?? chooseAmong(able, address, table, choices);
  return choice === null
    ? { kind: 'cannot-assign', address }
    : { kind: 'acquire', address, host: choice.host, reason: choice.reason };
}

const isCandidate = ({ spares, eligible }: ControlTable, host: HostId): boolean =>
  spares.includes(host) || eligible.includes(host);

const heirReason = (heir: HostId, table: ControlTable, { policy }: Choices): Reason =>
  table.spares.includes(heir) ? 'hot-spare' : policy;

/** A hot spare if there is one. */
function chooseAmong(
  wanted: (host: HostId) => boolean,
  address: ServiceAddress,
  table: ControlTable,
  choices: Choices,
): Choice | null {
  const spare = choose(address, table.spares.filter(wanted), choices);
  if (spare !== null) return { host: spare.host, reason: 'hot-spare' };
  return choose(address, table.eligible.filter(wanted), choices);
}

const reasonOf = (entry: ControlEntry): Reason => (entry.moved ? 'moved' : 'preferred');

// R31. The injected entry is among those that keep it, and is never told to release.
function resolveDuplicate(entry: ControlEntry, table: ControlTable, injected: HostId | null): Order[] {
  const { address } = entry;
  const keeper = keeperOf(entry, table, injected);
  const reason: Reason = injected === null ? 'duplicate' : entry.moved ? 'move-away' : 'fail-back';
  // Nobody orders what cannot be heard: a partitioned host keeps what it holds until it is within reach (R61).
  return entry.claims
    .filter((host) => host !== keeper && table.hosts.has(host))
    .map((host) => ({ kind: 'release', address, host, reason }) as const);
}

function keeperOf(entry: ControlEntry, table: ControlTable, injected: HostId | null): HostId | null {
  const { preferred, claims } = entry;
  if (injected !== null) return injected;
  if (preferred !== null && !entry.preferredQuiesced && claims.includes(preferred)) return preferred;
  // A partitioned host cannot be told anything: its claim stands, and the others give way (R61).
  const unreachable = claims.find((host) => !table.hosts.has(host));
  if (unreachable !== undefined) return unreachable;
  // A host that cannot serve does not keep what one that can serves as well.
  const pick = (list: readonly HostId[]): HostId | undefined => claims.find((host) => list.includes(host));
  return pick(table.spares) ?? pick(table.eligible) ?? claims[0] ?? null;
}
