// An address on this host, from the leader's word to the interface and back (R20–R22), as a table:
// phase × what happened → what to do. Every entry is served, or on its way, or on its way out; nothing waits.

import type { HostId, ServiceAddress } from './address.js';
import { heirOf } from './heir.js';
import {
  markDirty,
  record,
  type LocalAddress,
  type LocalPhase,
  type ServiceMonitor,
  type Turn,
} from './monitor.js';
import { explainReason, type Reason } from './reason.js';

type Happening = 'acquire' | 'release' | 'succeeded' | 'failed' | 'gone' | 'withdrawn';
type Step = (turn: Turn, local: LocalAddress, detail: string) => void;

const transitions: Record<LocalPhase, Partial<Record<Happening, Step>>> = {
  preparing: { release: takeOff, gone: forget, succeeded: becomePrepared, failed: becomePrepared },
  prepared: { release: takeOff, gone: forget },
  configuring: {
    release: wantRelease,
    succeeded: becomeConfigured,
    failed: becomeNotServing,
    gone: wantRelease,
    withdrawn: dropAddress,
  },
  'acquire-script': {
    release: cancelAcquire,
    succeeded: becomeOnline,
    failed: undoAcquire,
    gone: abandonScript,
  },
  online: { release: becomeReleasing, gone: dropAddress, withdrawn: dropAddress },
  'release-script': { succeeded: becomeDeconfiguring, failed: releaseScriptFailed, gone: dropAddress },
  // What the interface was asked for last is answered also where all is gone: the answer is waited for.
  deconfiguring: { succeeded: becomeReleased, failed: deconfigureFailed },
  undoing: { release: wantRelease, succeeded: becomeNotServing, failed: becomeNotServing, gone: wantRelease },
  'not-serving': { acquire: becomeConfiguring, release: forget },
};

/** Whether this host serves the address or is on the way to or from it; a failed acquire is not, nor a prepared address. */
export function isServing(monitor: ServiceMonitor, address: ServiceAddress): boolean {
  const phase = monitor.local.get(address)?.phase;
  return phase !== undefined && phase !== 'not-serving' && phase !== 'preparing' && phase !== 'prepared';
}

function happen(turn: Turn, address: ServiceAddress, happening: Happening, detail: string): void {
  const local = turn.monitor.local.get(address);
  if (local === undefined) return;
  const step = transitions[local.phase][happening];
  if (step === undefined) return;
  step(turn, local, detail);
  markDirty(turn.monitor);
}

/** R17's outcome: the entry becomes *acquiring* and an acquire action is scheduled. */
export function acquire(turn: Turn, address: ServiceAddress, reason: Reason): void {
  const { monitor, now } = turn;
  const attempts = monitor.local.get(address)?.attempts ?? 0;
  if (isServing(monitor, address)) return;
  monitor.local.set(address, {
    address,
    phase: 'not-serving',
    reason,
    attempts,
    releaseWanted: null,
    holder: null,
    scriptOwed: false,
    since: now,
  });
  happen(turn, address, 'acquire', '');
}

/** R55: the address will be handed over by `holder`. A repetition of the order changes nothing. */
export function prepare(turn: Turn, address: ServiceAddress, reason: Reason, holder: HostId | null): void {
  const { monitor, now } = turn;
  const local = monitor.local.get(address);
  if (local !== undefined && local.phase !== 'not-serving') return;
  const attempts = local?.attempts ?? 0;
  const rest = { releaseWanted: null, scriptOwed: false, since: now };
  monitor.local.set(address, { address, phase: 'preparing', reason, attempts, holder, ...rest });
  turn.effects.push({ kind: 'prepare', address });
}

/** The answer to a prepare. Where nothing could be made ready, the hand-over takes as long as an acquire. */
export function onPrepared(turn: Turn, address: ServiceAddress, error: string | null): void {
  if (turn.monitor.local.get(address)?.phase === 'preparing')
    happen(turn, address, error === null ? 'succeeded' : 'failed', error ?? '');
}

/** It was not handed over. */
export function forgetPrepared(turn: Turn, address: ServiceAddress): void {
  const phase = turn.monitor.local.get(address)?.phase;
  if (phase === 'preparing' || phase === 'prepared') happen(turn, address, 'release', '');
}

/** R18's outcome: the entry becomes *releasing* and a release action is scheduled. */
export function release(turn: Turn, address: ServiceAddress, reason: Reason): void {
  letGo(turn, address, 'release', reason);
}

/** The first reason for which it was to go is the one that is told. */
function letGo(turn: Turn, address: ServiceAddress, happening: Happening, reason: Reason): void {
  const local = turn.monitor.local.get(address);
  if (local === undefined) return;
  local.releaseWanted ??= reason;
  happen(turn, address, happening, '');
}

/** R14, R45: this host gives up everything of its own accord. */
export function releaseAll(turn: Turn, reason: Reason): void {
  for (const address of turn.monitor.local.keys()) release(turn, address, reason);
}

