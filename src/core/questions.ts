// R61: for which addresses this host asks on the service network while hosts are out of reach: those that it would have a part
// in taking over, each as often as it has to be, and no more. Under load hosts are doubted that live, and what the questions cost
// must not make them later still.

import { sortAddresses, type HostId, type ServiceAddress } from './address.js';
import { buildControlTable } from './control-table.js';
import { hasEvidence } from './evidence.js';
import { lowestLeader } from './leader.js';
import { isOk, type Peer, type ServiceMonitor } from './monitor.js';
import { ordersWithout } from './plan.js';
import { elapsed, type Instant } from './time.js';

/** So many addresses of each silent host are asked for, as long as it answers for none. */
const SAMPLED = 16;

/** An answer that came within this share of the timeout is not asked for anew: the host has said so much more often than it must. */
const ANSWERED_SHARE = 1 / 4;

/**
 * While hosts are doubted and none of them answers, some addresses of each are asked for, over and over: if the host lives it has the
 * others as well. To ask for all of them would keep the network process from telling in time that nobody answers (250 at once: 20 ms
 * on a busy host). Where a host answers for any, it counts which of them it has: each is asked for until it is answered.
 */
export function withoutIdleQuestions(
  monitor: ServiceMonitor,
  suspects: readonly Peer[],
  wanted: readonly ServiceAddress[],
  now: Instant,
): ReadonlySet<ServiceAddress> {
  // Then they come so seldom that each is needed.
  if (!suspects.some(({ state }) => state === 'live')) return new Set(wanted);
  const anyAnswers = suspects.some((peer) => peer.state !== 'live' || hasEvidence(monitor, peer, now));
  const asked = new Set<ServiceAddress>();
  if (anyAnswers) for (const address of wanted) if (!isAnswered(monitor, address, now)) asked.add(address);
  for (const addresses of byHolder(wanted, suspects))
    for (const address of sampleOf(addresses)) asked.add(address);
  return asked;
}

/** The addresses of each suspect, and those that none of them has, in their order. */
function byHolder(wanted: readonly ServiceAddress[], suspects: readonly Peer[]): Iterable<ServiceAddress[]> {
  const lists = new Map<Peer | undefined, ServiceAddress[]>();
  for (const address of wanted) {
    const holder = suspects.find(({ claims }) => claims.has(address));
    const list = lists.get(holder);
    if (list === undefined) lists.set(holder, [address]);
    else list.push(address);
  }
  return lists.values();
}

/** From all over the list: addresses that stand side by side may just have been moved together (R55). */
function sampleOf(addresses: readonly ServiceAddress[]): ServiceAddress[] {
  const step = Math.ceil(addresses.length / SAMPLED);
  return addresses.filter((_, index) => index % step === 0);
}

function isAnswered({ answers, settings }: ServiceMonitor, address: ServiceAddress, now: Instant): boolean {
  const answer = answers.get(address);
  return answer !== undefined && elapsed(answer.at, now) < ANSWERED_SHARE * settings.timeout;
}

/**
 * What would have to be assigned if the suspects were gone, and what they hold: all of it if this host would lead, which
 * must know before it orders; its own share otherwise, since the candidate must know before it obeys. Asking for more
 * would be a storm in a large group. It is found once for as long as nothing changes: it takes a whole pass of a leader.
 */
export function addressesToAsk(
  monitor: ServiceMonitor,
  suspects: readonly Peer[],
  now: Instant,
): readonly ServiceAddress[] {
  monitor.toAsk ??= findAddresses(monitor, suspects, now);
  return monitor.toAsk;
}

function findAddresses(monitor: ServiceMonitor, suspects: readonly Peer[], now: Instant): ServiceAddress[] {
  if (monitor.hardwareAddress === null || monitor.failures.has('link')) return [];
  const without = new Set<HostId>(suspects.map((peer) => peer.id));
  const { id, assign } = monitor.settings;
  if (lowestLeader(monitor, without) !== id) {
    if (!isOk(monitor) || monitor.quiesced) return [];
    if (assign !== 'random') return ownShare(monitor, without, now);
  }
  const table = buildControlTable(monitor, now, without);
  const wanted = [...table.entries.values()].filter(
    (entry) => entry.claims.length === 0 || suspects.some((peer) => peer.claims.has(entry.address)),
  );
  return sortAddresses(wanted.map((entry) => entry.address));
}

const ownShare = (monitor: ServiceMonitor, without: ReadonlySet<HostId>, now: Instant): ServiceAddress[] =>
  ordersWithout(monitor, without, now)
    .filter((order) => order.kind === 'acquire' && order.host === monitor.settings.id)
    .map((order) => order.address);
