// The operator socket: one JSON object a line, both ways. raisctl (and later the web role) speak it to control.

import type { HostId, ServiceAddress } from '../core/address.js';
import type { SinkStatus } from './notification.js';

export type OperatorRequest =
  | { readonly command: 'status'; readonly group?: string }
  | { readonly command: 'explain'; readonly address: string }
  | {
      readonly command: 'history';
      readonly group?: string;
      readonly address?: string;
      /** Wall clock, milliseconds since 1970. */
      readonly since?: number;
      /** Go on with `event` lines until the client hangs up. */
      readonly follow?: boolean;
    }
  | { readonly command: 'quiesce'; readonly group?: string }
  | { readonly command: 'resume'; readonly group?: string }
  | { readonly command: 'move'; readonly group: string; readonly address: string; readonly host: string }
  | { readonly command: 'fail-back'; readonly group: string; readonly address?: string }
  | { readonly command: 'forget'; readonly group: string; readonly address: string }
  | { readonly command: 'plan'; readonly group?: string; readonly without: readonly string[] }
  | { readonly command: 'reload' }
  /** R53. */
  | { readonly command: 'restart' };

export type RequestLine = OperatorRequest & { readonly id: number };

export type ReplyLine =
  | { readonly id: number; readonly result: OperatorResult }
  /** `history` with `follow`: one more entry. */
  | { readonly id: number; readonly event: HistoryEntry }
  /** Refused or failed: one line that names the object and the cause. */
  | { readonly id: number; readonly error: string };

/** A request line is at most this long; a longer one ends the connection. */
export const MAX_REQUEST_BYTES = 64 * 1024;

export type OperatorResult = Status | Explanation | History | Done | Plan;

/** What a command did, one line each, for people: `web: host 10.77.1.11 is quiesced`. */
export interface Done {
  readonly done: readonly string[];
}

export interface Status {
  readonly host: HostId;
  readonly version: string;
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly groups: Readonly<Record<string, GroupStatus>>;
  /** R23. */
  readonly snmp: { readonly sinks: readonly SinkStatus[] };
}

export type GroupState = 'joining' | 'ok' | 'failed' | 'quiesced' | 'observer' | 'partitioned';

export interface GroupStatus {
  readonly state: GroupState;
  /** Why the group is not `ok`, and what else is not as it should be, most urgent first. Empty: all is well. */
  readonly problems: readonly string[];
  readonly leader: HostId | null;
  readonly term: number;
  readonly hosts: readonly HostStatus[];
  readonly addresses: readonly AddressStatus[];
  /** This host's own. */
  readonly fence: FenceStatus;
  /** Control messages by what became of them: `accepted`, `duplicate`, and each reason for refusal. */
  readonly counters: Readonly<Record<string, number>>;
  /** Null: this host has no `dns` configured for the group. */
  readonly dns: DnsStatus | null;
}

/** The group's zone as this host knows it (R36–R41). */
export interface DnsStatus {
  readonly zone: string;
  readonly name: string;
  /** What was really found published the last time; before the first look, what is to be published. Sorted. */
  readonly advertised: readonly ServiceAddress[];
  /** The host that writes it; null: nobody can at present. */
  readonly writer: HostId | null;
  /** Why it could not be read or written the last time. */
  readonly error: string | null;
  /** What utilization and weight are fractions of (R37). */
  readonly scale: number;
  /** Ascending by weight: what the next pass would make of it (fig. 6C). */
  readonly entries: readonly {
    readonly address: ServiceAddress;
    readonly host: HostId;
    /** Null: not measured. */
    readonly utilization: number | null;
    readonly weighted: number;
    readonly advertised: boolean;
    readonly reason: string;
  }[];
}

/** R52: what has the kernel stop answering when the lease of this host's addresses runs out. */
export interface FenceStatus {
  /** What stands before the service interface. */
  readonly kind: 'bpf' | 'none';
  /** What the configuration says. */
  readonly wanted: 'nftables' | 'bpf' | 'none';
  /** Why it is not what was wanted, or not there; null: it is as it should be. */
  readonly reason: string | null;
}

export type HostState = 'live' | 'joining' | 'silent' | 'partitioned' | 'left';

/** Among the failures of a host that has said nothing of itself yet. */
export const NOT_ARRIVED = 'its information has not arrived yet';

export interface HostStatus {
  readonly id: HostId;
  readonly self: boolean;
  readonly state: HostState;
  readonly ok: boolean;
  /** Why `ok` is false, as the host itself says. */
  readonly failures: readonly string[];
  readonly quiesced: boolean;
  readonly observer: boolean;
  readonly preferred: readonly ServiceAddress[];
  readonly load: number;
  readonly capacity: number;
  /** Milliseconds since the newest message, direct or relayed; null: never heard. 0 for this host. */
  readonly lastHeardMs: number | null;
  readonly links: readonly {
    readonly interface: string;
    readonly up: boolean;
    readonly lastHeardMs: number | null;
  }[];
  readonly serving: readonly {
    readonly address: ServiceAddress;
    readonly state: 'acquiring' | 'online' | 'releasing' | 'not serving' | 'prepared';
  }[];
}

export type AddressState = 'unserved' | 'acquiring' | 'online' | 'releasing' | 'duplicate';

export interface AddressStatus {
  readonly address: ServiceAddress;
  readonly state: AddressState;
  readonly host: HostId | null;
  readonly preferredHost: HostId | null;
  readonly orphaned: boolean;
  readonly orphanMsLeft: number | null;
  readonly reason: string;
}

export interface Explanation extends AddressStatus {
  readonly group: string;
  /** What this host knows of how it came about, oldest first. */
  readonly history: readonly HistoryEntry[];
}

export interface History {
  readonly entries: readonly HistoryEntry[];
}

export interface HistoryEntry {
  /** Wall clock, ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  /** The host that wrote the entry. */
  readonly host: HostId;
  readonly group: string | null;
  /** A short, stable name: `address-online`, `host-silent`, `leader`, … */
  readonly event: string;
  readonly address: ServiceAddress | null;
  /** One sentence: what happened, to which address on which host, why. */
  readonly message: string;
}

export interface Plan {
  readonly groups: Readonly<Record<string, readonly PlannedMove[]>>;
}

export interface PlannedMove {
  readonly address: ServiceAddress;
  readonly from: HostId | null;
  /** Null: nobody can. */
  readonly to: HostId | null;
  readonly reason: string;
}