/** Another host keeps the address: it goes off the interface first, and the release script runs afterwards. */
export function yieldAddress(turn: Turn, address: ServiceAddress): void {
  turn.effects.push({ kind: 'deconfigure', address });
  letGo(turn, address, 'gone', 'duplicate');
}

/** A configure was not carried out, because the lease had run out: the address is not there, and nobody is to blame. */
export function withdraw(turn: Turn, address: ServiceAddress): void {
  letGo(turn, address, 'withdrawn', 'lease-ended');
}

/** A configure was not carried out, because another host had taken the address before: it keeps it. */
export function giveWay(turn: Turn, address: ServiceAddress): void {
  // It may have been prepared.
  turn.effects.push({ kind: 'deconfigure', address });
  letGo(turn, address, 'withdrawn', 'duplicate');
}

/** The interface no longer has any of the group's addresses, whoever took them: what is left is to say so. */
export function dropAll(turn: Turn, reason: Reason): void {
  for (const address of turn.monitor.local.keys()) {
    const local = turn.monitor.local.get(address);
    if (local !== undefined) local.releaseWanted = reason;
    happen(turn, address, 'gone', '');
  }
}

/**
 * The answer to a configure: of an acquire, of an address that was put back, or to a network process that was started
 * anew and told what is wanted. An address that was given up in the meantime goes off the interface again.
 */
export function onConfigured(turn: Turn, address: ServiceAddress, error: string | null): void {
  const phase = turn.monitor.local.get(address)?.phase;
  if (!isServing(turn.monitor, address)) {
    if (error === null) turn.effects.push({ kind: 'deconfigure', address });
  } else if (phase === 'configuring') {
    happen(turn, address, error === null ? 'succeeded' : 'failed', error ?? '');
  } else if (phase === 'acquire-script' && error !== null) {
    // The script's end, as an error, undoes the acquire.
    turn.effects.push({ kind: 'cancel-script', address });
  }
}

/** The answer to a deconfigure. One that comes for an address that is being configured again is an old one. */
export function onDeconfigured(turn: Turn, address: ServiceAddress, error: string | null): void {
  const phase = turn.monitor.local.get(address)?.phase;
  if (phase !== 'deconfiguring' && phase !== 'undoing') return;
  happen(turn, address, error === null ? 'succeeded' : 'failed', error ?? '');
}

export function onScriptDone(
  turn: Turn,
  action: 'acquire' | 'release',
  address: ServiceAddress,
  error: string | null,
): void {
  const phase = turn.monitor.local.get(address)?.phase;
  if (phase === `${action}-script`)
    happen(turn, address, error === null ? 'succeeded' : 'failed', error ?? '');
  else if (action === 'release' && error !== null) recordReleaseFail(turn, address, error);
}

function enter(turn: Turn, local: LocalAddress, phase: LocalPhase): void {
  local.phase = phase;
  local.since = turn.now;
}

// R21, fig. 5B step 530
function becomeConfiguring(turn: Turn, local: LocalAddress): void {
  enter(turn, local, 'configuring');
  turn.effects.push({ kind: 'configure', address: local.address });
}

// Fig. 5B step 532. Where no script is configured nothing waits.
function becomeConfigured(turn: Turn, local: LocalAddress): void {
  if (local.releaseWanted !== null) {
    becomeReleasing(turn, local);
    return;
  }
  if (!turn.monitor.settings.acquireScript) {
    becomeOnline(turn, local);
    return;
  }
  enter(turn, local, 'acquire-script');
  runScript(turn, local, 'acquire');
}

// Fig. 5B steps 536, 538
function becomeOnline(turn: Turn, local: LocalAddress): void {
  const { id, group } = turn.monitor.settings;
  local.attempts = 0;
  enter(turn, local, 'online');
  const row = turn.monitor.addresses.get(local.address);
  if (row !== undefined) row.wasServed = true;
  const why = explainReason(
    local.reason,
    id,
    turn.monitor.addresses.get(local.address)?.preferredHost ?? null,
  );
  record(turn, 'acquire', `${group}: ${local.address} is online on ${id}: ${why}`, {
    address: local.address,
    details: { reason: why },
  });
  if (local.releaseWanted !== null) becomeReleasing(turn, local);
}

function undoAcquire(turn: Turn, local: LocalAddress, detail: string): void {
  // R18 during the acquire: the failure is our own doing, and the release runs in full.
  if (local.releaseWanted !== null) {
    becomeReleasing(turn, local);
    return;
  }
  enter(turn, local, 'undoing');
  turn.effects.push({ kind: 'deconfigure', address: local.address });
  acquireFailed(turn, local, `acquire script: ${detail}`);
}

// Fig. 5B steps 542–546
function becomeNotServing(turn: Turn, local: LocalAddress, detail: string): void {
  if (local.phase === 'configuring') {
    acquireFailed(turn, local, detail);
    // R55: it may have been prepared, and then it is there all the same.
    turn.effects.push({ kind: 'deconfigure', address: local.address });
  }
  if (local.releaseWanted !== null) {
    removeLocal(turn, local);
    return;
  }
  enter(turn, local, 'not-serving');
}

