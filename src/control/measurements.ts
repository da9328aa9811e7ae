// What the test and load objects say, brought to every group that names them (R2, R14, R15). The newest result of each is kept,
// also while the scripts process is started anew: nothing is known better until it says something else. But a test that passed
// too long ago passes no more.

import type { Configuration, TestConfiguration } from '../config/configuration.js';
import { highestLoad } from '../core/highest-load.js';
import type { RecordEffect } from '../core/effect.js';
import type { LoadResult, TestResult } from '../ipc/scripts-messages.js';
import type { Group } from './group.js';

/** So long a passed test counts at the least while nothing is heard of the scripts process: another one may be starting. */
const STALE_LEAST = 5000;
/** And so many times the span in which it would have been found failing. */
const STALE_SPANS = 3;

const staleAfter = ({ interval, timeout, fall }: TestConfiguration): number =>
  Math.max(STALE_LEAST, STALE_SPANS * (interval * fall + timeout));

/** Adds a record to the log and history of a group. */
export type Note = (group: Group, effect: RecordEffect) => void;

export class Measurements {
  readonly #tests = new Map<string, TestResult>();
  readonly #loads = new Map<string, LoadResult>();
  /** What is told in the place of results that are too old to count. */
  readonly #stale = new Map<string, TestResult>();
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #note: Note;
  #configuration: Configuration;

  constructor(configuration: Configuration, groups: ReadonlyMap<string, Group>, note: Note) {
    this.#configuration = configuration;
    this.#groups = groups;
    this.#note = note;
  }

  onResult(result: TestResult | LoadResult): void {
    if (result.kind === 'test') this.#onTest(result);
    else this.#onLoad(result);
  }

  /**
   * R14: nothing was heard of the scripts process for so long, in milliseconds. What passed too long ago fails, until its
   * next result: the process that takes the place of the silent one tells the first of each.
   */
  age(silentFor: number): void {
    for (const [name, result] of this.#tests) {
      const { tests } = this.#configuration;
      const test = Object.hasOwn(tests, name) ? tests[name] : undefined;
      if (!result.passed || this.#stale.has(name) || test === undefined || silentFor < staleAfter(test))
        continue;
      const seconds = String(Math.round(silentFor / 1000));
      const detail = `no result for ${seconds} s: the scripts process does not answer`;
      this.#stale.set(name, { ...result, passed: false, detail });
      this.#tellTest(name);
    }
  }

  /** R56. A result may have come before the configuration that names its object; those of no object any more are dropped. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const name of this.#tests.keys())
      if (!Object.hasOwn(configuration.tests, name)) {
        this.#tests.delete(name);
        this.#stale.delete(name);
      }
    for (const name of this.#loads.keys())
      if (!Object.hasOwn(configuration.loads, name)) this.#loads.delete(name);
    for (const group of this.#groups.values()) this.feed(group);
  }

  /** A group that is new, or that names other objects, is told what is known of them. */
  feed(group: Group): void {
    const { tests } = this.#namedBy(group);
    group.step(...tests.flatMap((name) => this.#counting(name)), ...(this.#loadOf(group) ?? []));
  }

  /** What an operator should know of the load objects of a group. */
  warningsOf(group: Group): string[] {
    return this.#namedBy(group).loads.flatMap((name) => {
      const result = this.#loads.get(name);
      return result === undefined || result.error === null
        ? []
        : [`load ${name}: ${result.error}; ${standing(result)}`];
    });
  }

  #onTest(result: TestResult): void {
    this.#tests.set(result.name, result);
    this.#stale.delete(result.name);
    this.#tellTest(result.name);
  }

  #tellTest(name: string): void {
    const results = this.#counting(name);
    for (const group of this.#groups.values())
      if (this.#namedBy(group).tests.includes(name)) group.step(...results);
  }

  /** The result of a test that counts at present; none: it has none. */
  #counting(name: string): TestResult[] {
    const result = this.#stale.get(name) ?? this.#tests.get(name);
    return result === undefined ? [] : [result];
  }

  #onLoad(result: LoadResult): void {
    const hadFailed = (this.#loads.get(result.name)?.error ?? null) !== null;
    this.#loads.set(result.name, result);
    for (const group of this.#groups.values()) {
      if (!this.#namedBy(group).loads.includes(result.name)) continue;
      if (hadFailed !== (result.error !== null)) this.#note(group, loadRecord(group, result));
      group.step(...(this.#loadOf(group) ?? []));
    }
  }

  /** Null: none of its load objects was measured yet, and what was is still so. */
  #loadOf(group: Group): [{ kind: 'load'; load: number; capacity: number }] | null {
    const { loads } = this.#namedBy(group);
    const highest = highestLoad(loads.flatMap((name) => this.#loads.get(name)?.measured ?? []));
    if (highest === null) return loads.length === 0 ? [{ kind: 'load', load: 0, capacity: 0 }] : null;
    return [{ kind: 'load', ...highest }];
  }

  #namedBy(group: Group): { readonly tests: readonly string[]; readonly loads: readonly string[] } {
    const { groups } = this.#configuration;
    const named = Object.hasOwn(groups, group.name) ? groups[group.name] : undefined;
    return named ?? { tests: [], loads: [] };
  }
}

const standing = ({ measured }: LoadResult): string =>
  measured === null
    ? 'it was never measured'
    : `the last measurement stands: ${String(measured.load)} of ${String(measured.capacity)}`;

function loadRecord({ name: group }: Group, result: LoadResult): RecordEffect {
  const { name, error } = result;
  return error === null
    ? {
        kind: 'record',
        event: 'load-recovered',
        level: 'info',
        address: null,
        message: `${group}: load ${name} is measured again`,
      }
    : {
        kind: 'record',
        event: 'load-failed',
        level: 'warn',
        address: null,
        message: `${group}: load ${name} cannot be measured: ${error}; ${standing(result)}`,
      };
}
