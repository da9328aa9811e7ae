// Acquire and release scripts of a simulated host: short as a rule, slow, failing or hanging where a fault says so.

import type { ServiceAddress } from '../../src/core/address.js';
import type { ControlProcess } from './control-process.js';
import type { Host } from './host.js';
import { Process } from './process.js';
import type { Appointment } from './timeline.js';
import { ZoneKeeper, type ZoneTask } from './zone-keeper.js';

/** A script that takes longer is killed, and that counts as an error (milliseconds). */
export const SCRIPT_TIMEOUT = 500;

export type ScriptManner = 'well' | 'slow' | 'failing' | 'hanging';

export interface ScriptEnd {
  readonly group: number;
  readonly action: 'acquire' | 'release';
  readonly address: ServiceAddress;
  readonly error: string | null;
}

interface Run {
  readonly control: ControlProcess;
  readonly appointment: Appointment;
}

export class ScriptsProcess extends Process {
  private readonly host: Host;
  private readonly runs = new Map<number, Run>();
  private readonly zones = new Map<number, ZoneKeeper>();

  constructor(host: Host) {
    super(host.world.timeline);
    this.host = host;
  }

  start(control: ControlProcess, ticket: number): void {
    const { duration, error } = this.course();
    const run: Run = {
      control,
      appointment: this.after(duration, () => {
        this.finish(ticket, run, error);
      }),
    };
    this.runs.set(ticket, run);
  }

  cancel(ticket: number): void {
    const run = this.runs.get(ticket);
    if (run === undefined) return;
    run.appointment.cancel();
    this.after(1, () => {
      this.finish(ticket, run, 'killed');
    });
  }

  /** Null: nothing more. */
  keepZone(control: ControlProcess, group: number, task: ZoneTask | null): void {
    // Its link was read to the end before it was seen to be closed.
    if (!control.isAlive) return;
    const { random, world } = this.host;
    const zone = world.groupOf(group).zone;
    if (task === null || zone === null) {
      this.zones.get(group)?.close();
      this.zones.delete(group);
      return;
    }
    const tell = (published: readonly ServiceAddress[] | null, error: string | null): void => {
      control.onZoneTold(group, published, error);
    };
    const known = this.zones.get(group);
    const keeper =
      known ??
      new ZoneKeeper(this, { server: world.nameServer, random }, { group, interval: zone.interval, tell });
    this.zones.set(group, keeper);
    keeper.take(task);
  }

  /** Nobody asks for the ends of its scripts any more. The next control counts its tickets anew. */
  onControlClosed(): void {
    for (const { appointment } of this.runs.values()) appointment.cancel();
    this.runs.clear();
    for (const keeper of this.zones.values()) keeper.close();
    this.zones.clear();
  }

  private course(): { duration: number; error: string | null } {
    const { random } = this.host;
    switch (this.host.scripts) {
      case 'well':
        return { duration: random.between(1, 20), error: null };
      case 'slow':
        return { duration: random.between(50, 400), error: null };
      case 'failing':
        return { duration: random.between(1, 20), error: 'exit 1' };
      case 'hanging':
        return { duration: SCRIPT_TIMEOUT, error: 'killed after its timeout' };
    }
  }

  private finish(ticket: number, run: Run, error: string | null): void {
    if (this.runs.get(ticket) !== run) return;
    this.runs.delete(ticket);
    run.control.onScriptEnd(ticket, error);
  }
}
