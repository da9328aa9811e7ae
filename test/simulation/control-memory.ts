// What a control process leaves to the next of its host (src/control/checkpoints.ts in its rules): its monitors behind a step,
// written a little later; void from a step on that changes something outside until the next is written. Whether an operator has
// quiesced it is written before he is answered, and holds for whoever begins anew as well.

import type { Checkpoint } from '../../src/core/checkpoint.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { ServiceMonitor } from '../../src/core/monitor.js';
import { NEVER, type Instant } from '../../src/core/time.js';
import type { ControlProcess } from './control-process.js';
import type { Core } from './core-under-test.js';
import type { Driver } from './driver.js';

/** Milliseconds. */
const SETTLING = 3;

export class ControlMemory {
  private readonly core: Core;
  private left: ReadonlyMap<number, Checkpoint> | null = null;
  private steppedAt: Instant = NEVER;
  /** All of its groups: the simulator's operator tells the host. */
  isQuiesced = false;
  /** The process that is to write; another that came after it writes for itself. */
  private writer: ControlProcess | null = null;

  constructor(core: Core) {
    this.core = core;
  }

  /** Nothing that stands here can be used. */
  discard(): void {
    this.left = null;
  }

  /** The monitor of the group that was left; null: there is none. */
  monitorOf(group: number): ServiceMonitor | null {
    const checkpoint = this.left?.get(group);
    return checkpoint === undefined ? null : this.core.monitorOf(structuredClone(checkpoint), this.steppedAt);
  }

  /** A step was taken; its effects are about to be carried out. */
  onStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    const { control, monitor } = driver;
    this.steppedAt = control.clock();
    if (events.some(({ kind }) => kind === 'quiesce' || kind === 'resume'))
      this.isQuiesced = monitor.quiesced;
    if (effects.some((effect) => this.core.isConsequence(effect))) this.discard();
    const isQuiet =
      effects.length === 0 &&
      events.every((event) => this.core.isRoutine(event)) &&
      monitor.quietUntil !== NEVER;
    if (isQuiet || this.writer === control) return;
    this.writer = control;
    control.after(SETTLING, () => {
      this.writer = null;
      this.left = new Map(
        control.drivers.map((each) => [each.group, structuredClone(this.core.checkpointOf(each.monitor))]),
      );
    });
  }
}
