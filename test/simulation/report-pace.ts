// When control has to hear how things are: native/heartbeat/report_pace.h, in its rules.

import { DOUBT_SHARE } from '../../src/core/settings.js';
import type { HeardHost } from './heard-hosts.js';
import { leapt } from './timeline.js';

/** After so many doubts a host is gone, and control has judged it. */
const GONE_DOUBTS = 3;
/** The next heartbeat may be a little late as well. */
const NEXT_INTERVALS = 1.1;

interface View {
  readonly inTime: number;
  /** When that of them was heard that was heard longest ago; now, where nobody is heard. */
  readonly oldest: number;
  /** Somebody misses a heartbeat, and has not done so for long. */
  readonly isOneLate: boolean;
}

export class ReportPace {
  private readonly interval: number;
  private readonly doubt: number;
  /** As control was told last; null: it was told nothing. */
  private told: View | null = null;

  constructor(interval: number, timeout: number) {
    this.interval = interval;
    this.doubt = Math.floor(DOUBT_SHARE * timeout);
  }

  /** Asked with each heartbeat: whether the report may wait for the next one. */
  mayWait(hosts: readonly HeardHost[], now: number): boolean {
    if (this.told === null || now + NEXT_INTERVALS * this.interval >= this.told.oldest + this.doubt)
      return false;
    const { isOneLate, inTime } = this.look(hosts, now);
    return !isOneLate && inTime === this.told.inTime;
  }

  noteTold(hosts: readonly HeardHost[], now: number): void {
    this.told = this.look(hosts, now);
  }

  leap(span: number, since: number): void {
    if (this.told !== null) this.told = { ...this.told, oldest: leapt(this.told.oldest, span, since) };
  }

  private look(hosts: readonly HeardHost[], now: number): View {
    const ages = hosts.map((host) => now - Math.max(host.permittedAt, host.relayedAt));
    const isInTime = (age: number): boolean => age <= 1.5 * this.interval;
    const timely = ages.filter(isInTime);
    return {
      inTime: timely.length,
      oldest: now - Math.max(0, ...timely),
      isOneLate: ages.some((age) => !isInTime(age) && age <= GONE_DOUBTS * this.doubt),
    };
  }
}
