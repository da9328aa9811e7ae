// What each fault does to the world. What lasts is ended by its own time or by the end of the storm.

import type { Command, GroupRequest } from '../../src/core/event.js';
import { orderLasts } from '../../src/core/settings.js';
import type { Fault } from './fault.js';
import type { Host } from './host.js';
import type { Appointment } from './timeline.js';
import type { World } from './world.js';

/** Ends what a fault began; once. */
type Ending = () => void;

export class FaultEffects {
  private readonly world: World;
  private readonly endings = new Set<Ending>();
  /** What a fault does later, with what the end of the storm does instead. */
  private readonly sequels = new Map<Appointment, () => void>();
  private nextTicket = 1;

  constructor(world: World) {
    this.world = world;
  }

  apply(fault: Fault): void {
    this.world.news(`*** ${describe(fault, this.world)}`);
    const end = this.begin(fault);
    if (end !== null && 'for' in fault) this.lasting(fault, fault.for, this.troubling(fault, end));
  }

  /** The networks remember that something was wrong with them. */
  private troubling({ kind }: Fault, end: Ending): Ending {
    const { world } = this;
    const troubles = [
      ...(['cut', 'weather', 'split'].includes(kind) ? [world.controlTrouble] : []),
      ...(['service-split', 'service-loss', 'split', 'unplugged'].includes(kind)
        ? [world.serviceTrouble]
        : []),
    ];
    for (const trouble of troubles) trouble.begin();
    return () => {
      end();
      for (const trouble of troubles) trouble.end(world.now);
    };
  }

  /** The end of the storm: everything that a fault began is over. */
  endAll(): void {
    for (const end of [...this.endings]) end();
    for (const [appointment, atTheEnd] of [...this.sequels]) {
      appointment.cancel();
      atTheEnd();
    }
    this.sequels.clear();
  }

  private lasting(fault: Fault, span: number, end: Ending): void {
    const once = (): void => {
      if (!this.endings.delete(once)) return;
      this.world.news(`*** over: ${describe(fault, this.world)}`);
      end();
    };
    this.endings.add(once);
    this.world.timeline.after(span, once);
  }

  private later(delay: number, action: () => void, atTheEnd = action): void {
    const appointment = this.world.timeline.after(delay, () => {
      this.sequels.delete(appointment);
      action();
    });
    this.sequels.set(appointment, atTheEnd);
  }

  private begin(fault: Fault): Ending | null {
    switch (fault.kind) {
      case 'cut':
        return this.cut(fault.network, fault.from, fault.to);
      case 'weather':
        return this.weather(fault);
      case 'split':
        return this.split(fault.side);
      case 'service-split': {
        const side = new Set(fault.side);
        this.world.service.split(side);
        return () => {
          this.world.service.join(side);
        };
      }
      case 'service-loss':
        this.world.service.loss = fault.loss;
        return () => {
          this.world.service.loss = 0;
        };
      case 'stranger': {
        const address = this.world.address(fault.address);
        this.world.service.addStranger(address, '02:ff:00:00:00:01');
        return () => {
          this.world.service.removeStranger(address);
        };
      }
      case 'false-order':
        this.orderFalsely(fault);
        return null;
      case 'lost-message': {
        const { thief } = this.world.networks;
        thief.arm(fault.message, fault.copies);
        return () => {
          thief.disarm();
        };
      }
      case 'name-server-away': {
        const { nameServer } = this.world;
        nameServer.outages += 1;
        return () => {
          nameServer.outages -= 1;
          nameServer.disturbedAt = this.world.now;
        };
      }
      case 'zone-changed':
        this.world.nameServer.disturbedAt = this.world.now;
        this.world.nameServer.put(
          fault.group,
          fault.addresses.map((text) => this.world.address(text)),
        );
        return null;
      case 'move':
        return this.operate(fault.via, fault.group, {
          kind: 'move',
          address: this.world.address(fault.address),
          host: this.world.idOf(fault.to),
        });
      case 'fail-back':
        return this.operate(fault.via, fault.group, {
          kind: 'fail-back',
          address: fault.address === null ? null : this.world.address(fault.address),
        });
      case 'forget':
        return this.operate(fault.via, fault.group, {
          kind: 'forget',
          address: this.world.address(fault.address),
        });
      default:
        return this.beginAt(this.world.host(fault.host), fault);
    }
  }

