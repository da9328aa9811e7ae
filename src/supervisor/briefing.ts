// What each role is told when it is loaded, and what is added when its work begins.

import { closeSync } from 'node:fs';
import type { Configuration } from '../config/configuration.js';
import { withoutSecrets } from '../config/secrets.js';
import type { HostId } from '../core/address.js';
import type { FromSupervisor, Role, StartMessage } from '../ipc/supervisor-messages.js';
import type { ControlSockets } from './control-sockets.js';
import type { FenceSupply } from './fence-supply.js';
import type { InForce, Keys } from './in-force.js';
import type { InterfaceWatch } from './interface-watch.js';
import { processStart } from './process-start.js';
import type { RoleMemories } from './role-memories.js';
import type { RoleProcess } from './role-process.js';
import type { ServiceManager } from './service-manager.js';
import { openAddressFile, openEngineFile, openHistoryFile, openSequenceFile } from './state-directory.js';

export interface BriefingParts {
  readonly version: string;
  readonly hostId: HostId;
  /** Of the daemon, wall clock. */
  readonly startedAt: string;
  readonly stateDirectory: string;
  readonly operatorSocket: number;
  readonly interfaces: InterfaceWatch;
  readonly sockets: ControlSockets;
  readonly manager: ServiceManager;
  readonly fence: FenceSupply;
  readonly memories: RoleMemories;
  /** Asked each time. */
  inForce(): InForce;
}

export class Briefing {
  readonly #parts: BriefingParts;

  constructor(parts: BriefingParts) {
    this.#parts = parts;
  }

  configurationFor(role: Role): Configuration {
    const { configuration } = this.#parts.inForce();
    return role === 'scripts' ? configuration : withoutSecrets(configuration);
  }

  keysFor(role: Role): Keys {
    return role === 'heartbeat' ? this.#parts.inForce().keys : {};
  }

  startOfWeb(): StartMessage {
    return this.#start({}, withoutSecrets(this.#parts.inForce().configuration));
  }

  /** It may be long before its work begins: whatever changes is followed by `renewStandIn`. */
  prepare(process: RoleProcess): void {
    const { role } = process;
    const { memories, fence, stateDirectory } = this.#parts;
    process.send(this.#start(this.keysFor(role), this.configurationFor(role)), memories.memories[role]);
    if (role === 'network') process.send({ kind: 'lease-board' }, memories.leaseBoard.readable);
    if (role === 'heartbeat') process.send({ kind: 'lease-board' }, memories.leaseBoard.writable);
    fence.supply(role, (message, descriptor) => {
      process.send(message, descriptor);
    });
    if (role === 'heartbeat') this.#prepareHeartbeat(process);
    if (role === 'scripts')
      sendAndClose(process, { kind: 'snmp-engine-file' }, openEngineFile(stateDirectory));
  }

  #start(keys: Keys, configuration: Configuration): StartMessage {
    const { version, hostId, startedAt, interfaces, inForce } = this.#parts;
    const controlInterfaces = interfaces.describe(inForce().configuration);
    const startedBoot = processStart();
    return { kind: 'start', version, hostId, controlInterfaces, configuration, keys, startedAt, startedBoot };
  }

  #prepareHeartbeat(process: RoleProcess): void {
    this.#parts.sockets.passAgain(({ groupName, interface: name }, descriptor) => {
      process.send({ kind: 'socket', group: groupName, interface: name }, descriptor);
    });
    sendAndClose(process, { kind: 'sequence-file' }, openSequenceFile(this.#parts.stateDirectory));
  }

  /** What control can do without at first: while it took over, clients waited. */
  completeControl(process: RoleProcess): void {
    const { operatorSocket, stateDirectory } = this.#parts;
    // The supervisor keeps the operator socket: who connects while control is started anew waits in its backlog.
    process.send({ kind: 'operator-socket' }, operatorSocket);
    for (const half of [0, 1] as const) {
      sendAndClose(process, { kind: 'history-file', half }, openHistoryFile(stateDirectory, half));
      sendAndClose(process, { kind: 'address-file', half }, openAddressFile(stateDirectory, half));
    }
  }

  /** For a heartbeat process whose work begins. */
  passWatchdog(process: RoleProcess): void {
    const watchdog = this.#parts.manager.openWatchdog();
    if (watchdog === null) return;
    const { descriptor, periodMilliseconds } = watchdog;
    sendAndClose(process, { kind: 'watchdog', periodMilliseconds }, descriptor);
  }
}

function sendAndClose(process: RoleProcess, message: FromSupervisor, descriptor: number): void {
  process.send(message, descriptor);
  closeSync(descriptor);
}
