// The one door of the core: what happened goes in, what is to be done comes out. No clock, chance or IO of its own:
// the same events give the same effects, in production and in simulation.

import { reviewRefused } from './address-limit.js';
import { onConfigured, onDeconfigured, onPrepared, onScriptDone, releaseAll } from './address-state.js';
import { onCommand } from './commands.js';
import { nextConflictDeadline, reviewConflicts } from './conflict.js';
import { nextControlDeadline, runControl } from './control.js';
import { nextEvidenceDeadline } from './evidence.js';
import { nextPreparedDeadline, settlePrepared } from './hand-over.js';
import type { Effect } from './effect.js';
import type { Event } from './event.js';
import {
  detectSilence,
  nextSilenceDeadline,
  noteAttention,
  onDrained,
  onListening,
  restingSpan,
} from './failure-detector.js';
import { refreshLeader } from './leader.js';
import { finishLeaving, nextLeavingDeadline, onLeave, settleLeaving } from './leaving.js';
import { endLossPenalty, onLeaseEnded, onLink, onLost, onPutBackFailed, onWithdrawn } from './link.js';
import { hasToDecide, isOk, markDirty, record, testKey, type ServiceMonitor, type Turn } from './monitor.js';
import { nextRequestDeadline, onOperator, onRequest, settleRequests } from './operator.js';
import { addFailure, ownMessage, refreshAble, removeFailure, setQuiesced } from './own-host.js';
import {
  askWhoAnswers,
  heedHearsay,
  judgePartitioned,
  nextPartitionDeadline,
  onAnswer,
  onForestalled,
  onProbed,
  settleConfigured,
} from './partition.js';
import { onHeard, onInformation } from './peers.js';
import { rememberMembers } from './remembered-members.js';
import { ageRows, mergeRow, noteLastProof, notePreferred } from './service-address.js';
import { after, earlier, NEVER, NO_DEADLINE, type Instant } from './time.js';
import { newZoneState } from './zone-state.js';
import { nextZoneDeadline, onZoneTold, runZone } from './zone-writer.js';

/**
 * Takes events in and returns what is to be done, in order. Events that arrived together are one step: the decisions
 * are made once, on all of them. `chance` is a fresh random 32-bit number, for the policy `random`. `now` never goes
 * back. The monitor is changed in place; an exception leaves it in no defined state and must end the process.
 */
export function step(monitor: ServiceMonitor, events: readonly Event[], now: Instant, chance = 0): Effect[] {
  const turn: Turn = { monitor, now, chance, effects: [], stirred: !events.every(isRoutine) };
  if (monitor.phase === 'left') return [];
  noteAttention(turn);
  for (const event of events) onEvent(turn, event);
  if (monitor.phase === 'starting') return turn.effects;
  refreshAble(turn);
  askWhoAnswers(turn);
  judgePartitioned(turn);
  heedHearsay(turn);
  detectSilence(turn);
  // Most steps end here, also while somebody is doubted: a host that is late must not cost the others time (R61).
  if (!hasToDecide(turn)) return turn.effects;
  const isStirred = turn.stirred || monitor.dirty !== 'no';
  decide(turn);
  // One decision may be the ground of another: only a pass that changed nothing is the last.
  monitor.quietUntil = isStirred || turn.effects.length > 0 ? NEVER : nextDecision(monitor);
  return turn.effects;
}

/** What comes with every heartbeat, or with every question about silent hosts, and mostly changes nothing. */
export const isRoutine = ({ kind }: Event): boolean => ROUTINE.has(kind);

const ROUTINE: ReadonlySet<Event['kind']> = new Set<Event['kind']>(['heard', 'tick', 'drained', 'probed']);

function decide(turn: Turn): void {
  const { monitor, now } = turn;
  for (const address of monitor.settings.preferred) notePreferred(turn, address, monitor.settings.id, now);
  ageRows(turn);
  reviewRefused(turn);
  endLossPenalty(turn);
  settlePrepared(turn);
  settleLeaving(turn);
  refreshLeader(turn);
  runControl(turn);
  finishLeaving(turn);
  reviewConflicts(turn);
  runZone(turn);
  settleRequests(turn);
  tellPeers(turn);
  publish(turn);
}

