// What must fit together within a group and between groups. Groups share nothing (R3): not a service address, not a
// socket, not a zone.

import { familyOf, type Address } from '../core/address.js';
import { leaseSpan } from '../core/settings.js';
import { isLinkLocal, isMulticast, unreachableForOthers, unusableAsHost } from './address-kinds.js';
import type { DraftConfiguration } from './draft.js';
import { formatDuration } from './duration.js';
import { formatEndpoint } from './endpoint.js';
import { reference, type Findings, type Path } from './fault.js';
import { unknownReference } from './issue.js';

type Group = DraftConfiguration['groups'] extends ReadonlyMap<string, infer G> ? G : never;

export function checkGroups(draft: DraftConfiguration, findings: Findings): void {
  checkControl(draft, findings);
  const once = new Once(findings);
  for (const [name, group] of draft.groups) {
    const path = ['groups', name];
    checkHeartbeat(group, path, findings);
    checkGroupAddress(group, path, findings);
    checkPeers(group, path, findings);
    checkObserver(group, path, findings);
    checkReferences(draft, group, path, findings);
    checkOwned(draft.top.id ?? null, group, path, findings, once);
  }
  checkFamilies(draft, findings);
}

/** Notices what may stand in the file only once. */
class Once {
  readonly #seen = new Map<string, Path>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** `why` ends the sentence: `10.77.0.101 is taken already by groups.web.prefer[0] on line 12: …`. */
  take(kind: string, value: string, path: Path, why: string): void {
    const key = `${kind} ${value}`;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, path);
    else
      this.#findings.fault(path, `${value} is taken already by ${reference(this.#findings, first)}: ${why}`);
  }
}

/** R6: each interface carries every message once. */
function checkControl(draft: DraftConfiguration, findings: Findings): void {
  const { control = [], id } = draft.top;
  const once = new Once(findings);
  for (const [index, name] of control.entries())
    if (name !== undefined)
      once.take('interface', name, ['control', index], 'name each control interface once');
  if (id === undefined) return;
  const kind = unreachableForOthers(id);
  if (kind !== null)
    findings.fault(['id'], `${id} is ${kind}: the host id must be an address of this host alone`);
}

/** R13, and what one lost message does with them. */
function checkHeartbeat(group: Group, path: Path, findings: Findings): void {
  const { interval, timeout } = group.heartbeat ?? {};
  if (interval === undefined || timeout === undefined) return;
  const at = [...path, 'heartbeat', 'timeout'];
  const [every, after] = [formatDuration(interval), formatDuration(timeout)];
  if (timeout <= interval)
    findings.fault(
      at,
      `${after} must be longer than the interval (${every}), or every host is taken for dead between two heartbeats`,
    );
  else if (leaseSpan(timeout) <= interval)
    findings.fault(
      at,
      `${after} must be more than 5/4 of the interval (${every}), or this host's own lease ends between two heartbeats`,
    );
  else if (timeout < 2 * interval)
    findings.warn(
      at,
      `${after} is less than two intervals (${every} each): one lost heartbeat is taken for the death of a host`,
    );
}

function checkGroupAddress(group: Group, path: Path, findings: Findings): void {
  const { address: endpoint, peers } = group;
  if (endpoint === undefined || hasPeers(group)) return;
  const { address } = endpoint;
  const at = [...path, 'address'];
  if (!isMulticast(address)) {
    const hint = peers === undefined ? '; for unicast, list some members in peers' : '';
    findings.fault(
      at,
      `${address} is no multicast address (224.0.0.0/4, as 239.255.77.1, or ff00::/8, as ff08::77)${hint}`,
    );
  } else if (/^ff[0-9a-f]1:/.test(address))
    findings.fault(
      at,
      `${address} has the scope of one interface: it never leaves this host; ff02:: or ff05:: do`,
    );
  else if (address.startsWith('224.0.0.'))
    findings.warn(at, `${address} is reserved for routing protocols (224.0.0.0/24): use one of 239.0.0.0/8`);
}

const hasPeers = (group: Group): boolean => group.peers !== undefined && group.peers !== null;

