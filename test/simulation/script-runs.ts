// The scripts that a simulated control process has asked for and not been told the end of (src/control/scripts-link.ts in its
// rules): what a scripts process took with it has failed, whether it had begun or was still on its way to it.

import type { ServiceAddress } from '../../src/core/address.js';
import type { ScriptEnd } from './scripts-process.js';

export type Script = Omit<ScriptEnd, 'error'>;

interface Asked {
  readonly script: Script;
  isSent: boolean;
}

export class ScriptRuns {
  private readonly asked = new Map<number, Asked>();
  private readonly tell: (end: ScriptEnd) => void;
  private nextTicket = 1;

  constructor(tell: (end: ScriptEnd) => void) {
    this.tell = tell;
  }

  add(script: Script): void {
    this.asked.set(this.nextTicket++, { script, isSent: false });
  }

  /** Those that no scripts process was there for yet; they are on their way from now on. */
  takeUnsent(): number[] {
    const unsent = [...this.asked].filter(([, { isSent }]) => !isSent);
    for (const [, asked] of unsent) asked.isSent = true;
    return unsent.map(([ticket]) => ticket);
  }

  /** The acquire scripts of that address that are under way. */
  sentFor(group: number, address: ServiceAddress): number[] {
    return this.acquiresOf(group, address).flatMap(([ticket, { isSent }]) => (isSent ? [ticket] : []));
  }

  /** Those that never began. */
  unsentFor(group: number, address: ServiceAddress): number[] {
    return this.acquiresOf(group, address).flatMap(([ticket, { isSent }]) => (isSent ? [] : [ticket]));
  }

  finish(ticket: number, error: string | null): void {
    const asked = this.asked.get(ticket);
    if (asked === undefined) return;
    this.asked.delete(ticket);
    this.tell({ ...asked.script, error });
  }

  /** The scripts process is gone. */
  failSent(): void {
    for (const [ticket, { isSent }] of [...this.asked])
      if (isSent) this.finish(ticket, 'the scripts process ended');
  }

  private acquiresOf(group: number, address: ServiceAddress): [number, Asked][] {
    return [...this.asked].filter(
      ([, { script }]) => script.group === group && script.address === address && script.action === 'acquire',
    );
  }
}
