// What a leader orders anew is looked at against what its tables say of those concerned: R28 and R29 by their letter. The
// orders are taken from its books, the rules are stated here anew.

import type { HostId, ServiceAddress } from '../../src/core/address.js';
import { servedBy, type HostInformation } from '../../src/core/host-information.js';
import type { PendingCommand, ServiceMonitor } from '../../src/core/monitor.js';
import type { Reason } from '../../src/core/reason.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer } from './world.js';

/** R32, R33: what nobody should serve is released wherever it is served, whatever others do with it. */
const FOR_GOOD: ReadonlySet<Reason> = new Set<Reason>(['expired', 'forgotten', 'unknown']);

export class NewOrderCheck implements Observer {
  private readonly seen = new WeakSet<PendingCommand>();

  /** What it finds in a checkpoint it did not order. */
  onMonitorCreated({ monitor }: Driver): void {
    for (const pending of monitor.leadership?.pending.values() ?? []) this.seen.add(pending);
  }

  afterStep({ monitor }: Driver): void {
    if (monitor.leadership?.confirmed !== true) return;
    for (const pending of monitor.leadership.pending.values()) {
      if (this.seen.has(pending)) continue;
      this.seen.add(pending);
      checkRest(monitor, pending);
      checkAbility(monitor, pending);
    }
  }
}

const fail = (monitor: ServiceMonitor, { action, host, order }: PendingCommand, why: string): never => {
  throw new Violation(
    'order against the tables',
    `${monitor.settings.id} orders ${host} to ${action} ${order.address}, and ${why}`,
  );
};

/** R28: what is on its way to a host or from it is left alone. */
function checkRest(monitor: ServiceMonitor, pending: PendingCommand): void {
  const { address, reason } = pending.order;
  if (FOR_GOOD.has(reason)) return;
  for (const { id, information } of liveInformation(monitor)) {
    const state = stateOf(information, address);
    if (state === 'acquiring' || state === 'releasing') fail(monitor, pending, `${id} is ${state} it`);
  }
}

/** R29: nothing is given to a host that is failed or quiesced. */
function checkAbility(monitor: ServiceMonitor, pending: PendingCommand): void {
  if (pending.action === 'release') return;
  if (pending.host === monitor.settings.id) {
    if (monitor.failures.size > 0 || monitor.quiesced) fail(monitor, pending, 'is not able itself');
    return;
  }
  const known = liveInformation(monitor).find(({ id }) => id === pending.host)?.information;
  if (known === undefined) fail(monitor, pending, 'does not know what that host has');
  else if (!known.ok || known.quiesced || known.observer) fail(monitor, pending, 'that host is not able');
}

const liveInformation = ({ peers }: ServiceMonitor): { id: HostId; information: HostInformation }[] =>
  [...peers.values()].flatMap(({ id, information, state }) =>
    state === 'live' && information !== null ? [{ id, information }] : [],
  );

const stateOf = (information: HostInformation, address: ServiceAddress) =>
  servedBy(information, address)?.state;
