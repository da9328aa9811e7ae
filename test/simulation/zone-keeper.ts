// What the scripts process of a simulated host does about one group's zone (src/scripts/dns/zone-keeper.ts in its rules):
// it looks once an interval, puts right what is not right where it is told to, and tells what it found.

import type { ServiceAddress } from '../../src/core/address.js';
import type { NameServer } from './name-server.js';
import type { Random } from './random.js';
import type { ScriptsProcess } from './scripts-process.js';
import type { Appointment } from './timeline.js';

export type ZoneTask =
  { readonly kind: 'keep'; readonly addresses: readonly ServiceAddress[] } | { readonly kind: 'watch' };

export type Tell = (published: readonly ServiceAddress[] | null, error: string | null) => void;

/** Milliseconds that one question to the name server takes, or one change. */
const EXCHANGE = [1, 30] as const;
/** As src/scripts/dns/zone-keeper.ts; the longest is never reached with the intervals of these farms. */
export const FIRST_RETRY = 1000;

export class ZoneKeeper {
  private readonly process: ScriptsProcess;
  private readonly server: NameServer;
  private readonly random: Random;
  readonly group: number;
  private readonly interval: number;
  private readonly tell: Tell;
  private task: ZoneTask = { kind: 'watch' };
  private next: Appointment | null = null;
  private isBusy = false;
  private isWantedAgain = false;
  private isClosed = false;
  private error: string | null = null;

  constructor(
    process: ScriptsProcess,
    { server, random }: { readonly server: NameServer; readonly random: Random },
    { group, interval, tell }: { readonly group: number; readonly interval: number; readonly tell: Tell },
  ) {
    this.process = process;
    this.server = server;
    this.random = random;
    this.group = group;
    this.interval = interval;
    this.tell = tell;
  }

  /** From now on this is to be done; it begins at once. */
  take(task: ZoneTask): void {
    this.task = task;
    this.begin();
  }

  close(): void {
    this.isClosed = true;
    this.next?.cancel();
  }

  private begin(): void {
    this.next?.cancel();
    if (this.isClosed) return;
    if (this.isBusy) {
      this.isWantedAgain = true;
      return;
    }
    this.isBusy = true;
    this.isWantedAgain = false;
    this.exchange(() => {
      this.look();
    });
  }

  /** Its member writes the zone. */
  get isKeeping(): boolean {
    return !this.isClosed && this.task.kind === 'keep';
  }

  get now(): number {
    return this.process.now;
  }

  private exchange(then: () => void): void {
    this.process.after(this.random.between(...EXCHANGE), then);
  }

  private look(): void {
    const found = this.server.read(this.group);
    const { task } = this;
    if (found === null || task.kind === 'watch' || isSame(found, task.addresses)) {
      this.finish(found);
      return;
    }
    this.say(found, this.error);
    this.exchange(() => {
      // A turn of writing that has ended meanwhile: the next writer finds this at its next look.
      if (!this.isKeeping) this.server.disturbedAt = this.process.now;
      const isWritten = this.server.write(this, task.addresses);
      this.finish(isWritten ? task.addresses : null);
    });
  }

  private finish(published: readonly ServiceAddress[] | null): void {
    this.say(published, published === null ? 'the name server does not answer' : null);
    this.isBusy = false;
    const patience = published === null ? Math.min(FIRST_RETRY, this.interval) : this.interval;
    if (this.isWantedAgain) this.begin();
    else if (!this.isClosed)
      this.next = this.process.after(patience, () => {
        this.begin();
      });
  }

  private say(published: readonly ServiceAddress[] | null, error: string | null): void {
    this.error = error;
    if (!this.isClosed) this.tell(published, error);
  }
}

const isSame = (a: readonly ServiceAddress[], b: readonly ServiceAddress[]): boolean =>
  a.length === b.length && a.every((address) => b.includes(address));
