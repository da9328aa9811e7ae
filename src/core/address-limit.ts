// The limit of addresses in a group (R35, R58): what is beyond it is served by nobody, and whoever operates the farm has to
// know. It waits, and comes in as soon as there is room. A row that an operator has forgotten is kept so that nobody who was away
// brings the address back; but only for as long as no other address wants its place.

import { sortAddresses, type ServiceAddress } from './address.js';
import { markDirty, record, type AddressRecord, type ServiceMonitor, type Turn } from './monitor.js';
import { ADDRESS_ROWS, countdownEnd, EXPIRED_KEPT, isExpired, prefersLive } from './service-address.js';
import { after, earlier, type Instant } from './time.js';

/** So many of them are named in a sentence; the others are counted. */
const NAMED = 8;

/** Lets in what there is room for, and tells once of what there is none for, until that is over. */
export function reviewRefused(turn: Turn): void {
  const { monitor } = turn;
  const { refused } = monitor;
  if (refused.size === 0 && !monitor.toldRefused) return;
  for (const row of [...refused.values()]) if (!isWanted(turn, row)) refused.delete(row.address);
  makeRoom(turn);
  for (const address of sortAddresses(refused.keys())) admit(monitor, address);
  tellRefused(turn);
  for (const row of refused.values())
    if (!prefersLive(monitor, row)) wakeAt(monitor, countdownEnd(monitor, row));
}

/** Somebody who lives prefers it, or its countdown runs: as for a row that had found its place. */
function isWanted({ monitor, now }: Turn, row: AddressRecord): boolean {
  if (monitor.addresses.has(row.address)) return false;
  if (prefersLive(monitor, row)) return true;
  const isDropped =
    row.preferredHost === monitor.settings.id || monitor.peers.get(row.preferredHost)?.state === 'live';
  return !isDropped && !isExpired(monitor, row, now);
}

function admit(monitor: ServiceMonitor, address: ServiceAddress): void {
  const row = monitor.refused.get(address);
  if (row === undefined || monitor.addresses.size >= ADDRESS_ROWS) return;
  monitor.refused.delete(address);
  monitor.addresses.set(address, row);
  markDirty(monitor);
}

/**
 * The longest forgotten give way first, and none before everybody has heard that it is forgotten: who has not would tell of it
 * as of one that is served. Who still keeps such a row brings it back to nobody who has no room.
 */
function makeRoom(turn: Turn): void {
  const { monitor, now } = turn;
  const forgotten = monitor.addresses
    .values()
    .filter((row) => row.forgottenAt !== null && isExpired(monitor, row, now))
    .sort((a, b) => Number(a.forgottenAt) - Number(b.forgottenAt));
  for (const row of forgotten) {
    const goesAt = after(row.forgottenAt ?? now, EXPIRED_KEPT);
    if (monitor.addresses.size + monitor.refused.size <= ADDRESS_ROWS) return;
    if (goesAt <= now) monitor.addresses.delete(row.address);
    else wakeAt(monitor, goesAt);
  }
}

function wakeAt(monitor: ServiceMonitor, at: Instant): void {
  monitor.nextExpiryAt = earlier(monitor.nextExpiryAt, at);
}

function tellRefused(turn: Turn): void {
  const { monitor } = turn;
  const isOver = monitor.refused.size === 0;
  if (monitor.toldRefused !== isOver) return;
  monitor.toldRefused = !isOver;
  const { group } = monitor.settings;
  if (isOver) record(turn, 'addresses-fit', `${group}: every address that hosts prefer has its place again`);
  else
    record(turn, 'addresses-refused', `${group}: ${refusedSentence(monitor) ?? ''}`, {
      level: 'error',
    });
}

/** What is wrong, which addresses it is about, and what to do; null: all have found their place. */
export function refusedSentence({ refused }: ServiceMonitor): string | null {
  if (refused.size === 0) return null;
  const addresses = sortAddresses(refused.keys());
  const others = addresses.length - NAMED;
  const named = addresses.slice(0, NAMED).join(', ') + (others > 0 ? ` and ${String(others)} others` : '');
  const limit = ADDRESS_ROWS.toLocaleString('en');
  return `the group has ${limit} service addresses, which is the most, and serves no more: ${named}; take some out of the configurations, or make a second group`;
}
