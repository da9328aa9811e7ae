// Another machine, no member of the group, announces one of the group's addresses or answers for it. It is told with its
// MAC, since an operator has to find it; whoever serves the address defends it (RFC 5227, section 2.4, case c); and the
// machine is asked for until it answers no more.

import type { ServiceAddress } from './address.js';
import { record, type ServiceMonitor, type Turn } from './monitor.js';
import { after, earlier, elapsed, NEVER, NO_DEADLINE, type Instant } from './time.js';

export interface Conflict {
  readonly hardwareAddress: string;
  /** When that MAC was heard last. */
  heardAt: Instant;
  /** When this host last announced the address against it. */
  defendedAt: Instant;
  askedAt: Instant;
}

/** RFC 5227, DEFEND_INTERVAL: two machines that both defend must not fill the segment. Milliseconds. */
export const DEFENCE_GAP = 10_000;
/** So often the machine is asked for, and after so long without a word of it the conflict is over: three questions. */
export const QUESTION_GAP = 10_000;
export const CONFLICT_KEPT = 35_000;

/** A MAC that is no member's answered for an address, or announced it. No reason to wait for anything (R61). */
export function onForeignAnswer(turn: Turn, address: ServiceAddress, hardwareAddress: string): void {
  const { monitor, now } = turn;
  if (!monitor.addresses.has(address)) return;
  let conflict = monitor.conflicts.get(address);
  if (conflict?.hardwareAddress !== hardwareAddress) {
    const defendedAt = conflict?.defendedAt ?? NEVER;
    conflict = { hardwareAddress, heardAt: now, defendedAt, askedAt: now };
    monitor.conflicts.set(address, conflict);
    tell(turn, address, hardwareAddress);
  }
  conflict.heardAt = now;
  defend(turn, address, conflict);
}

function tell(turn: Turn, address: ServiceAddress, hardwareAddress: string): void {
  const { group, serviceInterface } = turn.monitor.settings;
  const message = `${group}: ${hardwareAddress}, a machine that is no member of the group, answers for ${address}; find it on ${serviceInterface} and take the address off it`;
  const reason = `${hardwareAddress}, no member of the group, answers for it`;
  record(turn, 'conflict', message, { level: 'error', address, details: { reason } });
}

/** The clients hear last who really has it. */
function defend(turn: Turn, address: ServiceAddress, conflict: Conflict): void {
  if (turn.monitor.local.get(address)?.phase !== 'online') return;
  if (elapsed(conflict.defendedAt, turn.now) < DEFENCE_GAP) return;
  conflict.defendedAt = turn.now;
  turn.effects.push({ kind: 'announce', address });
}

/** Asks whether the machines are there still, and tells of those that are not. */
export function reviewConflicts(turn: Turn): void {
  const { monitor, now } = turn;
  const asked: ServiceAddress[] = [];
  for (const [address, conflict] of monitor.conflicts) {
    if (elapsed(conflict.heardAt, now) >= CONFLICT_KEPT) {
      monitor.conflicts.delete(address);
      const message = `${monitor.settings.group}: ${conflict.hardwareAddress}, a machine that is no member of the group, answers for ${address} no more`;
      record(turn, 'conflict-ended', message, { address });
    } else if (elapsed(conflict.askedAt, now) >= QUESTION_GAP) {
      conflict.askedAt = now;
      asked.push(address);
    }
  }
  if (asked.length > 0) turn.effects.push({ kind: 'probe', addresses: asked });
}

/** When `reviewConflicts` has something to do. */
export function nextConflictDeadline(monitor: ServiceMonitor): Instant {
  let next: Instant = NO_DEADLINE;
  for (const { heardAt, askedAt } of monitor.conflicts.values())
    next = earlier(next, earlier(after(heardAt, CONFLICT_KEPT), after(askedAt, QUESTION_GAP)));
  return next;
}
