// Where the fence stands, and whether it can be relied on there. It is a guest on the interface: others may take it off (who
// manages the host's queueing disciplines clears them without asking whose filters hang there), or have the interface run
// programs before it that let pass what it would stop. Nobody tells, so the kernel is asked, over and over.

import { constants } from 'node:os';
import { after, NEVER, type Instant } from '../core/time.js';
import type { KernelFence } from './addon.js';
import { errorName } from './placement.js';

/** What was taken off once may be taken off again, by whoever does so every second: planned moves do without it for so long. */
const RELIED_ON_AFTER_MILLISECONDS = 10_000;

interface Standing {
  readonly name: string;
  takenOffAt: Instant;
  /** Programs of others that the interface runs first. */
  preceding: number;
}

export class FenceStanding {
  readonly #kernel: KernelFence;
  readonly #now: () => Instant;
  /** By the interface's index. */
  readonly #standings = new Map<number, Standing>();

  constructor(kernel: KernelFence, now: () => Instant) {
    this.#kernel = kernel;
    this.#now = now;
  }

  /** The interfaces before which it stood when it was looked for last, and their names. */
  interfaces(): [index: number, name: string][] {
    return [...this.#standings].map(([index, { name }]) => [index, name]);
  }

  /** Null, or why it cannot stand there. */
  attach(index: number, name: string): string | null {
    if (this.#standings.has(index)) return null;
    const errno = this.#kernel.attach(index);
    if (errno !== 0) return `the kernel refuses the filters (clsact, bpf) on ${name}: ${errorName(errno)}`;
    this.#standings.set(index, { name, takenOffAt: NEVER, preceding: this.#kernel.preceding(index) });
    return null;
  }

  detach(index: number): void {
    this.#kernel.detach(index);
    this.#standings.delete(index);
  }

  /** The interface is gone, even if another has its index by now. */
  forget(index: number): void {
    this.#standings.delete(index);
  }

  /** Looks for it everywhere, and puts it back where it was taken off. Some microseconds an interface, whatever is marked. */
  confirm(): void {
    for (const [index, standing] of this.#standings) {
      const missing = this.#kernel.find(index);
      standing.preceding = this.#kernel.preceding(index);
      if (missing === 0) continue;
      standing.takenOffAt = this.#now();
      // Of an interface that has vanished the news comes in its turn; what is refused, `attach` tries again and tells.
      if (missing === constants.errno.ENODEV || this.#kernel.attach(index) !== 0) this.forget(index);
    }
  }

  /** Null: it can be relied on there, where it stands at all. */
  doubtAt(index: number): string | null {
    const standing = this.#standings.get(index);
    if (standing === undefined) return null;
    const { name, takenOffAt, preceding } = standing;
    if (this.#now() < after(takenOffAt, RELIED_ON_AFTER_MILLISECONDS))
      return `another program took it off ${name} (as \`tc qdisc del dev ${name} clsact\` does); it was put back, and is relied on again when it has stood for ${String(RELIED_ON_AFTER_MILLISECONDS / 1000)} s`;
    if (preceding > 0)
      return `other programs come before it (TCX: \`bpftool net show dev ${name}\`) and may let pass what it would stop`;
    return null;
  }

  isReliable(index: number): boolean {
    return this.#standings.has(index) && this.doubtAt(index) === null;
  }
}
