// R24 by its letter, at each step: who leads by the tables of a monitor may lead, nobody lower may, and whoever orders has waited
// until he may. What the monitor was told is taken from its tables, what follows from it is looked at here anew.

import { compareAddresses } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Leadership, Peer, ServiceMonitor } from '../../src/core/monitor.js';
import { orderLasts } from '../../src/core/settings.js';
import { elapsed } from '../../src/core/time.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

export class LeaderCheck implements Observer {
  /** Those that may order: who comes later is not waited for. */
  private readonly confirmed = new WeakSet<Leadership>();

  /** Of one that goes on from a checkpoint somebody else was patient. */
  onMonitorCreated({ monitor }: Driver): void {
    if (monitor.leadership?.confirmed === true) this.confirmed.add(monitor.leadership);
  }

  afterStep({ monitor }: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    if (monitor.phase === 'starting' || monitor.phase === 'left') return;
    // What publishes has decided.
    if (effects.some(({ kind }) => kind === 'publish')) checkLeader(monitor);
    const { leadership } = monitor;
    if (leadership?.confirmed !== true || this.confirmed.has(leadership)) return;
    checkPatience(monitor, leadership);
    this.confirmed.add(leadership);
  }
}

function checkLeader(monitor: ServiceMonitor): void {
  const { id, observer } = monitor.settings;
  const able = [...monitor.peers.values()].filter(mayLead).map((peer) => peer.id);
  if ((monitor.phase === 'member' || monitor.phase === 'leaving') && !observer) able.push(id);
  const lowest = able.sort(compareAddresses)[0] ?? null;
  if (monitor.leader !== lowest)
    throw new Violation(
      'wrong leader at a step',
      `${id} takes ${String(monitor.leader)} for leader, not ${String(lowest)}`,
    );
}

const mayLead = ({ state, permit, joining, leaving, observer }: Peer): boolean =>
  state === 'live' && permit && !joining && !leaving && !observer;

/** Every live member has named the term, or nobody obeys an order of the one before; and what each has is known, or a timeout has passed. */
function checkPatience(monitor: ServiceMonitor, leadership: Leadership): void {
  const { settings, peers, term, lastStepAt } = monitor;
  const { id, timeout } = settings;
  const waited = elapsed(leadership.since, lastStepAt);
  for (const peer of peers.values()) {
    if (peer.state !== 'live') continue;
    const isHasty =
      (waited < orderLasts(settings) && peer.term < term) || (waited < timeout && peer.information === null);
    if (isHasty)
      throw new Violation(
        'order in haste',
        `${id} may order ${waited.toFixed(1)} ms after it began to lead, and has not heard enough of ${peer.id}`,
      );
  }
}
