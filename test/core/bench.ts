// One monitor on a test bench: time goes on as the test says, the other members are puppets that are heard as long as
// they live, and this host's interface does at once what it is told (unless the test does that by hand).

import { compareAddresses, type HostId, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Command, Event, HostReport } from '../../src/core/event.js';
import type { AddressInformation, HostInformation, Information } from '../../src/core/host-information.js';
import { createMonitor, type LocalPhase, type ServiceMonitor } from '../../src/core/monitor.js';
import { answerSpan, type MonitorSettings } from '../../src/core/settings.js';
import { nextDeadline, step } from '../../src/core/step.js';
import { after, instant, milliseconds, NEVER, NO_DEADLINE, type Instant } from '../../src/core/time.js';
import { hardwareAddressOf, hostInformation, INTERVAL, settings, TIMEOUT } from './builders.js';

export interface Puppet {
  information: HostInformation;
  addresses: AddressInformation[];
  others: Information['others'];
  /** Heard directly, with its control process running. */
  alive: boolean;
  permit: boolean;
  joining: boolean;
  leaving: boolean;
  /** Null: it names the term that the host under test names, as a good follower does. */
  term: number | null;
  incarnation: bigint;
  heardAt: Instant;
  relayedAt: Instant;
}

export class Bench {
  readonly monitor: ServiceMonitor;
  readonly puppets = new Map<HostId, Puppet>();
  now: Instant = instant(1000);
  chance = 0;
  /** The interface answers every configure and deconfigure at once. */
  interfaceAnswers = true;
  /** The heartbeat process answers every drain at once. */
  drainAnswers = true;
  /** The other hosts let themselves be prepared (R55) at once. */
  prepareAnswers = true;
  /** Questions on the service network are confirmed once they could have been answered. */
  probeAnswers = true;
  /** The questions leave this host; otherwise it is confirmed that they did not. */
  questionsLeave = true;
  private readonly probes: { readonly addresses: readonly ServiceAddress[]; readonly askedAt: Instant }[] =
    [];
  private sequence = 0n;
  private nextReport: Instant = this.now;
  private collected: Effect[] = [];

  constructor(changes: Partial<MonitorSettings> = {}) {
    this.monitor = createMonitor(settings(changes), this.now);
  }

  /** One step, and those that its effects lead to at the same moment. All their effects. */
  step(...events: Event[]): Effect[] {
    const effects = step(this.monitor, events, this.now, this.chance);
    this.collected.push(...effects);
    const answers = effects.flatMap((effect) => this.answerTo(effect));
    return answers.length === 0 ? effects : [...effects, ...this.step(...answers)];
  }

  /** What has been asked for since this was called last. */
  take(): Effect[] {
    const taken = this.collected;
    this.collected = [];
    return taken;
  }

  /** The heartbeat process listens, the service interface is up and every test passes. */
  start(): this {
    this.step(
      ...this.monitor.settings.tests.map(
        (name) => ({ kind: 'test', name, passed: true, detail: '' }) as const,
      ),
      { kind: 'link', up: true, hardwareAddress: hardwareAddressOf(this.monitor.settings.id) },
      { kind: 'listening' },
    );
    return this;
  }

  /** Another host comes up: it is heard, and says of itself what `changes` say. */
  join(id: HostId, changes: Partial<HostInformation> = {}, puppet: Partial<Puppet> = {}): this {
    this.puppets.set(id, {
      information: hostInformation(id, changes),
      addresses: [],
      others: [],
      alive: true,
      permit: true,
      joining: false,
      leaving: false,
      term: null,
      incarnation: 1n,
      heardAt: NEVER,
      relayedAt: NEVER,
      ...puppet,
    });
    this.hear();
    this.tell(id);
    return this;
  }

  puppet(id: HostId): Puppet {
    const puppet = this.puppets.get(id);
    if (puppet === undefined) throw new Error(`${id} is not on the bench`);
    return puppet;
  }

  /** That host says something new of itself. */
  says(id: HostId, changes: Partial<HostInformation>): Effect[] {
    const puppet = this.puppet(id);
    puppet.information = { ...puppet.information, ...changes };
    return this.tell(id);
  }

  tell(id: HostId, at: Instant = this.now): Effect[] {
    const { information: host, addresses, others, incarnation } = this.puppet(id);
    return this.step({ kind: 'information', information: { host, others, addresses }, incarnation, at });
  }

  /** The rows of the service address database as that host knows them. */
  sendsRows(id: HostId, ...addresses: AddressInformation[]): Effect[] {
    this.puppet(id).addresses = addresses;
    return this.tell(id);
  }

