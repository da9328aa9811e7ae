// Small pieces that the tests of the core are put together from: addresses, settings, what a peer says of itself.

import { parseAddress, type Address, type HostId, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Command } from '../../src/core/event.js';
import type {
  AddressInformation,
  Decision,
  HostInformation,
  ServedAddress,
  ServedState,
} from '../../src/core/host-information.js';
import type { Reason } from '../../src/core/reason.js';
import type { MonitorSettings, ZoneSettings } from '../../src/core/settings.js';
import { milliseconds } from '../../src/core/time.js';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** Host ids in ascending order. B is the host under test, unless a test says otherwise. */
export const [A, B, C, D, E] = [11, 12, 13, 14, 15].map((last) => address(`10.77.1.${String(last)}`)) as [
  HostId,
  HostId,
  HostId,
  HostId,
  HostId,
];

/** Service addresses in ascending order. */
export const [X, Y, Z] = [101, 102, 103].map((last) => address(`10.77.0.${String(last)}`)) as [
  ServiceAddress,
  ServiceAddress,
  ServiceAddress,
];

/** So many other service addresses, ascending. */
export const crowd = (count: number): ServiceAddress[] =>
  Array.from({ length: count }, (_, index) =>
    address(`10.88.${String(1 + (index >> 7))}.${String(index & 127)}`),
  );

export const INTERVAL = 20;
export const TIMEOUT = 100;
export const ORPHAN_TIMEOUT = 10_000;

/** Marks of 80 and 60 percent, a minimum of 2, a pass a second. */
export const ZONE: ZoneSettings = {
  zone: 'web.example.org',
  name: 'www.web.example.org',
  highWater: 80,
  lowWater: 60,
  minimum: 2,
  scale: 1000,
  interval: milliseconds(1000),
};

/** A member with no preferred address, that does not look at the service network. */
export const settings = (changes: Partial<MonitorSettings> = {}): MonitorSettings => ({
  group: 'web',
  id: B,
  controlAddresses: [changes.id ?? B],
  serviceInterface: 'svc0',
  preferred: [],
  observer: false,
  interval: milliseconds(INTERVAL),
  timeout: milliseconds(TIMEOUT),
  joinSpan: milliseconds(TIMEOUT),
  orphanTimeout: milliseconds(ORPHAN_TIMEOUT),
  failBack: milliseconds(0),
  assign: 'fewest-addresses',
  waterMarks: null,
  dns: null,
  partition: 'ignore',
  fenced: true,
  acquireScript: false,
  releaseScript: false,
  tests: [],
  ...changes,
});

/** `02:00:00:00:00:0b` for 10.77.1.11: a MAC of its own for each host. */
export const hardwareAddressOf = (id: HostId): string =>
  `02:00:00:00:00:${Number(id.split('.')[3]).toString(16).padStart(2, '0')}`;

/** What a host says of itself: OK, serving nothing, unless told otherwise. */
export const hostInformation = (id: HostId, changes: Partial<HostInformation> = {}): HostInformation => ({
  id,
  controlAddresses: [id],
  hardwareAddress: hardwareAddressOf(id),
  ok: true,
  failures: [],
  quiesced: false,
  observer: false,
  dns: false,
  load: 0,
  capacity: 0,
  preferred: [],
  serving: [],
  partitioned: [],
  unheard: [],
  ...changes,
});

export const serves = (
  service: ServiceAddress,
  state: ServedState = 'online',
  reason: Reason = 'preferred',
  attempts = 0,
): ServedAddress => ({ address: service, state, reason, attempts });

/** A row of the service address database as another host sends it. */
export const row = (
  service: ServiceAddress,
  preferredHost: HostId,
  changes: { age?: number; decision?: Decision; decisionVersion?: number } = {},
): AddressInformation => ({
  address: service,
  preferredHost,
  age: milliseconds(changes.age ?? 0),
  decision: changes.decision ?? { kind: 'none' },
  decisionVersion: changes.decisionVersion ?? 0,
});

export const command = (
  action: Command['action'],
  to: HostId,
  services: readonly ServiceAddress[],
  changes: { term?: number; reason?: Reason } = {},
): Command => ({
  action,
  to,
  term: changes.term ?? 1,
  orders: services.map((service) => ({
    address: service,
    reason: changes.reason ?? (action === 'acquire' ? 'preferred' : 'fail-back'),
  })),
});

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

export const effectsOf = <K extends Effect['kind']>(effects: readonly Effect[], kind: K): EffectOf<K>[] =>
  effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);

/** The commands among `effects`, one text each: `acquire 10.77.0.101 → 10.77.1.13 (preferred)`. */
export const allCommandsIn = (effects: readonly Effect[]): string[] =>
  effectsOf(effects, 'command').flatMap(({ command: { action, to, orders } }) =>
    orders.map((order) => `${action} ${order.address} → ${to} (${order.reason})`),
  );

/** What decides who serves: without *prepare*, which goes before the releases of a planned move (hand-over.test.ts). */
export const commandsIn = (effects: readonly Effect[]): string[] =>
  allCommandsIn(effects).filter((text) => !text.startsWith('prepare'));

/** Names of the events recorded among `effects`. */
export const recordsIn = (effects: readonly Effect[]): string[] =>
  effectsOf(effects, 'record').map((effect) => effect.event);

/** The newest information message published among `effects`. */
export const publishedIn = (effects: readonly Effect[]): EffectOf<'publish'> | undefined =>
  effectsOf(effects, 'publish').at(-1);
