// Acquire and release as they arrive (R17, R18, figs 4B and 4C): guards in the source document's order, then the act.

import type { ServiceAddress } from './address.js';
import { acquire, forgetPrepared, isServing, release } from './address-state.js';
import type { AddressOrder, Command, Event } from './event.js';
import { isOk, record, type Peer, type Turn } from './monitor.js';
import { ask, stillAnswering, unaskedHolder } from './evidence.js';
import { onPrepare } from './hand-over.js';
import { servedBy } from './host-information.js';
import { commandPatience, FAILURE_UNKNOWN, orderLasts } from './settings.js';
import { elapsed } from './time.js';

type CommandEvent = Extract<Event, { kind: 'command' }>;

/** A command of another member. */
export function onCommand(turn: Turn, event: CommandEvent): void {
  const { monitor } = turn;
  const { from, sequence, command } = event;
  if (command.to !== monitor.settings.id) return; // fig. 4B step 412
  const refusal = refusalOf(turn, event);
  if (refusal !== null) {
    const addresses = command.orders.map((order) => order.address).join(', ');
    const message = `${monitor.settings.group}: ${command.action} of ${addresses} from ${from} is refused: ${refusal}`;
    record(turn, 'command-refused', message, { level: 'warn' });
    return;
  }
  const peer = monitor.peers.get(from);
  if (peer !== undefined) peer.commandSequence = sequence;
  obey(turn, command);
}

/** Carries out an order that passed the guards, also one of this host to itself. */
export function obey(turn: Turn, command: Command): void {
  if (command.action === 'acquire') {
    acquireAll(turn, command.orders);
    return;
  }
  for (const order of command.orders) {
    if (command.action === 'prepare') onPrepare(turn, order);
    else if (isServing(turn.monitor, order.address)) release(turn, order.address, order.reason);
    else forgetPrepared(turn, order.address);
  }
}

/** R17, R18, R24: why a command changes nothing; null: it is obeyed. */
function refusalOf(turn: Turn, { from, sequence, at, command }: CommandEvent): string | null {
  const { monitor, now } = turn;
  const peer = monitor.peers.get(from);
  if (from !== monitor.leader) return `the leader is ${monitor.leader ?? 'nobody'}`;
  if (command.term < monitor.term)
    return `its term ${String(command.term)} is over, term ${String(monitor.term)} runs`;
  if (peer === undefined || sequence <= peer.commandSequence) return 'a newer command was obeyed already';
  if (command.action === 'release') return null;
  // The leader repeats it, or has given it to somebody else since.
  if (elapsed(at, now) > orderLasts(monitor.settings))
    return `it lay here for ${elapsed(at, now).toFixed(0)} ms`;
  // R52: after a pause of the host old orders look as if they came just now.
  if (elapsed(monitor.attentiveSince, at) < commandPatience(monitor.settings))
    return 'this host has only just begun to listen, or was held up just now';
  if (!isOk(monitor)) return 'this host is failed'; // step 418
  if (monitor.quiesced) return 'this host is quiesced'; // step 420
  if (monitor.phase === 'leaving' || monitor.phase === 'left') return 'this host leaves the group';
  return null;
}

/** R29: the order was given by a leader who did not know yet that it has just failed here. */
function refusesToRetry(turn: Turn, { address }: AddressOrder): boolean {
  const { monitor, now } = turn;
  const local = monitor.local.get(address);
  if (local?.phase !== 'not-serving' || elapsed(local.since, now) >= FAILURE_UNKNOWN) return false;
  const ago = `${elapsed(local.since, now).toFixed(0)} ms ago`;
  refuse(turn, { address }, `that failed ${ago}, which the leader did not know when it ordered so`);
  return true;
}

function refuse(turn: Turn, { address }: Pick<AddressOrder, 'address'>, reason: string): void {
  const { group, id } = turn.monitor.settings;
  const message = `${group}: ${id} does not acquire ${address}: ${reason}`;
  record(turn, 'command-refused', message, { level: 'warn', address });
}

/**
 * R17, R30: another live member that has only just said that it serves the address, or is about to, which the leader cannot have
 * known when it ordered so: it thought that this member was gone. Before it repeats the order for long, it knows.
 */
function newHolder({ monitor, now }: Turn, { address }: AddressOrder): Peer | null {
  const holds = (peer: Peer): boolean =>
    peer.state === 'live' &&
    peer.claims.has(address) &&
    elapsed(peer.informationAt, now) < orderLasts(monitor.settings) &&
    peer.information !== null &&
    servedBy(peer.information, address)?.state !== 'releasing';
  return monitor.peers.values().find(holds) ?? null;
}

// Steps 422–426. R61: an address that a silent host still answers for is not taken; where nobody asked yet, this host
// asks for all of them together, and the leader's repetition of the order finds the answer.
function acquireAll(turn: Turn, orders: readonly AddressOrder[]): void {
  const unasked: ServiceAddress[] = [];
  for (const order of orders) {
    const { address, reason } = order;
    if (isServing(turn.monitor, address) || refusesToRetry(turn, order) || refusesForHolder(turn, order))
      continue;
    if (unaskedHolder(turn.monitor, address, turn.now) === null) acquire(turn, address, reason);
    else unasked.push(address);
  }
  ask(turn, unasked);
}

/** R17, R61: somebody has it, whom the leader does not know of. */
function refusesForHolder(turn: Turn, order: AddressOrder): boolean {
  const holder = stillAnswering(turn.monitor, order.address, turn.now);
  if (holder !== null) {
    refuse(turn, order, `silent host ${holder.id} still answers for it on the service network`);
    return true;
  }
  const served = newHolder(turn, order);
  if (served === null) return false;
  refuse(
    turn,
    order,
    `${served.id} has just said that it has it, which the leader did not know when it ordered so`,
  );
  return true;
}
