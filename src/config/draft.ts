// The configuration as far as it can be made out. Each value is checked by itself here; what cannot be used is left
// out, so that the checks across values still see the rest and all faults are reported at once.

import { z } from 'zod';
import type { Address } from '../core/address.js';
import type { Milliseconds } from '../core/time.js';
import type { Endpoint, PrefixedAddress } from './configuration.js';
import { plain, type MapValue, type Value } from './document.js';
import type { Findings, Path } from './fault.js';
import { issuesOf, sentence, unknownKey } from './issue.js';
import * as limits from './limits.js';
import { nameComplaint, NAME_PATTERN } from './scalars.js';
import { collectionNames, collections, topKeys, topShape, type CollectionName } from './schema.js';

/** Values that are read from one text: they are there or not, never in part. */
type Atom =
  Address | Milliseconds | Endpoint | PrefixedAddress | string | number | boolean | null | undefined;

/** A value of which any part may be missing. */
export type Draft<T> = T extends Atom
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Draft<Item> | undefined)[]
    : { readonly [K in keyof T]?: Draft<T[K]> | undefined };

type Item<Name extends CollectionName> = z.output<(typeof collections)[Name]>;

export type Top = { readonly [K in keyof typeof topShape]: z.output<(typeof topShape)[K]> };

/** A map by name: an object would trip over names such as `__proto__`. */
export type Named<T> = ReadonlyMap<string, T>;

export interface DraftConfiguration {
  readonly top: Draft<Top>;
  readonly groups: Named<Draft<Item<'groups'>>>;
  readonly tests: Named<Draft<Item<'tests'>>>;
  readonly loads: Named<Draft<Item<'loads'>>>;
}

/** The same after all checks passed: nothing is missing. */
export interface CompleteConfiguration {
  readonly top: Top;
  readonly groups: Named<Item<'groups'>>;
  readonly tests: Named<Item<'tests'>>;
  readonly loads: Named<Item<'loads'>>;
}

/** Checks each value by itself; reports everything that is wrong with it. */
export function draftOf(root: MapValue, findings: Findings): DraftConfiguration {
  unknownTopKeys(root, findings);
  const top: [string, unknown][] = [];
  for (const [key, schema] of Object.entries(topShape))
    top.push([key, draftValue(schema, root.entries.get(key)?.value, [key], findings)]);
  const draft = new Map(collectionNames.map((name) => [name, draftCollection(name, root, findings)]));
  return { top: Object.fromEntries(top), ...Object.fromEntries(draft) } as unknown as DraftConfiguration;
}

function unknownTopKeys(root: MapValue, findings: Findings): void {
  const inGroups = Object.keys(collections.groups.shape).map(
    (key) => [key, 'in a group, below groups'] as const,
  );
  for (const key of root.entries.keys())
    if (!topKeys.includes(key)) findings.faultyKey([key], unknownKey(key, topKeys, inGroups));
}

const MOST: Readonly<Record<CollectionName, number>> = {
  groups: limits.MAX_GROUPS,
  tests: limits.MAX_OBJECTS,
  loads: limits.MAX_OBJECTS,
};

function draftCollection(name: CollectionName, root: MapValue, findings: Findings): Named<unknown> {
  const value = root.entries.get(name)?.value;
  const empty = value === undefined || (value.kind === 'scalar' && value.value === null);
  if (empty || (value.kind === 'map' && value.entries.size === 0)) {
    if (name === 'groups')
      findings.fault(
        [name],
        value === undefined
          ? 'is missing: the service groups by name'
          : 'names no group: at least one is needed',
      );
    return new Map();
  }
  if (value.kind !== 'map') {
    findings.fault([name], `must be a map from names to ${name}, as in ${name}: {web: {…}}`);
    return new Map();
  }
  if (value.entries.size > MOST[name])
    findings.fault(
      [name],
      `has ${String(value.entries.size)} entries: at most ${String(MOST[name])} are allowed`,
    );
  return draftEntries(name, value, findings);
}

function draftEntries(name: CollectionName, value: MapValue, findings: Findings): Named<unknown> {
  const drafts = new Map<string, unknown>();
  for (const [key, entry] of value.entries) {
    const path = [name, key];
    if (!NAME_PATTERN.test(key)) findings.faultyKey(path, nameComplaint(key));
    drafts.set(key, draftValue(collections[name], entry.value, path, findings) ?? {});
  }
  return drafts;
}

function draftValue(schema: z.ZodType, value: Value | undefined, path: Path, findings: Findings): unknown {
  const input = value === undefined ? undefined : plain(value);
  if (value !== undefined) unknownKeys(schema, value, path, findings);
  const result = schema.safeParse(input, { error: sentence });
  if (result.success) return result.data;
  for (const issue of issuesOf(result.error.issues, input, path)) findings.fault(issue.path, issue.message);
  return salvage(schema, input);
}

/** What is usable of `input`; undefined where nothing is. */
function salvage(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const inner = unwrapped(schema);
  if (Array.isArray(input))
    return inner instanceof z.ZodArray
      ? input.map((item) => salvage(inner.element as z.ZodType, item))
      : undefined;
  if (!(inner instanceof z.ZodObject) || typeof input !== 'object' || input === null) return undefined;
  const shape = Object.entries(inner.shape as Record<string, z.ZodType>);
  return Object.fromEntries(
    shape.map(([key, field]) => [
      key,
      salvage(field, Object.hasOwn(input, key) ? Reflect.get(input, key) : undefined),
    ]),
  );
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodDefault
  )
    inner = inner.unwrap() as z.ZodType;
  return inner;
}

/** Reports every key below `value` that the schema does not know. */
function unknownKeys(schema: z.ZodType, value: Value, path: Path, findings: Findings): void {
  const inner = unwrapped(schema);
  if (value.kind === 'list' && inner instanceof z.ZodArray) {
    for (const [index, item] of value.items.entries())
      unknownKeys(inner.element as z.ZodType, item, [...path, index], findings);
  }
  if (value.kind !== 'map' || !(inner instanceof z.ZodObject)) return;
  const shape = new Map(Object.entries(inner.shape as Record<string, z.ZodType>));
  for (const [key, entry] of value.entries) {
    const field = shape.get(key);
    if (field === undefined)
      findings.faultyKey([...path, key], unknownKey(key, [...shape.keys()], deeper(shape)));
    else unknownKeys(field, entry.value, [...path, key], findings);
  }
}

/** The keys one level below: `interval` in a group belongs in `heartbeat`. */
function deeper(shape: ReadonlyMap<string, z.ZodType>): [string, string][] {
  return [...shape].flatMap(([key, field]) => {
    const inner = unwrapped(field);
    return inner instanceof z.ZodObject
      ? Object.keys(inner.shape).map((below): [string, string] => [below, `below ${key}`])
      : [];
  });
}
