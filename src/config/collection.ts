// Takes up what the checks find in one file, with the place of each.

import { locate, locateKey, type Value } from './document.js';
import { formatPath, sortFaults, type Fault, type Findings, type Path, type Place } from './fault.js';

const identity = ({ line, column, key }: Omit<Fault, 'file'>): string =>
  `${String(line)}:${String(column)} ${key}`;

/** Past this many, faults and warnings each, the rest is only counted. */
const MAX_FINDINGS = 1000;

/** The findings of one file. */
export class Collection implements Findings {
  readonly #file: string;
  readonly #root: Value | null;
  readonly #faults: Fault[] = [];
  readonly #warnings: Fault[] = [];
  readonly #unreadable = new Set<string>();
  #uncounted = 0;

  constructor(file: string, root: Value | null) {
    this.#file = file;
    this.#root = root;
  }

  fault(path: Path, message: string): void {
    const fault = this.#at(path, message);
    // One cause, one fault: a value that the reader refused is not also "missing".
    if (!this.#unreadable.has(identity(fault))) this.take(fault);
  }

  faultyKey(path: Path, message: string): void {
    const place = this.#root === null ? { line: 1, column: 1 } : locateKey(this.#root, path);
    this.take({ ...place, key: formatPath(path), message });
  }

  /** A fault of the reader, which left a gap in place of the value. */
  unreadable(fault: Omit<Fault, 'file'>): void {
    this.#unreadable.add(identity(fault));
    this.take(fault);
  }

  take(fault: Omit<Fault, 'file'>): void {
    if (this.#faults.length < MAX_FINDINGS) this.#faults.push({ ...fault, file: this.#file });
    else this.#uncounted++;
  }

  warn(path: Path, message: string): void {
    if (this.#warnings.length < MAX_FINDINGS) this.#warnings.push(this.#at(path, message));
  }

  placeOf(path: Path): Place {
    return this.#root === null ? { line: 1, column: 1 } : locate(this.#root, path);
  }

  isWritten(path: Path): boolean {
    return this.#root !== null && has(this.#root, path);
  }

  get faulty(): boolean {
    return this.#faults.length > 0;
  }

  get warnings(): readonly Fault[] {
    return sortFaults(this.#warnings);
  }

  /** Sorted; the last one says how many more there are. */
  get faults(): readonly Fault[] {
    const faults = sortFaults(this.#faults);
    const last = faults.at(-1);
    const more = `and ${String(this.#uncounted)} more faults`;
    return last === undefined || this.#uncounted === 0
      ? faults
      : [...faults, { ...last, key: 'file', message: more }];
  }

  #at(path: Path, message: string): Fault {
    return { file: this.#file, ...this.placeOf(path), key: formatPath(path), message };
  }
}

function has(root: Value, path: Path): boolean {
  let value: Value | undefined = root;
  for (const step of path)
    value =
      value?.kind === 'map'
        ? value.entries.get(String(step))?.value
        : value?.kind === 'list'
          ? value.items[Number(step)]
          : undefined;
  return value !== undefined && !(value.kind === 'scalar' && value.value === null);
}
