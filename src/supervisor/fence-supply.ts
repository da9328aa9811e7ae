// Loads the fence (native/fence.h) once some group wants one, and hands its parts to the roles. The supervisor does that,
// because it alone has the right (CAP_BPF), and because what it holds outlives the roles: a role that is started anew finds
// the marks and deadlines of the one before, and no address is unfenced in between.

import type { Configuration } from '../config/configuration.js';
import type { FencePart, FromSupervisor, Role } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import type { Log } from '../log/log.js';

type Parts = Readonly<Record<FencePart, number>>;

/** Its descriptors, why there are none, or null: nobody has wanted it yet. */
export type FenceState = Parts | { readonly refusal: string } | null;

/** Which role gets what. */
const SHARES: Readonly<Partial<Record<Role, readonly FencePart[]>>> = {
  network: ['ingress', 'egress', 'marks'],
  heartbeat: ['deadlines'],
};

export class FenceSupply {
  readonly #load: () => Parts;
  readonly #log: Log;
  #loaded: FenceState;

  /** `loaded`: by the program before this one. */
  constructor(load: () => Parts, log: Log, loaded: FenceState = null) {
    this.#load = load;
    this.#log = log;
    this.#loaded = loaded;
  }

  /** For the program that takes this one's place. */
  handOver(): FenceState {
    return this.#loaded;
  }

  /** Loads it if it is wanted and was not loaded before. True: it was loaded, or refused, just now. */
  require(configuration: Configuration): boolean {
    const isWanted = Object.values(configuration.groups).some(({ fence }) => fence !== 'none');
    if (!isWanted || this.#loaded !== null) return false;
    try {
      this.#loaded = this.#load();
    } catch (error) {
      this.#loaded = { refusal: messageOf(error) };
      this.#log.error(
        `there is no fence: ${this.#loaded.refusal}. If every process of this daemon is killed or frozen, its addresses answer for up to 3.3 s more; give raisd CAP_BPF and CAP_NET_ADMIN, or say fence: none`,
      );
    }
    return true;
  }

  /** Sends the role what it needs of it. The descriptors stay here. */
  supply(role: Role, send: (message: FromSupervisor, descriptor?: number) => void): void {
    if (this.#loaded === null) return;
    if ('refusal' in this.#loaded) {
      if (role === 'network') send({ kind: 'no-fence', reason: this.#loaded.refusal });
      return;
    }
    for (const part of SHARES[role] ?? []) send({ kind: 'fence', part }, this.#loaded[part]);
  }
}