  private beginAt(host: Host, fault: Extract<Fault, { host: number }>): Ending | null {
    switch (fault.kind) {
      case 'power-loss':
        host.losePower();
        return null;
      case 'boot':
        if (fault.lostState) host.loseState();
        host.boot();
        return null;
      case 'crash':
        host.killDaemon();
        this.later(fault.restartAfter, () => {
          host.startDaemon();
        });
        return null;
      case 'leave':
        host.leave();
        this.later(fault.returnAfter, () => {
          host.startDaemon();
        });
        return null;
      case 'pause':
        host.pause();
        return () => {
          host.wake();
        };
      case 'stall':
        return host.stopRole(fault.role);
      case 'role-death':
        host.killRole(fault.role);
        return null;
      case 'control-replaced':
        host.killRole('control', 'checkpoints');
        return null;
      case 'slow-control':
      case 'late-reading':
      case 'slow-interface':
        return slow(host, fault);
      case 'interface-errors':
        if (host.daemon?.network) host.daemon.network.failures += fault.count;
        return null;
      default:
        return this.beginMild(host, fault);
    }
  }

  private beginMild(
    host: Host,
    fault: Extract<
      Fault,
      {
        kind:
          | 'unplugged'
          | 'address-removed'
          | 'scripts'
          | 'test-fails'
          | 'test-flaps'
          | 'load'
          | 'quiesce'
          | 'resume'
          | 'reload'
          | 'clock-step';
      }
    >,
  ): Ending | null {
    switch (fault.kind) {
      case 'unplugged':
        host.setCarrier(false);
        return () => {
          host.setCarrier(true);
        };
      case 'address-removed':
        this.removeAddress(host, fault.pick, fault.times);
        return null;
      case 'scripts':
        host.scripts = fault.manner;
        return () => {
          host.scripts = 'well';
        };
      case 'test-fails':
        host.setTest(false);
        return () => {
          host.setTest(true);
        };
      case 'test-flaps':
        for (let time = 0; time < fault.times; time++)
          this.later(
            time * fault.gap,
            () => {
              host.setTest(time % 2 === 1);
            },
            nothing,
          );
        this.later(fault.times * fault.gap, () => {
          host.setTest(true);
        });
        return null;
      case 'load':
        host.daemon?.control?.tell({ kind: 'load', load: fault.load, capacity: 100 });
        return null;
      case 'quiesce':
      case 'resume':
        host.setQuiesced(fault.kind === 'quiesce');
        return null;
      case 'reload':
        host.reload(fault.group, { preferred: fault.preferred, observer: fault.observer });
        return null;
      case 'clock-step':
        host.wallClock += fault.by;
        return null;
    }
  }

  private cut(network: number | null, from: readonly number[], to: readonly number[]): Ending {
    const { networks } = this.world;
    const ways = range(networks.count)
      .filter((each) => network === null || each === network)
      .flatMap((each) => from.flatMap((a) => to.flatMap((b) => (a === b ? [] : [[each, a, b] as const]))));
    for (const way of ways) networks.cut(...way, 1);
    return () => {
      for (const way of ways) networks.cut(...way, -1);
    };
  }

  private split(near: readonly number[]): Ending {
    const far = range(this.world.hosts.length).filter((host) => !near.includes(host));
    const ends = [this.cut(null, near, far), this.cut(null, far, near)];
    const side = new Set(near);
    this.world.service.split(side);
    return () => {
      for (const end of ends) end();
      this.world.service.join(side);
    };
  }

