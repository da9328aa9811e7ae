// When is a host silent (R26, R45)? On the kernel's receive stamps, and never in haste: first this host asks itself
// whether it was late, then it has the queue emptied once more, and only then it judges.

import { forgetPeers, becomePartitioned, becomeSilent } from './peers.js';
import { noteKnown, record, type Peer, type ServiceMonitor, type Turn } from './monitor.js';
import { releaseAll } from './address-state.js';
import { answersElsewhere, askingUntil, wouldBeDoubted } from './evidence.js';
import { heldBackUntil, noteLapse } from './lapses.js';
import { permitSpan } from './settings.js';
import { after, earlier, elapsed, later, NO_DEADLINE, type Instant } from './time.js';

/**
 * A step that comes later than this after the one before was late: this host cannot judge others by that time. What was sent
 * while the whole host stood still may be lost: with a heartbeat missed before and one awaited after it, a pause that is not
 * noticed must be shorter than the timeout. Nor may an order that lay in its card meanwhile be one that its sender no longer
 * waits for (orderLasts, acquireTries).
 */
const LATENESS_SHARE = 0.58;
const latenessTolerated = ({ settings: { interval, timeout } }: ServiceMonitor): number =>
  Math.max(2 * interval, Math.min(LATENESS_SHARE * timeout, timeout - 2 * interval, 3 * interval));

/**
 * So long after a step the next one is due, where nothing happens before: only to notice lateness. Reports come sooner where all
 * is well (native/heartbeat/report_pace.h), and a tick beside each would wake control twice as often.
 */
const SLACK_INTERVALS = 0.8;
export const restingSpan = (monitor: ServiceMonitor): number =>
  latenessTolerated(monitor) - SLACK_INTERVALS * monitor.settings.interval;

/** Called first in each step: was this host itself asleep? */
export function noteAttention(turn: Turn): void {
  const { monitor, now } = turn;
  const gap = elapsed(monitor.lastStepAt, now);
  monitor.lastStepAt = now;
  const { timeout } = monitor.settings;
  if (monitor.phase === 'starting') monitor.attentiveSince = now;
  else if (gap >= permitSpan(timeout) + timeout) wakeFromPause(turn, gap);
  else if (gap > latenessTolerated(monitor)) noteLateness(turn, gap);
}

/** Once the permit was over, the others chose another leader: this one has to lead anew, in a higher term (R24). */
function noteLateness(turn: Turn, gap: number): void {
  const { monitor, now } = turn;
  monitor.attentiveSince = now;
  if (gap < permitSpan(monitor.settings.timeout) || monitor.leadership === null) return;
  monitor.leader = null;
  monitor.leadership = null;
  turn.stirred = true;
}

/**
 * R52: heartbeats went on for as long as the permit lasted; a timeout later the host may have been replaced: it gives up
 * first and asks afterwards. Where the whole host was paused, the lease ends sooner and says so (`lease-ended`).
 */
function wakeFromPause(turn: Turn, gap: number): void {
  const { monitor, now } = turn;
  monitor.attentiveSince = now;
  monitor.drainAskedAt = null;
  if (monitor.phase === 'leaving' || monitor.phase === 'left') return;
  const { group, id } = monitor.settings;
  const message = `${group}: ${id} did not run for ${gap.toFixed(0)} ms, longer than its permit; it gives up what it served and joins anew${noteLapse(turn)}`;
  record(turn, 'paused', message, { level: 'warn' });
  becomeJoining(turn);
  releaseAll(turn, 'paused');
}

/** A host that starts listens for a whole timeout before it believes that it is alone. */
export function becomeJoining(turn: Turn): void {
  const { monitor, now } = turn;
  monitor.phase = 'joining';
  monitor.phaseSince = now;
  monitor.joinSpan = monitor.settings.timeout;
  monitor.attentiveSince = now;
  monitor.drainAskedAt = null;
  monitor.leader = null;
  monitor.leadership = null;
  monitor.dirty = 'urgent';
}

