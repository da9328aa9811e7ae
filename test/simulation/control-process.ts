// The control process of a simulated host: the links of src/control in their rules. It turns what the other processes say
// into events, and the effects into what they are asked for. What has waited is taken out first and decided on together.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Event, GroupRequest, HostReport } from '../../src/core/event.js';
import type { LocalPhase } from '../../src/core/monitor.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { permitSpan } from '../../src/core/settings.js';
import { instant, type Instant } from '../../src/core/time.js';
import { Channel } from './channel.js';
import { Driver } from './driver.js';
import type { Frame } from './frame.js';
import type { HeartbeatProcess } from './heartbeat-process.js';
import type { Host } from './host.js';
import type { NetworkProcess, Placed, Result } from './network-process.js';
import { Process } from './process.js';
import { ScriptRuns, type Script } from './script-runs.js';
import type { ScriptEnd, ScriptsProcess } from './scripts-process.js';
import { leapt } from './timeline.js';
import type { ZoneTask } from './zone-keeper.js';

const wantedPhases: ReadonlySet<LocalPhase> = new Set<LocalPhase>([
  'configuring',
  'acquire-script',
  'online',
  'release-script',
]);

export class ControlProcess extends Process {
  readonly host: Host;
  readonly drivers: readonly Driver[];
  heartbeat: HeartbeatProcess | null = null;
  network: NetworkProcess | null = null;
  /** Answers of which network has told it. */
  heard = 0;
  scripts: ScriptsProcess | null = null;
  /** Milliseconds from one turn to the next: a process that gets little of the processor. */
  slowness = 0;
  /** What waits for the next turn. */
  private readonly untaken: (() => void)[] = [];
  /** It has its turn, and takes out what has waited: nothing is decided before all of that is known (Group.post). */
  isTakingOut = false;
  private readonly driverOf: (Driver | undefined)[] = [];
  /** By group: whether its lease had ended by the last report, and when the permit was last renewed for its sake. */
  private readonly lapsed = new Map<number, boolean>();
  private readonly renewedAt = new Map<number, number>();
  private hasAdopted = false;
  /** It was told to leave: once (Control.stop). */
  isLeaving = false;
  private groupsLeft = 0;
  private waitForAdoption: (() => void) | null = null;
  private toHeartbeat: Channel | null = null;
  private toNetwork: Channel | null = null;
  private toScripts: Channel | null = null;
  private readonly runs = new ScriptRuns((end) => {
    this.onScriptDone(end);
  });
  /** What becomes of each group's zone: a scripts process that is started anew is told again. */
  private readonly zones = new Map<number, ZoneTask>();

  constructor(host: Host) {
    super(host.world.timeline);
    this.host = host;
    this.drivers = host.memberships.map(
      (membership) => new Driver(this, membership, host.memory?.monitorOf(membership.group) ?? null),
    );
    for (const driver of this.drivers) this.driverOf[driver.group] = driver;
    for (const driver of this.drivers) driver.begin();
  }

  /**
   * The heartbeats wait for the first answer of network: before it, addresses of an earlier run may still be on the
   * interface, and to say that nothing is served would be a lie that lets others take them.
   */
  whenAdopted(join: () => void): void {
    if (this.hasAdopted) join();
    else this.waitForAdoption = join;
  }

  attachHeartbeat(heartbeat: HeartbeatProcess): void {
    this.heartbeat = heartbeat;
    this.toHeartbeat?.close();
    this.toHeartbeat = this.channelTo(heartbeat);
    this.lapsed.clear();
    this.renewPermit();
    for (const driver of this.drivers) driver.onHeartbeatAttached();
  }

  attachNetwork(network: NetworkProcess): void {
    this.network = network;
    this.heard = 0;
    this.toNetwork?.close();
    this.toNetwork = this.channelTo(network);
    const wanted = this.drivers.flatMap((driver) => wantedOf(driver));
    const { now } = this.timeline;
    this.askNetwork((process) => {
      process.adopt(wanted, now);
    });
  }

  attachScripts(scripts: ScriptsProcess): void {
    this.scripts = scripts;
    this.toScripts?.close();
    this.toScripts = this.channelTo(scripts);
    this.sendRuns();
    for (const [group, task] of this.zones) this.sendZone(group, task);
  }

  onHeartbeatClosed(): void {
    this.heartbeat = null;
    this.toHeartbeat?.close();
    for (const driver of this.drivers) driver.draining = false;
  }

