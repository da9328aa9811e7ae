// Which of several able hosts gets an unserved address (R29). Pure choices; chance is handed in.

import type { HostId, ServiceAddress } from './address.js';
import type { HostInformation } from './host-information.js';
import type { Reason } from './reason.js';
import type { AssignPolicy } from './settings.js';

export interface Choices {
  readonly policy: AssignPolicy;
  /** Addresses that each host claims or has been told to acquire. */
  readonly counts: ReadonlyMap<HostId, number>;
  readonly hosts: ReadonlyMap<HostId, HostInformation>;
  /** Hosts above the high water mark that were not below the low one since: chosen last. */
  readonly busy: ReadonlySet<HostId>;
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
  const calm = candidates.filter((host) => !choices.busy.has(host));
  const pool = calm.length > 0 ? calm : candidates;
  if (pool.length === 0) return null;
  switch (choices.policy) {
    case 'random':
      return { host: pool[scatter(choices.chance, address) % pool.length] as HostId, reason: 'random' };
    case 'least-loaded':
      return { host: lowest(pool, (host) => utilization(choices, host), choices), reason: 'least-loaded' };
    case 'fewest-addresses':
      return { host: lowest(pool, () => 0, choices), reason: 'fewest-addresses' };
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

/** Load ÷ capacity; a host that was not measured counts as half used. */
function utilization(choices: Choices, host: HostId): number {
  const information = choices.hosts.get(host);
  if (information === undefined || information.capacity === 0) return 0.5;
  return information.load / information.capacity;
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
