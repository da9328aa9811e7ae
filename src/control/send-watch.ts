// Tells when heartbeats cannot be sent on a control interface, and when they can again (R6, R58). Its link may look well and
// other members may be heard on it all the same: only the counters show it. What comes and goes within seconds, while an
// interface is set up or taken down, is not told.

import type { RecordEffect } from '../core/effect.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';
import { InterfaceSights, LOOKS } from './interface-sights.js';

export interface SendWatchPorts {
  /** In the order of the counters. */
  interfaces(): readonly ControlInterface[];
  groups(): Iterable<string>;
  /** As heartbeat told them last: about once a second. */
  countersOf(group: string): Readonly<Record<string, number>>;
  /** Adds a record to the log and history of a group. */
  note(group: string, effect: RecordEffect): void;
}

/** Of one group on one interface. */
interface Sight {
  /** At the look before; null: this is the first one. */
  errors: number | null;
  /** Looks in a row at which there were more errors than before, or at which there were not. */
  rising: number;
  resting: number;
  isTold: boolean;
}

export class SendWatch {
  readonly #ports: SendWatchPorts;
  readonly #sights: InterfaceSights<Sight>;

  constructor(ports: SendWatchPorts) {
    this.#ports = ports;
    this.#sights = new InterfaceSights(
      () => ({ errors: null, rising: 0, resting: 0, isTold: false }),
      () => {
        this.look();
      },
    );
  }

  /** Called every `LOOK_MS`; public for tests. */
  look(): void {
    const interfaces = this.#ports.interfaces();
    const names = interfaces.map(({ name }) => name);
    this.#sights.look(this.#ports.groups(), names, (sight, group, position) => {
      const errors = this.#ports.countersOf(group)[`send-error-${String(position)}`] ?? 0;
      const each = interfaces[position];
      if (isNews(sight, errors) && each !== undefined)
        this.#ports.note(group, sendRecord(group, each, sight.isTold));
    });
  }

  /** For the status of a group, one sentence an interface. */
  warningsOf(group: string): string[] {
    return this.#ports
      .interfaces()
      .filter((each) => this.#sights.of(group, each.name)?.isTold === true)
      .map(failing);
  }

  close(): void {
    this.#sights.close();
  }
}

/**
 * Whether it has begun, or ended, for long enough. The counts come about as often as it is looked: one look between two of them is
 * no rest.
 */
function isNews(sight: Sight, errors: number): boolean {
  const isRising = errors > (sight.errors ?? errors);
  sight.errors = errors;
  sight.resting = isRising ? 0 : sight.resting + 1;
  if (isRising) sight.rising++;
  else if (sight.resting >= LOOKS) sight.rising = 0;
  const isFailing = sight.rising >= (sight.isTold ? 1 : LOOKS);
  if (isFailing === sight.isTold) return false;
  sight.isTold = isFailing;
  return true;
}

const failing = (each: ControlInterface): string =>
  `control interface ${each.name}: heartbeats cannot be sent on it: ${causeOf(each)}`;

function causeOf({ name, address, addresses }: ControlInterface): string {
  if (addresses.length === 0) return 'it does not exist, or has no address';
  return `the kernel refuses them; look whether it is up, has a route to the others and still has ${address} (\`ip address show ${name}\`), and at the firewall of this host`;
}

function sendRecord(group: string, each: ControlInterface, isFailing: boolean): RecordEffect {
  const common = { kind: 'record', address: null } as const;
  return isFailing
    ? { ...common, event: 'send-failing', level: 'warn', message: `${group}: ${failing(each)}` }
    : {
        ...common,
        event: 'send-recovered',
        level: 'info',
        message: `${group}: heartbeats are sent on control interface ${each.name} again`,
      };
}
