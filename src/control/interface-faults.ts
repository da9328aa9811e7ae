// What is wrong with this host's control interfaces, so that status does not call a network whole on which this host cannot
// speak (R6, R58). That one is missing the supervisor says; whether it is up and has carrier is asked of the kernel.

import { processAddon } from '../ipc/process-addon.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';

/** Each is asked for by name: a list of all addresses takes milliseconds where there are a thousand, once for each group. */
const carryingNow = (interfaces: readonly ControlInterface[]): ReadonlySet<string> =>
  new Set(interfaces.map(({ name }) => name).filter((name) => processAddon.isInterfaceRunning(name)));

/** By name, as `does not exist`; those that can be used are not among them. */
export function interfaceFaults(
  interfaces: readonly ControlInterface[],
  carrying: ReadonlySet<string> = carryingNow(interfaces),
): Map<string, string> {
  const faults = new Map<string, string>();
  for (const { name, index } of interfaces) {
    if (index === 0) faults.set(name, 'does not exist, or has no address');
    else if (!carrying.has(name)) faults.set(name, 'is down, or has no carrier or no address');
  }
  return faults;
}
