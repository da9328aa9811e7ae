// R61: a partition of the control networks is not a death. In the last part of a silent host's timeout, whoever
// would take its addresses over asks for them on the service network. If the host's own MAC answers, it lives,
// and its addresses stay where they are.

import { giveWay, isServing, yieldAddress } from './address-state.js';
import { compareAddresses, sortAddresses, type ServiceAddress } from './address.js';
import { onForeignAnswer } from './conflict.js';
import {
  answersElsewhere,
  ask,
  doubtedFrom,
  evidenceLasts,
  evidenceLastsUnasked,
  hasEvidence,
  answersByHearsay,
  isOutOfReach,
  stillAnswering,
  suspectsOf,
} from './evidence.js';
import { isMember, memberWith } from './hardware-address.js';
import {
  hasToDecide,
  markDirty,
  record,
  type LocalAddress,
  type Peer,
  type ServiceMonitor,
  type Turn,
} from './monitor.js';
import { becomePartitioned, becomeSilent } from './peers.js';
import { addressesToAsk, withoutIdleQuestions } from './questions.js';
import { UNANSWERED_WHEN_PARTITIONED } from './settings.js';
import { after, earlier, elapsed, later, NO_DEADLINE, type Instant } from './time.js';

/** With each of them a network process that is not late is done before the next is put. */
const MOST_OPEN_QUESTIONS = 3;

/**
 * The question is repeated so often: three times within the doubt, when all hangs on it; and three times a timeout while
 * hosts are partitioned, which may last for days.
 */
function probeGap(monitor: ServiceMonitor, suspects: readonly Peer[]): number {
  const { timeout } = monitor.settings;
  return suspects.some((peer) => peer.state === 'live') ? Math.max(2, timeout / 9) : timeout / 3;
}

/**
 * What the network process has not come to yet is not added to: that would make it later still. After a timeout nothing is
 * waited for: it may have been replaced.
 */
function questionGap(monitor: ServiceMonitor, suspects: readonly Peer[]): number {
  const gap = probeGap(monitor, suspects);
  return monitor.openQuestions < MOST_OPEN_QUESTIONS ? gap : Math.max(gap, monitor.settings.timeout);
}

/** Somebody answered for an address on the service network. */
export function onAnswer(turn: Turn, address: ServiceAddress, hardwareAddress: string): void {
  const { monitor, now } = turn;
  // Whatever this host last heard of it: a member out of reach may have been given the address since.
  for (const peer of monitor.peers.values()) {
    if (peer.hardwareAddress !== hardwareAddress) continue;
    peer.answeredAt = now;
    peer.unanswered = 0;
    monitor.conflicts.delete(address);
    monitor.answers.set(address, { host: peer.id, at: now });
    if (isOutOfSight(turn, peer) && monitor.settings.partition === 'probe') becomePartitioned(turn, peer);
    if (mayHoldAsWell(turn, address, peer)) settleAlone(turn, address, peer);
  }
  if (!isMember(monitor, hardwareAddress)) onForeignAnswer(turn, address, hardwareAddress);
}

/**
 * Silent; or it has left, so long ago that the answer was not under way then: it has been started anew since, and does not
 * listen for less than a timeout before it serves anything.
 */
const isOutOfSight = ({ monitor, now }: Turn, peer: Peer): boolean =>
  peer.state === 'silent' || (peer.state === 'left' && elapsed(peer.since, now) >= monitor.settings.timeout);

/**
 * R61: what was asked at `askedAt` could have been answered by now. `addresses`: of that question those for which it left this host;
 * the others nobody was asked for, and the host that has them is not judged by them (`askingUntil` says for how long).
 */
export function onProbed(turn: Turn, addresses: readonly ServiceAddress[], askedAt: Instant): void {
  const { monitor } = turn;
  monitor.openQuestions = Math.max(0, monitor.openQuestions - 1);
  for (const peer of suspectsOf(monitor)) {
    const concerns = (address: ServiceAddress): boolean =>
      peer.claims.has(address) || monitor.answers.get(address)?.host === peer.id;
    if (peer.answeredAt >= askedAt || !addresses.some(concerns)) continue;
    peer.unanswered += 1;
    if (peer.unanswered === UNANSWERED_WHEN_PARTITIONED) turn.stirred = true;
  }
}

/**
 * The address is here, and the other host's MAC answers for it. Of a host that is heard the leader knows (R31); but it
 * may be the leader that does not hear it, so that a duplicate which stays is settled here as well.
 */
