// Kept for roles that are started anew: what one wrote the next finds (R53).

import { processAddon } from '../ipc/process-addon.js';
import type { Role } from '../ipc/supervisor-messages.js';

/** Descriptors of memory, which live as long as the daemon. */
export interface RoleMemories {
  readonly leaseBoard: { readonly writable: number; readonly readable: number };
  readonly memories: Readonly<Partial<Record<Role, number>>>;
}

export const createRoleMemories = (): RoleMemories => ({
  leaseBoard: processAddon.createLeaseBoard(),
  memories: {
    heartbeat: processAddon.createMemory('raisd-heartbeat'),
    control: processAddon.createMemory('raisd-control'),
  },
});
