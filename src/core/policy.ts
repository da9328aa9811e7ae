// Which of several able hosts gets an unserved address (R29). Pure choices; chance is handed in.

import type { HostId, ServiceAddress } from './address.js';
import type { HostInformation } from './host-information.js';
import type { Reason } from './reason.js';
import type { AssignPolicy } from './settings.js';

export interface Choices {
  readonly policy: AssignPolicy;
  /** Addresses that each host claims or has been told to acquire. */
  readonly counts: ReadonlyMap<HostId, number>;
  /** Those of them that were assigned so lately that its load does not show them yet. */
  readonly promised: ReadonlyMap<HostId, number>;
  readonly hosts: ReadonlyMap<HostId, HostInformation>;
  /** A random 32-bit number. */
  readonly chance: number;
}

export interface Choice {
  readonly host: HostId;
  readonly reason: Extract<Reason, 'hot-spare' | 'fewest-addresses' | 'least-loaded' | 'random'>;
}

/** R29: picks one of `candidates` (ascending); null if there are none. Ties go to the lowest id. */
export function choose(
  address: ServiceAddress,
  candidates: readonly HostId[],
  choices: Choices,
): Choice | null {
  if (candidates.length === 0) return null;
  switch (choices.policy) {
    case 'random': {
      const drawn = scatter(choices.chance, address) % candidates.length;
      return { host: candidates[drawn] as HostId, reason: 'random' };
    }
    case 'least-loaded': {
      const each = loadOfAnAddress(choices);
      const rank = (host: HostId): number => expectedUtilization(choices, host, each);
      return { host: lowest(candidates, rank, choices), reason: 'least-loaded' };
    }
    case 'fewest-addresses':
      return { host: lowest(candidates, () => 0, choices), reason: 'fewest-addresses' };
  }
}

/** The host of least `rank`, among equals the one with the fewest addresses, among those the lowest id. */
function lowest(pool: readonly HostId[], rank: (host: HostId) => number, choices: Choices): HostId {
  let best = pool[0] as HostId;
  for (const host of pool.slice(1)) {
    const byRank = rank(host) - rank(best);
    const byCount = (choices.counts.get(host) ?? 0) - (choices.counts.get(best) ?? 0);
    if (byRank < 0 || (byRank === 0 && byCount < 0)) best = host;
  }
  return best;
}

/**
 * Load ÷ capacity, with what the addresses will bring that were assigned lately: the hundred addresses of a host that died
 * must not all go to the one host that happened to be idle. A host that was not measured counts as half used.
 */
function expectedUtilization({ hosts, promised }: Choices, host: HostId, loadOfOne: number): number {
  const information = hosts.get(host);
  const more = promised.get(host) ?? 0;
  if (information === undefined || information.capacity === 0) return NOT_MEASURED * (1 + more);
  return (information.load + more * loadOfOne) / information.capacity;
}

const NOT_MEASURED = 0.5;

/** What an address brings with it on the average, as far as it was measured. */
function loadOfAnAddress({ hosts, counts, promised }: Choices): number {
  let [load, addresses] = [0, 0];
  for (const host of hosts.values()) {
    if (host.capacity === 0) continue;
    load += host.load;
    addresses += (counts.get(host.id) ?? 0) - (promised.get(host.id) ?? 0);
  }
  return load / Math.max(1, addresses);
}

/** FNV-1a over the address, started from the chance of this pass: an independent draw an address. */
function scatter(chance: number, address: ServiceAddress): number {
  let hash = (0x811c9dc5 ^ chance) >>> 0;
  for (let index = 0; index < address.length; index++)
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** R29: which hosts are too busy to be chosen before others; the band between the marks keeps what was. */
export function refreshBusy(
  busy: Set<HostId>,
  hosts: ReadonlyMap<HostId, HostInformation>,
  marks: { readonly high: number; readonly low: number } | null,
): void {
  for (const id of busy) if (!hosts.has(id)) busy.delete(id);
  if (marks === null) return;
  for (const { id, load, capacity } of hosts.values()) {
    const percent = capacity === 0 ? 0 : (load * 100) / capacity;
    if (percent > marks.high) busy.add(id);
    else if (percent < marks.low) busy.delete(id);
  }
}
