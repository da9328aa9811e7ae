// What is done again and again: at once, and then every interval, counted from start to start. A run that takes
// longer than the interval is waited for, so that runs never pile up.

export class Schedule {
  readonly #interval: number;
  readonly #run: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `interval`: milliseconds. `run` must not reject. */
  constructor(interval: number, run: () => Promise<void>) {
    this.#interval = interval;
    this.#run = run;
    this.#timer = setTimeout(() => {
      this.#turn();
    }, 0);
  }

  /** Nothing is started any more; what runs is its owner's business. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #turn(): void {
    const begun = performance.now();
    void this.#run().then(() => {
      if (this.#closed) return;
      this.#timer = setTimeout(
        () => {
          this.#turn();
        },
        Math.max(0, begun + this.#interval - performance.now()),
      );
    });
  }
}
