// The network role as a process with its real rights, with this test in the place of the supervisor and of control.

import { closeSync, writeSync } from 'node:fs';
import { leaseSpan } from '../../src/core/settings.js';
import { instant } from '../../src/core/time.js';
import { openJsonChannel, type JsonChannel } from '../../src/ipc/channel.js';
import type { ControlToNetwork, NetworkToControl } from '../../src/ipc/network-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { ToSupervisor } from '../../src/ipc/supervisor-messages.js';
import { chooseIdentity } from '../../src/supervisor/identity.js';
import { launchOf, programFiles } from '../../src/supervisor/launch.js';
import { RoleProcess } from '../../src/supervisor/role-process.js';
import { groupTag } from '../../src/wire/frame.js';
import { waitUntil } from '../farm/wait.js';
import { serviceAddress } from './addressing.js';
import { configurationOf } from './keeper-fixture.js';
import { stamped, type Said } from './leasing.js';

const BOUND_MS = 60_000;
const TIMEOUT = 5000;

type Kind = NetworkToControl['kind'];
type Report<K extends Kind> = Extract<NetworkToControl, { kind: K }>;

/** One attached control process. */
export class ControlEnd {
  readonly reports: NetworkToControl[] = [];
  readonly #channel: JsonChannel<ControlToNetwork>;

  constructor(descriptor: number) {
    this.#channel = openJsonChannel<NetworkToControl, ControlToNetwork>(descriptor, {
      message: (report) => {
        this.reports.push(report);
      },
      closed: () => undefined,
    });
  }

  say(said: Said): void {
    this.#channel.send(stamped(said, instant(processAddon.bootTime())));
  }

  async wait<K extends Kind>(kind: K, fits: (report: Report<K>) => boolean = () => true): Promise<Report<K>> {
    const find = (): Report<K> | undefined =>
      this.reports.find((report): report is Report<K> => report.kind === kind && fits(report as Report<K>));
    await waitUntil(`a report ${kind}`, () => (find() === undefined ? 'none' : null), BOUND_MS);
    return find()!;
  }

  close(): void {
    this.#channel.close();
  }
}

export class NetworkRole {
  readonly said: ToSupervisor[] = [];
  readonly process: RoleProcess;
  readonly #board = processAddon.createLeaseBoard();
  #ended: string | null = null;

  private constructor() {
    const user = chooseIdentity(() => null, programFiles(), 0);
    this.process = new RoleProcess('network', launchOf('network', false, false, user), {
      message: (message) => {
        this.said.push(message);
      },
      ended: (how) => {
        this.#ended = how;
      },
    });
  }

  static async start(): Promise<NetworkRole> {
    const role = new NetworkRole();
    role.process.send({
      kind: 'start',
      version: '0',
      hostId: serviceAddress('10.77.1.11'),
      controlInterfaces: [],
      configuration: configurationOf(['svc0'], TIMEOUT),
      keys: {},
      startedAt: '',
    });
    role.process.send({ kind: 'go' });
    role.process.send({ kind: 'lease-board' }, role.#board.readable);
    await waitUntil(
      'the role',
      () => (role.said.some(({ kind }) => kind === 'ready') ? null : 'not ready'),
      BOUND_MS,
    );
    return role;
  }

  /** The leases of these groups, one a slot, end in so many milliseconds: as the heartbeat thread would note it. */
  lease(groups: Readonly<Record<string, number>>): void {
    const slots = new BigUint64Array(
      Object.entries(groups).flatMap(([group, span]) => {
        const sentAt = processAddon.bootTime() + span - leaseSpan(TIMEOUT);
        return [groupTag(group), BigInt(Math.round(sentAt * 1e6)), 1n];
      }),
    );
    writeSync(this.#board.writable, slots, 0, slots.byteLength, 0);
  }

  /** As if control had been started (anew). */
  attach(): ControlEnd {
    const [ours, theirs] = processAddon.socketPair();
    this.process.send({ kind: 'attach', role: 'control' }, theirs);
    closeSync(theirs);
    return new ControlEnd(ours);
  }

  /** How the process ended. */
  async ended(): Promise<string> {
    await waitUntil('the end of the role', () => (this.#ended === null ? 'it runs' : null), BOUND_MS);
    return this.#ended!;
  }

  /** Ends it in any case. */
  async end(): Promise<void> {
    if (this.#ended !== null) return;
    this.process.close();
    await this.ended();
  }
}
