// Which preferred service addresses the group's DNS zone is to advertise: the DNS thread's pass of the source document
// (fig. 6C, R36–R39), pure. A busy host leaves the zone above the high water mark and comes back below the low one.

import type { HostId, ServiceAddress } from './address.js';
import type { HostInformation } from './host-information.js';
import type { ZoneSettings } from './settings.js';
import { markOnScale, utilization } from './utilization.js';

/** A row of the table of fig. 6C. */
export interface ZoneEntry {
  readonly address: ServiceAddress;
  /** The host that prefers it. */
  readonly host: HostId;
  /** R37; null: the host was not measured, which counts as 0: that nobody measures it is no reason to hide it. */
  readonly utilization: number | null;
  /** R38, on the same scale. */
  readonly weighted: number;
  readonly advertised: boolean;
}

type Marks = Pick<ZoneSettings, 'highWater' | 'lowWater' | 'scale'>;
type Member = Pick<HostInformation, 'id' | 'ok' | 'quiesced' | 'preferred' | 'load' | 'capacity'>;

/**
 * R36–R39: every address that could be advertised, ascending by weighted utilization. `hosts`: the live members in
 * ascending order; of equals the lower host comes first. `last`: what the last pass advertised (M).
 */
export function weighZone(
  hosts: Iterable<Member>,
  last: ReadonlySet<ServiceAddress>,
  settings: Marks & Pick<ZoneSettings, 'minimum'>,
): ZoneEntry[] {
  const high = markOnScale(settings.highWater, settings.scale);
  const entries = candidates(hosts, last, settings).sort((a, b) => a.weighted - b.weighted);
  // R39: only where they outnumber the minimum, and then from index *minimum* on.
  return entries.map((entry, index) => ({
    ...entry,
    advertised: index < settings.minimum || entry.weighted <= high,
  }));
}

/** R36: each preferred address once; of two hosts that prefer it the lower one counts. */
function candidates(
  hosts: Iterable<Member>,
  last: ReadonlySet<ServiceAddress>,
  marks: Marks,
): Omit<ZoneEntry, 'advertised'>[] {
  const entries = new Map<ServiceAddress, Omit<ZoneEntry, 'advertised'>>();
  for (const { id, ok, quiesced, preferred, load, capacity } of hosts) {
    if (!ok || quiesced) continue;
    const used = utilization(load, capacity, marks.scale);
    for (const address of preferred) {
      if (entries.has(address)) continue;
      const weighted = weightedUtilization(used ?? 0, last.has(address), marks);
      entries.set(address, { address, host: id, utilization: used, weighted });
    }
  }
  return [...entries.values()];
}

/** R38. Between the marks only an address that was not advertised weighs more: it stays out until it is below the low one. */
export function weightedUtilization(used: number, wasAdvertised: boolean, marks: Marks): number {
  const high = markOnScale(marks.highWater, marks.scale);
  const low = markOnScale(marks.lowWater, marks.scale);
  if (used > high) return used + high - low;
  if (used > low) return wasAdvertised ? used : used + high - low;
  return used;
}

/** Why an address is in the zone or not, for people. */
export function explainEntry(entry: ZoneEntry, { highWater, lowWater, scale }: ZoneSettings): string {
  if (entry.utilization === null) return `${entry.host} is not measured`;
  const high = markOnScale(highWater, scale);
  const used = `${entry.host} uses ${percent(entry.utilization, scale)} %`;
  if (!entry.advertised)
    return entry.utilization > high
      ? `${used}, above the high water mark of ${String(highWater)} %`
      : `${used}, not yet below the low water mark of ${String(lowWater)} %`;
  return entry.weighted > high ? `${used}, kept for the minimum` : used;
}

const percent = (used: number, scale: number): string => String(Math.floor((used * 1000) / scale) / 10);
