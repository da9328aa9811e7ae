// Chance from a seed (sfc32, started by splitmix32): the same seed draws the same numbers on every machine.

export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    let state = seed >>> 0;
    const split = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    [this.a, this.b, this.c] = [split(), split(), split()];
    for (let round = 0; round < 12; round++) this.u32();
  }

  /** An unsigned 32-bit number. */
  u32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** low ≤ x < high. */
  between(low: number, high: number): number {
    return low + (high - low) * this.fraction();
  }

  /** Spread evenly over the orders of magnitude from `low` to `high`. */
  magnitude(low: number, high: number): number {
    return low * Math.exp(this.fraction() * Math.log(high / low));
  }

  /** An integer, low ≤ x ≤ high. */
  integer(low: number, high: number): number {
    return low + (this.u32() % (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.u32() % list.length];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** `count` different items, in random order; all of them if there are fewer. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.u32() % rest.length, 1));
    return taken;
  }

  /** An independent source: what is drawn from it shifts nothing here. */
  fork(): Random {
    return new Random(this.u32());
  }
}

/** A number that looks drawn at random, and is the same for the same two. */
export function mixed(seed: number, moment: number): number {
  let value = (seed ^ Math.imul(moment | 0, 0x9e3779b9)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return (value ^ (value >>> 15)) >>> 0;
}