function mayHoldAsWell({ monitor, now }: Turn, address: ServiceAddress, peer: Peer): boolean {
  const local = monitor.local.get(address);
  if (local === undefined || !isServing(monitor, address)) return false;
  // It is not there yet, and will not be if the other one was first.
  if (local.phase === 'configuring') return false;
  if (peer.state === 'partitioned') return true;
  return peer.claims.has(address) && elapsed(local.since, now) >= monitor.settings.timeout;
}

/** While it was under way another may have been heard to have it as well. */
export function settleConfigured(turn: Turn, address: ServiceAddress): void {
  const other = stillAnswering(turn.monitor, address, turn.now);
  if (other !== null && mayHoldAsWell(turn, address, other)) settleAlone(turn, address, other);
}

/**
 * R61: another host had the address before this one could put it on its interface. A member that has decided alike, because the
 * two do not hear each other or this one was late, keeps it. What anybody else claims is known now, and the address is configured
 * all the same.
 */
export function onForestalled(turn: Turn, address: ServiceAddress, hardwareAddress: string): void {
  const { monitor } = turn;
  const local = monitor.local.get(address);
  if (local === undefined || !isServing(monitor, address)) return;
  const other = memberWith(monitor, hardwareAddress);
  // Or it was to be put back, after somebody had removed it.
  const mayGiveWay = local.phase === 'configuring' || local.phase === 'online';
  if (!mayGiveWay || other === undefined || !keepsAddress(turn, local, other)) {
    turn.effects.push({ kind: 'configure', address });
    return;
  }
  const { group, id } = monitor.settings;
  const message = `${group}: ${id} does not acquire ${address}: ${other.id} was heard to have it before`;
  record(turn, 'command-refused', message, { level: 'warn', address });
  giveWay(turn, address);
}

/** Who hands it over to this host still has it for a moment. An order that is a timeout old nobody waits for. */
function keepsAddress({ monitor, now }: Turn, { address, since }: LocalAddress, other: Peer): boolean {
  if (elapsed(since, now) >= monitor.settings.timeout || other.claims.has(address)) return true;
  return monitor.settings.partition === 'probe' && isOutOfReach(monitor, other);
}

/**
 * Two hosts have taken one address, and at least one of them does not hear the other: no leader can resolve that (R31),
 * but each hears the other's announcement on the service network. The lower host id keeps it and says so; the other gives
 * it up at once. Where it does not, it does not know this host for a member (it was started since, and is cut off): then
 * the one that knows gives way.
 */
function settleAlone(turn: Turn, address: ServiceAddress, other: Peer): void {
  const { monitor, now } = turn;
  const { group, id, partition, timeout } = monitor.settings;
  if (partition === 'ignore') return;
  const before = monitor.defended.get(address);
  const since = before?.host === other.id && elapsed(before.at, now) < timeout ? before.since : now;
  const keeps = compareAddresses(id, other.id) < 0 && elapsed(since, now) < timeout / 2;
  monitor.defended.set(address, { host: other.id, at: now, since });
  if (keeps && since < now) return;
  const message = `${group}: ${other.id} holds ${address} as well; ${keeps ? id : other.id} keeps it`;
  const reason = `${other.id} holds it as well`;
  record(turn, 'conflict', message, { level: 'error', address, details: { reason, peer: other.id } });
  if (!keeps) yieldAddress(turn, address);
  else if (monitor.local.get(address)?.phase === 'online') turn.effects.push({ kind: 'announce', address });
}

/** Asks, if a host is doubted or partitioned and this host would have a part in taking over. */
export function askWhoAnswers(turn: Turn): void {
  const { monitor, now } = turn;
  const suspects = monitor.settings.partition === 'ignore' ? [] : suspectsOf(monitor);
  noteSuspects(turn, suspects);
  refreshAnswering(turn, suspects);
  if (suspects.length === 0) {
    monitor.nextProbeAt = NO_DEADLINE;
    monitor.answers.clear();
    forgetQuestions(monitor, now);
    return;
  }
  monitor.nextProbeAt = after(monitor.probedAt, questionGap(monitor, suspects));
  if (now < monitor.nextProbeAt) return;
  if (monitor.openQuestions >= MOST_OPEN_QUESTIONS) monitor.openQuestions = 0;
  monitor.probedAt = now;
  const wanted = [...addressesToAsk(monitor, suspects, now), ...contested(monitor, now)];
  ask(turn, sortAddresses(withoutIdleQuestions(monitor, suspects, wanted, now)));
  monitor.nextProbeAt = after(now, questionGap(monitor, suspects));
}

