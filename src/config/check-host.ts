// What only the host itself can tell: its interfaces and their addresses.

import { familyOf, type Address, type Family } from '../core/address.js';
import type { DraftConfiguration } from './draft.js';
import { quoted, type Findings, type Path } from './fault.js';
import type { HostFacts } from './host-facts.js';
import { didYouMean } from './nearest.js';

/** Every interface must exist, and have addresses of the families that are to be used on it. */
export function checkHost(draft: DraftConfiguration, facts: HostFacts, findings: Findings): void {
  for (const [name, path] of interfacesOf(draft)) checkExists(name, path, facts, findings);
  checkInterfaceFamilies(draft, facts, findings);
}

/** Whether every interface that the file names is here, so that this may be taken for its host. */
export const isHere = (draft: DraftConfiguration, facts: HostFacts): boolean =>
  interfacesOf(draft).every(([name]) => facts.interfaces().has(name));

/** The families alone. */
export function checkInterfaceFamilies(
  draft: DraftConfiguration,
  facts: HostFacts,
  findings: Findings,
): void {
  for (const [name, group] of draft.groups) {
    const path = ['groups', name];
    if (group.address !== undefined)
      checkControlFamily(draft, group.address.address, [...path, 'address'], facts, findings);
    if (group.interface === undefined) continue;
    for (const [index, preferred] of (group.prefer ?? []).entries())
      if (preferred !== undefined)
        checkServiceFamily(preferred.address, group.interface, [...path, 'prefer', index], facts, findings);
  }
}

/**
 * R56: addresses that their interface can never take, as IPv6 is switched off there. Nothing else is certain while a host boots: a
 * link that is down shows no addresses, IPv6 may be there before DHCP has brought IPv4, and the other way round; the kernel takes an
 * address of either family all the same. A daemon that refused to start for that would have refused what is right a second later,
 * and systemd does not start it again after 78. So the rest is a warning here, and a fault to `raisd check` alone.
 */
export function checkRefusedFamilies(draft: DraftConfiguration, facts: HostFacts, findings: Findings): void {
  for (const [name, { interface: service, prefer }] of draft.groups) {
    if (service === undefined || !lacks(service, 6, facts) || !facts.refusesIpv6(service)) continue;
    for (const [index, preferred] of (prefer ?? []).entries())
      if (preferred !== undefined && familyOf(preferred.address) === 6)
        findings.fault(
          ['groups', name, 'prefer', index],
          `${preferred.address} is IPv6, which is switched off on service interface ${service} (net.ipv6.conf.${service}.disable_ipv6)`,
        );
  }
}

/** An interface that is missing where another one of the file is here: on another host nothing of this is to be expected. */
export function warnOfMissing(draft: DraftConfiguration, facts: HostFacts, findings: Findings): void {
  const named = interfacesOf(draft);
  if (!named.some(([name]) => facts.interfaces().has(name))) return;
  for (const [name, path] of named)
    if (!facts.interfaces().has(name)) findings.warn(path, missingSentence(name, facts));
}

function interfacesOf(draft: DraftConfiguration): [string, Path][] {
  const named: [string | undefined, Path][] = [
    ...(draft.top.control ?? []).map((name, index): [string | undefined, Path] => [name, ['control', index]]),
    ...[...draft.groups].map(([name, group]): [string | undefined, Path] => [
      group.interface,
      ['groups', name, 'interface'],
    ]),
    ...[...draft.loads].map(([name, load]): [string | undefined, Path] => [
      load.network?.interface,
      ['loads', name, 'network', 'interface'],
    ]),
  ];
  return named.flatMap(([name, path]) => (name === undefined ? [] : [[name, path]]));
}

function checkExists(name: string, path: Path, facts: HostFacts, findings: Findings): void {
  if (facts.interfaces().has(name)) return;
  findings.fault(path, missingSentence(name, facts));
}

const missingSentence = (name: string, facts: HostFacts): string =>
  `there is no interface ${quoted(name)} on this host${didYouMean(name, facts.interfaces().keys())}`;

/** A link that is down shows no addresses: nothing is known of its families then. */
const lacks = (name: string, family: Family, facts: HostFacts): boolean => {
  const addresses = facts.interfaces().get(name) ?? [];
  return addresses.length > 0 && !addresses.some((address) => familyOf(address) === family);
};

function checkControlFamily(
  draft: DraftConfiguration,
  address: Address,
  path: Path,
  facts: HostFacts,
  findings: Findings,
): void {
  const family = familyOf(address);
  for (const name of draft.top.control ?? [])
    if (name !== undefined && lacks(name, family, facts))
      findings.fault(
        path,
        `${address} is IPv${String(family)}, but control interface ${name} has no IPv${String(family)} address`,
      );
}

function checkServiceFamily(
  address: Address,
  name: string,
  path: Path,
  facts: HostFacts,
  findings: Findings,
): void {
  const family = familyOf(address);
  if (lacks(name, family, facts))
    findings.fault(
      path,
      `${address} is IPv${String(family)}, but service interface ${name} has no IPv${String(family)} address`,
    );
}
