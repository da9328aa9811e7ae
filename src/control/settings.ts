// The configuration of one group as its service monitor needs it.

import type { Configuration, DnsConfiguration } from '../config/configuration.js';
import { DEFAULTS } from '../config/defaults.js';
import { familyOfGroup } from '../config/group-family.js';
import { familyOf, sortAddresses, type Address, type Family } from '../core/address.js';
import type { MonitorSettings, ZoneSettings } from '../core/settings.js';
import { milliseconds } from '../core/time.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';

export type HostIdentity = Pick<StartMessage, 'hostId' | 'controlInterfaces'>;

/** Node.js compiles what it runs for some time after its start, and the first decisions are slow. */
const JOIN_SPAN = milliseconds(500);

/** Settings of every group, by name. */
export function monitorSettings(
  configuration: Configuration,
  identity: HostIdentity,
): Map<string, MonitorSettings> {
  const entries = Object.entries(configuration.groups).map(([group, settings]): [string, MonitorSettings] => [
    group,
    {
      group,
      id: identity.hostId,
      controlAddresses: controlAddressesOf(familyOfGroup(settings), identity),
      serviceInterface: settings.interface,
      preferred: sortAddresses(settings.prefer.map((preferred) => preferred.address)),
      observer: settings.observe,
      interval: settings.heartbeat.interval,
      timeout: settings.heartbeat.timeout,
      joinSpan: JOIN_SPAN,
      orphanTimeout: settings.orphanTimeout,
      failBack: settings.failBack,
      assign: settings.assign,
      waterMarks: {
        high: settings.dns?.highWater ?? DEFAULTS.highWater,
        low: settings.dns?.lowWater ?? DEFAULTS.lowWater,
      },
      dns: settings.dns === null ? null : zoneSettings(settings.dns),
      partition: settings.partition,
      fenced: settings.fence !== 'none',
      acquireScript: settings.onAcquire !== null,
      releaseScript: settings.onRelease !== null,
      tests: settings.tests,
    },
  ]);
  return new Map(entries);
}

const zoneSettings = (dns: DnsConfiguration): ZoneSettings => ({
  zone: dns.zone,
  name: dns.name,
  highWater: dns.highWater,
  lowWater: dns.lowWater,
  minimum: dns.minimum,
  scale: dns.scale,
  interval: dns.interval,
});

/**
 * R10: the addresses that the group's sockets speak with, one an interface; unicast peers are told of no others, since they
 * could not be reached by them. An interface that was missing at the start has none yet.
 */
function controlAddressesOf(family: Family, { controlInterfaces }: HostIdentity): Address[] {
  return controlInterfaces.flatMap(
    ({ addresses }) => addresses.find(({ address }) => familyOf(address) === family)?.address ?? [],
  );
}
