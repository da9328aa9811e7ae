// From what zod found to what an operator can act on.

import { z } from 'zod';
import { didYouMean, nearest } from './nearest.js';
import { quoted, shown, type Path } from './fault.js';

export interface Issue {
  readonly path: Path;
  readonly message: string;
}

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

/** The error map for every parse: one sentence an issue. */
export function sentence(issue: RawIssue): string | undefined {
  const { input } = issue;
  if (input === undefined) return `is missing${describedAs(issue.inst)}`;
  if (input === null) return 'has no value: give it one, or remove the key';
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, input);
    case 'invalid_value':
      return notOneOf(issue.values.map(String), input);
    case 'invalid_union':
      return `must be text or a list, not ${shown(input)}`;
    case 'too_small':
      return outOfRange(issue.origin, `at least ${String(issue.minimum)}`, input);
    case 'too_big':
      return outOfRange(issue.origin, `at most ${String(issue.maximum)}`, input);
    default:
      return undefined;
  }
}

function describedAs(schema: unknown): string {
  const description = schema instanceof z.ZodType ? z.globalRegistry.get(schema)?.description : undefined;
  return description === undefined ? '' : `: ${description}`;
}

function wrongType(expected: string, input: unknown): string {
  const wanted = TYPES[expected] ?? expected;
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean'))
    return `must be text, not the ${typeof input} ${shown(input)}: put it in quotes`;
  if (expected === 'array' && typeof input === 'string')
    return `must be a list: write [${/^[\w./-]{1,60}$/.test(input) ? input : '…'}]`;
  return `must be ${wanted}, not ${shown(input)}`;
}

function notOneOf(values: readonly string[], input: unknown): string {
  const unique = [...new Set(values)];
  const meant = typeof input === 'string' ? didYouMean(input, unique) : '';
  return `must be ${unique.length === 1 ? (unique[0] ?? '') : `one of ${unique.join(', ')}`}, not ${shown(input)}${meant}`;
}

function outOfRange(origin: string, range: string, input: unknown): string {
  if (origin !== 'array') return `must be ${range}, not ${String(input)}`;
  const count = Array.isArray(input) ? input.length : 0;
  return count === 0 ? 'must not be empty' : `has ${String(count)} items: ${range} are allowed`;
}

/** The issues one by one, those of the alternative that was meant in place of "no alternative fits". */
export function issuesOf(issues: readonly z.core.$ZodIssue[], input: unknown, path: Path): Issue[] {
  return issues.flatMap((issue) => {
    const place = [...path, ...issue.path.map(step)];
    // Unknown keys are found by `unknownKeys`, one by one and at their own places.
    if (issue.code === 'unrecognized_keys') return [];
    if (issue.code !== 'invalid_union') return [{ path: place, message: issue.message }];
    const value = valueAt(input, issue.path);
    const alternative = Array.isArray(value)
      ? issue.errors.at(-1)
      : typeof value === 'string'
        ? issue.errors[0]
        : undefined;
    return alternative === undefined
      ? [{ path: place, message: issue.message }]
      : issuesOf(alternative, value, place);
  });
}

const step = (key: PropertyKey): string | number => (typeof key === 'number' ? key : String(key));

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

/** What is said of a key that nobody knows. `elsewhere`: keys of other places, with these. */
export function unknownKey(
  key: string,
  known: readonly string[],
  elsewhere: Iterable<readonly [string, string]> = [],
): string {
  if (nearest(key, known) === null) {
    for (const [other, where] of elsewhere) if (other === key) return `unknown key; it belongs ${where}`;
  }
  const meant = didYouMean(key, known);
  if (meant !== '') return `unknown key${meant}`;
  return `unknown key; ${known.length === 0 ? 'none is known here' : `known here: ${known.join(', ')}`}`;
}

/** What is said of a reference to something that is not defined. */
export function unknownReference(kind: 'test' | 'load', name: string, defined: readonly string[]): string {
  const meant = didYouMean(name, defined);
  const hint =
    meant !== ''
      ? meant
      : defined.length === 0
        ? `; no ${kind} objects are defined`
        : `; defined: ${defined.slice(0, 10).join(', ')}`;
  return `unknown ${kind} object ${quoted(name)}${hint}`;
}
