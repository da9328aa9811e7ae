// R56: reads the configuration anew, and opens all that it needs, before anything is changed.

import type { Configuration } from '../config/configuration.js';
import { differenceOf } from '../config/difference.js';
import { formatFault } from '../config/fault.js';
import type { LoadResult } from '../config/load.js';
import { messageOf } from '../log/error-message.js';
import { closeSockets, planSockets } from './control-sockets.js';
import type { ControlSockets, OpenSocket } from './control-sockets.js';
import type { InForce, Keys } from './in-force.js';
import type { InterfaceWatch } from './interface-watch.js';
import type { WebChange, WebService } from './web-service.js';

export interface ReloadParts {
  readonly interfaces: InterfaceWatch;
  readonly sockets: ControlSockets;
  readonly web: WebService;
  /** Reads the configuration again. */
  load(): LoadResult;
  readKeys(configuration: Configuration): Keys;
}

/** What can be gone over to; nothing can be refused any more. */
export interface Change {
  readonly next: InForce;
  /** Belong to whoever goes over. */
  readonly sockets: readonly OpenSocket[];
  readonly web: WebChange | null;
  readonly warnings: readonly string[];
}

/** The change, or what is wrong with the configuration as it is on disk: one line each. */
export function prepareChange(
  current: Configuration,
  parts: ReloadParts,
): { readonly change: Change } | { readonly errors: readonly string[] } {
  const loaded = parts.load();
  if (!loaded.ok) return { errors: loaded.faults.map(formatFault) };
  const { configuration } = loaded;
  const { restartNeeded } = differenceOf(current, configuration);
  if (restartNeeded.length > 0) {
    return {
      errors: restartNeeded.map(
        (key) =>
          `${key} cannot be changed while the daemon runs: stop and start it (systemctl restart raisd); \`raisctl restart\` is not enough`,
      ),
    };
  }
  let keys: Keys;
  try {
    keys = parts.readKeys(configuration);
  } catch (error) {
    return { errors: [messageOf(error)] };
  }
  const plans = planSockets(configuration, parts.interfaces.look(configuration));
  const { sockets, refusals } = parts.sockets.prepare(plans);
  if (refusals.length > 0) {
    closeSockets(sockets);
    return { errors: refusals.map(({ reason }) => reason) };
  }
  try {
    const web = parts.web.prepare(configuration);
    const warnings = loaded.warnings.map(formatFault);
    return { change: { next: { configuration, keys }, sockets, web, warnings } };
  } catch (error) {
    closeSockets(sockets);
    return { errors: [messageOf(error)] };
  }
}
