// The daemon as a whole: what is in force, who does what about it, and what happens when roles or operators say something.

import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../config/configuration.js';
import type { LoadResult } from '../config/load.js';
import type { HostId } from '../core/address.js';
import { processAddon } from '../ipc/process-addon.js';
import type { FencePart, Role, ToSupervisor } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import type { Log } from '../log/log.js';
import { Briefing } from './briefing.js';
import type { ControlSockets } from './control-sockets.js';
import { Ending } from './ending.js';
import { FenceSupply } from './fence-supply.js';
import { HAND_OVER_FORMAT, type HandOver, type Leaving } from './hand-over.js';
import type { InForce, Keys } from './in-force.js';
import type { InterfaceWatch } from './interface-watch.js';
import { prepareChange, type Change } from './reload.js';
import { Restart } from './restart.js';
import { hasRootCommands, needsRawSockets, rightsOf, type Rights } from './rights.js';
import { createRoleMemories, type RoleMemories } from './role-memories.js';
import type { Launch, RoleProcess } from './role-process.js';
import { ROLES, Roles } from './roles.js';
import type { ServiceManager } from './service-manager.js';
import { SocketWatch } from './socket-watch.js';
import { stopBound } from './stop-bound.js';
import type { Trial } from './trial.js';
import { WebService } from './web-service.js';

