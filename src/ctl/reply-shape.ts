// What the daemon's answers must look like before they are shown. A raisctl and a raisd of different versions meet
// during every upgrade: what is missing is then said by its path, instead of shown as nonsense. More fields are no fault.

import { parseAddress } from '../core/address.js';

/** Null: as it must be. Otherwise the path of the first fault and what is wrong with it. */
export type Shape = (value: unknown, path: string) => string | null;

const plain =
  (what: string, is: (value: unknown) => boolean): Shape =>
  (value, path) =>
    is(value) ? null : `${path}: not ${what}`;

const text = plain('a text', (value) => typeof value === 'string');
const flag = plain('true or false', (value) => typeof value === 'boolean');
const number = plain('a number', (value) => typeof value === 'number' && Number.isFinite(value));
const address = plain('an address', (value) => typeof value === 'string' && parseAddress(value) === value);

const oneOf = (...words: string[]): Shape =>
  plain(words.join(' or '), (value) => words.includes(value as string));

const nullable =
  (shape: Shape): Shape =>
  (value, path) =>
    value === null ? null : shape(value, path);

const listOf =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path}: not a list`;
    return firstFault(value.map((each, index) => [shape, each, `${path}[${String(index)}]`] as const));
  };

const mapOf =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!isObject(value)) return `${path}: not an object`;
    return firstFault(Object.entries(value).map(([key, each]) => [shape, each, `${path}.${key}`] as const));
  };

const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, path) => {
    if (!isObject(value)) return `${path}: not an object`;
    return firstFault(
      Object.entries(fields).map(([key, shape]) => [shape, value[key], `${path}.${key}`] as const),
    );
  };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function firstFault(parts: readonly (readonly [Shape, unknown, string])[]): string | null {
  for (const [shape, value, path] of parts) {
    const fault = shape(value, path);
    if (fault !== null) return fault;
  }
  return null;
}

const hostStatus = object({
  id: address,
  self: flag,
  state: oneOf('live', 'joining', 'silent', 'partitioned', 'left'),
  ok: flag,
  failures: listOf(text),
  quiesced: flag,
  observer: flag,
  preferred: listOf(address),
  load: number,
  capacity: number,
  lastHeardMs: nullable(number),
  links: listOf(object({ interface: text, up: flag, lastHeardMs: nullable(number) })),
  serving: listOf(
    object({ address, state: oneOf('acquiring', 'online', 'releasing', 'not serving', 'prepared') }),
  ),
});

const addressFields = {
  address,
  state: oneOf('unserved', 'acquiring', 'online', 'releasing', 'duplicate'),
  host: nullable(address),
  preferredHost: nullable(address),
  orphaned: flag,
  orphanMsLeft: nullable(number),
  reason: text,
};

const dnsStatus = object({
  zone: text,
  name: text,
  advertised: listOf(address),
  writer: nullable(address),
  error: nullable(text),
  scale: number,
  entries: listOf(
    object({
      address,
      host: address,
      utilization: nullable(number),
      weighted: number,
      advertised: flag,
      reason: text,
    }),
  ),
});

const groupStatus = object({
  state: oneOf('joining', 'ok', 'failed', 'quiesced', 'observer', 'partitioned'),
  problems: listOf(text),
  leader: nullable(address),
  term: number,
  hosts: listOf(hostStatus),
  addresses: listOf(object(addressFields)),
  fence: object({
    kind: oneOf('bpf', 'none'),
    wanted: oneOf('nftables', 'bpf', 'none'),
    reason: nullable(text),
  }),
  counters: mapOf(number),
  dns: nullable(dnsStatus),
});

const sinkStatus = object({
  sink: text,
  version: oneOf('2c', '3'),
  inform: flag,
  sent: number,
  failed: number,
  dropped: number,
  waiting: number,
  error: nullable(text),
});

export const historyEntryShape = object({
  at: text,
  host: address,
  group: nullable(text),
  event: text,
  address: nullable(address),
  message: text,
});

export const statusShape = object({
  host: address,
  version: text,
  startedAt: text,
  uptimeMs: number,
  groups: mapOf(groupStatus),
  snmp: object({ sinks: listOf(sinkStatus) }),
});

export const explanationShape = object({ ...addressFields, group: text, history: listOf(historyEntryShape) });

export const historyShape = object({ entries: listOf(historyEntryShape) });

export const doneShape = object({ done: listOf(text) });

export const planShape = object({
  groups: mapOf(listOf(object({ address, from: nullable(address), to: nullable(address), reason: text }))),
});
