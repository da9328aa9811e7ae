// The DNS zone of a group (R36–R39, R41): each pass of a writer advertises what the source document's DNS thread advertises
// by the same tables, never nothing, and in the end one host writes and the name server has what that host wants.

import { compareAddresses, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { HostInformation } from '../../src/core/host-information.js';
import type { ServiceMonitor } from '../../src/core/monitor.js';
import type { ZoneSettings } from '../../src/core/settings.js';
import { elapsed } from '../../src/core/time.js';
import { OracleDnsThread, type OracleHostInfo } from '../oracle/figure-6c.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import { FIRST_RETRY } from './zone-keeper.js';
import type { Observer, World } from './world.js';

/** The document's thread beside each monitor that writes. */
interface Writing {
  readonly oracle: OracleDnsThread;
  passedAt: number;
  isHandedOn: boolean;
}

/** Milliseconds from a pass until the name server has what it wants, if nothing is wrong with it. */
const WRITING = 100;

export class ZoneCheck implements Observer {
  private readonly world: World;
  private readonly writing = new WeakMap<Driver, Writing>();
  /** What the last pass of the monitor under way advertised, or what it was told is published. */
  private last: readonly ServiceAddress[] = [];

  constructor(world: World) {
    this.world = world;
  }

  beforeStep({ monitor }: Driver): void {
    this.last = monitor.zone.last;
  }

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    const { monitor } = driver;
    const { dns } = monitor.settings;
    if (dns === null || monitor.zone.role !== 'writing') {
      this.writing.delete(driver);
      return;
    }
    const writing = this.writingOf(driver, events);
    if (monitor.zone.passedAt !== writing.passedAt) this.checkPass(monitor, dns, writing, effects);
    writing.passedAt = monitor.zone.passedAt;
  }

  /** A turn of writing begins with what is published, as it was just told. */
  private writingOf(driver: Driver, events: readonly Event[]): Writing {
    const known = this.writing.get(driver);
    if (known !== undefined) return known;
    const told = events.filter((event) => event.kind === 'zone-told').map(({ published }) => published);
    const oracle = new OracleDnsThread(told.findLast((published) => published !== null) ?? this.last);
    const begun = { oracle, passedAt: -Infinity, isHandedOn: false };
    this.writing.set(driver, begun);
    return begun;
  }

  private checkPass(
    monitor: ServiceMonitor,
    dns: ZoneSettings,
    writing: Writing,
    effects: readonly Effect[],
  ): void {
    const { oracle } = writing;
    const before = oracle.updates;
    oracle.pass(tableOf(monitor), {
      scalingFactor: dns.scale,
      highWaterMark: dns.highWater,
      lowWaterMark: dns.lowWater,
      minimumNumberOfServiceAddresses: dns.minimum,
    });
    const wanted = [...oracle.advertised].sort(compareTexts);
    const has = [...monitor.zone.last].sort(compareTexts);
    if (wanted.join() !== has.join()) this.fail(monitor, `advertises ${has.join()}, not ${wanted.join()}`);
    const updates = effects.filter((effect) => effect.kind === 'zone');
    // A new writer hands on its first set whether or not it differs: that is what has to be kept from now on.
    const isWanted = oracle.updates > before || !writing.isHandedOn;
    if (updates.length > 0) writing.isHandedOn = true;
    if (updates.length > 0 && !isWanted) this.fail(monitor, 'updates the zone, and nothing has changed');
    if (updates.length === 0 && oracle.updates > before) this.fail(monitor, 'does not update the zone');
    for (const { addresses } of updates)
      if ([...addresses].sort(compareTexts).join() !== wanted.join())
        this.fail(monitor, `writes ${addresses.join()}, not ${wanted.join()}`);
  }

  private fail({ settings }: ServiceMonitor, message: string): never {
    throw new Violation('wrong zone', `${settings.group}: ${settings.id} ${message}`);
  }

  /** In calm: one host writes, the lowest that can, the others watch, and what it wants is published. */
  check(): void {
    for (const [group, { name, zone }] of this.world.scenario.groups.entries()) {
      if (zone === null) continue;
      const members = this.world.hosts
        .flatMap((host) => host.daemon?.control?.drivers ?? [])
        .filter((driver) => driver.group === group && driver.monitor.settings.dns !== null)
        .map(({ monitor }) => monitor)
        .sort((a, b) => compareAddresses(a.settings.id, b.settings.id));
      const [writer, ...others] = members;
      if (writer === undefined) continue;
      const roles = members.map((monitor) => `${monitor.settings.id} ${monitor.zone.role}`).join(', ');
      if (writer.zone.role !== 'writing' || others.some((other) => other.zone.role !== 'watching'))
        throw new Violation('not one writer', `${name}: ${roles}`);
      // R39: where nothing can be advertised, what is published stays.
      if (writer.zone.last.length === 0) continue;
      // What the last pass wanted is being written.
      if (elapsed(writer.zone.passedAt, writer.lastStepAt) < WRITING) continue;
      // What others did to it is found at the next look, and put right.
      if (this.world.now - this.world.nameServer.disturbedAt < zone.interval + FIRST_RETRY + WRITING)
        continue;
      const published = [...(this.world.nameServer.read(group) ?? [])].sort(compareTexts);
      const wanted = [...writer.zone.last].sort(compareTexts);
      if (published.join() !== wanted.join())
        throw new Violation('zone differs', `${name}: has ${published.join()}, not ${wanted.join()}`);
    }
  }
}

/** R36: alive, and a member (R34). A partitioned host lives, and its addresses stay with it (R61). */
function tableOf(monitor: ServiceMonitor): OracleHostInfo[] {
  const own = {
    id: monitor.settings.id,
    ok:
      monitor.failures.size === 0 &&
      !monitor.settings.observer &&
      monitor.phase !== 'leaving' &&
      monitor.phase !== 'left',
    quiesced: monitor.quiesced,
    preferred: monitor.settings.preferred,
    load: monitor.load,
    capacity: monitor.capacity,
  };
  const peers = [...monitor.peers.values()].flatMap(({ state, joining, information }) => {
    const counts = state === 'partitioned' || (state === 'live' && !joining);
    return counts && information !== null ? [information] : [];
  });
  return withoutRepetition([...peers, own].sort((a, b) => compareAddresses(a.id, b.id)));
}

type Member = Pick<HostInformation, 'id' | 'ok' | 'quiesced' | 'preferred' | 'load' | 'capacity'>;

/** Of two hosts that prefer one address, which the document does not know, the lower able one counts. */
function withoutRepetition(members: readonly Member[]): OracleHostInfo[] {
  const taken = new Set<string>();
  return members.map(({ ok, quiesced, preferred, load, capacity }) => {
    const own = preferred.filter((address) => !taken.has(address));
    if (ok && !quiesced) for (const address of own) taken.add(address);
    return {
      isExpired: false,
      isOk: ok,
      isQuiesced: quiesced,
      preferredServiceAddresses: own,
      load,
      capacity,
    };
  });
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