function acquireFailed(turn: Turn, local: LocalAddress, detail: string): void {
  const { id, group } = turn.monitor.settings;
  local.attempts = Math.min(local.attempts + 1, 255);
  const message = `${group}: ${id} could not acquire ${local.address}: ${detail}; the leader passes this host over for a while`;
  record(turn, 'acquire-fail', message, {
    level: 'error',
    address: local.address,
    details: { reason: detail },
  });
}

/** The release follows as soon as the interface has answered: an address must never be forgotten half-way. */
function wantRelease(): void {
  // `releaseWanted` is set already; becomeConfigured and becomeNotServing look at it.
}

function cancelAcquire(turn: Turn, local: LocalAddress): void {
  turn.effects.push({ kind: 'cancel-script', address: local.address });
}

// R55
function becomePrepared(turn: Turn, local: LocalAddress): void {
  enter(turn, local, 'prepared');
}

/** R55: it was not handed over after all, but may be on the interface. */
function takeOff(turn: Turn, local: LocalAddress): void {
  turn.effects.push({ kind: 'deconfigure', address: local.address });
  forget(turn, local);
}

/** R55: clients come first, the release script afterwards. */
function becomeHandedOver(turn: Turn, local: LocalAddress, hardwareAddress: string): void {
  const { monitor, now } = turn;
  if (monitor.phase === 'leaving') monitor.handedOver.set(local.address, now);
  local.scriptOwed = monitor.settings.releaseScript;
  enter(turn, local, 'deconfiguring');
  turn.effects.push({ kind: 'hand-over', address: local.address, hardwareAddress });
}

// R22, fig. 5C steps 560, 562
function becomeReleasing(turn: Turn, local: LocalAddress): void {
  local.reason = local.releaseWanted ?? local.reason;
  const heir = turn.monitor.failures.has('link') ? null : heirOf(turn.monitor, local.address);
  if (heir !== null) {
    becomeHandedOver(turn, local, heir.hardwareAddress);
    return;
  }
  // Without carrier nobody is served any more, and waiting for a script would only keep the address from others (R54).
  if (turn.monitor.settings.releaseScript && !turn.monitor.failures.has('link')) {
    enter(turn, local, 'release-script');
    runScript(turn, local, 'release');
  } else {
    local.scriptOwed = turn.monitor.settings.releaseScript;
    becomeDeconfiguring(turn, local);
  }
}

function releaseScriptFailed(turn: Turn, local: LocalAddress, detail: string): void {
  recordReleaseFail(turn, local.address, `release script: ${detail}`);
  becomeDeconfiguring(turn, local);
}

function becomeDeconfiguring(turn: Turn, local: LocalAddress): void {
  enter(turn, local, 'deconfiguring');
  turn.effects.push({ kind: 'deconfigure', address: local.address });
}

function deconfigureFailed(turn: Turn, local: LocalAddress, detail: string): void {
  recordReleaseFail(turn, local.address, detail);
  becomeReleased(turn, local);
}

// Fig. 5C step 570. A script that was passed by for want of carrier runs now, when nobody waits for it.
function becomeReleased(turn: Turn, local: LocalAddress): void {
  if (local.scriptOwed) runScript(turn, local, 'release');
  removeLocal(turn, local);
}

/** The address is off the interface already: only the script and the news remain. */
function dropAddress(turn: Turn, local: LocalAddress): void {
  local.reason = local.releaseWanted ?? local.reason;
  if (turn.monitor.settings.releaseScript && local.phase === 'online') runScript(turn, local, 'release');
  removeLocal(turn, local);
}

function abandonScript(turn: Turn, local: LocalAddress): void {
  turn.effects.push({ kind: 'cancel-script', address: local.address });
  dropAddress(turn, local);
}

function removeLocal(turn: Turn, local: LocalAddress): void {
  const { id, group } = turn.monitor.settings;
  turn.monitor.local.delete(local.address);
  const why = explainReason(
    local.reason,
    id,
    turn.monitor.addresses.get(local.address)?.preferredHost ?? null,
  );
  record(turn, 'release', `${group}: ${local.address} is released by ${id}: ${why}`, {
    address: local.address,
    details: { reason: why },
  });
}

/** A failed acquire is remembered until the address is told to go or is acquired. No trap: it was never served here. */
function forget(turn: Turn, local: LocalAddress): void {
  turn.monitor.local.delete(local.address);
}

function recordReleaseFail(turn: Turn, address: ServiceAddress, detail: string): void {
  const { id, group } = turn.monitor.settings;
  const message = `${group}: ${id} could not release ${address} in order: ${detail}`;
  record(turn, 'release-fail', message, { level: 'error', address, details: { reason: detail } });
}

function runScript(turn: Turn, local: LocalAddress, action: 'acquire' | 'release'): void {
  const { settings, addresses } = turn.monitor;
  const reason = explainReason(
    local.reason,
    settings.id,
    addresses.get(local.address)?.preferredHost ?? null,
  );
  turn.effects.push({ kind: 'run-script', action, address: local.address, reason });
}
