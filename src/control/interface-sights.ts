// What is known of each group on each control interface, from one look to the next. It is looked regularly; what is no longer
// configured is forgotten.

/** How often it is looked. */
export const LOOK_MS = 1000;
/** So many looks in a row must see the same before it is told: what comes and goes within seconds is not. */
export const LOOKS = 3;

export class InterfaceSights<Sight> {
  readonly #fresh: () => Sight;
  readonly #timer: NodeJS.Timeout;
  #sights = new Map<string, Sight>();

  /** `fresh`: of what was not looked at before. `look` is called every `LOOK_MS`. */
  constructor(fresh: () => Sight, look: () => void) {
    this.#fresh = fresh;
    this.#timer = setInterval(look, LOOK_MS);
    this.#timer.unref();
  }

  /** Visits all of them, each with the interface's position. */
  look(
    groups: Iterable<string>,
    interfaces: readonly string[],
    visit: (sight: Sight, group: string, position: number) => void,
  ): void {
    const before = this.#sights;
    this.#sights = new Map();
    for (const group of groups)
      for (const [position, name] of interfaces.entries()) {
        const key = keyOf(group, name);
        const sight = before.get(key) ?? this.#fresh();
        this.#sights.set(key, sight);
        visit(sight, group, position);
      }
  }

  of(group: string, name: string): Sight | undefined {
    return this.#sights.get(keyOf(group, name));
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const keyOf = (group: string, name: string): string => `${group} ${name}`;
