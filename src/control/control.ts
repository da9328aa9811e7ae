// The hub itself: the groups of this host, and the links over which they act.

import type { Configuration } from '../config/configuration.js';
import { idWarning } from '../config/host-id.js';
import { lostScripts, monitorOf, settingsEvents } from '../core/checkpoint.js';
import type { RecordEffect } from '../core/effect.js';
import type { Event } from '../core/event.js';
import type { Instant } from '../core/time.js';
import type { GroupStatus, Status } from '../ipc/operator-messages.js';
import type { Supervisor } from '../ipc/role.js';
import type { Role, StartMessage } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { AddressMemory } from './address-memory.js';
import type { CheckpointFile } from './checkpoint-file.js';
import { CheckpointWriter } from './checkpoints.js';
import { Group, type GroupPorts } from './group.js';
import { groupPorts } from './group-ports.js';
import { HeartbeatLink } from './heartbeat-link.js';
import { History } from './history.js';
import { interfaceFaults } from './interface-faults.js';
import { LinkWatch } from './link-watch.js';
import { Measurements } from './measurements.js';
import { NetworkLink } from './network-link.js';
import { runOperatorCommand } from './operator-commands.js';
import { serveOperators, serveReader, type RequestHandler } from './operator-socket.js';
import { Records } from './records.js';
import { ScriptsLink } from './scripts-link.js';
import { ScriptsWatch } from './scripts-watch.js';
import { SendWatch } from './send-watch.js';
import { monitorSettings } from './settings.js';
import { fenceStatus } from './fence-status.js';
import { groupStatus } from './status.js';
import { uptimeMs } from './uptime.js';

export class Control {
  private readonly groups = new Map<string, Group>();
  /** Groups that a reload took away and that still release. */
  private readonly leavers = new Set<Group>();
  private identity: StartMessage;
  private configuration: Configuration;
  private readonly supervisor: Supervisor;
  private readonly now: () => Instant;
  private readonly history: History;
  private readonly records: Records;
  private readonly memory: AddressMemory;
  private readonly heartbeat: HeartbeatLink;
  private readonly network: NetworkLink;
  private readonly scripts: ScriptsLink;
  private readonly measurements: Measurements;
  private readonly watch: ScriptsWatch;
  private readonly links: LinkWatch;
  private readonly sends: SendWatch;
  private readonly checkpoints: CheckpointWriter;
  private readonly ports: GroupPorts;
  private reloadAnswers: ((errors: readonly string[]) => void)[] = [];
  private restartAnswers: ((errors: readonly string[]) => void)[] = [];
  private stopping = false;
  private isStopped = false;
  private onStopped: () => void = () => undefined;

  constructor(
    start: StartMessage,
    log: Log,
    supervisor: Supervisor,
    now: () => Instant,
    checkpoints: CheckpointFile,
  ) {
    this.identity = start;
    this.configuration = start.configuration;
    this.supervisor = supervisor;
    this.now = now;
    this.history = new History((message) => {
      log.error(message);
    });
    this.records = new Records(start.hostId, log, this.history, (notification) => {
      if (this.configuration.snmp.sinks.length > 0) this.scripts.notify(notification);
    });
    this.memory = new AddressMemory({ now, wall: () => Date.now() }, (message) => {
      log.error(message);
    });
    this.heartbeat = new HeartbeatLink(start.controlInterfaces, {
      now,
      warn: (group, message) => {
        this.note(group, message);
      },
      onClosed: () => {
        log.info('the heartbeat process ended; it is being replaced');
      },
    });
    this.network = new NetworkLink(this.groups, now, () => {
      log.info('the network process ended; it is being replaced');
    });
    this.measurements = new Measurements(this.configuration, this.groups, (group, effect) => {
      this.records.add(group.name, effect);
    });
    this.watch = new ScriptsWatch({
      now,
      hangs: (silentFor) => {
        log.error(
          `the scripts process has said nothing for ${String(Math.round(silentFor / 1000))} s: it is ended`,
        );
        supervisor.send({ kind: 'hangs', role: 'scripts' });
      },
      silent: (silentFor) => {
        this.measurements.age(silentFor);
      },
    });
    this.links = new LinkWatch(this.groups, {
      now,
      interfaces: () => this.interfaceNames,
      note: (group, effect) => {
        this.records.add(group, effect);
      },
    });
    this.sends = this.watchSends();
    this.scripts = new ScriptsLink(this.watch, (result) => {
      this.measurements.onResult(result);
    });
    this.checkpoints = new CheckpointWriter(checkpoints, this.groups);
    this.ports = this.makePorts();
    this.begin(checkpoints, log);
  }

