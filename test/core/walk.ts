// A few whole monitors in one process, wired together without loss or chance: what they ask for is written down, line
// by line, as people would tell it. For the golden transcripts.

import { compareAddresses, sortAddresses, type HostId } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event, HostReport } from '../../src/core/event.js';
import type { HostInformation } from '../../src/core/host-information.js';
import { createMonitor, type ServiceMonitor } from '../../src/core/monitor.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { nextDeadline, step } from '../../src/core/step.js';
import { instant, NEVER, type Instant } from '../../src/core/time.js';
import { A, B, C, D, E, hardwareAddressOf, INTERVAL, settings, X, Y, Z } from './builders.js';

/** Milliseconds that a message, the interface and a script take. */
const MESSAGE = 1;
const INTERFACE = 1;
const SCRIPT = 5;

type Publication = Extract<Effect, { kind: 'publish' }>;

interface Frame {
  readonly from: HostId;
  readonly incarnation: bigint;
  readonly sequence: bigint;
  readonly publication: Publication;
  readonly version: number;
}

class Host {
  readonly id: HostId;
  readonly monitor: ServiceMonitor;
  readonly incarnation: bigint;
  publication: Publication | null = null;
  version = 0;
  nextHeartbeat: number;
  hasLeft = false;
  told = '';
  /** The newest frame of each other host, when it came, and the newest version that was taken in. */
  readonly heard = new Map<HostId, { frame: Frame; at: Instant; version: number }>();

  constructor(changes: MonitorSettings, now: Instant, incarnation: bigint) {
    this.id = changes.id;
    this.monitor = createMonitor(changes, now);
    this.incarnation = incarnation;
    this.nextHeartbeat = now + INTERVAL;
  }
}

export class Walk {
  private now = 0;
  private sequence = 0n;
  private readonly hosts = new Map<HostId, Host>();
  private readonly agenda: { readonly at: number; readonly act: () => void }[] = [];
  private readonly lines: string[] = [];
  private side = new Set<HostId>();

  /** A host is switched on. */
  starts(id: HostId, changes: Partial<MonitorSettings> = {}): this {
    const incarnation = BigInt(this.hosts.size + 1) + (this.hosts.has(id) ? 100n : 0n);
    const host = new Host(
      settings({ id, controlAddresses: [id], ...changes }),
      instant(this.now),
      incarnation,
    );
    this.hosts.set(id, host);
    this.say(`${id} starts`);
    this.step(
      host,
      { kind: 'link', up: true, hardwareAddress: hardwareAddressOf(id) },
      { kind: 'listening' },
    );
    return this;
  }

  /** Power off. */
  dies(id: HostId): this {
    this.say(`${id} dies`);
    this.hosts.delete(id);
    return this;
  }

  happens(id: HostId, what: string, event: Event): this {
    this.say(what);
    this.step(this.hostOf(id), event);
    return this;
  }

  /** The control networks are cut between these hosts and the others. */
  cut(...ids: HostId[]): this {
    this.say(
      ids.length === 0 ? 'the control networks are whole again' : `${ids.join(', ')} cut off from the others`,
    );
    this.side = new Set(ids);
    return this;
  }

  run(span: number): this {
    for (const end = this.now + span; this.now < end; this.now++) {
      for (const host of this.running()) this.beat(host);
      for (const { act } of this.dueNow()) act();
    }
    return this;
  }

  /** Hosts by letters, as the tests name them. */
  toString(): string {
    const names: [string, string][] = [
      ...[A, B, C, D, E].map((id, index): [string, string] => [id, 'ABCDE'.charAt(index)]),
      ...[X, Y, Z].map((service, index): [string, string] => [service, 'XYZ'.charAt(index)]),
    ];
    return `${names.reduce((text, [address, name]) => text.replaceAll(address, name), this.lines.join('\n'))}\n`;
  }

  private running(): Host[] {
    return [...this.hosts.values()]
      .filter((host) => !host.hasLeft)
      .sort((a, b) => compareAddresses(a.id, b.id));
  }

