// YAML as plain values with their places. Stricter than YAML: keys are text and single, tags of one's own are refused,
// and what aliases add up to is bounded. A value that several aliases share is one node.

import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node as YamlNode, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { formatPath, quoted, type Path, type Place } from './fault.js';
import { MAX_DEPTH, MAX_VALUES } from './limits.js';
import { parseText } from './parse-text.js';

export type Value = ScalarValue | ListValue | MapValue;

interface Sized {
  readonly place: Place;
  /** Values in it, itself included, aliases followed. */
  readonly size: number;
  /** Levels of values in it, aliases followed; a scalar has none. */
  readonly depth: number;
}

export interface ScalarValue extends Sized {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

export interface ListValue extends Sized {
  readonly kind: 'list';
  readonly items: readonly Value[];
}

export interface MapValue extends Sized {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly place: Place;
  readonly value: Value;
}

export interface PlacedMessage extends Place {
  readonly key: string;
  readonly message: string;
}

export interface DocumentResult {
  /** Null: the text is no YAML at all; the faults say why. */
  readonly root: Value | null;
  readonly faults: readonly PlacedMessage[];
}

/** Never throws. Where the text is not well-formed only that is reported: the rest would be guesswork. */
export function readDocument(text: string): DocumentResult {
  const { document, faults, placeAt } = parseText(text);
  if (document === null || faults.length > 0)
    return { root: null, faults: faults.map((fault) => ({ ...fault, key: 'yaml' })) };
  const reader = new Reader(placeAt);
  const root = reader.read(document.contents, [], { line: 1, column: 1 });
  return { root, faults: reader.faults };
}

class Reader {
  readonly faults: PlacedMessage[] = [];
  readonly #anchors = new Map<string, Value | 'open'>();
  readonly #placeAt: (offset: number) => Place;

  constructor(placeAt: (offset: number) => Place) {
    this.#placeAt = placeAt;
  }

  /** `fallback`: the place of an empty value, which is that of its key. */
  read(node: YamlNode | null, path: Path, fallback: Place): Value {
    const place = this.#placeOf(node) ?? fallback;
    if (node === null) return scalar(null, place);
    if (isAlias(node)) return this.#readAlias(node, place, path);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const value = this.#readOwn(node, place, path, fallback);
    if (anchor !== undefined) this.#anchors.set(anchor, value);
    return value;
  }

  #readOwn(node: YamlNode, place: Place, path: Path, fallback: Place): Value {
    if (isMap(node)) return this.#readMap(node as YAMLMap<unknown, unknown>, place, path);
    if (isSeq(node)) return this.#readList(node as YAMLSeq<unknown>, place, path);
    return isScalar(node) ? this.#readScalar(node, place, path, fallback) : scalar(null, place);
  }

