// This host as it presents itself to the group: OK or failed, quiesced, what it serves (R10), and the
// information message that says so (R9).

import type { ServiceAddress } from './address.js';
import {
  LEAVES,
  type AddressInformation,
  type HostInformation,
  type Information,
  type ServedAddress,
  type ServedState,
} from './host-information.js';
import { releaseAll } from './address-state.js';
import {
  isOk,
  markDirty,
  record,
  type AddressRecord,
  type LocalPhase,
  type ServiceMonitor,
  type Turn,
} from './monitor.js';
import { isSaidToPrefer } from './service-address.js';
import { elapsed, milliseconds, NO_DEADLINE, type Instant } from './time.js';

const served: Record<Exclude<LocalPhase, 'preparing'>, ServedState> = {
  prepared: 'prepared',
  configuring: 'acquiring',
  'acquire-script': 'acquiring',
  online: 'online',
  'release-script': 'releasing',
  deconfiguring: 'releasing',
  undoing: 'acquiring',
  'not-serving': 'not serving',
};

/** Null: there is nothing to say of it yet. */
export const servedState = (phase: LocalPhase): ServedState | null =>
  phase === 'preparing' ? null : served[phase];

/** R45, R54: a reason not to be OK. The first one makes the host give up its addresses of its own accord. */
export function addFailure(turn: Turn, key: string, sentence: string): void {
  const { monitor } = turn;
  if (monitor.failures.get(key) === sentence) return;
  // One that leaves serves on until others have taken over (R55).
  const wasServing = isOk(monitor) || (monitor.phase === 'leaving' && monitor.failures.size === 0);
  monitor.failures.set(key, sentence);
  markDirty(monitor);
  refreshAble(turn);
  if (!wasServing) return;
  tellFailed(turn, `${sentence}; it gives up its addresses`);
  releaseAll(turn, 'failed');
}

export function tellFailed(turn: Turn, what: string): void {
  const { monitor } = turn;
  const { group, id } = monitor.settings;
  monitor.toldFailed = true;
  record(turn, 'host-failed', `${group}: ${id} is failed: ${what}`, { level: 'error' });
}

export function removeFailure(turn: Turn, key: string): void {
  const { monitor } = turn;
  if (!monitor.failures.delete(key)) return;
  markDirty(monitor);
  refreshAble(turn);
  if (monitor.failures.size > 0 || !monitor.toldFailed) return;
  monitor.toldFailed = false;
  const { group, id } = monitor.settings;
  record(turn, 'host-recovered', `${group}: ${id} is able to serve again`);
}

/** R44. A quiesced host serves on what it has and acquires nothing. */
export function setQuiesced(turn: Turn, quiesced: boolean): void {
  const { monitor } = turn;
  if (monitor.quiesced === quiesced) return;
  monitor.quiesced = quiesced;
  markDirty(monitor);
  refreshAble(turn);
  const { group, id } = monitor.settings;
  if (quiesced) record(turn, 'quiesced', `${group}: ${id} is quiesced: it serves on and acquires nothing`);
  else record(turn, 'resumed', `${group}: ${id} is resumed: it may acquire addresses again`);
}

/** Keeps the moment since when this host could have its preferred addresses back (R57). */
export function refreshAble(turn: Turn): void {
  const { monitor, now } = turn;
  const able = isOk(monitor) && !monitor.quiesced;
  if (!able) monitor.ableSince = NO_DEADLINE;
  else if (monitor.ableSince === NO_DEADLINE) monitor.ableSince = now;
}

/** R10 of this host. */
export function ownInformation(monitor: ServiceMonitor): HostInformation {
  const { settings } = monitor;
  return {
    id: settings.id,
    controlAddresses: settings.controlAddresses,
    hardwareAddress: monitor.hardwareAddress,
    ok: isOk(monitor),
    failures: failureSentences(monitor),
    quiesced: monitor.quiesced,
    observer: settings.observer,
    dns: settings.dns !== null,
    load: monitor.load,
    capacity: monitor.capacity,
    preferred: settings.preferred,
    serving: ownServing(monitor),
    partitioned: monitor.answering,
    unheard: monitor.unheard,
  };
}

