// What is not as it should be, as sentences for an operator, most urgent first (R58).

import { refusedSentence } from '../core/address-limit.js';
import type { ServiceMonitor } from '../core/monitor.js';
import type { AddressStatus, FenceStatus, HostStatus } from '../ipc/operator-messages.js';
import type { StatusContext } from './status.js';

export function problemsOf(
  monitor: ServiceMonitor,
  hosts: readonly HostStatus[],
  addresses: readonly AddressStatus[],
  context: Pick<StatusContext, 'interfaces' | 'interfaceFaults' | 'fence'>,
): string[] {
  return [
    ...[refusedSentence(monitor)].filter((sentence) => sentence !== null),
    ...addressProblems(addresses),
    ...hosts.flatMap((host) => hostProblems(host)),
    ...linkProblems(hosts, context),
    ...preferenceProblems(hosts),
    ...fenceProblems(context.fence),
    ...zoneProblems(monitor),
    ...[...monitor.conflicts].map(
      ([address, { hardwareAddress }]) =>
        `${address}: ${hardwareAddress}, no member of the group, answers for it as well`,
    ),
  ];
}

function addressProblems(addresses: readonly AddressStatus[]): string[] {
  const wrong = addresses.filter((address) => address.state === 'unserved' || address.state === 'duplicate');
  const orphans = addresses.filter((address) => address.orphaned && address.host !== null);
  return [
    ...wrong.map((address) =>
      address.state === 'unserved'
        ? `${address.address} is served by nobody: ${address.reason.replace(/^unserved: /, '')}`
        : `${address.address} is claimed by more than one host`,
    ),
    ...orphans.map(
      (a) => `${a.address} is orphaned: ${String(a.host)} serves it for ${String(a.preferredHost)}`,
    ),
  ];
}

function hostProblems(host: HostStatus): string[] {
  if (host.state === 'silent') return [`${host.id} is silent${heard(host)}`];
  if (host.state === 'partitioned')
    return [
      `${host.id} is partitioned: silent on the control networks, but it answers on the service network`,
    ];
  if (host.state === 'left' || host.observer) return [];
  if (!host.ok) return [`${host.id} is failed: ${host.failures.join('; ')}`];
  return host.quiesced ? [`${host.id} is quiesced`] : [];
}

const heard = (host: HostStatus): string =>
  host.lastHeardMs === null ? '' : `: last heard ${(host.lastHeardMs / 1000).toFixed(1)} s ago`;

/** A control network that is cut costs nothing now, and everything when the other one goes. */
function linkProblems(
  hosts: readonly HostStatus[],
  { interfaces, interfaceFaults }: Pick<StatusContext, 'interfaces' | 'interfaceFaults'>,
): string[] {
  const known = hosts.filter((host) => !host.self && host.state !== 'left');
  const peers = known.filter((host) => host.state === 'live' || host.state === 'joining');
  if (known.length > 0 && peers.length === 0)
    return [...faultLines(interfaceFaults), nobodyHeard(known, interfaces)];
  const cuts = interfaces.flatMap((name, index) => {
    const cut = peers.filter((peer) => peer.links[index]?.up === false);
    if (cut.length === 0 || interfaceFaults.has(name)) return [];
    if (cut.length === peers.length) return [`control interface ${name}: no member is heard on it`];
    return cut.map((peer) => `control interface ${name}: ${peer.id} is not heard on it`);
  });
  return [...faultLines(interfaceFaults), ...cuts];
}

const faultLines = (faults: ReadonlyMap<string, string>): string[] =>
  [...faults].map(([name, fault]) => `control interface ${name} ${fault}`);

function nobodyHeard(known: readonly HostStatus[], interfaces: readonly string[]): string {
  const who = known.map(({ id }) => id).join(', ');
  const are = known.length === 1 ? 'is' : 'are';
  const they = known.length === 1 ? 'it is down' : 'they are all down';
  return `nobody is heard on any control interface (${interfaces.join(', ')}), though ${who} ${are} known: either ${they}, or this host is cut off; check cables, switches and firewalls`;
}

/** Worth a line only where one was wanted. */
const fenceProblems = ({ kind, wanted, reason }: FenceStatus): string[] =>
  kind === 'none' && wanted !== 'none'
    ? [`no fence: ${reason ?? ''}; if this daemon is killed, its addresses answer for up to 3.3 s more`]
    : [];

function zoneProblems({ settings, zone }: ServiceMonitor): string[] {
  if (settings.dns === null || zone.error === null) return [];
  const what = zone.role === 'watching' ? 'cannot be looked at from here' : 'is not kept';
  return [`DNS zone ${settings.dns.zone} ${what}: ${zone.error}`];
}

function preferenceProblems(hosts: readonly HostStatus[]): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const host of hosts.filter((candidate) => candidate.state === 'live')) {
    for (const address of host.preferred) {
      const owner = owners.get(address);
      if (owner === undefined) owners.set(address, host.id);
      else
        problems.push(
          `${address} is preferred by both ${owner} and ${host.id}; take it out of one configuration`,
        );
    }
  }
  return problems;
}
