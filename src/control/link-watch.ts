// Tells when a control network is lost for which another one makes up, and when it is whole again (R6, R58): it costs nothing
// now, and everything when the other one goes. What comes and goes within seconds is told once it has stayed.

import { unheardOn } from '../core/control-links.js';
import type { RecordEffect } from '../core/effect.js';
import type { ServiceMonitor } from '../core/monitor.js';
import type { Instant } from '../core/time.js';
import { InterfaceSights, LOOKS } from './interface-sights.js';

export interface LinkWatchPorts {
  now(): Instant;
  /** The names of the control interfaces, in the order of the reports. */
  interfaces(): readonly string[];
  /** Adds a record to the log and history of a group. */
  note(group: string, effect: RecordEffect): void;
}

const NOBODY_HEARD = 'no member';

type Groups = ReadonlyMap<string, { readonly monitor: ServiceMonitor }>;

/** Of one group on one interface: whom it does not hear there, as text; empty: nobody is missing. */
interface Sight {
  told: string;
  seen: string;
  looks: number;
}

export class LinkWatch {
  readonly #groups: Groups;
  readonly #ports: LinkWatchPorts;
  readonly #sights: InterfaceSights<Sight>;

  constructor(groups: Groups, ports: LinkWatchPorts) {
    this.#groups = groups;
    this.#ports = ports;
    this.#sights = new InterfaceSights(
      () => ({ told: '', seen: '', looks: 0 }),
      () => {
        this.look();
      },
    );
  }

  /** Called every `LOOK_MS`; public for tests. */
  look(): void {
    const names = this.#ports.interfaces();
    this.#sights.look(this.#groups.keys(), names, (sight, group, network) => {
      const monitor = this.#groups.get(group)?.monitor;
      if (monitor === undefined) return;
      const missing = this.#missingOn(monitor, network);
      if (isNews(sight, missing)) this.#ports.note(group, linkRecord(group, missing, network, names));
    });
  }

  close(): void {
    this.#sights.close();
  }

  #missingOn(monitor: ServiceMonitor, network: number): string {
    const { hosts, all } = unheardOn(monitor, network, this.#ports.now());
    return all ? NOBODY_HEARD : hosts.join(', ');
  }
}

/** Whether it has stayed so for long enough, and was not told. */
function isNews(sight: Sight, missing: string): boolean {
  sight.looks = missing === sight.seen ? sight.looks + 1 : 1;
  sight.seen = missing;
  if (missing === sight.told || sight.looks < LOOKS) return false;
  sight.told = missing;
  return true;
}

function linkRecord(group: string, missing: string, network: number, names: readonly string[]): RecordEffect {
  const name = names[network] ?? '';
  const others = names.filter((_, index) => index !== network).join(', ');
  const common = { kind: 'record', address: null } as const;
  if (missing === '')
    return {
      ...common,
      event: 'network-heard',
      level: 'info',
      message: `${group}: every member is heard on control interface ${name} again`,
    };
  const who =
    missing === NOBODY_HEARD ? `${missing} is` : `${missing} ${missing.includes(',') ? 'are' : 'is'} not`;
  return {
    ...common,
    event: 'network-silent',
    level: 'warn',
    message: `${group}: ${who} heard on control interface ${name}: only ${others} is left; check cable, switch and firewall`,
  };
}
