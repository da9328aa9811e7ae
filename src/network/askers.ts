// Control processes follow one another: what an earlier one asked for is not answered to a later one.

export class Askers {
  #current = 0;

  /** From now on another one asks. */
  next(): void {
    this.#current++;
  }

  /** The same, as long as the control process that asks now is the one that listens; nothing afterwards. */
  bind<T extends unknown[]>(answer: (...said: T) => void): (...said: T) => void {
    const asker = this.#current;
    return (...said) => {
      if (this.#current === asker) answer(...said);
    };
  }
}