/** What the daemon is made of; the start has opened and checked it. */
export interface DaemonParts {
  readonly log: Log;
  readonly version: string;
  readonly hostId: HostId;
  readonly stateDirectory: string;
  /** Of the state directory. */
  readonly lock: number;
  /** The listening operator socket. */
  readonly operatorSocket: number;
  readonly configuration: Configuration;
  readonly keys: Keys;
  /** What the program before this one has left (R53); null: the daemon starts. */
  readonly inherited: HandOver | null;
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
  /** Whether the program on disk can take this one's place (trial.ts). */
  tryProgram(): Promise<Trial>;
  /** Goes over to it. Returns only by throwing: nothing is changed then. */
  replaceProgram(record: HandOver): never;
}

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #log: Log;
  readonly #roles: Roles;
  readonly #unready: Set<Role>;
  readonly #startedAt: string;
  readonly #memories: RoleMemories;
  readonly #fence: FenceSupply;
  readonly #web: WebService;
  readonly #briefing: Briefing;
  readonly #socketWatch: SocketWatch;
  readonly #ending: Ending;
  readonly #restart: Restart;
  #inForce: InForce;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#inForce = { configuration: parts.configuration, keys: parts.keys };
    const { inherited } = parts;
    this.#unready = new Set(inherited === null ? ROLES : []);
    this.#startedAt = inherited?.startedAt ?? new Date().toISOString();
    this.#memories = inherited?.memories ?? createRoleMemories();
    this.#fence = new FenceSupply(() => parts.loadFence(), parts.log, inherited?.fence);
    this.#briefing = new Briefing({
      ...parts,
      startedAt: this.#startedAt,
      fence: this.#fence,
      memories: this.#memories,
      inForce: () => this.#inForce,
    });
    this.#web = this.#makeWeb();
    this.#roles = this.#makeRoles();
    const { hostId, interfaces, sockets } = parts;
    const configuration = (): Configuration => this.#inForce.configuration;
    this.#socketWatch = new SocketWatch(
      { hostId, interfaces, sockets, roles: this.#roles, configuration },
      parts.log,
    );
    this.#ending = this.#makeEnding();
    this.#restart = this.#makeRestart();
  }

  #makeRoles(): Roles {
    return new Roles(this.#log, {
      launch: (role) => {
        const { configuration } = this.#inForce;
        return this.#parts.launch(role, hasRootCommands(configuration), needsRawSockets(configuration));
      },
      prepare: (process) => {
        this.#briefing.prepare(process);
      },
      begun: (process) => {
        this.#onBegun(process);
      },
      message: (process, message) => {
        this.#onMessage(process, message);
      },
      ended: (role) => {
        if (role === 'control') this.#ending.onControlDone();
      },
      gaveUp: (reason) => {
        this.#ending.fail(reason);
      },
    });
  }

  #makeWeb(): WebService {
    return new WebService({
      log: this.#log,
      launch: () => this.#parts.launchWeb(),
      start: () => this.#briefing.startOfWeb(),
      standingBy: (process) => {
        this.#parts.onStandingBy(process);
      },
      toControl: (message, descriptor) => {
        this.#roles.send('control', message, descriptor);
      },
    });
  }

  #makeEnding(): Ending {
    return new Ending({
      log: this.#log,
      roles: this.#roles,
      manager: this.#parts.manager,
      bound: () => stopBound(this.#inForce.configuration),
      stopping: () => {
        this.#socketWatch.end();
      },
      ending: () => {
        this.#web.close();
      },
      ended: () => {
        this.#parts.sockets.close();
      },
    });
  }

  #makeRestart(): Restart {
    const { log, manager } = this.#parts;
    return new Restart({
      log,
      tryProgram: () => this.#parts.tryProgram(),
      takeUpConfiguration: () => this.#reloadForRestart(),
      describe: () => this.#describe(),
      begins: () => {
        manager.goingOver();
      },
      failed: () => {
        manager.wentOver(this.#summary);
      },
      replaceProgram: (record) => this.#parts.replaceProgram(record),
    });
  }

  /** The exit code, once everything has ended. */
  get finished(): Promise<number> {
    return this.#ending.finished;
  }

  /** Starts the roles. What goes wrong from here on is logged and ends the daemon: `finished` is 1 then. */
  start(): void {
    if (this.#parts.inherited !== null) this.#goOn(this.#parts.inherited);
    else this.#startAll();
  }

  #startAll(): void {
    const { configuration } = this.#inForce;
    this.#fence.require(configuration);
    try {
      this.#roles.startAll();
    } catch (error) {
      this.#ending.fail(messageOf(error));
      return;
    }
    this.#web.begin(configuration);
    this.#socketWatch.begin();
  }

  /** R53: in place of the program before, whose roles work. They are replaced as well. */
  #goOn({ version, roles, web, watchdog }: HandOver): void {
    const { manager } = this.#parts;
    this.#roles.adopt(roles);
    this.#web.adopt(web);
    if (watchdog !== null) manager.feedFrom(watchdog);
    reap([...roles.leaving, ...web.leaving]);
    this.#socketWatch.begin();
    manager.wentOver(this.#summary);
    this.#log.info(`raisd ${this.#parts.version} goes on in the place of raisd ${version}`);
    this.#roles.send('control', { kind: 'restarting', errors: [] });
    // Whoever has died meanwhile is followed by the stand-in that it had.
    setImmediate(() => {
      this.replaceRoles();
    });
  }

  /** R53: each role goes over to a process that is started now. */
  replaceRoles(): void {
    this.#log.info('restart: the processes are replaced one after the other');
    this.#roles.succeedAll();
  }

  /** SIGTERM, SIGINT: release everything in order, then end with 0. Said again: be quick about it. */
  stop(): void {
    this.#ending.stop();
  }

  quiesce(): void {
    this.#roles.send('control', { kind: 'quiesce' });
  }

  resume(): void {
    this.#roles.send('control', { kind: 'resume' });
  }

  /** R56: goes over to the configuration as it is on disk, or changes nothing. Returns what is wrong with it. */
  reload(): readonly string[] {
    if (!this.#ending.isRunning) return this.#refuseReload(['raisd is stopping']);
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

  /** Stand-ins are not renewed without need: they are to be there while the program is replaced. */
  #reloadForRestart(): readonly string[] {
    if (!this.#ending.isRunning) return ['raisd is stopping'];
    const loaded = this.#parts.load();
    const isSame = loaded.ok && isDeepStrictEqual(loaded.configuration, this.#inForce.configuration);
    return isSame ? [] : this.reload();
  }

  /** All that this process holds; or why it cannot be handed over now. */
  #describe(): HandOver | string {
    if (!this.#ending.isRunning) return 'raisd is stopping';
    const roles = this.#roles.handOver();
    if (typeof roles === 'string') return roles;
    const { version, hostId, lock, operatorSocket, sockets, manager } = this.#parts;
    return {
      ...this.#inForce,
      format: HAND_OVER_FORMAT,
      version,
      pid: process.pid,
      hostId,
      startedAt: this.#startedAt,
      lock,
      operatorSocket,
      memories: this.#memories,
      fence: this.#fence.handOver(),
      sockets: sockets.handOver(),
      roles,
      web: this.#web.handOver(),
      watchdog: manager.handOver(),
    };
  }

  get #isReady(): boolean {
    return this.#unready.size === 0;
  }

  /** What `systemctl status` shows of a daemon that works. */
  get #summary(): string {
    const groups = Object.keys(this.#inForce.configuration.groups).join(', ');
    return `host ${this.#parts.hostId}; groups: ${groups === '' ? 'none' : groups}`;
  }

  #tryReload(): readonly string[] {
    const prepared = prepareChange(this.#inForce.configuration, {
      interfaces: this.#parts.interfaces,
      sockets: this.#parts.sockets,
      web: this.#web,
      load: () => this.#parts.load(),
      readKeys: (configuration) => this.#parts.readKeys(configuration),
    });
    if ('errors' in prepared) return prepared.errors;
    for (const warning of prepared.change.warnings) this.#log.warn(warning);
    this.#goOver(prepared.change);
    return [];
  }

  /** Nothing can be refused here any more. */
  #goOver({ next, sockets, web }: Change): void {
    const { configuration } = next;
    const otherRights = !isDeepStrictEqual(
      scriptsRights(configuration),
      scriptsRights(this.#inForce.configuration),
    );
    this.#inForce = next;
    this.#log.level = configuration.log.level;
    for (const role of ROLES) {
      // One that is replaced must not begin with what it lacks the rights for: its failures would count.
      if (role === 'scripts' && otherRights) continue;
      const keys = this.#briefing.keysFor(role);
      const told = this.#briefing.configurationFor(role);
      this.#roles.send(role, { kind: 'reconfigure', configuration: told, keys });
    }
    if (this.#fence.require(configuration))
      for (const role of ROLES)
        this.#fence.supply(role, (message, descriptor) => {
          this.#roles.send(role, message, descriptor);
        });
    this.#socketWatch.goOver(configuration, sockets);
    for (const role of ROLES) this.#roles.renewStandIn(role);
    if (otherRights) {
      // Rights are given at birth alone. What a script was doing counts as failed.
      this.#log.warn('scripts is started anew: what the new configuration has it run needs other rights');
      this.#roles.replace('scripts');
    }
    // Who is started now is told all of it at the start.
    if (web !== null) this.#web.apply(web);
    else this.#web.reconfigure(configuration);
  }

  #onBegun(process: RoleProcess): void {
    if (process.role === 'heartbeat') {
      this.#briefing.passWatchdog(process);
      this.#socketWatch.openMissing();
    }
    if (process.role === 'control') {
      this.#briefing.completeControl(process);
      this.#web.linkControl();
    }
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
        // The program that goes on answers it where nothing is wrong.
        void this.#restart.attempt().then((errors) => {
          this.#roles.send('control', { kind: 'restarting', errors });
        });
        return;
      case 'stopped':
        this.#ending.onControlDone();
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
}

/** They are on their way out, and nobody waits for them. */
function reap(leaving: readonly Leaving[]): void {
  for (const { pid, pidfd } of leaving) {
    process.kill(pid, 'SIGKILL');
    processAddon.watchExit(pidfd, () => undefined);
  }
}

const scriptsRights = (configuration: Configuration): Rights =>
  rightsOf('scripts', hasRootCommands(configuration), needsRawSockets(configuration));