  onScriptsClosed(): void {
    this.scripts = null;
    this.toScripts?.close();
    this.runs.failSent();
  }

  onNetworkClosed(): void {
    this.network = null;
    this.toNetwork?.close();
  }

  askHeartbeat(ask: (heartbeat: HeartbeatProcess, arrived: number) => void): void {
    const { heartbeat } = this;
    if (heartbeat !== null)
      this.toHeartbeat?.send((arrived) => {
        ask(heartbeat, arrived);
      });
  }

  askNetwork(ask: (network: NetworkProcess) => void): void {
    const { network } = this;
    if (network !== null)
      this.toNetwork?.send(() => {
        ask(network);
      });
  }

  runScript(script: Script): void {
    this.runs.add(script);
    this.sendRuns();
  }

  private sendRuns(): void {
    if (this.scripts === null) return;
    for (const ticket of this.runs.takeUnsent())
      this.askScripts((scripts) => {
        scripts.start(this, ticket);
      });
  }

  cancelScript(group: number, address: ServiceAddress): void {
    for (const ticket of this.runs.unsentFor(group, address))
      this.after(0, () => {
        this.runs.finish(ticket, 'cancelled before it ran');
      });
    for (const ticket of this.runs.sentFor(group, address))
      this.askScripts((scripts) => {
        scripts.cancel(ticket);
      });
  }

  onScriptEnd(ticket: number, error: string | null): void {
    this.runs.finish(ticket, error);
  }

  private askScripts(ask: (scripts: ScriptsProcess) => void): void {
    const { scripts } = this;
    if (scripts !== null)
      this.toScripts?.send(() => {
        ask(scripts);
      });
  }

  /** Null: it is no business of this host's any more. */
  keepZone(group: number, task: ZoneTask | null): void {
    if (task === null) this.zones.delete(group);
    else this.zones.set(group, task);
    this.sendZone(group, task);
  }

  private sendZone(group: number, task: ZoneTask | null): void {
    this.askScripts((scripts) => {
      scripts.keepZone(this, group, task);
    });
  }

  onZoneTold(group: number, published: readonly ServiceAddress[] | null, error: string | null): void {
    if (!this.zones.has(group)) return;
    this.handle(() => this.driverOf[group]?.post({ kind: 'zone-told', published, error }));
  }

  onFrame(group: number, frame: Frame, at: number): void {
    this.handle(() => this.driverOf[group]?.onFrame(frame, at));
  }

  onReport(group: number, at: number, lapsed: boolean, reports: readonly HostReport[]): void {
    this.handle(() => {
      const driver = this.driverOf[group];
      if (driver === undefined) return;
      this.renew(driver, at);
      this.noteLease(driver, lapsed);
      driver.post({ kind: 'heard', at: instant(this.host.clockAt(at)), reports });
    });
  }

  /** Once a heartbeat, not once a report: there would be no end of news otherwise (HeartbeatLink.renew). */
  private renew({ group, monitor }: Driver, at: number): void {
    if (at - (this.renewedAt.get(group) ?? -Infinity) < monitor.settings.interval / 2) return;
    this.renewedAt.set(group, at);
    this.renewPermit();
  }

  /** The core gives up first, and only then the lease may run again. */
  private noteLease(driver: Driver, lapsed: boolean): void {
    const { group } = driver;
    if (lapsed && this.lapsed.get(group) !== true) {
      driver.step([{ kind: 'lease-ended' }]);
      this.askHeartbeat((heartbeat) => {
        heartbeat.reopen(group);
      });
    }
    this.lapsed.set(group, lapsed);
  }

  onSynced(group: number): void {
    this.handle(() => this.driverOf[group]?.onDrained());
  }

  onLink(up: boolean): void {
    const { hardwareAddress } = this.host;
    this.handle(() => {
      this.postAll({ kind: 'link', up, hardwareAddress });
    });
  }

  onAnswer(address: ServiceAddress, hardwareAddress: string): void {
    this.handle(() => {
      this.heard += 1;
      this.postAll({ kind: 'answer', address, hardwareAddress });
    });
  }

  onProbed(group: number, addresses: readonly ServiceAddress[], askedAt: Instant): void {
    this.handle(() => this.driverOf[group]?.post({ kind: 'probed', addresses, askedAt }));
  }

  onLost({ group, address }: Placed): void {
    this.handle(() => this.driverOf[group]?.post({ kind: 'lost', address }));
  }

  onLeaseEnded(group: number): void {
    this.handle(() => this.driverOf[group]?.post({ kind: 'lease-ended' }));
  }

