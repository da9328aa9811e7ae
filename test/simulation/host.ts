// A host of the simulated farm: its power, its clock, its cable, its kernel, and the processes of its daemon.

import type { HostId, ServiceAddress } from '../../src/core/address.js';
import { fenceSpan, leaseSpan } from '../../src/core/settings.js';
import { instant, type Instant } from '../../src/core/time.js';
import { AddressStore } from './address-store.js';
import { ControlMemory } from './control-memory.js';
import { ControlProcess } from './control-process.js';
import { settingsOf } from './driver.js';
import type { Frame } from './frame.js';
import { HeartbeatProcess } from './heartbeat-process.js';
import { Kernel } from './kernel.js';
import { NetworkProcess } from './network-process.js';
import { mixed, type Random } from './random.js';
import type { HostScenario, MembershipScenario } from './scenario.js';
import { ScriptsProcess, type ScriptManner } from './scripts-process.js';
import type { World } from './world.js';

/** Milliseconds from a role's end to its stand-in's first act. */
const STAND_IN = [3, 15] as const;
/** Frames that the network card of a paused host keeps. */
const CARD_BUFFER = 32;

/** The processes of a running daemon; null: the role is being replaced. */
export interface Daemon {
  heartbeat: HeartbeatProcess | null;
  control: ControlProcess | null;
  network: NetworkProcess | null;
  scripts: ScriptsProcess | null;
}

export type Role = keyof Daemon;

export class Host {
  readonly world: World;
  readonly index: number;
  readonly id: HostId;
  readonly memberships: readonly MembershipScenario[];
  readonly hardwareAddress: string;
  readonly controlAddresses: readonly HostId[];
  readonly random: Random;
  kernel: Kernel;
  daemon: Daemon | null = null;
  /** Its control process leaves checkpoints to a stand-in (R53): costly, and only where one is to use them. */
  hasStandIn = false;
  memory: ControlMemory | null = null;
  readonly addresses: AddressStore;
  isOn = false;
  isPaused = false;
  carrier = true;
  /** What the operator said; kept by the host over restarts of its daemon only if the daemon keeps it. */
  scripts: ScriptManner = 'well';
  testPasses = true;
  /** Settings that a reload changed, by group. */
  readonly changed = new Map<number, Partial<MembershipScenario>>();
  /** R7: the stored reserve of sequence numbers, and what wall clock adds to the world's time (milliseconds). */
  private sequenceReserve = 0;
  wallClock: number;
  private readonly chanceSeed: number;
  /** CLOCK_BOOTTIME at the beginning of the world. */
  private clockOffset: number;
  /**
   * native/lease_board.h: when the last heartbeat under a permit left, by group. The supervisor's, so that it outlives the
   * roles that write and read it.
   */
  readonly leaseBoard = new Map<number, number>();
  /** The number of each group's lease: one that has run out is followed by the next. */
  private readonly leaseNumbers = new Map<number, number>();
  private card: (readonly [Frame, number])[] = [];
  /** It is to start again when it has left. */
  private isStartWanted = false;

  constructor(world: World, index: number, scenario: HostScenario, random: Random) {
    this.world = world;
    this.index = index;
    this.id = world.address(scenario.id);
    this.memberships = scenario.memberships;
    this.hardwareAddress = `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`;
    this.controlAddresses = Array.from({ length: world.scenario.networks }, (_, network) =>
      world.address(scenario.id.replace('10.77.1.', `10.77.${String(network + 1)}.`)),
    );
    this.random = random;
    this.chanceSeed = mixed(world.scenario.seed, index);
    this.clockOffset = Math.floor(random.between(1000, 1_000_000));
    this.wallClock = 1_700_000_000_000 + random.between(-1000, 1000);
    this.kernel = new Kernel(this);
    this.addresses = new AddressStore(this);
  }

  /** CLOCK_BOOTTIME of this host at a moment of the world. */
  clockAt(moment: number): number {
    return moment + this.clockOffset;
  }

  instantAt(moment: number): Instant {
    return instant(this.clockAt(moment));
  }

  /** What a membership's settings are after the reloads so far. */
  settingsOf(membership: MembershipScenario) {
    const { preferred, observer } = { ...membership, ...this.changed.get(membership.group) };
    return { preferred, observer, changes: {} };
  }

  /** For the step at this moment: the same, however many idle steps came before. */
  chance(): number {
    return mixed(this.chanceSeed, Math.round(this.world.now * 1024));
  }

  /** Whether its kernel answers for the address: it has it, and the fence is open (R52). */
  answersFor(address: ServiceAddress): boolean {
    return this.answersUntil(address) > this.world.now;
  }

  /** Until when, if nothing happens until then; −∞: it does not answer now. */
  answersUntil(address: ServiceAddress): number {
    if (!this.isOn || this.isPaused || !this.carrier || !this.kernel.has(address)) return -Infinity;
    return this.fenceClosesAt(address);
  }

