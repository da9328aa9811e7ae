// The farm that is simulated, as data: everything in it follows from the seed, and it can be printed and replayed.

import type { AssignPolicy, ZoneSettings } from '../../src/core/settings.js';
import type { Random } from './random.js';

export interface GroupScenario {
  readonly name: string;
  /** Milliseconds, as all spans here. */
  readonly interval: number;
  readonly timeout: number;
  readonly orphanTimeout: number;
  readonly failBack: number | 'never';
  readonly assign: AssignPolicy;
  readonly waterMarks: { readonly high: number; readonly low: number } | null;
  readonly partition: 'probe' | 'ignore';
  /** R52: the kernel of a host whose lease has run out does not answer. */
  readonly fence: boolean;
  readonly acquireScript: boolean;
  readonly releaseScript: boolean;
  /** What its members that have `dns` make of it (R36–R41); null: nobody has. */
  readonly zone: ZoneScenario | null;
}

/** Marks in percent; milliseconds. */
export type ZoneScenario = Omit<ZoneSettings, 'zone' | 'name' | 'interval'> & { readonly interval: number };

export interface MembershipScenario {
  /** Position in the scenario's groups. */
  readonly group: number;
  /** In text; none: hot spare. */
  readonly preferred: readonly string[];
  readonly observer: boolean;
  /** It has `dns` configured. */
  readonly dns: boolean;
}

export interface HostScenario {
  readonly id: string;
  /** When it is switched on for the first time. */
  readonly bootAt: number;
  readonly memberships: readonly MembershipScenario[];
}

export interface Scenario {
  readonly seed: number;
  /** Number of control networks. */
  readonly networks: number;
  readonly groups: readonly GroupScenario[];
  readonly hosts: readonly HostScenario[];
}

export interface Size {
  /** Number of hosts; null: the seed chooses. */
  readonly hosts: number | null;
  /** Preferred addresses of the whole group; null: the seed chooses. */
  readonly addresses: number | null;
}

const HEARTBEATS: readonly (readonly [interval: number, timeout: number])[] = [
  [20, 100],
  [20, 100],
  [20, 100],
  [10, 50],
  [20, 200],
  [50, 160],
];

export const LONG_ORPHAN_TIMEOUT = 30 * 86_400_000;

export function makeScenario(seed: number, size: Size, random: Random): Scenario {
  const hosts = size.hosts ?? (random.chance(0.85) ? random.integer(2, 6) : random.integer(7, 12));
  const groupCount = size.addresses !== null || random.chance(0.75) ? 1 : random.integer(2, 3);
  const groups = Array.from({ length: groupCount }, (_, index) => makeGroup(index, random));
  const ids = random.sample(
    Array.from({ length: 254 }, (_, index) => index + 1),
    hosts,
  );
  // Mostly all at once; some come when the others have long been there.
  const late = random.chance(0.3);
  const members = ids.map((last, index): HostScenario => {
    const bootAt = late && random.chance(0.3) ? random.between(500, 6000) : random.between(0, 60);
    return {
      id: `10.77.1.${String(last)}`,
      bootAt,
      memberships: makeMemberships(index, groups.length, random),
    };
  });
  const scenario = { seed, networks: random.pick([1, 2, 2, 2, 3]), groups, hosts: members };
  return size.addresses === null ? withSomethingToServe(scenario) : withAddresses(scenario, size.addresses);
}

function makeGroup(index: number, random: Random): GroupScenario {
  const [interval, timeout] = random.pick(HEARTBEATS);
  return {
    name: ['web', 'news', 'mail'][index] ?? `group${String(index)}`,
    interval,
    timeout,
    orphanTimeout: random.chance(0.7) ? LONG_ORPHAN_TIMEOUT : random.between(3000, 10_000),
    failBack: random.chance(0.6) ? 0 : random.chance(0.5) ? random.between(200, 1500) : 'never',
    assign: random.pick(['fewest-addresses', 'fewest-addresses', 'least-loaded', 'random']),
    waterMarks: random.chance(0.5) ? { high: 80, low: 60 } : null,
    partition: random.chance(0.85) ? 'probe' : 'ignore',
    fence: random.chance(0.8),
    acquireScript: random.chance(0.4),
    releaseScript: random.chance(0.4),
    zone: null,
  };
}

function makeMemberships(host: number, groups: number, random: Random): MembershipScenario[] {
  const memberships: MembershipScenario[] = [];
  for (let group = 0; group < groups; group++) {
    if (group > 0 && random.chance(0.25)) continue;
    const observer = random.chance(0.06);
    const count = observer || random.chance(0.2) ? 0 : random.pick([1, 1, 1, 2, 3]);
    const preferred = Array.from({ length: count }, (_, index) => serviceAddress(group, host, index));
    // A mistake that operators make: two hosts prefer one address.
    if (count > 0 && random.chance(0.03)) preferred.push(serviceAddress(group, 0, 0));
    memberships.push({ group, preferred: [...new Set(preferred)], observer, dns: false });
  }
  return memberships;
}

function serviceAddress(group: number, host: number, index: number): string {
  const last = String(host * 4 + index + 1);
  return (host + index) % 4 === 3
    ? `2001:db8:77:${String(group)}::${last}`
    : `10.77.${String(10 + group)}.${last}`;
}

/** The first host of each group prefers an address, so that there is something to watch. */
function withSomethingToServe(scenario: Scenario): Scenario {
  const hosts = scenario.hosts.map((host, index) => {
    if (index > 0) return host;
    const memberships = host.memberships.map((membership): MembershipScenario => {
      if (membership.preferred.length > 0) return membership;
      return { ...membership, observer: false, preferred: [`10.77.${String(10 + membership.group)}.1`] };
    });
    return { ...host, memberships };
  });
  return { ...scenario, hosts };
}

/** Some groups have a zone, which some of their members write; by a source of chance of its own. */
export function withZones(scenario: Scenario, random: Random): Scenario {
  const groups = scenario.groups.map((group) => ({
    ...group,
    zone: random.chance(0.3) ? makeZone(random) : null,
  }));
  const hosts = scenario.hosts.map((host) => ({
    ...host,
    memberships: host.memberships.map((membership) => ({ ...membership, dns: random.chance(0.5) })),
  }));
  return { ...scenario, groups, hosts };
}

function makeZone(random: Random): ZoneScenario {
  return {
    highWater: random.pick([80, 95]),
    lowWater: random.pick([50, 60]),
    minimum: random.integer(1, 3),
    scale: random.pick([100, 1000]),
    interval: random.pick([300, 1000, 5000]),
  };
}

/** A large group: so many addresses, dealt out among its hosts. */
function withAddresses(scenario: Scenario, count: number): Scenario {
  const { length } = scenario.hosts;
  const hosts = scenario.hosts.map((host, index): HostScenario => {
    const preferred: string[] = [];
    for (let address = index; address < count; address += length)
      preferred.push(`10.${String(100 + (address >> 8))}.0.${String(address & 0xff)}`);
    return { ...host, memberships: [{ group: 0, preferred, observer: false, dns: false }] };
  });
  return { ...scenario, hosts };
}