  /** The heartbeat process reports whom it hears now. */
  hear(): Effect[] {
    const ids = [...this.puppets.keys()].sort(compareAddresses);
    return this.step({ kind: 'heard', at: this.now, reports: ids.map((id) => this.reportOf(id)) });
  }

  reportOf(id: HostId): HostReport {
    const puppet = this.puppet(id);
    if (puppet.alive && puppet.permit) puppet.heardAt = this.now;
    this.sequence += 1n;
    return {
      id,
      incarnation: puppet.incarnation,
      sequence: this.sequence,
      permit: puppet.permit,
      joining: puppet.joining,
      leaving: puppet.leaving,
      observer: puppet.information.observer,
      term: puppet.term ?? this.monitor.term,
      permittedAt: puppet.heardAt,
      relayedAt: puppet.relayedAt,
      links: [puppet.alive ? this.now : puppet.heardAt],
    };
  }

  dies(...ids: HostId[]): this {
    for (const id of ids) this.puppet(id).alive = false;
    return this;
  }

  /** Time goes on: every half interval a report, and a tick whenever the monitor wants one. */
  run(span: number): Effect[] {
    const effects: Effect[] = [];
    const end = after(this.now, span);
    while (this.now < end) {
      const deadline = nextDeadline(this.monitor);
      const confirmation = after(this.probes[0]?.askedAt ?? NO_DEADLINE, answerSpan(TIMEOUT));
      const wanted = Math.min(this.nextReport, deadline, confirmation, end);
      this.now = instant(Math.max(wanted, this.now));
      if (this.now >= confirmation) {
        effects.push(...this.step({ kind: 'probed', ...this.probes.shift()! }));
      } else if (this.now >= this.nextReport) {
        this.nextReport = after(this.now, INTERVAL / 2);
        effects.push(...this.hear());
      } else {
        effects.push(...this.step({ kind: 'tick' }));
      }
    }
    return effects;
  }

  /** Until this host, started before, is a member and has told the group what there was to tell. */
  settle(): this {
    this.run(2 * TIMEOUT);
    this.take();
    return this;
  }

  command(from: HostId, command: Command): Effect[] {
    this.sequence += 1n;
    return this.step({ kind: 'command', from, sequence: this.sequence, at: this.now, command });
  }

  commandNumbered(from: HostId, sequence: bigint, command: Command): Effect[] {
    return this.step({ kind: 'command', from, sequence, at: this.now, command });
  }

  phaseOf(service: ServiceAddress): LocalPhase | null {
    return this.monitor.local.get(service)?.phase ?? null;
  }

  private preparedBy({ to, orders }: Command): Event {
    const puppet = this.puppet(to);
    const serving = orders.map(
      ({ address, reason }) => ({ address, state: 'prepared', reason, attempts: 0 }) as const,
    );
    const prepared = new Set(orders.map((order) => order.address));
    const rest = puppet.information.serving.filter((entry) => !prepared.has(entry.address));
    puppet.information = { ...puppet.information, serving: [...rest, ...serving] };
    const { information: host, others, addresses, incarnation } = puppet;
    return { kind: 'information', information: { host, others, addresses }, incarnation, at: this.now };
  }

  private answerTo(effect: Effect): Event[] {
    switch (effect.kind) {
      case 'configure':
        return this.interfaceAnswers ? [{ kind: 'configured', address: effect.address, error: null }] : [];
      case 'prepare':
        return this.interfaceAnswers ? [{ kind: 'prepared', address: effect.address, error: null }] : [];
      case 'hand-over':
      case 'deconfigure':
        return this.interfaceAnswers ? [{ kind: 'deconfigured', address: effect.address, error: null }] : [];
      case 'probe':
        if (this.probeAnswers)
          this.probes.push({ addresses: this.questionsLeave ? effect.addresses : [], askedAt: this.now });
        return [];
      case 'command':
        return this.prepareAnswers && effect.command.action === 'prepare'
          ? [this.preparedBy(effect.command)]
          : [];
      case 'drain':
        return this.drainAnswers ? [{ kind: 'drained' }] : [];
      default:
        return [];
    }
  }
}

/** A started bench that is a member, alone or with the puppets that `arrange` puts there. */
export function memberBench(changes: Partial<MonitorSettings> = {}, arrange?: (bench: Bench) => void): Bench {
  const bench = new Bench(changes).start();
  arrange?.(bench);
  return bench.settle();
}

export const ms = milliseconds;