  /** ∞: there is no fence before it, or nothing behind it. What was configured under an earlier lease stays fenced. */
  fenceClosesAt(address: ServiceAddress): number {
    const mark = this.kernel.markOf(address);
    if (mark === null) return Infinity;
    const { fence, interval, timeout } = this.world.groupOf(mark.group);
    if (!fence) return Infinity;
    if (mark.lease !== this.leaseNumber(mark.group)) return -Infinity;
    return (this.leaseBoard.get(mark.group) ?? -Infinity) + fenceSpan(interval, timeout);
  }

  leaseNumber(group: number): number {
    return this.leaseNumbers.get(group) ?? 0;
  }

  /** A heartbeat is about to leave under a permit: the lease runs from now, and the fence is open. */
  renewLease(group: number): void {
    const { interval, timeout } = this.world.groupOf(group);
    const passed = this.world.now - (this.leaseBoard.get(group) ?? -Infinity);
    if (passed >= leaseSpan(timeout)) this.leaseNumbers.set(group, this.leaseNumber(group) + 1);
    this.leaseBoard.set(group, this.world.now);
    if (passed >= fenceSpan(interval, timeout)) this.world.onReachChanged();
  }

  onFrame(frame: Frame, network: number): void {
    if (!this.isOn) return;
    if (!this.isPaused) this.daemon?.heartbeat?.arrive(frame, network);
    else if (this.card.length < CARD_BUFFER) this.card.push([frame, network]);
  }

  boot(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.kernel = new Kernel(this);
    this.clockOffset = Math.floor(this.random.between(1000, 60_000)) - this.world.timeline.now;
    this.startDaemon();
  }

  losePower(): void {
    if (!this.isOn) return;
    this.world.onDisturbed(this, 'off');
    this.killDaemon();
    for (const address of this.kernel.all()) this.kernel.remove(address);
    this.kernel.kill();
    this.isOn = false;
    this.isPaused = false;
    this.card = [];
  }

  /** All of its processes, in the order in which chance starts them. */
  startDaemon(): void {
    this.isStartWanted = this.daemon?.control?.isLeaving === true;
    if (!this.isOn || this.daemon !== null) return;
    const daemon: Daemon = { heartbeat: null, control: null, network: null, scripts: null };
    this.daemon = daemon;
    this.memory = this.hasStandIn ? new ControlMemory(this.world.core) : null;
    this.leaseBoard.clear();
    for (const role of ['heartbeat', 'control', 'network', 'scripts'] as const) this.replace(role, 0, 15);
  }

  /** SIGKILL to everything: nothing is cleaned up. */
  killDaemon(): void {
    const { daemon } = this;
    if (daemon === null) return;
    this.world.onDisturbed(this, 'crash');
    this.daemon = null;
    for (const role of ['heartbeat', 'control', 'network', 'scripts'] as const) this.end(daemon, role);
  }

  /** SIGTERM: it leaves in order, and its processes end when the groups have been told. */
  leave(): void {
    this.daemon?.control?.leave();
  }

  /** Control has released everything, or is gone while it was to: as Ending.onControlDone. */
  onControlDone(): void {
    const { daemon } = this;
    if (daemon === null) return;
    // The last frames are out: control drained heartbeat before it said that it has stopped.
    daemon.network?.removeAll();
    this.addresses.flush(daemon.control?.drivers ?? []);
    const again = this.isStartWanted;
    this.killDaemon();
    if (again) this.startDaemon();
  }

  /** One role dies and its stand-in takes its place: that of control knows nothing, unless it finds what was left to it. */
  killRole(role: Role, leaves: 'nothing' | 'checkpoints' = 'nothing'): void {
    const { daemon } = this;
    if (daemon === null || daemon[role] === null) return;
    if (role === 'control' && leaves === 'nothing') this.memory?.discard();
    this.world.onDisturbed(this, 'role');
    if (role === 'control' && daemon.control?.isLeaving === true) {
      this.onControlDone();
      return;
    }
    this.end(daemon, role);
    this.replace(role, ...STAND_IN);
  }

  stopRole(role: Role): () => void {
    const process = this.daemon?.[role];
    this.world.onDisturbed(this, 'stall');
    process?.stop();
    return () => {
      this.world.onDisturbed(this, 'stall');
      process?.goOn();
    };
  }

  pause(): void {
    if (!this.isOn || this.isPaused) return;
    this.world.onDisturbed(this, 'pause');
    this.isPaused = true;
    this.kernel.stop();
    for (const process of this.processes()) process.stop();
    this.world.onReachChanged();
  }

  /** It wakes: the kernel at once, each process when it gets its turn. */
  wake(): void {
    if (!this.isPaused) return;
    this.world.onDisturbed(this, 'wake');
    this.isPaused = false;
    const { timeline } = this.world;
    const { kernel } = this;
    timeline.after(this.random.between(0, 250), () => {
      kernel.goOn();
    });
    for (const process of this.processes()) {
      timeline.after(this.random.between(0, 3), () => {
        process.goOn();
      });
    }
    for (const [frame, network] of this.card.splice(0)) this.onFrame(frame, network);
    this.world.onReachChanged();
  }