  private makePorts(): GroupPorts {
    return groupPorts({
      heartbeat: this.heartbeat,
      network: this.network,
      scripts: this.scripts,
      records: this.records,
      memory: this.memory,
      checkpoints: this.checkpoints,
      now: this.now,
      left: (group) => {
        this.onLeft(group);
      },
    });
  }

  private watchSends(): SendWatch {
    return new SendWatch({
      interfaces: () => this.identity.controlInterfaces,
      groups: () => this.groups.keys(),
      countersOf: (name) => {
        const group = this.groups.get(name);
        return group === undefined ? {} : this.heartbeat.countersOf(group);
      },
      note: (group, effect) => {
        this.records.add(group, effect);
      },
    });
  }

  /** With what an earlier process has left, as far as there is something (R53). */
  private begin(checkpoints: CheckpointFile, log: Log): void {
    const left = checkpoints.load();
    for (const [name, settings] of monitorSettings(this.configuration, this.identity)) {
      const checkpoint = left?.groups[name];
      const monitor =
        left?.isCurrent !== true || checkpoint === undefined ? null : monitorOf(checkpoint, left.steppedAt);
      if (monitor === null) {
        const group = new Group(settings, this.ports);
        this.addGroup(group);
        // R44: it lasts until `resume` or the end of the daemon, which goes on.
        if (checkpoint?.quiesced === true) group.step({ kind: 'quiesce' });
        continue;
      }
      const group = new Group(settings, this.ports, monitor);
      this.addGroup(group);
      group.step(...settingsEvents(monitor, settings), ...lostScripts(monitor));
      // Behind the links, which clients wait for.
      setImmediate(() => {
        log.info(`${name}: control goes on where the process before it ended`);
      });
    }
  }

  attach(role: Role, descriptor: number): void {
    switch (role) {
      case 'heartbeat':
        this.heartbeat.attach(descriptor);
        return;
      case 'network':
        this.network.attach(descriptor);
        return;
      case 'scripts':
        this.scripts.attach(descriptor);
        return;
      case 'control':
        this.supervisor.fail('control was attached to itself');
    }
  }

  openHistory(half: 0 | 1, descriptor: number): void {
    this.history.open(half, descriptor);
  }

  /** R15. Comes before anything is heard. */
  openAddressFile(half: 0 | 1, descriptor: number): void {
    if (this.memory.open(half, descriptor))
      for (const group of this.groups.values()) this.memory.recall(group);
  }

  serve(descriptor: number): void {
    serveOperators(descriptor, this.onRequest).on('error', (error) => {
      this.supervisor.fail(`operator socket: ${error.message}`);
    });
  }

  /** Somebody who may ask and not order: the status page. */
  serveReader(descriptor: number): void {
    serveReader(descriptor, this.onRequest);
  }

  private readonly onRequest: RequestHandler = (request, conversation) => {
    runOperatorCommand(
      {
        groups: this.groups,
        history: this.history,
        now: this.now,
        header: () => this.header(),
        statusOf: (group) => this.statusOf(group),
        sinks: () => this.scripts.sinks,
        reload: (answer) => {
          this.reloadAnswers.push(answer);
          if (this.reloadAnswers.length === 1) this.supervisor.send({ kind: 'reload' });
        },
        restart: (answer) => {
          this.restartAnswers.push(answer);
          if (this.restartAnswers.length === 1) this.supervisor.send({ kind: 'restart' });
        },
      },
      request,
      conversation,
    );
  };

  stepAll(event: Event): void {
    for (const group of [...this.groups.values()]) group.step(event);
  }

  /** R10: an interface that was missing has come, or has another address: the group is told where this host is heard. */
  noteControlInterfaces(controlInterfaces: StartMessage['controlInterfaces']): void {
    this.heartbeat.noteInterfaces(controlInterfaces);
    this.goOver(this.configuration, { ...this.identity, controlInterfaces });
  }

  /** R56: what changed is applied; groups that are the same are not touched. */
  reconfigure(configuration: Configuration): void {
    this.goOver(configuration, this.identity);
    // By the new timings: the next heartbeat may come later than a permit of the old ones lasts.
    this.heartbeat.renewPermit();
    this.measurements.reconfigure(configuration);
  }