  #readScalar(node: Scalar, place: Place, path: Path, fallback: Place): Value {
    const { value } = node;
    if (value === null || value === undefined) return scalar(null, node.source === '' ? fallback : place);
    if (typeof value === 'number' || typeof value === 'boolean') return scalar(value, place);
    if (typeof value !== 'string')
      return this.#refuse(place, path, 'is neither text, number nor true or false');
    if (/\0|\p{Cs}/u.test(value))
      return this.#refuse(place, path, `${quoted(value)} holds a character that no text may hold`);
    return scalar(value, place);
  }

  #readAlias(node: Alias, place: Place, path: Path): Value {
    const target = this.#anchors.get(node.source);
    if (target === undefined)
      return this.#refuse(
        place,
        path,
        `${quoted(`*${node.source}`)} stands for nothing: no such anchor (&) above`,
      );
    if (target === 'open')
      return this.#refuse(place, path, `${quoted(`*${node.source}`)} stands within itself`);
    return target;
  }

  #readList(node: YAMLSeq<unknown>, place: Place, path: Path): Value {
    const items = node.items.map((item, index) =>
      this.read(item as YamlNode | null, [...path, index], place),
    );
    return this.#bounded({ kind: 'list', items, place, ...sized(items) }, path);
  }

  #readMap(node: YAMLMap<unknown, unknown>, place: Place, path: Path): Value {
    const entries = new Map<string, Entry>();
    const merged: Value[] = [];
    for (const pair of node.items as Pair<YamlNode | null, YamlNode | null>[]) {
      const keyPlace = this.#placeOf(pair.key) ?? place;
      const key = this.#keyOf(pair.key, keyPlace, path);
      if (key === null) continue;
      const value = this.read(pair.value, [...path, key], keyPlace);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') merged.push(value);
      else this.#enter(entries, key, { place: keyPlace, value }, path);
    }
    for (const value of merged) this.#merge(entries, value, path);
    const values = [...entries.values()].map((entry) => entry.value);
    return this.#bounded({ kind: 'map', entries, place, ...sized(values) }, path);
  }

  #enter(entries: Map<string, Entry>, key: string, entry: Entry, path: Path): void {
    const first = entries.get(key);
    if (first === undefined) entries.set(key, entry);
    else
      this.#report(
        entry.place,
        [...path, key],
        `is doubled: line ${String(first.place.line)} has it already`,
      );
  }

  /** `<<: *other`: the keys of another map, where this one does not set them itself. */
  #merge(entries: Map<string, Entry>, value: Value, path: Path): void {
    const sources = value.kind === 'list' ? value.items : [value];
    for (const source of sources) {
      if (source.kind !== 'map')
        this.#report(
          source.place,
          [...path, '<<'],
          'must be a map, or a list of maps, whose keys are taken over',
        );
      else for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  /** The key as written: a group may be called `2024`. */
  #keyOf(node: YamlNode | null, place: Place, path: Path): string | null {
    if (isScalar(node)) {
      const key = node.source ?? String(node.value);
      if (key !== '' && !/\0|\p{Cs}/u.test(key)) return key;
    }
    this.#report(place, path, 'has a key that is empty, a list, a map or an alias: a key must be plain text');
    return null;
  }

  #bounded<V extends Value>(value: V, path: Path): Value {
    if (value.depth > MAX_DEPTH)
      return this.#refuse(
        value.place,
        path,
        `more than ${String(MAX_DEPTH)} levels once its aliases are followed`,
      );
    if (value.size <= MAX_VALUES) return value;
    return this.#refuse(
      value.place,
      path,
      `more than ${String(MAX_VALUES)} values once its aliases are followed`,
    );
  }

  #placeOf(node: YamlNode | null): Place | undefined {
    return node?.range ? this.#placeAt(node.range[0]) : undefined;
  }

  #refuse(place: Place, path: Path, message: string): ScalarValue {
    this.#report(place, path, message);
    return scalar(null, place);
  }

  #report(place: Place, path: Path, message: string): void {
    this.faults.push({ ...place, key: path.length === 0 ? 'yaml' : formatPath(path), message });
  }
}

const scalar = (value: ScalarValue['value'], place: Place): ScalarValue => ({
  kind: 'scalar',
  value,
  place,
  size: 1,
  depth: 0,
});

function sized(values: readonly Value[]): { size: number; depth: number } {
  let [size, depth] = [1, 0];
  for (const value of values) [size, depth] = [size + value.size, Math.max(depth, value.depth)];
  return { size, depth: depth + 1 };
}

/** The value as JavaScript has it. A key such as `__proto__` is a key like any other. */
export function plain(value: Value): unknown {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(plain);
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** The place of the value at `path`; where it is missing, that of the innermost key or item that is there. */
export function locate(root: Value, path: Path): Place {
  let value = root;
  let place = root.place;
  for (const step of path) {
    const next = value.kind === 'map' ? value.entries.get(String(step)) : itemOf(value, step);
    if (next === undefined) return place;
    ({ value, place } = next);
  }
  return value.kind === 'scalar' ? value.place : place;
}

/** The place of the key at the end of `path`; where it is missing, that of the innermost one that is there. */
export function locateKey(root: Value, path: Path): Place {
  const key = path.at(-1);
  let value: Value | undefined = root;
  for (const step of path.slice(0, -1))
    value = (value?.kind === 'map' ? value.entries.get(String(step)) : value && itemOf(value, step))?.value;
  const entry = value?.kind === 'map' ? value.entries.get(String(key)) : undefined;
  return entry?.place ?? locate(root, path);
}

function itemOf(value: Value, step: string | number): Entry | undefined {
  const item = value.kind === 'list' ? value.items[Number(step)] : undefined;
  return item && { value: item, place: item.place };
}
