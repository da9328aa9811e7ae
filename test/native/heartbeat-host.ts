// A host made of the real heartbeat thread, with this test in the place of control. Several live in one process: each
// has its own thread, its own sockets and its own host id.

import { randomBytes } from 'node:crypto';
import { parseAddress, type Address } from '../../src/core/address.js';
import {
  startThread,
  type GroupSettings,
  type NativeHeartbeat,
} from '../../src/heartbeat/native-heartbeat.js';
import { openChannel, type Channel } from '../../src/ipc/channel.js';
import {
  decodeFromHeartbeat,
  encodePermit,
  encodePublish,
  encodeSync,
  groupTag,
  type ConflictMessage,
  type CounterName,
  type FrameMessage,
  type FromHeartbeat,
  type ReportedHost,
  type ReportMessage,
} from '../../src/ipc/heartbeat-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { mappedBytes } from '../../src/wire/frame.js';

/** What should happen has happened by then, on a busy machine as well; milliseconds. */
export const BOUND_MS = 60_000;
export const GROUP = 'web';
export const TAG = groupTag(GROUP);
export const KEY = Buffer.from('a key of the tests');
export const INTERVAL_MS = 10;

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function tagBytes(tag: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(tag);
  return bytes;
}

/** One control interface of a host, by position. */
export interface TestInterface {
  readonly name: string;
  readonly address: string;
}

export interface HostOptions {
  readonly id: string;
  readonly interfaces: readonly TestInterface[];
  readonly port: number;
  /** Absent: unicast to the seeds. */
  readonly multicast?: string;
  readonly seeds?: readonly { readonly interface: number; readonly address: string }[];
  readonly keys?: readonly Uint8Array[];
  readonly intervalMs?: number;
  readonly incarnation?: bigint;
  readonly priority?: number;
  /** R7: what the host's file says; absent: it has lost it. */
  readonly reserve?: bigint;
}

export class TestHost {
  readonly id: Address;
  readonly incarnation: bigint;
  readonly thread: NativeHeartbeat;
  readonly frames: FrameMessage[] = [];
  readonly conflicts: ConflictMessage[] = [];
  readonly reports: ReportMessage[] = [];
  readonly synced: number[] = [];
  counters: Readonly<Record<CounterName, number>> | null = null;
  linkIsClosed = false;
  private readonly options: HostOptions;
  private channel: Channel;
  private readonly waiting = new Set<() => void>();

  constructor(options: HostOptions) {
    this.options = options;
    this.id = address(options.id);
    this.incarnation = options.incarnation ?? randomBytes(8).readBigUInt64BE() | 1n;
    this.thread = startThread({
      hostId: mappedBytes(this.id),
      incarnation: this.incarnation,
      interfaces: options.interfaces.length,
      priority: options.priority ?? 0,
    });
    this.thread.go();
    if (options.reserve !== undefined) this.thread.setReserve(options.reserve);
    this.channel = this.attach();
    this.addGroup(GROUP);
  }

  /** A group of its own name on the same port, with sockets of its own. */
  addGroup(name: string, changes: Partial<HostOptions> = {}): void {
    const options = { ...this.options, ...changes };
    const tag = tagBytes(groupTag(name));
    this.thread.addGroup(tag, settingsOf(options));
    for (const [position, { name: device, address: controlAddress }] of options.interfaces.entries())
      this.thread.addSocket(
        tag,
        position,
        processAddon.openControlSocket({
          family: (options.multicast ?? options.id).includes(':') ? 6 : 4,
          group: options.multicast ?? '',
          port: options.port,
          interface: device,
          interfaceIndex: processAddon.interfaceIndex(device),
          controlAddress,
          multicast: options.multicast !== undefined,
        }),
      );
  }

  reconfigure(changes: Partial<HostOptions>): void {
    this.thread.reconfigureGroup(tagBytes(TAG), settingsOf({ ...this.options, ...changes }));
  }

  /** A control process that is new: what came before is forgotten here as well. */
  attach(): Channel {
    const [ours, theirs] = processAddon.socketPair();
    this.frames.length = 0;
    this.linkIsClosed = false;
    this.channel = openChannel(ours, {
      message: (data) => {
        this.take(decodeFromHeartbeat(data));
      },
      closed: () => {
        this.linkIsClosed = true;
        this.wake();
      },
    });
    this.thread.attachControl(theirs);
    return this.channel;
  }

  detach(): void {
    this.channel.close();
  }

  send(message: Buffer): void {
    this.channel.send(message);
  }

  permit(milliseconds = 3_600_000): void {
    this.send(encodePermit({ milliseconds }));
  }

  publish(version: number, snapshot: Uint8Array, urgent = false, term = 0): void {
    const flags = { joining: false, leaving: false, observer: false };
    this.send(encodePublish({ group: TAG, urgent, flags, term, version, snapshot }));
  }

  /** What the newest report says of a host. */
  of(host: { readonly id: Address }): ReportedHost | undefined {
    return this.reports.at(-1)?.hosts.find(({ id }) => id === host.id);
  }

  hears(host: { readonly id: Address }): boolean {
    return this.of(host)?.echoed === true;
  }

  count(name: CounterName): number {
    return this.counters?.[name] ?? 0;
  }

  /** Resolves when `so` holds, looked at with each message; fails after BOUND_MS, naming `what`. */
  async until(what: string, so: () => boolean): Promise<void> {
    if (so()) return;
    await new Promise<void>((resolve, reject) => {
      const bound = setTimeout(() => {
        this.waiting.delete(look);
        const seen = JSON.stringify({ report: this.reports.at(-1), counters: this.counters }, withBigInts);
        reject(new Error(`${this.id}: not within ${String(BOUND_MS)} ms: ${what}; last: ${seen}`));
      }, BOUND_MS);
      const look = (): void => {
        if (!so()) return;
        clearTimeout(bound);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  /** All that had arrived is in the reports when this resolves. */
  async sync(): Promise<void> {
    const token = (this.synced.at(-1) ?? 0) + 1;
    this.send(encodeSync({ token }));
    await this.until('synced', () => this.synced.includes(token));
  }

  close(): void {
    this.thread.stop();
    this.channel.close();
  }

  private take(message: FromHeartbeat): void {
    switch (message.kind) {
      case 'frame':
        this.frames.push(message);
        break;
      case 'report':
        if (message.group === TAG) this.reports.push(message);
        break;
      case 'synced':
        this.synced.push(message.token);
        break;
      case 'counters':
        if (message.group === TAG) this.counters = message.counters;
        break;
      case 'conflict':
        this.conflicts.push(message);
        break;
    }
    this.wake();
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

/** No test here is about the end of a lease: native/heartbeat/thread_test.cc has that one. */
const LEASE_NANOSECONDS = 7_200_000_000_000n;

const withBigInts = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

function settingsOf(options: HostOptions): GroupSettings {
  const settings = {
    interval: BigInt(options.intervalMs ?? INTERVAL_MS) * 1_000_000n,
    lease: LEASE_NANOSECONDS,
    fence: LEASE_NANOSECONDS,
    doubt: 0n,
    keys: options.keys ?? [KEY],
    port: options.port,
  };
  if (options.multicast !== undefined)
    return { ...settings, multicast: mappedBytes(address(options.multicast)) };
  const peers = (options.seeds ?? []).map((seed) => ({
    interface: seed.interface,
    address: mappedBytes(address(seed.address)),
  }));
  return { ...settings, peers };
}