  private weather(fault: Extract<Fault, { kind: 'weather' }>): Ending {
    const { networks } = this.world;
    const { loss, duplication, latency, jitter } = fault;
    const chosen = range(networks.count).filter((each) => fault.network === null || each === fault.network);
    for (const network of chosen)
      Object.assign(networks.weatherOf(network), { loss, duplication, latency, jitter });
    return () => {
      for (const network of chosen)
        Object.assign(networks.weatherOf(network), { loss: 0, duplication: 0, latency: 0, jitter: 0 });
    };
  }

  private operate(via: number, group: number, request: GroupRequest): null {
    this.world.host(via).daemon?.control?.operate(group, this.nextTicket++, request);
    return null;
  }

  /** Read at once, so that it does not become a right one on its way. */
  private orderFalsely({ from, to, group, action, address }: Extract<Fault, { kind: 'false-order' }>): void {
    const sender = this.world.host(from);
    const isMember = sender.memberships.some((each) => each.group === group);
    const heartbeat = isMember ? sender.daemon?.heartbeat : null;
    const control = this.world.host(to).daemon?.control;
    const monitor = control?.drivers.find((driver) => driver.group === group)?.monitor;
    if (!heartbeat || !control?.isRunning || control.slowness > 0 || monitor === undefined || from === to)
      return;
    const isUnable = monitor.failures.size > 0 || monitor.quiesced || monitor.phase === 'leaving';
    const isLeader = monitor.leader === this.world.idOf(from);
    const isFalse = !isLeader || (action === 'acquire' && isUnable);
    const term = isFalse ? monitor.term : monitor.term - 1;
    if (term < 0) return;
    const order = { address: this.world.address(address), reason: 'random' } as const;
    const command = { action, to: this.world.idOf(to), term, orders: [order] };
    const give = (given: Command, at: number): void => {
      for (const body of this.world.core.encodeCommand(given))
        control.onFrame(group, heartbeat.composeOrder(group, action, body), at);
    };
    give(command, this.world.now);
    // R52: also a right one that lay somewhere for too long.
    if (!isFalse && action === 'acquire')
      give({ ...command, term: monitor.term }, this.world.now - 2 * orderLasts(monitor.settings));
  }

  /** Network notices at once, as it follows the kernel's news. */
  private removeAddress(host: Host, pick: number, times: number): void {
    const held = host.kernel.all();
    const address = held[pick % Math.max(1, held.length)];
    if (address === undefined || times === 0) return;
    host.kernel.remove(address);
    host.daemon?.network?.onVanished(address);
    this.later(
      60,
      () => {
        if (host.kernel.has(address)) this.removeAddress(host, host.kernel.all().indexOf(address), times - 1);
      },
      nothing,
    );
  }
}

const nothing = (): void => {
  // The storm is over.
};

function slow(
  host: Host,
  fault: Extract<Fault, { kind: 'slow-control' | 'late-reading' | 'slow-interface' }>,
): Ending | null {
  const { control, heartbeat, network } = host.daemon ?? {};
  const set = (by: number): void => {
    host.world.onDisturbed(host, 'slow');
    if (fault.kind === 'slow-control' && control) control.slowness = by;
    if (fault.kind === 'late-reading' && heartbeat) heartbeat.lag = by;
    if (fault.kind === 'slow-interface' && network) network.slowness = by;
  };
  set(fault.by);
  return () => {
    set(0);
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** One line for people. */
export function describe(fault: Fault, world: World): string {
  const { kind, ...rest } = fault;
  const parts = Object.entries(rest).map(([key, value]: [string, unknown]) => {
    const isHost = ['host', 'via', 'to', 'from', 'side'].includes(key);
    const name = (index: unknown): string => (typeof index === 'number' ? world.idOf(index) : String(index));
    if (isHost) return `${key} ${Array.isArray(value) ? value.map(name).join(' ') : name(value)}`;
    return `${key} ${typeof value === 'number' ? String(Math.round(value * 100) / 100) : JSON.stringify(value)}`;
  });
  return `${kind}: ${parts.join(', ')}`;
}