/** The heartbeat process listens, at first or again: what it missed in between proves nothing. */
export function onListening(turn: Turn): void {
  const { monitor, now } = turn;
  monitor.peersDirty = true;
  if (monitor.phase === 'starting') {
    becomeJoining(turn);
    monitor.joinSpan = monitor.settings.joinSpan;
    record(turn, 'started', `${monitor.settings.group}: ${monitor.settings.id} listens for other members`);
    return;
  }
  monitor.listeningSince = now;
  if (monitor.phase === 'joining') monitor.phaseSince = now;
  monitor.drainAskedAt = null;
  monitor.dirty = 'urgent';
}

export function onDrained(turn: Turn): void {
  const { monitor } = turn;
  if (monitor.drainAskedAt !== null) {
    monitor.drainedAt = monitor.drainAskedAt;
    noteKnown(monitor, monitor.drainAskedAt);
  }
  monitor.drainAskedAt = null;
}

/**
 * The earliest moment at which a host that stays quiet may be called silent. A heartbeat process that was replaced
 * believes nobody who has not named it yet (R51): it is given a whole timeout.
 */
function silentFrom(monitor: ServiceMonitor, peer: Peer): Instant {
  const { interval, timeout } = monitor.settings;
  const attentive = after(monitor.attentiveSince, 2 * interval);
  const quiet = after(later(peer.heardAt, monitor.listeningSince), timeout);
  return later(quiet, attentive);
}

/** A host that is held up over and over joins all the same after so many timeouts. */
const LONGEST_JOIN = 20;

/** When a host that joins has listened for long enough, the last timeout of it without having been late itself. */
function joinedFrom(monitor: ServiceMonitor): Instant {
  const { attentiveSince, joinSpan, phaseSince, settings } = monitor;
  const listened = after(phaseSince, Math.max(joinSpan, settings.timeout));
  const attentive = after(attentiveSince, settings.timeout);
  const ready = later(listened, earlier(attentive, after(listened, LONGEST_JOIN * settings.timeout)));
  return later(ready, heldBackUntil(monitor));
}

/** Judges everybody whose time is up; asks for the queue to be drained where that has not been done yet. */
export function detectSilence(turn: Turn): void {
  const { monitor, now } = turn;
  let drainWanted = false;
  for (const peer of monitor.peers.values()) {
    if (peer.state !== 'live') continue;
    const due = silentFrom(monitor, peer);
    if (wouldBeDoubted(monitor, peer, now)) drainWanted = true;
    if (now < due) continue;
    if (monitor.drainedAt < due) drainWanted = true;
    else if (answersElsewhere(monitor, peer, now)) becomePartitioned(turn, peer);
    else if (now >= askingUntil(monitor, peer)) becomeSilent(turn, peer);
  }
  if (monitor.phase === 'joining' && now >= joinedFrom(monitor)) {
    if (monitor.drainedAt < joinedFrom(monitor)) drainWanted = true;
    else becomeMember(turn);
  }
  if (drainWanted) askDrain(turn);
  forgetPeers(turn);
}

function becomeMember(turn: Turn): void {
  const { monitor, now } = turn;
  monitor.phase = 'member';
  monitor.phaseSince = now;
  monitor.dirty = 'urgent';
  const others = monitor.peers.values().filter((peer) => peer.state === 'live').length;
  const { group, id } = monitor.settings;
  record(
    turn,
    'joined',
    `${group}: ${id} is a member; it hears ${String(others)} other host${others === 1 ? '' : 's'}`,
  );
}

function askDrain(turn: Turn): void {
  const { monitor, now } = turn;
  const { drainAskedAt, settings } = monitor;
  if (drainAskedAt !== null && elapsed(drainAskedAt, now) < settings.timeout) return;
  monitor.drainAskedAt = now;
  turn.effects.push({ kind: 'drain' });
}

/** When somebody may have to be judged, if nothing is heard until then. */
export function nextSilenceDeadline(monitor: ServiceMonitor): Instant {
  let next: Instant = NO_DEADLINE;
  const consider = (due: Instant): void => {
    if (due > monitor.lastStepAt) next = earlier(next, due);
  };
  for (const peer of monitor.peers.values()) {
    if (peer.state !== 'live') continue;
    consider(silentFrom(monitor, peer));
    consider(askingUntil(monitor, peer));
  }
  if (monitor.phase === 'joining') consider(joinedFrom(monitor));
  if (monitor.drainAskedAt !== null) consider(after(monitor.drainAskedAt, monitor.settings.timeout));
  return next;
}