  private hostOf(id: HostId): Host {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`${id} does not run`);
    return host;
  }

  private dueNow(): { act: () => void }[] {
    const due = this.agenda.filter(({ at }) => at <= this.now);
    for (const each of due) this.agenda.splice(this.agenda.indexOf(each), 1);
    return due;
  }

  private later(delay: number, host: Host, act: () => void): void {
    this.agenda.push({
      at: this.now + delay,
      act: () => {
        if (this.hosts.get(host.id) === host) act();
      },
    });
  }

  private beat(host: Host): void {
    if (this.now >= host.nextHeartbeat) {
      host.nextHeartbeat += INTERVAL;
      this.send(host);
      this.report(host);
    } else if (nextDeadline(host.monitor) <= this.now) {
      this.step(host, { kind: 'tick' });
    }
  }

  private send(host: Host): void {
    if (host.publication === null) return;
    const { id: from, incarnation, publication, version } = host;
    this.sequence += 1n;
    const frame: Frame = { from, incarnation, sequence: this.sequence, publication, version };
    this.toOthers(host, (other) => {
      const before = other.heard.get(from);
      const isNew = before?.frame.incarnation !== incarnation || before.version !== version;
      other.heard.set(from, { frame, at: instant(this.now), version });
      if (isNew)
        this.step(other, {
          kind: 'information',
          information: publication.information,
          incarnation,
          at: instant(this.now),
        });
      if (isNew || before.frame.publication !== publication) this.report(other);
    });
  }

  private toOthers(host: Host, deliver: (other: Host) => void): void {
    for (const other of this.running()) {
      if (other === host || this.side.has(other.id) !== this.side.has(host.id)) continue;
      this.later(MESSAGE, other, () => {
        deliver(other);
      });
    }
  }

  private report(host: Host): void {
    const reports = sortAddresses(host.heard.keys()).flatMap((id): HostReport[] => {
      const known = host.heard.get(id);
      if (known === undefined) return [];
      const { frame, at } = known;
      return [
        {
          id,
          incarnation: frame.incarnation,
          sequence: frame.sequence,
          permit: true,
          ...frame.publication.flags,
          term: frame.publication.term,
          permittedAt: at,
          relayedAt: NEVER,
          links: [at],
        },
      ];
    });
    this.step(host, { kind: 'heard', at: instant(this.now), reports });
  }

  private step(host: Host, ...events: Event[]): void {
    for (const effect of step(host.monitor, events, instant(this.now))) this.perform(host, effect);
  }

  private perform(host: Host, effect: Effect): void {
    switch (effect.kind) {
      case 'publish':
        this.publish(host, effect);
        return;
      case 'command':
        this.tellCommand(host, effect.command);
        return;
      case 'drain':
        this.step(host, { kind: 'drained' });
        return;
      case 'configure':
        this.say(`${host.id}   configures ${effect.address}`);
        this.answer(host, INTERFACE, { kind: 'configured', address: effect.address, error: null });
        return;
      case 'prepare':
        this.say(`${host.id}   makes ready for ${effect.address}`);
        this.answer(host, INTERFACE, { kind: 'prepared', address: effect.address, error: null });
        return;
      case 'hand-over':
        this.say(`${host.id}   sends on what comes for ${effect.address} to ${effect.hardwareAddress}`);
        this.answer(host, INTERFACE, { kind: 'deconfigured', address: effect.address, error: null });
        return;
      case 'deconfigure':
        this.say(`${host.id}   deconfigures ${effect.address}`);
        this.answer(host, INTERFACE, { kind: 'deconfigured', address: effect.address, error: null });
        return;
      case 'run-script':
        this.say(`${host.id}   runs the ${effect.action} script for ${effect.address}`);
        this.answer(host, SCRIPT, {
          kind: 'script-done',
          action: effect.action,
          address: effect.address,
          error: null,
        });
        return;
      case 'record':
        this.say(`${host.id} ! ${effect.message}`);
        return;
      case 'announce':
        this.say(`${host.id}   announces ${effect.address}`);
        return;
      case 'left':
        host.hasLeft = true;
        return;
      default:
        return;
    }
  }

  private answer(host: Host, delay: number, event: Event): void {
    this.later(delay, host, () => {
      this.step(host, event);
    });
  }

  private publish(host: Host, effect: Publication): void {
    const said = (publication: Publication): string => JSON.stringify(publication.information);
    if (host.publication === null || said(host.publication) !== said(effect)) host.version += 1;
    host.publication = effect;
    const told = describe(effect);
    if (told !== host.told) this.say(`${host.id} > ${told}`);
    host.told = told;
    if (effect.urgent) this.send(host);
  }

  private tellCommand(host: Host, command: Extract<Effect, { kind: 'command' }>['command']): void {
    const services = command.orders.map((order) => `${order.address} (${order.reason})`).join(', ');
    this.say(`${host.id} → ${command.to}: ${command.action} ${services}, term ${String(command.term)}`);
    this.sequence += 1n;
    const { sequence } = this;
    this.toOthers(host, (other) => {
      this.step(other, { kind: 'command', from: host.id, sequence, at: instant(this.now), command });
    });
  }

  private say(line: string): void {
    this.lines.push(`${String(this.now).padStart(5)}  ${line}`);
  }
}

function describe({ information: { host }, term, flags }: Publication): string {
  const words = [
    `term ${String(term)}`,
    ...(flags.joining ? ['joining'] : []),
    ...(flags.leaving ? ['leaving'] : []),
    host.ok ? 'OK' : `failed (${host.failures.join('; ')})`,
    ...(host.quiesced ? ['quiesced'] : []),
    ...served(host),
  ];
  return words.join(', ');
}

const served = (host: HostInformation): string[] =>
  host.serving.map(({ address, state }) => `${address} ${state}`);
