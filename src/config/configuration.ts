// The configuration after checking: whole, canonical, defaults filled in, frozen. Durations are milliseconds.

import type { Address, HostId, ServiceAddress } from '../core/address.js';
import type { Milliseconds } from '../core/time.js';

export interface Configuration {
  /** Control interfaces in the order written; the first one's address is the host id unless `id` says it. */
  readonly control: readonly string[];
  readonly id: HostId | null;
  readonly groups: Readonly<Record<string, GroupConfiguration>>;
  readonly tests: Readonly<Record<string, TestConfiguration>>;
  readonly loads: Readonly<Record<string, LoadConfiguration>>;
  readonly snmp: { readonly sinks: readonly SnmpSink[] };
  readonly web: { readonly listen: Endpoint } | null;
  readonly log: { readonly level: LogLevel };
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** An address with the prefix length of the subnet that it belongs to. */
export interface PrefixedAddress {
  readonly address: ServiceAddress;
  readonly prefix: number;
}

export interface GroupConfiguration {
  /** The service group address: multicast, or with `peers` set only its port counts. */
  readonly address: Endpoint;
  /** Unicast peers (R60); null: multicast. */
  readonly peers: readonly Address[] | null;
  /** Key files; the first signs, all are accepted. */
  readonly key: readonly string[];
  readonly interface: string;
  /** Preferred service addresses; none: hot spare (R43). */
  readonly prefer: readonly PrefixedAddress[];
  readonly observe: boolean;
  readonly heartbeat: { readonly interval: Milliseconds; readonly timeout: Milliseconds };
  readonly orphanTimeout: Milliseconds;
  /** R57: a delay in milliseconds (0 is `now`), or `never`. */
  readonly failBack: Milliseconds | 'never';
  readonly assign: 'random' | 'least-loaded' | 'fewest-addresses';
  readonly fence: 'nftables' | 'bpf' | 'none';
  readonly partition: 'probe' | 'ignore';
  readonly tests: readonly string[];
  readonly loads: readonly string[];
  readonly onAcquire: ScriptConfiguration | null;
  readonly onRelease: ScriptConfiguration | null;
  readonly dns: DnsConfiguration | null;
}

export interface ScriptConfiguration {
  readonly command: readonly string[];
  readonly timeout: Milliseconds;
  /** Null: root, as the daemon's own. */
  readonly user: string | null;
}

export interface DnsConfiguration {
  readonly zone: string;
  readonly name: string;
  readonly ttl: Milliseconds;
  readonly highWater: number;
  readonly lowWater: number;
  readonly minimum: number;
  readonly scale: number;
  readonly interval: Milliseconds;
  /** User null: root. */
  readonly file: {
    readonly path: string;
    readonly notify: readonly string[];
    readonly user: string | null;
  } | null;
  readonly update: {
    readonly server: Endpoint;
    readonly keyName: string | null;
    readonly keyFile: string | null;
    readonly algorithm: string;
  } | null;
}

export interface TestConfiguration {
  readonly interval: Milliseconds;
  readonly timeout: Milliseconds;
  readonly rise: number;
  readonly fall: number;
  readonly probe: TestProbe;
}

export type TestProbe =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly status: number | null;
      readonly body: string | null;
      readonly host: string | null;
      /** https: whether the certificate must be valid … */
      readonly verify: boolean;
      /** … by the certificates in this file; null: by the public ones. */
      readonly ca: string | null;
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly expect: string | null }
  | { readonly kind: 'icmp'; readonly host: Address }
  | { readonly kind: 'process'; readonly name: string | null; readonly pidfile: string | null }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly user: string | null };

export interface LoadConfiguration {
  readonly interval: Milliseconds;
  readonly probe: LoadProbe;
}

export type LoadProbe =
  | { readonly kind: 'cpu' }
  | { readonly kind: 'memory' }
  /** Capacity: bytes a second. */
  | { readonly kind: 'network'; readonly interface: string; readonly capacity: number }
  | { readonly kind: 'connections'; readonly port: number; readonly capacity: number }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly user: string | null };

export interface SnmpSink {
  readonly host: Endpoint;
  readonly version: '2c' | '3';
  readonly community: string | null;
  readonly user: string | null;
  readonly auth: { readonly protocol: 'sha' | 'sha256' | 'sha512'; readonly passphrase: string } | null;
  readonly privacy: { readonly protocol: 'aes' | 'aes256'; readonly passphrase: string } | null;
  readonly inform: boolean;
}