/** When time alone makes a difference to what `decide` does. */
const nextDecision = (monitor: ServiceMonitor): Instant =>
  [
    nextControlDeadline(monitor),
    nextRequestDeadline(monitor),
    nextPreparedDeadline(monitor),
    nextLeavingDeadline(monitor),
    nextZoneDeadline(monitor),
    nextConflictDeadline(monitor),
    nextEvidenceDeadline(monitor),
    monitor.nextExpiryAt,
    monitor.lossPenaltyUntil === NEVER ? NO_DEADLINE : monitor.lossPenaltyUntil,
  ].reduce(earlier);

/** When `step` must be called with a tick, unless something happens before. At least every restingSpan (see noteAttention). */
export function nextDeadline(monitor: ServiceMonitor): Instant {
  if (monitor.phase === 'starting' || monitor.phase === 'left') return NO_DEADLINE;
  const byHosts = earlier(nextSilenceDeadline(monitor), nextPartitionDeadline(monitor));
  // Where nothing has changed it is as it was found last: to look at a thousand addresses at each step takes long.
  const decision = monitor.quietUntil === NEVER ? nextDecision(monitor) : monitor.quietUntil;
  const byItself = earlier(decision, after(monitor.lastStepAt, restingSpan(monitor)));
  return earlier(byHosts, byItself);
}

function onEvent(turn: Turn, event: Event): void {
  switch (event.kind) {
    case 'tick':
      return;
    case 'listening':
      onListening(turn);
      return;
    case 'heard':
      onHeard(turn, event.reports, event.at);
      return;
    case 'information':
      onInformation(turn, event);
      return;
    case 'remembered':
      // Fresher rows come from those that live; what is known better already stands.
      for (const row of event.addresses) mergeRow(turn, row, turn.now);
      rememberMembers(turn, event.members);
      return;
    case 'command':
      onCommand(turn, event);
      return;
    case 'request':
      onRequest(turn, event.from, event.request);
      return;
    case 'drained':
      onDrained(turn);
      return;
    case 'configured':
      if (event.error !== null && turn.monitor.local.get(event.address)?.phase === 'online')
        onPutBackFailed(turn, event.address, event.error);
      else onConfigured(turn, event.address, event.error);
      settleConfigured(turn, event.address);
      return;
    case 'forestalled':
      onForestalled(turn, event.address, event.hardwareAddress);
      return;
    case 'prepared':
      onPrepared(turn, event.address, event.error);
      return;
    case 'withdrawn':
      onWithdrawn(turn, event.address);
      return;
    case 'deconfigured':
      onDeconfigured(turn, event.address, event.error);
      return;
    case 'script-done':
      onScriptDone(turn, event.action, event.address, event.error);
      return;
    default:
      onHostEvent(turn, event);
  }
}

type HostEvent = Extract<
  Event,
  {
    kind:
      | 'link'
      | 'lost'
      | 'lease-ended'
      | 'answer'
      | 'probed'
      | 'test'
      | 'load'
      | 'zone-told'
      | 'quiesce'
      | 'resume'
      | 'operator'
      | 'settings'
      | 'leave';
  }
>;

/** What concerns this host itself and its operator. */
function onHostEvent(turn: Turn, event: HostEvent): void {
  switch (event.kind) {
    case 'link':
      onLink(turn, event.up, event.hardwareAddress);
      return;
    case 'lost':
      onLost(turn, event.address);
      return;
    case 'lease-ended':
      onLeaseEnded(turn);
      return;
    case 'answer':
      onAnswer(turn, event.address, event.hardwareAddress);
      return;
    case 'probed':
      onProbed(turn, event.addresses, event.askedAt);
      return;
    case 'test':
      onTest(turn, event.name, event.passed, event.detail);
      return;
    case 'load':
      onLoad(turn, event.load, event.capacity);
      return;
    case 'zone-told':
      onZoneTold(turn, event);
      return;
    case 'quiesce':
      setQuiesced(turn, true);
      return;
    case 'resume':
      setQuiesced(turn, false);
      return;
    case 'operator':
      onOperator(turn, event.ticket, event.request);
      return;
    case 'settings':
      onSettings(turn, event.settings);
      return;
    case 'leave':
      onLeave(turn);
      return;
  }
}