/** R60. */
function checkPeers(group: Group, path: Path, findings: Findings): void {
  const peers = group.peers ?? [];
  if (hasPeers(group) && peers.length === 0)
    findings.fault(
      [...path, 'peers'],
      'names no peer: list the address of at least one member, or remove the key for multicast',
    );
  const once = new Once(findings);
  for (const [index, peer] of peers.entries()) {
    if (peer === undefined) continue;
    const at = [...path, 'peers', index];
    const kind = unusableAsHost(peer) ?? (isLinkLocal(peer) ? 'a link-local address' : null);
    if (kind !== null) findings.fault(at, `${peer} is ${kind}: a peer is the control address of one host`);
    else once.take('peer', peer, at, 'name each peer once');
  }
}

/** R41: an observer serves nothing, so it prefers nothing. */
function checkObserver(group: Group, path: Path, findings: Findings): void {
  if (
    group.observe === true &&
    group.prefer !== undefined &&
    group.prefer !== null &&
    group.prefer.length > 0
  )
    findings.fault(
      [...path, 'prefer'],
      'an observer is never given an address: remove prefer, or observe: true',
    );
}

/** R2. */
function checkReferences(draft: DraftConfiguration, group: Group, path: Path, findings: Findings): void {
  for (const key of ['tests', 'loads'] as const) {
    const defined = draft[key];
    const once = new Once(findings);
    for (const [index, name] of (group[key] ?? []).entries()) {
      if (name === undefined) continue;
      const at = [...path, key, index];
      once.take(key, name, at, 'name it once');
      if (!defined.has(name))
        findings.fault(at, unknownReference(key === 'tests' ? 'test' : 'load', name, [...defined.keys()]));
    }
  }
}

/** What belongs to one group alone. */
function checkOwned(id: Address | null, group: Group, path: Path, findings: Findings, once: Once): void {
  const { address: endpoint, dns } = group;
  if (endpoint !== undefined) {
    // With peers the socket is bound to the control address: only the port tells the groups apart.
    const [kind, text] = hasPeers(group)
      ? ['port', `port ${String(endpoint.port)}`]
      : ['endpoint', formatEndpoint(endpoint)];
    once.take(kind, text, [...path, 'address'], 'each group needs an address and port of its own');
  }
  for (const [index, preferred] of (group.prefer ?? []).entries())
    if (preferred !== undefined)
      checkServiceAddress(preferred.address, id, group, [...path, 'prefer', index], findings, once);
  if (dns?.zone !== undefined)
    once.take('zone', dns.zone, [...path, 'dns', 'zone'], 'each group has a zone of its own (R36)');
  if (dns?.file?.path !== undefined)
    once.take(
      'file',
      dns.file.path,
      [...path, 'dns', 'file', 'path'],
      'each group has a zone file of its own',
    );
}

function checkServiceAddress(
  address: Address,
  id: Address | null,
  group: Group,
  path: Path,
  findings: Findings,
  once: Once,
): void {
  if (address === id)
    findings.fault(
      path,
      `${address} is the host id: a service address moves between hosts, a host id never does`,
    );
  if (group.peers?.includes(address) === true)
    findings.fault(
      path,
      `${address} is listed in peers: a service address moves between hosts, a control address never does`,
    );
  once.take('service address', address, path, 'a service address belongs to one group, and is listed once');
}

/** All control messages of a host are sent from its control addresses, which are of one family. */
function checkFamilies(draft: DraftConfiguration, findings: Findings): void {
  const { id } = draft.top;
  let [standard, from]: [Address | undefined, Path] = [id, ['id']];
  for (const [name, { address: endpoint, peers }] of draft.groups) {
    if (endpoint === undefined) continue;
    const path = ['groups', name, 'address'];
    if (standard === undefined) [standard, from] = [endpoint.address, path];
    else if (familyOf(endpoint.address) !== familyOf(standard))
      findings.fault(
        path,
        `${endpoint.address} is IPv${String(familyOf(endpoint.address))}, but ${reference(findings, from)} is IPv${String(familyOf(standard))}: control messages travel in one family`,
      );
    for (const [index, peer] of (peers ?? []).entries())
      if (peer !== undefined && familyOf(peer) !== familyOf(endpoint.address))
        findings.fault(
          ['groups', name, 'peers', index],
          `${peer} is IPv${String(familyOf(peer))}, but the group's address is IPv${String(familyOf(endpoint.address))}`,
        );
  }
}
