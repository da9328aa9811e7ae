// R20: slow work waits here, not with whoever wants it. Runs of different addresses go on side by side, those of one
// address one after the other in the order in which they were asked for (R21, R22).

export interface Queued {
  /** Jobs with the same key run one after the other. */
  readonly key: string;
}

/** Programs that run at the same time; the others wait. */
export const MAX_RUNNING = 64;
/** Jobs that wait; one more is refused, and that is its answer. */
export const MAX_WAITING = 4096;

export class ScriptQueue<J extends Queued> {
  #waiting: J[] = [];
  readonly #running = new Map<string, J>();
  readonly #start: (job: J) => void;

  /** `start` begins a job; its end must be told by `finished`, later than `start` returns. */
  constructor(start: (job: J) => void) {
    this.#start = start;
  }

  get running(): Iterable<J> {
    return this.#running.values();
  }

  /** False: the queue is at its bound, and nothing was taken. */
  add(job: J): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(job);
    this.#startWhatMay();
    return true;
  }

  finished(job: J): void {
    if (this.#running.get(job.key) === job) this.#running.delete(job.key);
    this.#startWhatMay();
  }

  /** The job of that key that was added last, if it still waits. */
  lastWaiting(key: string): J | undefined {
    return this.#waiting.findLast((job) => job.key === key);
  }

  /** Takes out the waiting jobs that `which` names, and returns them. */
  withdraw(which: (job: J) => boolean): J[] {
    const withdrawn = this.#waiting.filter(which);
    if (withdrawn.length > 0) this.#waiting = this.#waiting.filter((job) => !withdrawn.includes(job));
    return withdrawn;
  }

  #startWhatMay(): void {
    if (this.#running.size >= MAX_RUNNING) return;
    const stillWaiting: J[] = [];
    for (const job of this.#waiting) {
      // In order: the first of its key is started, and those behind it find the key taken.
      if (this.#running.size < MAX_RUNNING && !this.#running.has(job.key)) {
        this.#running.set(job.key, job);
        this.#start(job);
      } else {
        stillWaiting.push(job);
      }
    }
    this.#waiting = stillWaiting;
  }
}
