// A host that leaves in order (R55): it serves on until others have taken its addresses over, or nobody can. The leader
// sees from the reason that it tells of each address that it wants to be rid of it.

import { isServing, release, releaseAll } from './address-state.js';
import { couldInherit } from './heir.js';
import { servedBy } from './host-information.js';
import { markDirty, record, type ServiceMonitor, type Turn } from './monitor.js';
import { handOverPatience, heirPatience } from './settings.js';
import { after, earlier, later, NO_DEADLINE, type Instant } from './time.js';

export function onLeave(turn: Turn): void {
  const { monitor, now } = turn;
  if (monitor.phase === 'leaving') return;
  // Before it ever listened there is nobody to tell and nothing to give up.
  if (monitor.phase === 'starting') {
    monitor.phase = 'left';
    turn.effects.push({ kind: 'left' });
    return;
  }
  monitor.phase = 'leaving';
  monitor.phaseSince = now;
  markDirty(monitor);
  for (const local of monitor.local.values()) {
    if (local.phase === 'online') local.releaseWanted ??= 'leaving';
    else release(turn, local.address, 'leaving');
  }
}

/** Gives up what nobody will take over. Runs before the leader's pass, so that a leader can still assign it. */
export function settleLeaving(turn: Turn): void {
  const { monitor, now } = turn;
  if (monitor.phase !== 'leaving' || monitor.local.size === 0) return;
  if (now >= patienceEnd(monitor) || !hasHeirs(monitor)) releaseAll(turn, 'leaving');
}

/** Without a fence nobody can be prepared: then waiting only costs the clients time. */
const hasHeirs = ({ peers, settings }: ServiceMonitor): boolean =>
  settings.fenced &&
  peers
    .values()
    .some(
      (peer) =>
        peer.state === 'live' && !peer.joining && peer.information !== null && couldInherit(peer.information),
    );

const patienceEnd = ({ phaseSince, settings }: ServiceMonitor): Instant =>
  after(phaseSince, handOverPatience(settings.timeout));

/** Runs after the leader's pass: a leader that leaves assigns what it gave up before it goes. */
export function finishLeaving(turn: Turn): void {
  const { monitor, now } = turn;
  if (monitor.phase !== 'leaving') return;
  for (const address of monitor.local.keys()) if (isServing(monitor, address)) return;
  if (now < awaitedUntil(monitor)) return;
  monitor.phase = 'left';
  markDirty(monitor);
  record(turn, 'left', `${monitor.settings.group}: ${monitor.settings.id} has left the group in order`);
}

/** Until the heirs say that they serve, this host's kernel sends on to them what still comes here. */
function awaitedUntil({ handedOver, peers, settings }: ServiceMonitor): Instant {
  let until = 0 as Instant;
  for (const [address, at] of handedOver) {
    const isServed = peers
      .values()
      .some(({ information }) => information !== null && servedBy(information, address)?.state === 'online');
    if (!isServed) until = later(until, after(at, heirPatience(settings.timeout)));
  }
  return until;
}

/** When this host has to look again although nothing happens. */
export function nextLeavingDeadline(monitor: ServiceMonitor): Instant {
  if (monitor.phase !== 'leaving') return NO_DEADLINE;
  const awaited = awaitedUntil(monitor);
  const patience = monitor.local.size === 0 ? NO_DEADLINE : patienceEnd(monitor);
  const next = earlier(patience, awaited > monitor.lastStepAt ? awaited : NO_DEADLINE);
  return next > monitor.lastStepAt ? next : NO_DEADLINE;
}
