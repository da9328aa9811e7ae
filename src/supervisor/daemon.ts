// The daemon as a whole: what is in force, what each role is told, and how it all ends.
//
// Phases: running → stopping (control releases everything in order, the others go on) → ending (channels are closed,
// processes awaited). There is no way back. `finished` is the exit code.

import { closeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../config/configuration.js';
import { differenceOf } from '../config/difference.js';
import { formatFault } from '../config/fault.js';
import type { LoadResult } from '../config/load.js';
import { withoutSecrets } from '../config/secrets.js';
import type { HostId } from '../core/address.js';
import { processAddon } from '../ipc/process-addon.js';
import type {
  FencePart,
  FromSupervisor,
  Role,
  StartMessage,
  ToSupervisor,
} from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { Complaints } from './complaints.js';
import { closeSockets, planSockets } from './control-sockets.js';
import type { ControlSockets, OpenSocket } from './control-sockets.js';
import { FenceSupply } from './fence-supply.js';
import type { InterfaceWatch } from './interface-watch.js';
import { hasRootCommands, needsRawSockets, rightsOf, type Rights } from './rights.js';
import type { Launch, RoleProcess } from './role-process.js';
import { ROLES, Roles } from './roles.js';
import type { ServiceManager } from './service-manager.js';
import { openAddressFile, openEngineFile, openHistoryFile, openSequenceFile } from './state-directory.js';
import { stopBound } from './stop-bound.js';
import { WebService, type WebChange } from './web-service.js';
import { messageOf } from '../log/error-message.js';

/** Group → keys in base64. */
export type Keys = Readonly<Record<string, readonly string[]>>;

/** What the daemon is made of; the start has opened and checked it. */
export interface DaemonParts {
  readonly log: Log;
  readonly version: string;
  readonly hostId: HostId;
  readonly stateDirectory: string;
  /** The listening operator socket. */
  readonly operatorSocket: number;
  readonly configuration: Configuration;
  readonly keys: Keys;
  readonly interfaces: InterfaceWatch;
  readonly sockets: ControlSockets;
  /** systemd, where it started this daemon. */
  readonly manager: ServiceManager;
  /** Reads the configuration again. */
  load(): LoadResult;
  readKeys(configuration: Configuration): Keys;
  /** Loads the fence into the kernel (src/ipc/process-addon.ts). */
  loadFence(): Readonly<Record<FencePart, number>>;
  launch(role: Role, rootCommands: boolean, rawSockets: boolean): Launch;
  launchWeb(): Launch;
  /** A role is loaded; it, or the thread of a stand-in, is ready for work: what only the supervisor can do for it then. */
  onStandingBy(process: RoleProcess<string>): void;
  onReady(process: RoleProcess<string>): void;
}

/** After a second signal. */
const HURRIED_MILLISECONDS = 1000;
/** How long the roles may take once their channels are closed: network may have a thousand addresses to remove. */
const END_MILLISECONDS = 5000;
/** How often control interfaces are looked at: one that appears, or was made anew, gets its sockets then. */
const WATCH_MILLISECONDS = 1000;

export class Daemon {
  /** The exit code, once everything has ended. */
  readonly finished: Promise<number>;
  readonly #parts: DaemonParts;
  readonly #log: Log;
  readonly #roles: Roles;
  readonly #startedAt = new Date().toISOString();
  readonly #unready = new Set<Role>(ROLES);
  readonly #socketComplaints: Complaints;
  readonly #fence: FenceSupply;
  readonly #web: WebService;
  /** Kept for roles that are started anew: what one wrote the next finds. */
  readonly #leaseBoard = processAddon.createLeaseBoard();
  readonly #memories: Readonly<Partial<Record<Role, number>>> = {
    heartbeat: processAddon.createMemory('raisd-heartbeat'),
    control: processAddon.createMemory('raisd-control'),
  };
  #finish: (code: number) => void = () => undefined;
  #configuration: Configuration;
  #keys: Keys;
  #phase: 'running' | 'stopping' | 'ending' = 'running';
  #exitCode = 0;
  #stopTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  /** The control interfaces as control knows them, as text. */
  #described: string;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#configuration = parts.configuration;
    this.#keys = parts.keys;
    this.#described = JSON.stringify(parts.interfaces.describe(parts.configuration));
    this.#socketComplaints = new Complaints(parts.log);
    this.#fence = new FenceSupply(() => parts.loadFence(), parts.log);
    this.#web = this.#makeWeb();
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#roles = new Roles(parts.log, {
      launch: (role) =>
        parts.launch(role, hasRootCommands(this.#configuration), needsRawSockets(this.#configuration)),
      prepare: (process) => {
        this.#prepare(process);
      },
      begun: (process) => {
        this.#onBegun(process);
      },
      message: (process, message) => {
        this.#onMessage(process, message);
      },
      ended: (role) => {
        if (role === 'control' && this.#phase === 'stopping') this.#end();
      },
      gaveUp: (reason) => {
        this.#fail(reason);
      },
    });
  }

  #makeWeb(): WebService {
    return new WebService({
      log: this.#log,
      launch: () => this.#parts.launchWeb(),
      start: () => this.#startMessage({}, withoutSecrets(this.#configuration)),
      standingBy: (process) => {
        this.#parts.onStandingBy(process);
      },
      toControl: (message, descriptor) => {
        this.#roles.send('control', message, descriptor);
      },
    });
  }

  /** Starts the roles. What goes wrong from here on is logged and ends the daemon: `finished` is 1 then. */
  start(): void {
    this.#fence.require(this.#configuration);
    try {
      this.#roles.startAll();
    } catch (error) {
      this.#fail(messageOf(error));
      return;
    }
    this.#web.begin(this.#configuration);
    this.#watchTimer = setInterval(() => {
      this.#openMissingSockets();
      this.#tellInterfaces();
    }, WATCH_MILLISECONDS);
  }

  /** SIGTERM, SIGINT: release everything in order, then end with 0. Said again: be quick about it. */
  stop(): void {
    if (this.#phase === 'running') {
      this.#log.info('stopping: all addresses are released');
      this.#beginStop(0);
    } else if (this.#phase === 'stopping') {
      this.#log.warn('told again to stop: release scripts are not waited for any longer');
      this.#boundStop(HURRIED_MILLISECONDS);
    } else {
      this.#roles.killAll();
    }
  }

  quiesce(): void {
    this.#roles.send('control', { kind: 'quiesce' });
  }

  resume(): void {
    this.#roles.send('control', { kind: 'resume' });
  }

  /** R56: goes over to the configuration as it is on disk, or changes nothing. Returns what is wrong with it. */
  reload(): readonly string[] {
    if (this.#phase !== 'running') return this.#refuseReload(['raisd is stopping']);
    const { manager } = this.#parts;
    if (this.#isReady) manager.reloading();
    const errors = this.#tryReload();
    if (this.#isReady) manager.ready(this.#summary);
    if (errors.length > 0) return this.#refuseReload(errors);
    this.#log.info('configuration reloaded');
    return errors;
  }

  #refuseReload(errors: readonly string[]): readonly string[] {
    for (const error of errors) this.#log.error(`reload refused: ${error}`);
    return errors;
  }

  /** R53: reads the configuration again, and replaces all roles by what is on disk now. Returns what is wrong. */
  restart(): readonly string[] {
    const errors = this.reload();
    if (errors.length > 0) return errors;
    this.#log.info('restart: the processes are replaced one after the other');
    this.#roles.succeedAll();
    return [];
  }

  get #isReady(): boolean {
    return this.#unready.size === 0;
  }

  /** What `systemctl status` shows of a daemon that works. */
  get #summary(): string {
    const groups = Object.keys(this.#configuration.groups).join(', ');
    return `host ${this.#parts.hostId}; groups: ${groups === '' ? 'none' : groups}`;
  }

  #tryReload(): readonly string[] {
    const loaded = this.#parts.load();
    if (!loaded.ok) return loaded.faults.map(formatFault);
    const { configuration } = loaded;
    const { restartNeeded } = differenceOf(this.#configuration, configuration);
    if (restartNeeded.length > 0) {
      return restartNeeded.map((key) => `${key} cannot be changed by a reload: restart the daemon`);
    }
    let keys: Keys;
    try {
      keys = this.#parts.readKeys(configuration);
    } catch (error) {
      return [messageOf(error)];
    }
    const plans = planSockets(configuration, this.#parts.interfaces.look(configuration));
    const { sockets, refusals } = this.#parts.sockets.prepare(plans);
    if (refusals.length > 0) {
      closeSockets(sockets);
      return refusals.map(({ reason }) => reason);
    }
    let web: WebChange | null;
    try {
      web = this.#web.prepare(configuration);
    } catch (error) {
      closeSockets(sockets);
      return [messageOf(error)];
    }
    for (const warning of loaded.warnings) this.#log.warn(formatFault(warning));
    this.#goOver(configuration, keys, sockets);
    if (web !== null) this.#web.apply(web);
    return [];
  }

  /** Nothing can be refused here any more. */
  #goOver(configuration: Configuration, keys: Keys, sockets: readonly OpenSocket[]): void {
    const otherRights = !isDeepStrictEqual(scriptsRights(configuration), scriptsRights(this.#configuration));
    this.#configuration = configuration;
    this.#keys = keys;
    this.#log.level = configuration.log.level;
    for (const role of ROLES) {
      // One that is replaced must not begin with what it lacks the rights for: its failures would count.
      if (role === 'scripts' && otherRights) continue;
      const keys = this.#keysFor(role);
      this.#roles.send(role, { kind: 'reconfigure', configuration: this.#configurationFor(role), keys });
    }
    if (this.#fence.require(configuration))
      for (const role of ROLES)
        this.#fence.supply(role, (message, descriptor) => {
          this.#roles.send(role, message, descriptor);
        });
    this.#parts.sockets.retain(configuration);
    if (this.#roles.isAlive('heartbeat')) this.#passSockets(sockets);
    else closeSockets(sockets);
    for (const role of ROLES) this.#roles.renewStandIn(role);
    if (!otherRights) return;
    // Rights are given at birth alone. What a script was doing counts as failed.
    this.#log.warn('scripts is started anew: what the new configuration has it run needs other rights');
    this.#roles.replace('scripts');
  }

  #configurationFor(role: Role): Configuration {
    return role === 'scripts' ? this.#configuration : withoutSecrets(this.#configuration);
  }

  #keysFor(role: Role): Keys {
    return role === 'heartbeat' ? this.#keys : {};
  }

  /** It may be long before its work begins: whatever changes is followed by `renewStandIn`. */
  #prepare(process: RoleProcess): void {
    const { role } = process;
    process.send(this.#startMessage(this.#keysFor(role), this.#configurationFor(role)), this.#memories[role]);
    if (role === 'network') process.send({ kind: 'lease-board' }, this.#leaseBoard.readable);
    if (role === 'heartbeat') process.send({ kind: 'lease-board' }, this.#leaseBoard.writable);
    this.#fence.supply(role, (message, descriptor) => {
      process.send(message, descriptor);
    });
    if (role === 'heartbeat') this.#prepareHeartbeat(process);
    if (role === 'scripts')
      sendAndClose(process, { kind: 'snmp-engine-file' }, openEngineFile(this.#parts.stateDirectory));
  }

  #startMessage(keys: Keys, configuration: Configuration): StartMessage {
    return {
      kind: 'start',
      version: this.#parts.version,
      hostId: this.#parts.hostId,
      controlInterfaces: this.#parts.interfaces.describe(this.#configuration),
      configuration,
      keys,
      startedAt: this.#startedAt,
    };
  }

  #prepareHeartbeat(process: RoleProcess): void {
    this.#parts.sockets.passAgain(({ groupName, interface: name }, descriptor) => {
      process.send({ kind: 'socket', group: groupName, interface: name }, descriptor);
    });
    sendAndClose(process, { kind: 'sequence-file' }, openSequenceFile(this.#parts.stateDirectory));
  }

  #onBegun(process: RoleProcess): void {
    if (process.role === 'heartbeat') {
      this.#passWatchdog(process);
      this.#openMissingSockets();
    }
    if (process.role === 'control') this.#completeControl(process);
  }

  /** What it can do without at first: while it took over, clients waited. */
  #completeControl(process: RoleProcess): void {
    // The supervisor keeps the operator socket: who connects while control is started anew waits in its backlog.
    process.send({ kind: 'operator-socket' }, this.#parts.operatorSocket);
    for (const half of [0, 1] as const) {
      sendAndClose(
        process,
        { kind: 'history-file', half },
        openHistoryFile(this.#parts.stateDirectory, half),
      );
      sendAndClose(
        process,
        { kind: 'address-file', half },
        openAddressFile(this.#parts.stateDirectory, half),
      );
    }
    this.#web.linkControl();
  }

  #passWatchdog(process: RoleProcess): void {
    const watchdog = this.#parts.manager.openWatchdog();
    if (watchdog === null) return;
    const { descriptor, periodMilliseconds } = watchdog;
    sendAndClose(process, { kind: 'watchdog', periodMilliseconds }, descriptor);
  }

  #openMissingSockets(): void {
    if (!this.#roles.isAlive('heartbeat')) return;
    const found = this.#parts.interfaces.look(this.#configuration);
    const { sockets, refusals } = this.#parts.sockets.prepare(planSockets(this.#configuration, found));
    for (const { plan, reason } of refusals) {
      this.#socketComplaints.warn(`${plan.groupName} ${plan.interface}`, reason);
    }
    this.#passSockets(sockets);
  }

  #tellInterfaces(): void {
    const controlInterfaces = this.#parts.interfaces.describe(this.#configuration);
    const described = JSON.stringify(controlInterfaces);
    if (described === this.#described) return;
    this.#described = described;
    this.#roles.send('control', { kind: 'control-interfaces', controlInterfaces });
    this.#roles.renewStandIn('control');
  }

  #passSockets(sockets: readonly OpenSocket[]): void {
    if (sockets.length === 0) return;
    this.#parts.sockets.pass(sockets, ({ groupName, interface: name }, descriptor) => {
      this.#socketComplaints.settle(`${groupName} ${name}`);
      this.#roles.send('heartbeat', { kind: 'socket', group: groupName, interface: name }, descriptor);
    });
    this.#roles.renewStandIn('heartbeat');
  }

  #onMessage(process: RoleProcess, message: ToSupervisor): void {
    switch (message.kind) {
      case 'standing-by':
        this.#parts.onStandingBy(process);
        return;
      case 'pong':
      case 'relink':
        return;
      case 'prepared':
        this.#parts.onReady(process);
        return;
      case 'ready':
        this.#onReady(process);
        return;
      case 'reload':
        this.#roles.send('control', { kind: 'reloaded', errors: this.reload() });
        return;
      case 'restart':
        this.#roles.send('control', { kind: 'restarting', errors: this.restart() });
        return;
      case 'stopped':
        if (this.#phase === 'stopping') this.#end();
        return;
      case 'hangs':
        this.#roles.endHanging(message.role);
        return;
      case 'failed':
        // The rest, a stack perhaps, stands in the role's own log line.
        this.#log.error(`${process.role} cannot go on: ${message.reason.split('\n', 1).join('')}`);
        return;
    }
  }

  #onReady(process: RoleProcess): void {
    this.#parts.onReady(process);
    if (!this.#unready.delete(process.role) || !this.#isReady) return;
    this.#parts.manager.ready(this.#summary);
    this.#roles.keepStandIns();
    this.#log.info(`raisd ${this.#parts.version} is ready: host ${this.#parts.hostId}`);
  }

  #fail(reason: string): void {
    this.#log.fatal(`${reason}: raisd ends`);
    this.#exitCode = 1;
    if (this.#phase === 'running') this.#beginStop(1);
  }

  /** Control releases in order if it lives; otherwise network does, when its channel is closed (R52). */
  #beginStop(exitCode: number): void {
    this.#phase = 'stopping';
    this.#exitCode = exitCode;
    this.#parts.manager.stopping();
    clearInterval(this.#watchTimer);
    this.#roles.retire('control');
    if (!this.#roles.isAlive('control')) {
      this.#end();
      return;
    }
    this.#roles.send('control', { kind: 'stop' });
    this.#boundStop(stopBound(this.#configuration));
  }

  #boundStop(milliseconds: number): void {
    clearTimeout(this.#stopTimer);
    this.#stopTimer = setTimeout(() => {
      this.#log.warn('control has not released everything in time: network removes what is left');
      this.#end();
    }, milliseconds);
  }

  #end(): void {
    if (this.#phase === 'ending') return;
    this.#phase = 'ending';
    clearTimeout(this.#stopTimer);
    this.#web.close();
    // It has notifications to send of what was released.
    this.#roles.send('scripts', { kind: 'stop' });
    void this.#roles.end(END_MILLISECONDS).then(() => {
      this.#parts.sockets.close();
      this.#parts.manager.stopped();
      this.#finish(this.#exitCode);
    });
  }
}

function sendAndClose(process: RoleProcess, message: FromSupervisor, descriptor: number): void {
  process.send(message, descriptor);
  closeSync(descriptor);
}

const scriptsRights = (configuration: Configuration): Rights =>
  rightsOf('scripts', hasRootCommands(configuration), needsRawSockets(configuration));
