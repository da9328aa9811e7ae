// The heartbeat process around its thread: hands it groups, keys, sockets and the channel to control. Nothing here
// stands between a frame and the wire.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { GroupConfiguration } from '../config/configuration.js';
import { DOUBT_SHARE, fenceSpan, leaseSpan } from '../core/settings.js';
import { reachOn } from '../ipc/peer-interfaces.js';
import type { StartMessage } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { groupTag, mappedBytes } from '../wire/frame.js';
import { startThread, type GroupSettings, type NativeHeartbeat } from './native-heartbeat.js';
import { SequenceReserve } from './sequence-reserve.js';
import { messageOf } from '../log/error-message.js';

/** Above everything that is not a kernel's own; the supervisor allows up to 50. */
const PRIORITY = 50;
const RESERVE_PERIOD = 1000;
/** So long the heartbeats of a dismissed group go on, in milliseconds: release scripts may take their time. */
const FAREWELL = 60_000;
/** For a heartbeat is waited no longer than this. */
const LONGEST_SPIN = 50;
/** The thread tells nobody that control is gone. */
const LOOK_PERIOD = 20;
const NANOSECONDS_A_MILLISECOND = 1_000_000n;

type Keys = StartMessage['keys'];
type Group = Pick<GroupConfiguration, 'address' | 'peers' | 'heartbeat'>;

/** What is used here of the message with which a role begins. */
export type HeartbeatStart = Pick<StartMessage, 'hostId' | 'controlInterfaces' | 'keys'> & {
  readonly configuration: { readonly groups: Readonly<Record<string, Group>> };
};
export type HeartbeatLog = Pick<Log, 'warn' | 'error'>;

export class Heartbeat {
  private readonly thread: NativeHeartbeat;
  private readonly identity: HeartbeatStart;
  private readonly log: HeartbeatLog;
  /** What each group was set up with, as text: a reload leaves alone what is the same. */
  private readonly groups = new Map<string, string>();
  private refusedLinks = 0;
  /** False: its supervisor has to give it real-time priority, and says what comes of that. */
  private readonly raisesItself = realtimeLimit() !== '0';
  private readonly farewells = new Map<string, NodeJS.Timeout>();

  /** `memory`: a descriptor of what the process before this one has left (R53). */
  constructor(start: HeartbeatStart, memory: number, log: HeartbeatLog) {
    this.identity = start;
    this.log = log;
    this.thread = startThread({
      hostId: mappedBytes(start.hostId),
      incarnation: randomBytes(8).readBigUInt64BE() | 1n,
      interfaces: start.controlInterfaces.length,
      priority: PRIORITY,
      memory,
    });
    this.configure(start.configuration.groups, start.keys);
  }

  /** R53: until then it stands by, and its thread goes on by itself where the one before it ends. */
  go(): void {
    this.thread.go();
    const { realtimeError, lockError } = this.thread;
    const { log } = this;
    if (realtimeError !== null && this.raisesItself)
      log.warn(
        `no real-time scheduling (${realtimeError}): heartbeats may be late on a busy machine; choose a longer timeout`,
      );
    if (lockError !== null)
      log.warn(`memory cannot be locked (${lockError}): heartbeats may be late when memory is short`);
  }

  /** R53: there was one before it, or is. */
  get isHeir(): boolean {
    return this.thread.isInherited;
  }

  /** It is at work, by a word of the supervisor's or the end of the one before it. */
  get isAwake(): boolean {
    return this.thread.isAwake;
  }

  /** R53: control, whom it has a link to, has to say again what this host is. */
  get needsControl(): boolean {
    return this.thread.isLinked && this.thread.isSilent;
  }

  /** The reserve file is here: from now on the numbers are above those of every earlier run (R7). */
  keepSequence(descriptor: number): void {
    const reserve = new SequenceReserve(descriptor);
    // Whose thread goes on with the numbers of another is above them already, and so is the file: nothing waits for a disk.
    if (!this.thread.isInherited) {
      const start = reserve.start(Date.now());
      reserve.keepAhead(start);
      this.thread.setReserve(start);
    }
    setInterval(() => {
      this.tellRefusedLinks();
      try {
        reserve.keepAhead(this.thread.sequence());
      } catch (error) {
        this.log.error(
          `the sequence number cannot be kept: ${String(error)}; after a restart the clock has to serve`,
        );
      }
    }, RESERVE_PERIOD);
  }

  /** Control has a bug if it talks nonsense; the thread closes its link, and control finds itself without heartbeat. */
  private tellRefusedLinks(): void {
    const { refusedLinks } = this.thread;
    if (refusedLinks > this.refusedLinks)
      this.log.error('control sent what is no message: its channel to heartbeat was closed');
    this.refusedLinks = refusedLinks;
  }

  /** From now on it is noted for the network process what the leases run on (R52). */
  keepLeases(descriptor: number): void {
    this.thread.setLeaseBoard(descriptor);
  }