// Fig. 3 steps 310–330: a test that fails makes the host release everything of its own accord (R14, R45).
function onTest(turn: Turn, name: string, passed: boolean, detail: string): void {
  const { failedTests, settings } = turn.monitor;
  if (!settings.tests.includes(name)) return;
  const isNews = failedTests.has(name) === passed;
  if (passed) {
    failedTests.delete(name);
    if (isNews) record(turn, 'test-recovered', `${settings.group}: test ${name} passes again`);
    removeFailure(turn, testKey(name));
    return;
  }
  failedTests.add(name);
  if (isNews)
    record(turn, 'test-failed', `${settings.group}: test ${name} fails: ${detail}`, {
      level: 'error',
      details: { reason: detail, test: name },
    });
  // What has no result yet stands among the failures too, but has given nothing up.
  addFailure(turn, testKey(name), `test ${name}: ${detail}`);
}

function onLoad(turn: Turn, load: number, capacity: number): void {
  const { monitor } = turn;
  if (monitor.load === load && monitor.capacity === capacity) return;
  monitor.load = load;
  monitor.capacity = capacity;
  markDirty(monitor, false);
}

/** R56: what changed is applied; nothing else is disturbed. */
function onSettings(turn: Turn, settings: ServiceMonitor['settings']): void {
  const { monitor } = turn;
  const wasOk = isOk(monitor);
  noteLastProof(monitor, settings.id, turn.now);
  const before = monitor.settings.dns;
  monitor.settings = settings;
  monitor.preferred = new Set(settings.preferred);
  forgetTests(turn);
  // Another name is begun with anew: what was known is of the old one.
  if (before?.zone !== settings.dns?.zone || before?.name !== settings.dns?.name) forgetZone(turn);
  // R41: a member that becomes an observer serves nothing any more.
  if (wasOk && !isOk(monitor)) releaseAll(turn, 'failed');
  markDirty(monitor);
}

/** A test that is no longer the group's keeps it from nothing. One that is new counts from its first result. */
function forgetTests(turn: Turn): void {
  const { failures, failedTests, settings } = turn.monitor;
  const names = [...failures.keys()].flatMap((key) =>
    key.startsWith(testKey('')) ? [key.slice(testKey('').length)] : [],
  );
  for (const name of names) {
    if (settings.tests.includes(name)) continue;
    failedTests.delete(name);
    removeFailure(turn, testKey(name));
  }
}

function forgetZone({ monitor, effects }: Turn): void {
  if (monitor.zone.role !== 'none') effects.push({ kind: 'leave-zone' });
  monitor.zone = newZoneState();
}

function tellPeers(turn: Turn): void {
  const { monitor } = turn;
  if (!monitor.peersDirty) return;
  monitor.peersDirty = false;
  const peers = monitor.peers
    .values()
    .flatMap((peer) =>
      peer.information === null ? [] : [{ id: peer.id, addresses: peer.information.controlAddresses }],
    );
  turn.effects.push({ kind: 'peers', peers });
}

function publish(turn: Turn): void {
  const { monitor, now, effects } = turn;
  // Before its link is known, a host would tell the group that it is not able.
  if (monitor.dirty === 'no' || !monitor.linkKnown) return;
  const publication: Effect = {
    kind: 'publish',
    information: ownMessage(monitor, now),
    term: monitor.term,
    flags: {
      joining: monitor.phase === 'joining',
      leaving: monitor.phase === 'left',
      observer: monitor.settings.observer,
    },
    urgent: monitor.dirty === 'urgent',
  };
  const before = effects.findIndex((effect) => isFarewellTo(monitor, effect));
  effects.splice(before < 0 ? effects.length : before, 0, publication);
  monitor.dirty = 'no';
  if (monitor.phase === 'left') effects.push({ kind: 'left' });
}

/** R55: an order to release what this host is prepared for: the holder has to know that before, to hand it over. */
const isFarewellTo = (monitor: ServiceMonitor, effect: Effect): boolean =>
  effect.kind === 'command' &&
  effect.command.action === 'release' &&
  effect.command.orders.some(({ address }) => monitor.local.get(address)?.phase === 'prepared');
