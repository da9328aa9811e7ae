// Who sends what this host refuses for its key or its id (R51), for an operator. The sender of such a frame is nobody's word: a
// stranger can name as many as it likes, and must neither fill this host's memory nor wash the history away.

import { sortAddresses, type Address, type HostId } from '../core/address.js';
import { elapsed, NEVER, type Instant } from '../core/time.js';
import type { ConflictMessage } from '../ipc/heartbeat-messages.js';

type Reason = ConflictMessage['reason'];

/** Milliseconds for which a sender is shown among the problems, and between two records of one reason at the least. */
export const SENDER_KEPT = 60_000;
/** Of one reason; that there are others is all that is known of the rest. */
const NAMED = 8;

interface Refused {
  /** When each of them was heard last. */
  readonly senders: Map<Address, Instant>;
  /** When one for which there was no room was heard last. */
  othersAt: Instant;
  toldAt: Instant;
  /** Somebody has come since that was told. */
  isNews: boolean;
}

export class RefusedSenders {
  readonly #refused = new Map<Reason, Refused>();

  /** Takes note of one frame. The senders to be told of now, as text; null: there is nothing new, or it was told just now. */
  note(reason: Reason, source: Address, now: Instant): string | null {
    const refused = this.#refused.get(reason) ?? none();
    this.#refused.set(reason, refused);
    prune(refused, now);
    if (!refused.senders.has(source)) refused.isNews = true;
    if (refused.senders.size < NAMED || refused.senders.has(source)) refused.senders.set(source, now);
    else refused.othersAt = now;
    if (!refused.isNews || elapsed(refused.toldAt, now) < SENDER_KEPT) return null;
    refused.toldAt = now;
    refused.isNews = false;
    return sendersText(refused, now);
  }

  /** Those of the last minute, by reason. */
  all(now: Instant): [Reason, string][] {
    return [...this.#refused].flatMap(([reason, refused]): [Reason, string][] => {
      prune(refused, now);
      return refused.senders.size === 0 ? [] : [[reason, sendersText(refused, now)]];
    });
  }
}

const none = (): Refused => ({ senders: new Map(), othersAt: NEVER, toldAt: NEVER, isNews: false });

function prune({ senders }: Refused, now: Instant): void {
  for (const [sender, at] of senders) if (elapsed(at, now) > SENDER_KEPT) senders.delete(sender);
}

const sendersText = ({ senders, othersAt }: Refused, now: Instant): string =>
  sortAddresses(senders.keys()).join(', ') + (elapsed(othersAt, now) <= SENDER_KEPT ? ' and others' : '');

/** `senders`: of `note` or `all`. `id`: of this host. */
export function refusalSentence(reason: Reason, senders: string, group: string, id: HostId): string {
  const send = /[, ]/.test(senders) ? 'send' : 'sends';
  const their = send === 'send' ? 'their' : 'its';
  return reason === 'own-id'
    ? `${group}: ${senders} ${send} with the host id of this host, ${id}; give one of them another id`
    : `${group}: ${senders} ${send} with another key than this host knows: ${their} messages are refused; compare their key files, and reload where they differ`;
}