  private goOver(configuration: Configuration, identity: StartMessage): void {
    const before = monitorSettings(this.configuration, this.identity);
    const after = monitorSettings(configuration, identity);
    this.configuration = configuration;
    this.identity = identity;
    const relocated: Group[] = [];
    for (const [name, group] of [...this.groups]) {
      const settings = after.get(name);
      if (settings === undefined) this.dismiss(group);
      else if (JSON.stringify(settings) !== JSON.stringify(before.get(name))) {
        group.step({ kind: 'settings', settings });
        if (settings.serviceInterface !== before.get(name)?.serviceInterface) relocated.push(group);
      }
    }
    if (relocated.length > 0) this.network.relocate(relocated);
    for (const [name, settings] of after) {
      if (!this.groups.has(name)) this.addGroup(new Group(settings, this.ports));
    }
  }

  onReloaded(errors: readonly string[]): void {
    const answers = this.reloadAnswers;
    this.reloadAnswers = [];
    for (const answer of answers) answer(errors);
  }

  onRestarting(errors: readonly string[]): void {
    const answers = this.restartAnswers;
    this.restartAnswers = [];
    for (const answer of answers) answer(errors);
  }

  /** R53: another process goes on from here. */
  cease(): void {
    this.checkpoints.flush();
  }

  /** Lets go of everything, and gives nothing up: for one that nobody follows. */
  close(): void {
    for (const group of [...this.groups.values(), ...this.leavers]) group.close();
    for (const part of [
      this.heartbeat,
      this.network,
      this.scripts,
      this.watch,
      this.links,
      this.sends,
      this.checkpoints,
      this.memory,
    ])
      part.close();
  }

  /** Releases everything in order; `stopped` is called when the groups have been told. Said again: another one is. */
  stop(stopped: () => void): void {
    this.onStopped = stopped;
    if (this.stopping) return;
    this.stopping = true;
    this.stepAll({ kind: 'leave' });
    this.finishStop();
  }

  /** Nothing is left to release, and that was told. */
  get hasStopped(): boolean {
    return this.isStopped;
  }

  private addGroup(group: Group): void {
    this.groups.set(group.name, group);
    this.heartbeat.addGroup(group);
    this.network.watch(group);
  }

  /** A group that the new configuration no longer has leaves in order. */
  private dismiss(group: Group): void {
    this.leavers.add(group);
    group.step({ kind: 'leave' });
  }

  private onLeft(group: Group): void {
    group.close();
    if (this.leavers.delete(group)) {
      this.groups.delete(group.name);
      this.memory.forget(group);
      this.heartbeat.removeGroup(group);
    }
    this.finishStop();
  }

  private finishStop(): void {
    if (!this.stopping || [...this.groups.values()].some((group) => group.monitor.phase !== 'left')) return;
    const finish = (): void => {
      this.records.flush();
      this.memory.flush();
      this.isStopped = true;
      this.onStopped();
    };
    this.scripts.awaitReleases(() => {
      // The last frames must be on the wire before the heartbeat process is ended.
      if (this.heartbeat.attached) this.heartbeat.drain(finish);
      else finish();
    });
  }

  private note(group: Group, message: string): void {
    const effect: RecordEffect = {
      kind: 'record',
      event: 'conflict',
      level: 'error',
      address: null,
      message,
    };
    this.records.add(group.name, effect);
  }

  private header(): Omit<Status, 'groups' | 'snmp'> {
    const { hostId, version, startedAt } = this.identity;
    return { host: hostId, version, startedAt, uptimeMs: uptimeMs(this.identity, this.now(), Date.now()) };
  }

  private get interfaceNames(): string[] {
    return this.identity.controlInterfaces.map(({ name }) => name);
  }

  /** About this host, whatever the group. */
  private get hostWarnings(): string[] {
    const { hostId, controlInterfaces } = this.identity;
    const warning = idWarning(this.configuration.id, hostId, controlInterfaces[0]);
    return warning === null ? [] : [warning];
  }

  private statusOf(group: Group): GroupStatus {
    return groupStatus(group.monitor, {
      now: this.now(),
      interfaces: this.interfaceNames,
      interfaceFaults: interfaceFaults(this.identity.controlInterfaces),
      counters: this.heartbeat.countersOf(group),
      warnings: [
        ...this.hostWarnings,
        ...this.heartbeat.warningsOf(group),
        ...this.sends.warningsOf(group.name),
        ...this.measurements.warningsOf(group),
      ],
      fence: fenceStatus(this.configuration.groups[group.name]?.fence ?? 'none', this.network.fenceOf(group)),
    });
  }
}
