// After a storm everything comes right: all agree, and every address is where it belongs.

import { compareAddresses, type HostId, type ServiceAddress } from '../../src/core/address.js';
import { isClaim, type HostInformation } from '../../src/core/host-information.js';
import type { AddressRecord, ServiceMonitor } from '../../src/core/monitor.js';
import type { Driver } from './driver.js';
import { VALID, VALID_LATENESS } from './kernel.js';
import { SCRIPT_TIMEOUT } from './scripts-process.js';
import { Violation } from './violation.js';
import { FIRST_RETRY } from './zone-keeper.js';
import type { World } from './world.js';

/** Milliseconds of calm after which a group has to have come right; `crashed`: a daemon died and left its addresses. */
export function settlingTime(world: World, group: number, crashed: boolean): number {
  const { timeout, failBack, acquireScript, releaseScript, zone } = world.groupOf(group);
  const scripts = (acquireScript || releaseScript ? 2 * SCRIPT_TIMEOUT + 300 : 0) + 100;
  const delay = failBack === 'never' ? 0 : failBack;
  // It is looked at, passed over, and put right.
  const zones = zone === null ? 0 : 2 * zone.interval + FIRST_RETRY + 200;
  return 12 * timeout + scripts + (crashed ? VALID + VALID_LATENESS : 0) + delay + zones;
}

/** Until when some leader passes a host over, or a host stays away: not before may everything be expected to be served. */
export function passedOverUntil(world: World): number {
  let latest = -Infinity;
  for (const host of world.hosts)
    for (const { monitor } of host.daemon?.control?.drivers ?? []) {
      const toWorld = (moment: number): number => moment - host.clockAt(0);
      for (const { until } of monitor.leadership?.passedOver.values() ?? [])
        if (until > monitor.lastStepAt) latest = Math.max(latest, toWorld(until));
      if (monitor.phase === 'joining') latest = Math.max(latest, toWorld(monitor.heldBackUntil));
      if (monitor.failures.has('losses')) latest = Math.max(latest, toWorld(monitor.lossPenaltyUntil));
    }
  return latest;
}

export class ConvergenceCheck {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Throws a Violation if some group has not come right. */
  check(): void {
    for (const host of this.world.hosts)
      if (!host.isComplete) throw new Violation('not whole', `${host.id} has no whole daemon`);
    for (const group of this.world.scenario.groups.keys()) {
      const drivers = this.world.hosts.flatMap((host) =>
        (host.daemon?.control?.drivers ?? []).filter((driver) => driver.group === group),
      );
      if (drivers.length > 0) new GroupCheck(this.world, group, drivers).check();
    }
  }
}

class GroupCheck {
  private readonly world: World;
  private readonly group: number;
  private readonly drivers: readonly Driver[];
  private readonly leader: Driver | null;

  constructor(world: World, group: number, drivers: readonly Driver[]) {
    this.world = world;
    this.group = group;
    this.drivers = [...drivers].sort((a, b) => compareAddresses(a.host.id, b.host.id));
    this.leader = this.drivers.find(({ monitor }) => !monitor.settings.observer) ?? null;
  }

  check(): void {
    for (const { monitor } of this.drivers) this.checkMembership(monitor);
    this.checkAgreement();
    this.checkHolders();
  }

  private fail(rule: string, message: string): never {
    throw new Violation(rule, `${this.world.groupOf(this.group).name}: ${message}`);
  }

  private checkMembership(monitor: ServiceMonitor): void {
    const { id } = monitor.settings;
    if (monitor.phase !== 'member') this.fail('not a member', `${id} is still ${monitor.phase}`);
    const leader = this.leader?.host.id ?? null;
    if (monitor.leader !== leader)
      this.fail('wrong leader', `${id} takes ${String(monitor.leader)} for leader, not ${String(leader)}`);
    if (monitor.settings.id === leader && monitor.leadership?.confirmed !== true)
      this.fail('no commands', `${id} leads and may not command`);
    const others = this.drivers.map(({ host }) => host.id).filter((other) => other !== id);
    const live = [...monitor.peers.values()].filter((peer) => peer.state === 'live').map((peer) => peer.id);
    if (!sameSet(live, others))
      this.fail('wrong live hosts', `${id} hears ${live.join()}, not ${others.join()}`);
    for (const peer of monitor.peers.values())
      if (peer.state === 'partitioned')
        this.fail('still partitioned', `${id} takes ${peer.id} for partitioned`);
    if (monitor.requests.size > 0) this.fail('request pending', `${id} has an operator waiting`);
  }

  private checkAgreement(): void {
    const first = this.drivers[0]?.monitor;
    for (const { monitor } of this.drivers) {
      const { id } = monitor.settings;
      if (monitor.term !== first?.term)
        this.fail(
          'terms differ',
          `${id} has term ${String(monitor.term)}, ${String(first?.settings.id)} ${String(first?.term)}`,
        );
      for (const driver of this.drivers) {
        if (driver.monitor === monitor) continue;
        const known = monitor.peers.get(driver.host.id)?.information ?? null;
        const told = describeHost(known);
        const said = describeHost(driver.lastSaid);
        if (told !== said)
          this.fail('stale information', `${id} knows of ${driver.host.id}: ${told}, which says: ${said}`);
      }
      const rows = describeRows(monitor);
      const others = first === undefined ? rows : describeRows(first);
      if (rows !== others)
        this.fail('databases differ', `${id} has ${rows}, ${String(first?.settings.id)} has ${others}`);
    }
  }

