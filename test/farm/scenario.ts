// What a scenario is: something that happens to a settled farm, what must follow, and how it is undone.

import type { Stage } from './stage.js';

export interface Scenario {
  /** For --only and for test names: lower case, hyphens. */
  readonly name: string;
  readonly requirements: readonly string[];
  /** What is done, and what must follow: for the table and for test names. */
  readonly does: string;
  readonly expects: string;
  /** Brings a settled farm to where the scenario begins. Not measured. */
  prepare?(stage: Stage): Promise<void>;
  /** Does it and waits until what must follow has followed. Throws where it does not. This is measured. */
  run(stage: Stage): Promise<void>;
  /** Brings the farm back to where it can settle. Not measured. Absent: it can as it is. */
  undo?(stage: Stage): Promise<void>;
}
