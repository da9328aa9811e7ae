// What ever happened in a simulation: records, transitions, reasons. What never happens in many seeds is a hole in the
// simulator or dead code.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import type { MoveMessage } from './move-messages.js';
import type { Observer } from './world.js';

export class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  addAll(other: Tally): void {
    for (const [name, count] of other.counts) this.add(name, count);
  }

  sorted(): [string, number][] {
    return [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

export class Coverage implements Observer {
  readonly records = new Tally();
  readonly effects = new Tally();
  readonly events = new Tally();
  readonly transitions = new Tally();
  readonly peerTransitions = new Tally();
  readonly reasons = new Tally();
  /** How monitors begin: anew, or with what another left (R53). */
  readonly beginnings = new Tally();
  /** Messages of planned moves that were stolen (R55). */
  readonly lost = new Tally();
  private readonly phases = new WeakMap<Driver, Map<ServiceAddress, string>>();
  private readonly peers = new WeakMap<Driver, Map<string, string>>();

  addAll(other: Coverage): void {
    this.records.addAll(other.records);
    this.effects.addAll(other.effects);
    this.events.addAll(other.events);
    this.transitions.addAll(other.transitions);
    this.peerTransitions.addAll(other.peerTransitions);
    this.reasons.addAll(other.reasons);
    this.lost.addAll(other.lost);
    this.beginnings.addAll(other.beginnings);
  }

  onMonitorCreated({ isInherited }: Driver): void {
    this.beginnings.add(isInherited ? 'with a checkpoint' : 'anew');
  }

  onMessageLost(message: MoveMessage): void {
    this.lost.add(message);
  }

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    for (const { kind } of events) this.events.add(kind);
    if (effects.length === 0) return;
    for (const effect of effects) {
      this.effects.add(effect.kind);
      if (effect.kind === 'record') this.records.add(effect.event);
      if (effect.kind === 'command') for (const { reason } of effect.command.orders) this.reasons.add(reason);
    }
    this.notePhases(driver);
    this.notePeers(driver);
  }

  private notePhases(driver: Driver): void {
    const before = this.phases.get(driver) ?? new Map<ServiceAddress, string>();
    const after = new Map<ServiceAddress, string>();
    for (const { address, phase, reason } of driver.monitor.local.values()) {
      after.set(address, phase);
      this.reasons.add(reason);
      const was = before.get(address) ?? '(none)';
      if (was !== phase) this.transitions.add(`${was} → ${phase}`);
    }
    for (const [address, was] of before) if (!after.has(address)) this.transitions.add(`${was} → (none)`);
    this.phases.set(driver, after);
  }

  private notePeers(driver: Driver): void {
    const before = this.peers.get(driver) ?? new Map<string, string>();
    for (const { id, state } of driver.monitor.peers.values()) {
      const was = before.get(id) ?? '(unknown)';
      if (was !== state) this.peerTransitions.add(`${was} → ${state}`);
      before.set(id, state);
    }
    this.peers.set(driver, before);
  }
}