  setCarrier(up: boolean): void {
    this.carrier = up;
    this.world.onReachChanged();
    this.world.timeline.after(this.random.between(0.1, 2), () => {
      this.daemon?.network?.reportLink();
    });
  }

  /** It is off, or all processes of its daemon are there. */
  get isComplete(): boolean {
    return !this.isOn || this.processes().length === 4;
  }

  /** Some process of its daemon is stopped or being replaced: it cannot be asked to act. */
  get isHindered(): boolean {
    const processes = this.processes();
    return processes.length < 4 || processes.some((process) => !process.isRunning);
  }

  /** Milliseconds that it takes longer than others to act. */
  get handicap(): number {
    const { control, heartbeat, network } = this.daemon ?? {};
    return 3 * ((control?.slowness ?? 0) + (heartbeat?.lag ?? 0) + (network?.slowness ?? 0));
  }

  /** What the operator wants of this host; its monitors forget it when control is started anew. */
  setQuiesced(quiesced: boolean): void {
    this.daemon?.control?.tell({ kind: quiesced ? 'quiesce' : 'resume' });
  }

  /** The configuration is changed and read anew. */
  reload(group: number, change: Partial<MembershipScenario>): void {
    this.changed.set(group, { ...this.changed.get(group), ...change });
    const membership = this.memberships.find((each) => each.group === group);
    if (membership === undefined) return;
    this.daemon?.control?.reload(group, settingsOf(this, membership));
  }

  setTest(passes: boolean): void {
    this.testPasses = passes;
    this.tellTest();
  }

  tellTest(): void {
    const detail = this.testPasses ? 'answers' : 'does not answer';
    this.daemon?.control?.tell({ kind: 'test', name: 'http', passed: this.testPasses, detail });
  }

  private processes() {
    const { heartbeat, control, network, scripts } = this.daemon ?? {};
    return [heartbeat, control, network, scripts].filter(
      (process) => process !== null && process !== undefined,
    );
  }

  private end(daemon: Daemon, role: Role): void {
    const { heartbeat, control, network, scripts } = daemon;
    daemon[role]?.kill();
    daemon[role] = null;
    switch (role) {
      case 'heartbeat':
        if (heartbeat !== null) this.sequenceReserve = heartbeat.sequence + 1000;
        control?.onHeartbeatClosed();
        return;
      case 'control':
        heartbeat?.onControlClosed();
        network?.onControlClosed();
        scripts?.onControlClosed();
        for (const driver of control?.drivers ?? []) driver.close();
        this.addresses.abandon(control?.drivers ?? []);
        return;
      case 'network':
        control?.onNetworkClosed();
        return;
      case 'scripts':
        control?.onScriptsClosed();
        return;
    }
  }

  private replace(role: Role, soonest: number, latest: number): void {
    const { daemon } = this;
    const start = (): void => {
      if (daemon === null || this.daemon !== daemon || daemon[role] !== null) return;
      this.start(daemon, role);
    };
    this.world.timeline.after(this.random.between(soonest, latest), start, this.kernel);
  }

  private start(daemon: Daemon, role: Role): void {
    switch (role) {
      case 'heartbeat':
        daemon.heartbeat = new HeartbeatProcess(this, this.firstSequence());
        break;
      case 'control':
        daemon.control = new ControlProcess(this);
        break;
      case 'network':
        daemon.network = new NetworkProcess(this);
        break;
      case 'scripts':
        daemon.scripts = new ScriptsProcess(this);
        break;
    }
    this.attach(daemon, role);
  }

  /** The supervisor gives each pair of processes its socket as soon as both are there. */
  private attach({ heartbeat, control, network, scripts }: Daemon, started: Role): void {
    if (control === null) return;
    const isNew = (role: Role): boolean => started === role || started === 'control';
    if (heartbeat !== null && isNew('heartbeat'))
      control.whenAdopted(() => {
        this.join(control, heartbeat);
      });
    if (network !== null && isNew('network')) {
      network.attach(control);
      control.attachNetwork(network);
    }
    if (scripts !== null && isNew('scripts')) control.attachScripts(scripts);
    if (started === 'control') this.world.onControlStarted(this);
  }

  private join(control: ControlProcess, heartbeat: HeartbeatProcess): void {
    if (!heartbeat.isAlive) return;
    heartbeat.attach(control);
    control.attachHeartbeat(heartbeat);
  }

  /** R7: above wall clock in microseconds, and above the stored reserve, unless the state was lost. */
  private firstSequence(): number {
    return Math.max(this.sequenceReserve, Math.floor((this.wallClock + this.world.timeline.now) * 1000));
  }

  loseState(): void {
    this.sequenceReserve = 0;
    this.addresses.lose();
  }
}
