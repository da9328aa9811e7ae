// The messages of a planned move (R55): what is said so that an address goes from one host to another. Each can be lost
// precisely, where chance alone would hardly ever hit it.

import type { ServiceAddress } from '../../src/core/address.js';
import type { HostInformation, ServedAddress } from '../../src/core/host-information.js';
import type { Reason } from '../../src/core/reason.js';
import type { FrameType } from './frame.js';

export const MOVE_MESSAGES = [
  /** The leader's orders: to the heir to prepare, to the holder to release, to the heir where it cannot be prepared. */
  'prepare ordered',
  'release ordered',
  'acquire ordered',
  /** The heir: it is prepared; it takes the address at the holder's word; it serves it. */
  'prepared',
  'taken',
  'served',
  /** The holder: it has the address no more. */
  'released',
] as const;

export type MoveMessage = (typeof MOVE_MESSAGES)[number];

const ORDERS: Readonly<Partial<Record<FrameType, MoveMessage>>> = {
  prepare: 'prepare ordered',
  release: 'release ordered',
  acquire: 'acquire ordered',
};

export const orderOf = (type: FrameType): readonly MoveMessage[] => {
  const message = ORDERS[type];
  return message === undefined ? [] : [message];
};

/** Of releases these belong to a planned move. */
const PLANNED: ReadonlySet<Reason> = new Set<Reason>(['fail-back', 'move-away', 'leaving']);

/** What one host's information says of moves that the one before did not. */
export class MoveNews {
  private before = new Map<ServiceAddress, ServedAddress>();
  /** Addresses that it was prepared for and has taken. */
  private readonly taken = new Set<ServiceAddress>();

  in(information: HostInformation): readonly MoveMessage[] {
    const now = new Map(information.serving.map((entry) => [entry.address, entry]));
    const addresses = new Set([...this.before.keys(), ...now.keys()]);
    const news = [...addresses].flatMap((address) =>
      this.newsOf(address, this.before.get(address), now.get(address)),
    );
    this.before = now;
    return [...new Set(news)];
  }

  private newsOf(
    address: ServiceAddress,
    before: ServedAddress | undefined,
    now: ServedAddress | undefined,
  ): MoveMessage[] {
    const [was, is] = [before?.state, now?.state];
    if (was === is) return [];
    if (is === 'prepared') return ['prepared'];
    if (was === 'prepared' && (is === 'acquiring' || is === 'online')) {
      this.taken.add(address);
      return ['taken'];
    }
    if (is === 'online') return this.taken.delete(address) ? ['served'] : [];
    this.taken.delete(address);
    const hadIt = was === 'online' || was === 'releasing';
    return hadIt && PLANNED.has((now ?? before)?.reason ?? 'none') ? ['released'] : [];
  }
}

/** Who takes messages from all control networks at once: the next copies of one kind, as many as are wanted. */
export class MessageThief {
  private wanted: { readonly message: MoveMessage; copies: number } | null = null;

  arm(message: MoveMessage, copies: number): void {
    this.wanted = { message, copies };
  }

  disarm(): void {
    this.wanted = null;
  }

  /** The message that is lost with these; null: nobody wants any of them. */
  steal(messages: readonly MoveMessage[]): MoveMessage | null {
    const { wanted } = this;
    if (wanted === null || wanted.copies === 0 || !messages.includes(wanted.message)) return null;
    wanted.copies -= 1;
    return wanted.message;
  }
}
