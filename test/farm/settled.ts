// When a group is settled: every member takes part and is well, all agree on everything, every address is online at
// its preferred host, really on its interface and nowhere else, and answers the client from there.

import type { GroupStatus, Status } from '../../src/ipc/operator-messages.js';
import { GROUP } from './configuration.js';
import type { Host } from './host.js';
import type { Stage } from './stage.js';

/** Null: settled. Otherwise the first thing that is not as it should be. */
export async function whyUnsettled(stage: Stage): Promise<string | null> {
  return (await whyDaemonsUnsettled(stage)) ?? whyInterfacesDiffer(stage) ?? whyClientDiffers(stage);
}

/** What the daemons themselves say of it. Null: all of them say that everything is as it should be. */
export async function whyDaemonsUnsettled(
  stage: Pick<Stage, 'members' | 'addressesOf'>,
): Promise<string | null> {
  const members = [...stage.members];
  const views: [Host, GroupStatus][] = [];
  for (const host of members) {
    const status = await host.daemon.status();
    const group = status?.groups[GROUP];
    if (group === undefined) return `${host.name}: raisd does not answer`;
    views.push([host, group]);
    const wrong = whyNotWell(group, members) ?? whyNotAtHome(status, stage.addressesOf(host));
    if (wrong !== null) return `${host.name}: ${wrong}`;
  }
  return whyNotAgreed(views);
}

function whyNotWell(group: GroupStatus, members: readonly Host[]): string | null {
  if (group.state !== 'ok' && group.state !== 'observer')
    return `the group is ${group.state}: ${group.problems.join('; ')}`;
  for (const { id, name } of members) {
    const host = group.hosts.find((entry) => entry.id === id);
    if (host?.state !== 'live') return `${name} is ${host?.state ?? 'unknown'}`;
    if (!host.ok && !host.observer) return `${name} is failed: ${host.failures.join('; ')}`;
    if (host.quiesced) return `${name} is quiesced`;
    const deaf = host.links.find(({ up }) => !up);
    if (deaf !== undefined) return `${name} is not heard on ${deaf.interface}`;
  }
  return null;
}

/** Over all groups of the host: its own addresses are known, and every address is where it belongs. */
function whyNotAtHome(status: Status | null, own: readonly string[]): string | null {
  const addresses = Object.values(status?.groups ?? {}).flatMap((group) => group.addresses);
  const unknown = own.find((address) => !addresses.some((entry) => entry.address === address));
  if (unknown !== undefined) return `${unknown} is unknown`;
  for (const { address, state, host, preferredHost } of addresses) {
    if (state !== 'online') return `${address} is ${state}`;
    if (host !== preferredHost)
      return `${address} is at ${host ?? 'no host'} and prefers ${preferredHost ?? 'none'}`;
  }
  return null;
}

function whyNotAgreed(views: readonly (readonly [Host, GroupStatus])[]): string | null {
  const opinions = views.map(([host, { leader, term, addresses }]) => ({
    name: host.name,
    text: JSON.stringify([leader, term, addresses.map(({ address, host: at }) => [address, at])]),
  }));
  const first = opinions[0];
  const other = opinions.find(({ text }) => text !== first?.text);
  return other === undefined
    ? null
    : `${first?.name ?? ''} sees ${first?.text ?? ''}, ${other.name} sees ${other.text}`;
}

function whyInterfacesDiffer(stage: Stage): string | null {
  for (const host of stage.farm.hosts) {
    const expected = stage.members.has(host) ? stage.addressesOf(host).toSorted() : [];
    const there = host.servedAddresses().toSorted();
    if (there.join() !== expected.join()) {
      return `${host.name} has [${there.join(' ')}] on its service interface in place of [${expected.join(' ')}]`;
    }
  }
  return null;
}

function whyClientDiffers(stage: Stage): string | null {
  for (const host of stage.members) {
    for (const address of stage.addressesOf(host)) {
      const answering = stage.prober.hostOf(address);
      if (answering !== host.name) return `the client hears ${answering ?? 'nobody'} for ${address}`;
    }
  }
  return null;
}