  onPrepared(results: readonly Result[]): void {
    this.handle(() => {
      for (const { group, address, error } of results)
        this.driverOf[group]?.post({ kind: 'prepared', address, error });
    });
  }

  onPlaced(kind: 'configured' | 'deconfigured', results: readonly Result[]): void {
    this.handle(() => {
      for (const driver of this.drivers) {
        const events = results
          .filter(({ group }) => group === driver.group)
          .map((result): Event => (kind === 'configured' ? placedEvent(result) : { kind, ...result }));
        if (events.length > 0) driver.post(...events);
      }
    });
  }

  /** A network process was started anew: what was under way has arrived, the rest is off (NetworkLink.settleAll). */
  onAdopted(results: readonly Result[]): void {
    this.handle(() => {
      this.hasAdopted = true;
      this.waitForAdoption?.();
      this.waitForAdoption = null;
      for (const driver of this.drivers) {
        driver.decide();
        const events = [...driver.monitor.local.values()].flatMap(({ address, phase }): Event[] => {
          if (!wantedPhases.has(phase)) return [{ kind: 'deconfigured', address, error: null }];
          const result = results.find((each) => each.group === driver.group && each.address === address);
          return result === undefined ? [] : [placedEvent(result)];
        });
        if (events.length > 0) driver.step(events);
      }
    });
  }

  private onScriptDone({ group, action, address, error }: ScriptEnd): void {
    this.handle(() => this.driverOf[group]?.post({ kind: 'script-done', action, address, error }));
  }

  /** What a test or load object says, or an operator: all groups of the host hear it. */
  tell(event: Event): void {
    this.handle(() => {
      this.stepAll(event);
    });
  }

  leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.tell({ kind: 'leave' });
  }

  onGroupLeft(): void {
    if (++this.groupsLeft === this.drivers.length) this.host.onControlDone();
  }

  operate(group: number, ticket: number, request: GroupRequest): void {
    this.handle(() => this.driverOf[group]?.step([{ kind: 'operator', ticket, request }]));
  }

  reload(group: number, settings: MonitorSettings): void {
    this.handle(() => this.driverOf[group]?.step([{ kind: 'settings', settings }]));
  }

  get isStill(): boolean {
    return this.timeline.isStill;
  }

  /** What the reports of a leap would have done. */
  leap(span: number, since: number): void {
    for (const [group, at] of this.renewedAt) this.renewedAt.set(group, leapt(at, span, since));
  }

  clock() {
    return instant(this.host.clockAt(this.timeline.now));
  }

  /** In the order in which they came: what comes when the process is quick again does not overtake what waits. */
  handle(action: () => void): void {
    if (this.slowness === 0 && this.untaken.length === 0) {
      this.run(action);
      return;
    }
    this.untaken.push(action);
    if (this.untaken.length === 1)
      this.after(this.slowness, () => {
        this.takeOut(() => {
          for (const each of this.untaken.splice(0)) each();
        });
      });
  }

  /** What fell due while it was stopped lies in its channels. */
  override goOn(): void {
    this.takeOut(() => {
      super.goOn();
    });
  }

  private takeOut(take: () => void): void {
    const isPartOfAnother = this.isTakingOut;
    this.isTakingOut = true;
    take();
    if (isPartOfAnother) return;
    this.isTakingOut = false;
    for (const driver of this.drivers) driver.decide();
  }

  private stepAll(event: Event): void {
    for (const driver of this.drivers) driver.step([event]);
  }

  private postAll(event: Event): void {
    for (const driver of this.drivers) driver.post(event);
  }

  private renewPermit(): void {
    const span = permitSpan(Math.min(...this.drivers.map(({ monitor }) => monitor.settings.timeout)));
    this.askHeartbeat((heartbeat, arrived) => {
      heartbeat.permit(span, arrived);
    });
  }

  private channelTo(process: Process): Channel {
    return new Channel(this.timeline, this.host.random, process);
  }
}

function placedEvent({ address, error, leaseOver, claimedBy }: Result): Event {
  if (leaseOver === true) return { kind: 'withdrawn', address };
  if (claimedBy !== undefined) return { kind: 'forestalled', address, hardwareAddress: claimedBy };
  return { kind: 'configured', address, error };
}

const wantedOf = ({ monitor, group }: Driver): Placed[] =>
  [...monitor.local.values()]
    .filter(({ phase }) => wantedPhases.has(phase))
    .map(({ address }) => ({ group, address }));
