// How fast the peers are set to be. The same expectation for all: the timeout in which a silent host is given up.

import type { Timing } from '../test/farm/configuration.js';

export interface Setting extends Timing {
  /** `INTERVAL/TIMEOUT` in milliseconds, as raisd is configured. */
  readonly name: string;
  /**
   * What VRRP advertises at for the same timeout (three intervals and the skew), in milliseconds: a multiple of 10, which is
   * the unit of the protocol, and the least that keepalived and FRR can do.
   */
  readonly advertMs: number;
}

export const SETTINGS = {
  /** Below what VRRP can say. For an idle machine: under load there were false failovers at it (bench/results). */
  smallest: { name: '3/9', intervalMs: 3, timeoutMs: 9, advertMs: 10 },
  fast: { name: '10/30', intervalMs: 10, timeoutMs: 30, advertMs: 10 },
  middle: { name: '20/100', intervalMs: 20, timeoutMs: 100, advertMs: 30 },
  slow: { name: '100/350', intervalMs: 100, timeoutMs: 350, advertMs: 100 },
} as const satisfies Record<string, Setting>;
