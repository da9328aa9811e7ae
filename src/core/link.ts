// The service interface as the network process reports it (R54), and addresses that somebody else takes off it.

import type { ServiceAddress } from './address.js';
import { dropAll, withdraw } from './address-state.js';
import { becomeJoining } from './failure-detector.js';
import { noteLapse } from './lapses.js';
import { markDirty, record, type Turn } from './monitor.js';
import { addFailure, removeFailure, tellFailed } from './own-host.js';
import { LOSSES_TOLERATED, LOSS_PENALTY, LOSS_WINDOW } from './settings.js';
import { after, elapsed, NEVER } from './time.js';

/** R54: without carrier the group is failed at once. */
export function onLink(turn: Turn, up: boolean, hardwareAddress: string | null): void {
  const { monitor } = turn;
  const isFirst = !monitor.linkKnown;
  monitor.linkKnown = true;
  if (monitor.hardwareAddress !== hardwareAddress) {
    monitor.hardwareAddress = hardwareAddress;
    markDirty(monitor);
  }
  if (up && monitor.failures.has('link')) monitor.linkSince = turn.now;
  if (up) {
    removeFailure(turn, 'link');
    return;
  }
  const { serviceInterface } = monitor.settings;
  // One that is not there has no hardware address.
  const how = hardwareAddress === null ? 'is not there' : 'has no carrier or is down';
  const sentence = `service interface ${serviceInterface} ${how}`;
  addFailure(turn, 'link', sentence);
  // A host that starts like this has nothing to give up, but its operator wants to know.
  if (isFirst) tellFailed(turn, `${sentence}; it acquires nothing`);
}

/** An address that somebody else removes is put back; one that keeps being removed fails the group. */
export function onLost(turn: Turn, address: ServiceAddress): void {
  const { monitor, now } = turn;
  const local = monitor.local.get(address);
  if (local === undefined || (local.phase !== 'online' && local.phase !== 'acquire-script')) return;
  const { group, serviceInterface } = monitor.settings;
  const losses = [...(monitor.losses.get(address) ?? []), now].filter((at) => elapsed(at, now) < LOSS_WINDOW);
  monitor.losses.set(address, losses);
  const message = `${group}: ${address} was removed from ${serviceInterface} by somebody else; it is put back. Find out who does that`;
  record(turn, 'address-lost', message, { level: 'warn', address });
  if (losses.length <= LOSSES_TOLERATED) {
    turn.effects.push({ kind: 'configure', address });
    return;
  }
  monitor.lossPenaltyUntil = after(now, LOSS_PENALTY);
  addFailure(turn, 'losses', `${address} keeps being removed from ${serviceInterface} by somebody else`);
}

/** An address that was put back could not be. */
export function onPutBackFailed(turn: Turn, address: ServiceAddress, error: string): void {
  const { monitor, now } = turn;
  monitor.lossPenaltyUntil = after(now, LOSS_PENALTY);
  addFailure(turn, 'losses', `${address} cannot be put back: ${error}`);
}

export function endLossPenalty(turn: Turn): void {
  const { monitor, now } = turn;
  if (monitor.lossPenaltyUntil === NEVER || now < monitor.lossPenaltyUntil) return;
  monitor.lossPenaltyUntil = NEVER;
  monitor.losses.clear();
  removeFailure(turn, 'losses');
}

/** A configure was not carried out for want of a lease: a leader without one must not go on ordering itself about. */
export function onWithdrawn(turn: Turn, address: ServiceAddress): void {
  withdraw(turn, address);
  if (turn.monitor.phase !== 'member') return;
  noteLapse(turn);
  becomeJoining(turn);
}

/**
 * R52: too long no heartbeat left that stood under control's permit, because control hung or the host was paused: others may
 * have taken over. Network gives the addresses up by itself; heartbeat and network each tell of it.
 */
export function onLeaseEnded(turn: Turn): void {
  const { monitor } = turn;
  const { group, id } = monitor.settings;
  const nothingToLose = monitor.phase !== 'member' && monitor.local.size === 0;
  if (nothingToLose) return;
  const message = `${group}: ${id} was held up for longer than its lease; it gives up its addresses and joins anew${noteLapse(turn)}`;
  record(turn, 'lease-ended', message, { level: 'error' });
  for (const address of monitor.local.keys()) turn.effects.push({ kind: 'deconfigure', address });
  dropAll(turn, 'lease-ended');
  if (monitor.phase === 'member') becomeJoining(turn);
}
