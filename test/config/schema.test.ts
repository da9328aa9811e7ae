import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { DEFAULTS } from '../../src/config/defaults.js';
import { jsonSchema } from '../../src/config/schema.js';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const schema = jsonSchema() as Schema;

/** As much of JSON Schema as ours uses: whether `value` is valid. */
function accepts(rule: Schema, value: unknown): boolean {
  if (rule.anyOf !== undefined && !rule.anyOf.some((option) => accepts(option, value))) return false;
  if (rule.oneOf !== undefined && rule.oneOf.filter((option) => accepts(option, value)).length !== 1)
    return false;
  if (rule.enum !== undefined && !rule.enum.includes(value)) return false;
  if (rule.type !== undefined && !isOfType(rule.type, value)) return false;
  if (typeof value === 'string')
    return rule.pattern === undefined || new RegExp(rule.pattern, 'u').test(value);
  if (Array.isArray(value)) return value.every((item) => accepts(rule.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return true;
  if (rule.required?.some((key) => !Object.hasOwn(value, key)) === true) return false;
  return Object.entries(value).every(([key, inner]) => {
    const known = rule.properties?.[key] ?? rule.additionalProperties ?? true;
    return typeof known === 'boolean' ? known : accepts(known, inner);
  });
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  return typeof value === type && value !== null && !Array.isArray(value);
}

const contract = (): Record<string, Record<string, Record<string, unknown>>> =>
  parse(readFileSync(new URL('../../../test/config/contract.yaml', import.meta.url), 'utf8')) as ReturnType<
    typeof contract
  >;

test('R56: the schema accepts the configuration of the contract', () => {
  assert(accepts(schema, contract()));
});

test('R56: the schema refuses unknown keys, wrong types, wrong words and durations without a unit', () => {
  const bad: readonly ((web: Record<string, unknown>) => void)[] = [
    (web) => (web['hartbeat'] = {}),
    (web) => (web['observe'] = 'yes'),
    (web) => (web['fence'] = 'nft'),
    (web) => (web['orphan-timeout'] = 30),
    (web) => (web['orphan-timeout'] = '30'),
    (web) => delete web['key'],
  ];
  for (const spoil of bad) {
    const whole = contract();
    spoil(whole['groups']?.['web'] ?? {});
    assert(!accepts(schema, whole), spoil.toString());
  }
});

test('R56: the schema wants exactly one kind of a test object', () => {
  const whole = contract();
  const http = whole['tests']?.['http'];
  assert(http !== undefined);
  http['tcp'] = { port: 80 };
  assert(!accepts(schema, whole));
});

/** Every schema in it, with the path that leads there. */
function* parts(rule: Schema, path: string): Generator<[string, Schema]> {
  yield [path, rule];
  for (const [key, inner] of Object.entries(rule.properties ?? {})) yield* parts(inner, `${path}.${key}`);
  if (typeof rule.additionalProperties === 'object') yield* parts(rule.additionalProperties, `${path}.*`);
  if (rule.items !== undefined) yield* parts(rule.items, `${path}[]`);
  for (const option of rule.anyOf ?? []) yield* parts(option, path);
}

test('R56: every object of the schema is closed, and every key of a group is explained', () => {
  for (const [path, rule] of parts(schema, ''))
    if (rule.properties !== undefined) assert.equal(rule.additionalProperties, false, path);
  const group = schema.properties?.['groups']?.additionalProperties;
  assert(typeof group === 'object');
  const unexplained = Object.entries(group.properties ?? {}).filter(
    ([, rule]) => rule.description === undefined,
  );
  assert.deepEqual(
    unexplained.map(([key]) => key),
    [],
  );
});

test('R56: the schema tells editors the defaults', () => {
  const all = [...parts(schema, '')];
  const defaultAt = (path: string): unknown =>
    all.find(([at, rule]) => at === path && 'default' in rule)?.[1].default;
  assert.equal(defaultAt('.groups.*.orphan-timeout'), DEFAULTS.orphanTimeout);
  assert.equal(defaultAt('.groups.*.fence'), DEFAULTS.fence);
  assert.equal(defaultAt('.groups.*.heartbeat.interval'), DEFAULTS.heartbeatInterval);
  assert.equal(defaultAt('.tests.*.rise'), DEFAULTS.rise);
});
