// What one control process leaves to the next of a service monitor (R53): the monitor as plain data, and the monitor made
// of it again. Orders that were under way are not carried over by this: each either shows in the state of the group, or is
// given again.

import type { Address, ServiceAddress } from './address.js';
import type { Effect } from './effect.js';
import type { Event } from './event.js';
import { createMonitor, type ServiceMonitor } from './monitor.js';
import type { MonitorSettings } from './settings.js';
import { SortedMap } from './sorted-map.js';
import type { Instant } from './time.js';
import { newZoneState } from './zone-state.js';

/** Sorted maps, as the values in them. */
type SortedKey = 'local' | 'peers' | 'addresses';

type Entries<M> = M extends SortedMap<infer K, infer V> ? readonly (readonly [K, V])[] : never;

/** Plain data: maps, sets, arrays and numbers. */
export type Checkpoint = Omit<ServiceMonitor, SortedKey | 'requests'> & {
  readonly [K in SortedKey]: Entries<ServiceMonitor[K]>;
} & {
  /** Who asked is connected to the process that is gone. */
  readonly requests: null;
};

export function checkpointOf(monitor: ServiceMonitor): Checkpoint {
  const { local, peers, addresses } = monitor;
  return {
    ...monitor,
    local: entriesOf(local),
    peers: entriesOf(peers),
    addresses: entriesOf(addresses),
    requests: null,
  };
}

/**
 * The monitor of which the checkpoint was taken. `lastStepAt`: when it last took a step: what it missed since then counts as
 * lateness. Null: it is not of this shape; another version has made it.
 */
export function monitorOf(checkpoint: Checkpoint, lastStepAt: Instant): ServiceMonitor | null {
  if (!hasShape(checkpoint)) return null;
  const { zone } = checkpoint;
  return {
    ...checkpoint,
    local: mapOf(checkpoint.local),
    peers: mapOf(checkpoint.peers),
    addresses: mapOf(checkpoint.addresses),
    requests: new Map(),
    lastStepAt,
    // What was asked of the name server was answered to nobody: it is asked again.
    zone: { ...newZoneState(), last: zone.last },
  };
}

/** R20: what scripts that ran when their asker died have done is not known: they have failed. */
export function lostScripts(monitor: ServiceMonitor): Event[] {
  const lost = (address: ServiceAddress, action: 'acquire' | 'release'): Event => ({
    kind: 'script-done',
    action,
    address,
    error: 'the control process ended',
  });
  return monitor.local.values().flatMap(({ address, phase }) => {
    if (phase === 'acquire-script') return [lost(address, 'acquire')];
    return phase === 'release-script' ? [lost(address, 'release')] : [];
  });
}

/**
 * Whether a step has consequences outside this process, so that a checkpoint from before it is wrong from now on: who went on
 * from there could hold what was given up, or assign a second time.
 */
export const isConsequence = ({ kind }: Effect): boolean => !HARMLESS.has(kind);

const HARMLESS: ReadonlySet<Effect['kind']> = new Set<Effect['kind']>([
  'publish',
  'record',
  'peers',
  'drain',
  'probe',
  'announce',
  'reply',
  'zone',
  'watch-zone',
]);

const entriesOf = <K extends Address, V>(map: SortedMap<K, V>): (readonly [K, V])[] =>
  map.keys().map((key) => [key, map.get(key) as V]);

function mapOf<K extends Address, V>(entries: readonly (readonly [K, V])[]): SortedMap<K, V> {
  const map = new SortedMap<K, V>();
  for (const [key, value] of entries) map.set(key, value);
  return map;
}

/** The same fields as a new one has. */
function hasShape(checkpoint: Checkpoint): boolean {
  const expected = Object.keys(createMonitor(checkpoint.settings, checkpoint.phaseSince));
  const found = new Set(Object.keys(checkpoint));
  return expected.length === found.size && expected.every((key) => found.has(key));
}

/** Settings that a reload has changed in between are to be gone over to. */
export const settingsEvents = (monitor: ServiceMonitor, settings: MonitorSettings): Event[] =>
  JSON.stringify(monitor.settings) === JSON.stringify(settings) ? [] : [{ kind: 'settings', settings }];
