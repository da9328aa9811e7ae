// R26, R45: nobody is judged silent whose word lies here unread. The world knows what has arrived at a host, whether or not
// its control process does.

import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Peer } from '../../src/core/monitor.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

export class SilenceCheck implements Observer {
  afterStep(driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    if (!effects.some((effect) => effect.kind === 'record' && effect.event === 'host-silent')) return;
    const { monitor } = driver;
    for (const peer of monitor.peers.values())
      if (peer.state === 'silent' && peer.since === monitor.lastStepAt) checkJudgement(driver, peer);
  }
}

/** What came within the timeout counts; what came after it, while the judgement was on its way, comes too late. */
function checkJudgement({ group, host, monitor }: Driver, peer: Peer): void {
  const index = host.world.hostOf(peer.id)?.index;
  const arrivedAt = index === undefined ? undefined : host.daemon?.heartbeat?.lastWordOf(group, index);
  if (arrivedAt === undefined) return;
  const unread = host.clockAt(arrivedAt) - peer.heardAt;
  // A host that is only remembered has never been heard.
  if (!(unread > 0 && unread < monitor.settings.timeout)) return;
  throw new Violation(
    'judged unread',
    `${monitor.settings.id} judges ${peer.id} silent, whose word of ${unread.toFixed(1)} ms after the last that it knows lies unread`,
  );
}
