// What is wrong with this host's control interfaces, so that status does not call a network whole on which this host cannot
// speak (R6, R58). That one is missing the supervisor says; whether it is up and has carrier is asked of the kernel.

import { networkInterfaces } from 'node:os';
import type { ControlInterface } from '../ipc/supervisor-messages.js';

/**
 * The names of the interfaces that are up and have carrier: others Node.js does not list, nor those without an address. An address
 * with a label stands there as `ctl0:label`.
 */
const carryingNow = (): ReadonlySet<string> =>
  new Set(Object.keys(networkInterfaces()).map((name) => name.replace(/:.*$/, '')));

/** By name, as `does not exist`; those that can be used are not among them. */
export function interfaceFaults(
  interfaces: readonly ControlInterface[],
  carrying: ReadonlySet<string> = carryingNow(),
): Map<string, string> {
  const faults = new Map<string, string>();
  for (const { name, index } of interfaces) {
    if (index === 0) faults.set(name, 'does not exist, or has no address');
    else if (!carrying.has(name)) faults.set(name, 'is down, or has no carrier or no address');
  }
  return faults;
}