/** Who is doubted, or is so no more, may hold what this host waits for. */
function noteSuspects(turn: Turn, suspects: readonly Peer[]): void {
  const { monitor } = turn;
  const isAsBefore =
    suspects.length === monitor.suspects.length &&
    suspects.every(({ id }, index) => id === monitor.suspects[index]);
  if (!isAsBefore) {
    monitor.suspects = suspects.map(({ id }) => id);
    turn.stirred = true;
  }
  if (hasToDecide(turn)) monitor.toAsk = null;
}

/** A question that may still be answered stays known: an order that waits for it is repeated within that time. */
function forgetQuestions({ askedAt, settings }: ServiceMonitor, now: Instant): void {
  for (const [address, { at }] of askedAt) if (elapsed(at, now) >= settings.timeout) askedAt.delete(address);
}

/** What this host serves and another out of reach answers for: it has to know how long that goes on. */
const contested = (monitor: ServiceMonitor, now: Instant): ServiceAddress[] =>
  [...monitor.answers.keys()].filter(
    (address) => isServing(monitor, address) && stillAnswering(monitor, address, now) !== null,
  );

/** R61: what this host tells the others about suspects that answer. Its own evidence only, never hearsay. */
function refreshAnswering(turn: Turn, suspects: readonly Peer[]): void {
  const { monitor, now } = turn;
  const answering = suspects.filter((peer) => hasEvidence(monitor, peer, now)).map((peer) => peer.id);
  if (answering.join() === monitor.answering.join()) return;
  monitor.answering = answering;
  markDirty(monitor);
}

/**
 * A partitioned host that answers no more is dead after all. Who has only had another member's word for it, and has it no
 * more, asks for himself before he judges: that member may be gone itself.
 */
export function judgePartitioned(turn: Turn): void {
  const { monitor, now } = turn;
  for (const peer of monitor.peers.values()) {
    if (peer.state !== 'partitioned') continue;
    if (answersByHearsay(monitor, peer)) peer.vouchedAt = now;
    const asksForHimself =
      peer.unanswered < UNANSWERED_WHEN_PARTITIONED && elapsed(peer.vouchedAt, now) < evidenceLasts(monitor);
    if (!answersElsewhere(monitor, peer, now) && !asksForHimself) becomeSilent(turn, peer);
  }
}

/**
 * Who asked for none of a host's addresses may have judged it before those who did had its answer, or told of it. Their word
 * counts once they would have taken it back: of one that died they tell for as long as its last answer stands.
 */
export function heedHearsay(turn: Turn): void {
  const { monitor, now } = turn;
  if (monitor.settings.partition === 'ignore' || !isAnyToldOf(monitor)) return;
  for (const peer of monitor.peers.values()) {
    if (peer.state !== 'silent' || elapsed(peer.since, now) < hearsayFrom(monitor)) continue;
    if (answersByHearsay(monitor, peer)) becomePartitioned(turn, peer);
  }
}

const hearsayFrom = (monitor: ServiceMonitor): number =>
  evidenceLastsUnasked(monitor) + monitor.settings.timeout;

const isAnyToldOf = ({ peers }: ServiceMonitor): boolean =>
  peers
    .values()
    .some(({ state, information }) => state === 'live' && (information?.partitioned.length ?? 0) > 0);

/** When to look again. */
export function nextPartitionDeadline(monitor: ServiceMonitor): Instant {
  let next = monitor.nextProbeAt;
  if (monitor.settings.partition === 'ignore') return next;
  for (const peer of monitor.peers.values()) {
    const due = turningPoint(monitor, peer);
    if (due > monitor.lastStepAt) next = earlier(next, due);
  }
  return next;
}

/** When a live host begins to be doubted, or what a partitioned one answered ceases to count. */
function turningPoint(monitor: ServiceMonitor, peer: Peer): Instant {
  if (peer.state === 'live') return doubtedFrom(monitor, peer);
  if (peer.state !== 'partitioned') return NO_DEADLINE;
  const lasts = after(later(peer.answeredAt, peer.vouchedAt), evidenceLasts(monitor));
  return lasts > monitor.lastStepAt ? lasts : after(peer.answeredAt, evidenceLastsUnasked(monitor));
}
