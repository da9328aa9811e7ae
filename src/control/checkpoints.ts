// When checkpoints are written: behind the effects of a step, never before them, and not more often than they are cheap. A step
// that changes something outside makes the one that stands there void first, in one small write: who dies in between is followed
// by a control process that knows nothing but whether it is quiesced, gives up what it finds and joins anew.

import { checkpointOf, isConsequence } from '../core/checkpoint.js';
import type { Effect } from '../core/effect.js';
import type { Event } from '../core/event.js';
import type { Instant } from '../core/time.js';
import { isRoutine } from '../core/step.js';
import { NEVER } from '../core/time.js';
import type { CheckpointFile } from './checkpoint-file.js';
import type { Group } from './group.js';

/** What changed is written after this long, together with what changes meanwhile; milliseconds. */
const SETTLING_MS = 3;
/** And no more than one such share of the time is spent on it. */
const SHARE = 0.1;

export class CheckpointWriter {
  private readonly file: CheckpointFile;
  private readonly groups: ReadonlyMap<string, Group>;
  private timer: NodeJS.Timeout | undefined;
  private rest = SETTLING_MS;

  constructor(file: CheckpointFile, groups: ReadonlyMap<string, Group>) {
    this.file = file;
    this.groups = groups;
  }

  /** A step was taken; its effects are about to be carried out. */
  onStep(group: Group, events: readonly Event[], effects: readonly Effect[], now: Instant): void {
    this.file.noteStep(now);
    if (effects.some(isConsequence)) this.file.discard();
    const isQuiet = effects.length === 0 && events.every(isRoutine) && group.monitor.quietUntil !== NEVER;
    if (!isQuiet) this.schedule();
  }

  /** The effects of a step were carried out. R44: what an operator has said is kept before it is answered. */
  onPerformed(events: readonly Event[]): void {
    if (events.some(({ kind }) => kind === 'quiesce' || kind === 'resume')) this.flush();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.write();
    }, this.rest);
  }

  /** Writes now what was to be written later. */
  flush(): void {
    if (this.timer === undefined) return;
    this.close();
    this.write();
  }

  /** Nothing is written any more. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private write(): void {
    const begun = performance.now();
    const entries = [...this.groups.values()].map(
      (group) => [group.name, checkpointOf(group.monitor)] as const,
    );
    this.file.save(Object.fromEntries(entries));
    this.rest = Math.max(SETTLING_MS, (performance.now() - begun) / SHARE);
  }
}
