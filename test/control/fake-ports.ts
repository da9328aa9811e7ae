// Real groups whose daemon is a notebook: what they ask of it is written down, and its clock stands still.

import type { Effect } from '../../src/core/effect.js';
import type { MonitorSettings } from '../../src/core/settings.js';
import { instant, type Instant } from '../../src/core/time.js';
import { Group, type GroupPorts, type Publication } from '../../src/control/group.js';
import type { BootAlarm } from '../../src/ipc/process-addon.js';
import { hardwareAddressOf, settings } from '../core/builders.js';

export class Notebook implements GroupPorts {
  /** One line a call, in order: `network add 10.77.0.101`. */
  readonly lines: string[] = [];
  readonly publications: Publication[] = [];
  readonly records: Extract<Effect, { kind: 'record' }>[] = [];
  clock: Instant = instant(1000);

  publish(_group: Group, publication: Publication, urgent: boolean): void {
    this.publications.push(publication);
    this.lines.push(urgent ? 'publish at once' : 'publish');
  }
  command(_group: Group, command: Parameters<GroupPorts['command']>[1]): void {
    const services = command.orders.map((order) => order.address).join(' ');
    this.lines.push(`command ${command.action} ${services} to ${command.to}`);
  }
  request(_group: Group, request: Parameters<GroupPorts['request']>[1]): void {
    this.lines.push(`request ${request.kind}`);
  }
  drain(): void {
    this.lines.push('drain');
  }
  peers(_group: Group, peers: Parameters<GroupPorts['peers']>[1]): void {
    this.lines.push(`peers ${peers.map((peer) => peer.id).join(' ')}`);
  }
  network(_group: Group, kind: string, addresses: readonly string[]): void {
    this.lines.push(`network ${kind} ${addresses.join(' ')}`);
  }
  handOver(_group: Group, addresses: Parameters<GroupPorts['handOver']>[1]): void {
    for (const { address, hardwareAddress } of addresses)
      this.lines.push(`network hand-over ${address} to ${hardwareAddress}`);
  }
  runScript(_group: Group, action: string, address: string): void {
    this.lines.push(`script ${action} ${address}`);
  }
  cancelScript(_group: Group, address: string): void {
    this.lines.push(`cancel ${address}`);
  }
  zone(_group: Group, task: Parameters<GroupPorts['zone']>[1]): void {
    this.lines.push(`zone ${task.kind} ${task.kind === 'keep' ? task.addresses.join(' ') : ''}`.trimEnd());
  }
  record(_group: Group, effect: Extract<Effect, { kind: 'record' }>): void {
    this.records.push(effect);
  }
  left(): void {
    this.lines.push('left');
  }
  now(): Instant {
    return this.clock;
  }
  /** Rings after as long as it would be; a clock that stands still stops it no more than it does time. */
  alarm(ring: () => void): BootAlarm {
    let timer: NodeJS.Timeout | undefined;
    return {
      set: (at) => {
        clearTimeout(timer);
        timer = setTimeout(ring, at - this.now());
      },
      close: () => {
        clearTimeout(timer);
      },
    };
  }
  stepped(): void {
    // Nothing is left to anybody.
  }

  performed(): void {
    // Nothing is left to anybody.
  }
  chance(): number {
    return 0;
  }

  /** What was asked for since this was called last. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

/** Groups that are alone and lead; their heartbeat process answers each drain. Close them when the test is over. */
export function leadingGroups(notebook: Notebook, ...changes: Partial<MonitorSettings>[]): Group[] {
  const groups = changes.map((each) => new Group(settings(each), notebook));
  const link = { kind: 'link', up: true, hardwareAddress: hardwareAddressOf(settings().id) } as const;
  for (const group of groups) group.step(link, { kind: 'listening' });
  for (let passed = 0; passed < 10; passed++) {
    notebook.clock = instant(notebook.clock + 20);
    for (const group of groups) group.step({ kind: 'tick' }, { kind: 'drained' }, { kind: 'tick' });
  }
  notebook.take();
  return groups;
}
