// The group's DNS zone for an operator: what is advertised, who writes it, and why each address is in it or not (R58).

import { sortAddresses } from '../core/address.js';
import type { ServiceMonitor } from '../core/monitor.js';
import { explainEntry } from '../core/zone.js';
import { zoneEntries } from '../core/zone-writer.js';
import type { DnsStatus } from '../ipc/operator-messages.js';

export function dnsStatus(monitor: ServiceMonitor): DnsStatus | null {
  const settings = monitor.settings.dns;
  if (settings === null) return null;
  const { published, last, writer, error } = monitor.zone;
  return {
    zone: settings.zone,
    name: settings.name,
    advertised: sortAddresses(published ?? last),
    writer,
    error,
    scale: settings.scale,
    entries: zoneEntries(monitor, settings).map((entry) => ({
      ...entry,
      reason: explainEntry(entry, settings),
    })),
  };
}