  /** From now on the kernel reads when it must stop answering for the groups' addresses (R52). */
  keepFence(descriptor: number): void {
    this.thread.setFence(descriptor);
  }

  /** R52: from now on the service manager hears that this daemon works, for as long as control says so. */
  feedWatchdog(descriptor: number, periodMilliseconds: number): void {
    this.thread.setWatchdog(
      descriptor,
      BigInt(Math.max(1, Math.floor(periodMilliseconds))) * NANOSECONDS_A_MILLISECOND,
    );
  }

  addSocket(group: string, name: string, descriptor: number): void {
    const position = this.identity.controlInterfaces.findIndex((each) => each.name === name);
    ofGroup(`${group}: ${name}`, () => {
      this.thread.addSocket(tagBytes(group), position, descriptor);
    });
  }

  attachControl(descriptor: number): void {
    this.thread.attachControl(descriptor);
  }

  /** R56: what changed is applied; nothing else is disturbed. */
  configure(groups: Readonly<Record<string, Group>>, keys: Keys): void {
    for (const name of this.groups.keys()) {
      if (groups[name] === undefined) this.dismiss(name);
    }
    for (const [name, group] of Object.entries(groups)) {
      const { address, peers, heartbeat } = group;
      const mark = JSON.stringify([address, peers, heartbeat, keys[name]]);
      const before = this.groups.get(name);
      clearTimeout(this.farewells.get(name));
      this.farewells.delete(name);
      if (before === mark) continue;
      const settings = this.settingsOf(group, keys[name] ?? []);
      ofGroup(name, () => {
        if (before === undefined) this.thread.addGroup(tagBytes(name), settings);
        else this.thread.reconfigureGroup(tagBytes(name), settings);
      });
      this.groups.set(name, mark);
    }
  }

  /** A group that is configured no more says that it leaves, for as long as control may need to release its addresses. */
  private dismiss(name: string): void {
    if (this.farewells.has(name)) return;
    const timer = globalThis.setTimeout(() => {
      this.farewells.delete(name);
      this.groups.delete(name);
      this.thread.removeGroup(tagBytes(name));
    }, FAREWELL);
    this.farewells.set(name, timer);
  }

  stop(): void {
    this.thread.stop();
  }

  /** R53: right behind a heartbeat, so that who follows has the most time before the next one is due. */
  stopAfterHeartbeat(): void {
    const [last, end] = [this.thread.sequence(), performance.now() + LONGEST_SPIN];
    // The thread tells nobody when it sends; to be woken later would waste what this is for.
    while (this.thread.sequence() === last && performance.now() < end);
    this.thread.stop();
  }

  /** R55: control says its last word through this process. */
  async untilControlIsGone(boundMilliseconds: number): Promise<void> {
    const end = performance.now() + boundMilliseconds;
    while (this.thread.isLinked && performance.now() < end) await setTimeout(LOOK_PERIOD);
  }

  private settingsOf(group: Group, keys: readonly string[]): GroupSettings {
    const settings = {
      interval: BigInt(Math.round(group.heartbeat.interval)) * NANOSECONDS_A_MILLISECOND,
      lease: BigInt(Math.round(leaseSpan(group.heartbeat.timeout))) * NANOSECONDS_A_MILLISECOND,
      fence:
        BigInt(Math.floor(fenceSpan(group.heartbeat.interval, group.heartbeat.timeout))) *
        NANOSECONDS_A_MILLISECOND,
      doubt: BigInt(Math.floor(DOUBT_SHARE * group.heartbeat.timeout)) * NANOSECONDS_A_MILLISECOND,
      keys: keys.map((key) => Buffer.from(key, 'base64')),
      port: group.address.port,
    };
    if (group.peers === null) return { ...settings, multicast: mappedBytes(group.address.address) };
    return { ...settings, peers: this.seedsOf(group.peers) };
  }

  /** R60: a seed is sent to on each control interface that may reach it. */
  private seedsOf(peers: NonNullable<GroupConfiguration['peers']>): NonNullable<GroupSettings['peers']> {
    return peers.flatMap((peer) => {
      const reachable = this.identity.controlInterfaces.flatMap((each, position) =>
        reachOn(each, peer) === 'no' ? [] : [{ interface: position, address: mappedBytes(peer) }],
      );
      if (reachable.length === 0)
        this.log.error(
          `peer ${peer} is in the subnet of no control interface; it cannot be reached (frames that cross a router are refused)`,
        );
      return reachable;
    });
  }
}

/** The thread knows groups by their tags only: its errors get the name in front. */
function ofGroup(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Error(`${name}: ${messageOf(error)}`, { cause: error });
  }
}

function tagBytes(group: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(groupTag(group));
  return bytes;
}

/** RLIMIT_RTPRIO, as text: what the supervisor could get for this process. */
function realtimeLimit(): string | undefined {
  return /^Max realtime priority +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
}
