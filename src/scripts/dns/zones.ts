// The zones that control asks to keep or to watch, one keeper a group. They belong to the control process that asked last:
// a new one says itself what it wants.

import type { Configuration, DnsConfiguration } from '../../config/configuration.js';
import type { ScriptsToControl, ZoneTask } from '../../ipc/scripts-messages.js';
import type { User } from '../user.js';
import { FileRoute } from './file-route.js';
import type { Route } from './route.js';
import { UpdateRoute } from './update-route.js';
import { ZoneKeeper } from './zone-keeper.js';

export type ZoneAnswer = Extract<ScriptsToControl, { kind: 'zone-told' }>;

interface Zone {
  task: Exclude<ZoneTask, { kind: 'leave' }>;
  readonly answer: (told: ZoneAnswer) => void;
  settings: DnsConfiguration | null;
  /** Null: the configuration does not know of it yet. */
  keeper: ZoneKeeper | null;
}

export class Zones {
  readonly #zones = new Map<string, Zone>();
  readonly #lookUp: (name: string) => Promise<User>;
  #configuration: Configuration;

  constructor(configuration: Configuration, lookUp: (name: string) => Promise<User>) {
    this.#configuration = configuration;
    this.#lookUp = lookUp;
  }

  /** Replaces the group's task. `answer` is called with each look at the zone, until the task is `leave` or `forget` is called. */
  take(group: string, task: ZoneTask, answer: (told: ZoneAnswer) => void): void {
    if (task.kind === 'leave') {
      this.#leave(group);
      return;
    }
    const zone: Zone = this.#zones.get(group) ?? { task, answer, settings: null, keeper: null };
    this.#zones.set(group, zone);
    zone.task = task;
    this.#work(group, zone);
  }

  /** R56: a changed zone is looked at at once; the others are not disturbed. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const [group, zone] of this.#zones)
      if (JSON.stringify(this.#settingsOf(group)) !== JSON.stringify(zone.settings)) {
        zone.keeper?.close();
        zone.keeper = null;
        this.#work(group, zone);
      }
  }

  /** The control process is gone. */
  forget(): void {
    for (const group of [...this.#zones.keys()]) this.#leave(group);
  }

  #leave(group: string): void {
    this.#zones.get(group)?.keeper?.close();
    this.#zones.delete(group);
  }

  /** A reload reaches control first, or this process: what is not configured here yet waits until it is. */
  #work(group: string, zone: Zone): void {
    const settings = this.#settingsOf(group);
    zone.settings = settings;
    if (settings === null) return;
    zone.keeper ??= new ZoneKeeper(
      () => this.#routeOf(settings),
      settings.interval,
      (published, error) => {
        zone.answer({ kind: 'zone-told', group, published, error });
      },
    );
    zone.keeper.take(zone.task);
  }

  #settingsOf(group: string): DnsConfiguration | null {
    const { groups } = this.#configuration;
    // A group's name may be that of a property which every object has.
    return Object.hasOwn(groups, group) ? (groups[group]?.dns ?? null) : null;
  }

  #routeOf({ zone, name, ttl, file, update }: DnsConfiguration): Route {
    const advertisement = { zone, name, ttl: ttl / 1000 };
    if (file !== null) return new FileRoute({ ...advertisement, ...file }, this.#lookUp);
    if (update !== null) return new UpdateRoute({ ...advertisement, ...update }, this.#lookUp);
    throw new Error('a checked dns section has a route');
  }
}
