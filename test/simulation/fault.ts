// Everything that can go wrong, or be done by people, as data: a schedule of these can be printed, replayed and shrunk.

import type { MoveMessage } from './move-messages.js';
import type { Role } from './host.js';
import type { ScriptManner } from './scripts-process.js';

/** Hosts are positions in the scenario; `for` and other spans are milliseconds. What lasts ends with the episode. */
export type Fault =
  | { readonly kind: 'power-loss'; readonly host: number }
  | { readonly kind: 'boot'; readonly host: number; readonly lostState: boolean }
  /** Every process of the daemon is killed; the addresses stay for as long as their lifetime. */
  | { readonly kind: 'crash'; readonly host: number; readonly restartAfter: number }
  | { readonly kind: 'pause'; readonly host: number; readonly for: number }
  | { readonly kind: 'stall'; readonly host: number; readonly role: Role; readonly for: number }
  | { readonly kind: 'role-death'; readonly host: number; readonly role: Role }
  /** Control dies, and its stand-in goes on from the last checkpoint, if there is one that counts (R53). */
  | { readonly kind: 'control-replaced'; readonly host: number }
  /** Each message to control waits so long. */
  | { readonly kind: 'slow-control'; readonly host: number; readonly by: number; readonly for: number }
  /** Each frame waits in the socket so long. */
  | { readonly kind: 'late-reading'; readonly host: number; readonly by: number; readonly for: number }
  | { readonly kind: 'slow-interface'; readonly host: number; readonly by: number; readonly for: number }
  | { readonly kind: 'interface-errors'; readonly host: number; readonly count: number }
  /** On that network, or on all (null): no frame of `from` reaches `to`. */
  | {
      readonly kind: 'cut';
      readonly network: number | null;
      readonly from: readonly number[];
      readonly to: readonly number[];
      readonly for: number;
    }
  | {
      readonly kind: 'weather';
      readonly network: number | null;
      readonly loss: number;
      readonly duplication: number;
      readonly latency: number;
      readonly jitter: number;
      readonly for: number;
    }
  | { readonly kind: 'service-split'; readonly side: readonly number[]; readonly for: number }
  | { readonly kind: 'service-loss'; readonly loss: number; readonly for: number }
  /** Every control network and the service network fall apart along one line. */
  | { readonly kind: 'split'; readonly side: readonly number[]; readonly for: number }
  | { readonly kind: 'unplugged'; readonly host: number; readonly for: number }
  /** Somebody takes an address off the interface, `times` times. */
  | { readonly kind: 'address-removed'; readonly host: number; readonly pick: number; readonly times: number }
  | { readonly kind: 'stranger'; readonly address: string; readonly for: number }
  | { readonly kind: 'scripts'; readonly host: number; readonly manner: ScriptManner; readonly for: number }
  | { readonly kind: 'test-fails'; readonly host: number; readonly for: number }
  | { readonly kind: 'test-flaps'; readonly host: number; readonly times: number; readonly gap: number }
  | { readonly kind: 'load'; readonly host: number; readonly load: number }
  | { readonly kind: 'quiesce'; readonly host: number }
  | { readonly kind: 'resume'; readonly host: number }
  | {
      readonly kind: 'move';
      readonly via: number;
      readonly group: number;
      readonly address: string;
      readonly to: number;
    }
  | {
      readonly kind: 'fail-back';
      readonly via: number;
      readonly group: number;
      readonly address: string | null;
    }
  | { readonly kind: 'forget'; readonly via: number; readonly group: number; readonly address: string }
  | {
      readonly kind: 'reload';
      readonly host: number;
      readonly group: number;
      readonly preferred: readonly string[];
      readonly observer: boolean;
    }
  | { readonly kind: 'leave'; readonly host: number; readonly returnAfter: number }
  | { readonly kind: 'clock-step'; readonly host: number; readonly by: number }
  /** An order that nobody should obey: of somebody who does not lead, of a term that is over, or to a host that is not able. */
  | {
      readonly kind: 'false-order';
      readonly from: number;
      readonly to: number;
      readonly group: number;
      readonly action: 'acquire' | 'release';
      readonly address: string;
    }
  /** So many copies of the next messages of that kind reach nobody (R55). */
  | {
      readonly kind: 'lost-message';
      readonly message: MoveMessage;
      readonly copies: number;
      readonly for: number;
    }
  /** Nobody reaches the name server. */
  | { readonly kind: 'name-server-away'; readonly for: number }
  /** Somebody who is no member changes what it advertises for a group. */
  | { readonly kind: 'zone-changed'; readonly group: number; readonly addresses: readonly string[] };

export type FaultKind = Fault['kind'];

export interface TimedFault {
  /** Since the beginning of the episode. */
  readonly at: number;
  readonly fault: Fault;
}

/** A storm, and then calm, in which everything has to come right again. */
export interface Episode {
  readonly faults: readonly TimedFault[];
  /** How long the storm lasts; what it did is mended at its end. */
  readonly storm: number;
  /** Hosts that stay without power, whatever happened to them, until the next episode. */
  readonly down: readonly number[];
  /** Hosts that stay quiesced. */
  readonly quiesced: readonly number[];
  /** Control networks that stay cut in the calm; one at the least does not. */
  readonly deadNetworks: readonly number[];
  /** Calm beyond what is needed to come right again. */
  readonly calm: number;
  /** What follows it is leapt over where nothing happens: hours, mostly, or nothing. */
  readonly lull: number;
}