  private checkHolders(): void {
    const { leader } = this;
    const rows = [...(leader?.monitor.addresses.values() ?? [])].filter((row) => row.expiredAt === null);
    const known = new Map(rows.map((row) => [row.address, row]));
    for (const { monitor } of this.drivers)
      for (const { address, phase } of monitor.local.values())
        if (!['online', 'not-serving'].includes(phase))
          this.fail('unsettled', `${address} is ${phase} on ${monitor.settings.id}`);
    for (const driver of this.drivers)
      for (const { address, phase } of driver.monitor.local.values())
        if ((phase === 'online') !== driver.host.kernel.has(address))
          this.fail(
            'interface differs',
            `${address} is ${phase} on ${driver.host.id}, its interface differs`,
          );
    if (leader === null) return;
    for (const row of known.values()) this.checkRow(leader.monitor, row);
    this.checkStrays(known);
  }

  private checkRow(leader: ServiceMonitor, row: AddressRecord): void {
    const { address } = row;
    const holders = this.drivers.filter(({ monitor }) => monitor.local.get(address)?.phase === 'online');
    const names = holders.map(({ host }) => host.id).join(' and ');
    if (holders.length > 1) this.fail('two holders in the end', `${names} serve ${address}`);
    if (this.isForgotten(row)) {
      if (holders.length > 0) this.fail('forgotten but served', `${names} serves ${address}`);
      return;
    }
    const able = this.drivers.filter(
      (driver) => isAble(driver) && !isPassedOver(leader, address, driver.host.id),
    );
    const [holder] = holders;
    if (holder === undefined) {
      if (able.length > 0)
        this.fail(
          'unserved',
          `nobody serves ${address}, and ${able.map(({ host }) => host.id).join(' ')} could`,
        );
      return;
    }
    if (holder.monitor.failures.size > 0 || holder.monitor.settings.observer)
      this.fail('served by an unable host', `${holder.host.id} serves ${address} and is failed`);
    this.checkPlace(row, holder, able);
  }

  /** R30, R57: whoever it belongs to has it, if the policy gives it back. */
  private checkPlace(row: AddressRecord, holder: Driver, able: readonly Driver[]): void {
    const moved = row.decision.kind === 'move' ? row.decision.host : null;
    // R44: also where it is quiesced meanwhile.
    if (holder.host.id === moved) return;
    const preferring = this.drivers.find(
      ({ monitor }) => monitor.failures.size === 0 && monitor.settings.preferred.includes(row.address),
    );
    const target =
      able.find(({ host }) => host.id === moved) ??
      (able.includes(preferring as Driver) ? preferring : undefined);
    if (target === undefined || target === holder) return;
    if (target.host.id !== moved && this.world.groupOf(this.group).failBack === 'never') return;
    this.fail(
      'not where it belongs',
      `${row.address} is on ${holder.host.id} and belongs to ${target.host.id}`,
    );
  }

  /** R33: what nobody prefers and nobody knows is served by nobody. */
  private checkStrays(known: ReadonlyMap<ServiceAddress, AddressRecord>): void {
    for (const { host, monitor } of this.drivers)
      for (const { address, phase } of monitor.local.values())
        if (phase === 'online' && !known.has(address))
          this.fail('unknown but served', `${host.id} serves ${address}, which the leader does not know`);
  }

  private isForgotten(row: AddressRecord): boolean {
    const owner = this.drivers.find(({ host }) => host.id === row.preferredHost);
    return row.decision.kind === 'forget' && owner?.monitor.settings.preferred.includes(row.address) !== true;
  }
}

const isAble = ({ monitor }: Driver): boolean =>
  monitor.failures.size === 0 &&
  !monitor.quiesced &&
  !monitor.settings.observer &&
  monitor.phase === 'member';

function isPassedOver(leader: ServiceMonitor, address: ServiceAddress, host: HostId): boolean {
  const { passedOver } = leader.leadership ?? {};
  return [`${address} ${host}`, host].some(
    (key) => (passedOver?.get(key)?.until ?? -Infinity) > leader.lastStepAt,
  );
}

const sameSet = (a: readonly HostId[], b: readonly HostId[]): boolean =>
  a.length === b.length && a.every((host) => b.includes(host));

function describeHost(host: HostInformation | null): string {
  if (host === null) return 'nothing';
  const serving = host.serving
    .map(({ address, state }) => `${address} ${isClaim(state) ? state : 'no'}`)
    .join(', ');
  return `${host.ok ? 'ok' : 'failed'}${host.quiesced ? ' quiesced' : ''} prefers ${host.preferred.join()} serves ${serving}`;
}

const describeRows = (monitor: ServiceMonitor): string =>
  [...monitor.addresses.values()]
    .filter((row) => row.expiredAt === null)
    .sort((a, b) => compareAddresses(a.address, b.address))
    .map(
      (row) =>
        `${row.address} of ${row.preferredHost} ${JSON.stringify(row.decision)} v${String(row.decisionVersion)}`,
    )
    .join('; ');