function failureSentences(monitor: ServiceMonitor): string[] {
  const sentences = [...monitor.failures.values()].sort();
  if (monitor.settings.observer) sentences.push('observes only');
  if (monitor.phase === 'leaving' || monitor.phase === 'left') sentences.push(LEAVES);
  return sentences;
}

function ownServing(monitor: ServiceMonitor): ServedAddress[] {
  const serving: ServedAddress[] = [];
  for (const { address, phase, reason, releaseWanted, attempts } of monitor.local.values()) {
    const state = servedState(phase);
    // R55: that it is to be handed over is told while it is served.
    const why = phase === 'online' ? (releaseWanted ?? reason) : reason;
    if (state !== null) serving.push({ address, state, reason: why, attempts });
  }
  return serving;
}

/** R9: what the next heartbeats carry. */
export function ownMessage(monitor: ServiceMonitor, now: Instant): Information {
  const others = relayedEntries(monitor, now);
  return { host: ownInformation(monitor), others, addresses: databaseRows(monitor, others, now) };
}

/**
 * R9, R12: entries of hosts that some live member does not hear itself. Who hears everybody needs no relay; to
 * carry all entries always would make every change of one host a change of all hosts' messages.
 */
function relayedEntries(monitor: ServiceMonitor, now: Instant): Information['others'] {
  // After a pause old messages look as if they came just now: for a timeout, what others said is not passed on.
  if (monitor.phase === 'joining') return [];
  const peers = monitor.peers.values().filter((peer) => peer.state === 'live');
  const wanted = new Set(peers.flatMap((peer) => peer.information?.unheard ?? []));
  return peers.flatMap((peer) => {
    if (!wanted.has(peer.id) || peer.information === null || !peer.informationDirect) return [];
    return [
      { host: peer.information, age: milliseconds(Math.max(0, Math.ceil(elapsed(peer.directAt, now)))) },
    ];
  });
}

/**
 * R11. Rows of live preferred hosts have age 0, so that time alone changes no message. What a live host says itself needs no
 * repetition by all others: with many addresses most of every message would be that, and every message would take long to
 * arrive whole. But what a message says that somebody else serves, it also says the row of.
 */
function databaseRows(
  monitor: ServiceMonitor,
  others: Information['others'],
  now: Instant,
): AddressInformation[] {
  const served = new Set(monitor.local.keys());
  for (const { host } of others) for (const { address } of host.serving) served.add(address);
  return monitor.addresses
    .values()
    .filter((row) => row.expiredAt === null && !isSaidElsewhere(monitor, row, served))
    .map((row) => databaseRow(monitor, row, now));
}

/** R15: all rows, as they are kept over an outage: nobody else may be there then to say any of it. */
export const rowsToKeep = (monitor: ServiceMonitor, now: Instant): AddressInformation[] =>
  monitor.addresses
    .values()
    .filter((row) => row.expiredAt === null)
    .map((row) => databaseRow(monitor, row, now));

/** `served`: what this message says that hosts serve. */
function isSaidElsewhere(
  { peers, preferred, settings }: ServiceMonitor,
  { address, decisionVersion, preferredHost }: AddressRecord,
  served: ReadonlySet<ServiceAddress>,
): boolean {
  if (decisionVersion > 0) return false;
  if (preferredHost === settings.id) return preferred.has(address);
  const peer = peers.get(preferredHost);
  return (
    peer?.state === 'live' && peer.informationDirect && peer.preferred.has(address) && !served.has(address)
  );
}

function databaseRow(monitor: ServiceMonitor, row: AddressRecord, now: Instant): AddressInformation {
  const { address, preferredHost, decision, decisionVersion } = row;
  // Age 0 is a proof of life to whoever reads it, and begins the countdown anew.
  const silentFor = isSaidToPrefer(monitor, row)
    ? 0
    : Math.max(0, Math.ceil(elapsed(row.preferredHeardAt, now)));
  return { address, preferredHost, age: milliseconds(silentFor), decision, decisionVersion };
}
