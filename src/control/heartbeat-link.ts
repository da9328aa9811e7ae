// Control's end of the channel to heartbeat: what the native threads heard comes in as events of the core, and what
// the core publishes goes out. Each report of a sent heartbeat also renews the permit, by which heartbeats speak for
// control: when it ends others take leadership, and the lease on the addresses runs out (R52).

import type { HostId } from '../core/address.js';
import type { Event } from '../core/event.js';
import { permitSpan } from '../core/settings.js';
import { NEVER, type Instant } from '../core/time.js';
import { openChannel, type Channel } from '../ipc/channel.js';
import {
  decodeFromHeartbeat,
  encodeCommand as encodeCommandMessage,
  encodePeers,
  encodePermit,
  encodePublish,
  encodeReopen,
  encodeSync,
  groupTag,
  type ConflictMessage,
  type FrameMessage,
  type ReportMessage,
} from '../ipc/heartbeat-messages.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';
import { WireError } from '../wire/bytes.js';
import {
  addresseeOf,
  decodeCommand,
  decodeRequest,
  encodeCommand,
  encodeRequest,
  FRAME_TYPE,
} from '../wire/command.js';
import { encodeSnapshot } from '../wire/snapshot.js';
import type { Command, GroupRequest } from '../core/event.js';
import { Assembler } from './assembler.js';
import type { Group, Publication } from './group.js';
import { destinations } from './peer-destinations.js';
import { RefusedSenders, refusalSentence } from './refused-senders.js';

/** What this link knows of one group beside its monitor. */
interface Lane {
  readonly group: Group;
  readonly tag: bigint;
  assembler: Assembler;
  version: number;
  snapshot: Buffer;
  counters: Readonly<Record<string, number>>;
  undecodable: number;
  renewedAt: Instant;
  /** R52: the last end of its lease that the core knows of. */
  lapse: number;
  /** Who sends what is refused. */
  readonly refused: RefusedSenders;
}

export interface HeartbeatPorts {
  now(): Instant;
  warn(group: Group, message: string): void;
  /** The channel closed: no heartbeat process is there for the moment. */
  onClosed(): void;
}

export class HeartbeatLink {
  private channel: Channel | null = null;
  private readonly lanes = new Map<bigint, Lane>();
  private readonly laneByGroup = new Map<Group, Lane>();
  private readonly ports: HeartbeatPorts;
  private interfaces: readonly ControlInterface[];
  private readonly drains = new Map<number, () => void>();
  private nextToken = 1;

  constructor(interfaces: readonly ControlInterface[], ports: HeartbeatPorts) {
    this.interfaces = interfaces;
    this.ports = ports;
  }

  addGroup(group: Group): void {
    const tag = groupTag(group.name);
    const lane: Lane = {
      group,
      tag,
      assembler: new Assembler(),
      // A control process that was started anew must not repeat versions of the one before it: the peers would keep
      // what they have. Snapshots change more rarely than once a millisecond, so the clock is ahead of any count.
      version: Math.floor(this.ports.now()) >>> 0,
      snapshot: Buffer.alloc(0),
      counters: {},
      undecodable: 0,
      renewedAt: NEVER,
      lapse: 0,
      refused: new RefusedSenders(),
    };
    this.lanes.set(tag, lane);
    this.laneByGroup.set(group, lane);
    if (this.channel !== null) group.step({ kind: 'listening' });
  }

  /** Where peers are sent to from now on (R60). */
  noteInterfaces(interfaces: readonly ControlInterface[]): void {
    this.interfaces = interfaces;
  }

  removeGroup(group: Group): void {
    this.lanes.delete(groupTag(group.name));
    this.laneByGroup.delete(group);
  }

  attach(descriptor: number): void {
    this.channel?.close();
    const channel = openChannel(descriptor, {
      message: (data) => {
        if (this.channel === channel) this.receive(data);
      },
      closed: () => {
        if (this.channel !== channel) return;
        this.channel = null;
        this.drains.clear();
        this.ports.onClosed();
      },
    });
    this.channel = channel;
    // First: what is said to a process that goes on with another's work leaves at once, and has to stand under a permit (R53).
    this.renewPermit();
    for (const lane of this.lanes.values()) {
      lane.assembler = new Assembler();
      lane.lapse = 0;
      if (lane.group.publication !== null) this.publish(lane.group, lane.group.publication, true);
      lane.group.step({ kind: 'listening' });
    }
  }

  close(): void {
    this.channel?.close();
    this.channel = null;
  }

  publish(group: Group, publication: Publication, urgent: boolean): void {
    const lane = this.laneOf(group);
    const snapshot = encodeSnapshot(publication.information);
    if (!snapshot.equals(lane.snapshot)) {
      lane.snapshot = snapshot;
      lane.version = (lane.version + 1) >>> 0 || 1;
    }
    const { joining, leaving, observer, term } = publication;
    const flags = { joining, leaving, observer };
    this.send(encodePublish({ group: lane.tag, urgent, flags, term, version: lane.version, snapshot }));
  }

  command(group: Group, command: Command): void {
    for (const body of encodeCommand(command))
      this.send(
        encodeCommandMessage({ group: this.laneOf(group).tag, type: FRAME_TYPE[command.action], body }),
      );
  }

  request(group: Group, request: GroupRequest): void {
    const body = encodeRequest(request);
    this.send(encodeCommandMessage({ group: this.laneOf(group).tag, type: FRAME_TYPE.request, body }));
  }

  peers(
    group: Group,
    peers: readonly { readonly id: HostId; readonly addresses: readonly HostId[] }[],
  ): void {
    this.send(encodePeers({ group: this.laneOf(group).tag, peers: destinations(peers, this.interfaces) }));
  }

  /** Calls back when all that had arrived by now has been delivered. Not at all while there is no heartbeat process. */
  drain(done: () => void): void {
    const token = this.nextToken++;
    if (this.channel === null) return;
    this.drains.set(token, done);
    this.send(encodeSync({ token }));
  }

  get attached(): boolean {
    return this.channel !== null;
  }

  countersOf(group: Group): Record<string, number> {
    const lane = this.laneOf(group);
    return { ...lane.counters, undecodable: lane.undecodable };
  }

  private laneOf(group: Group): Lane {
    const lane = this.laneByGroup.get(group);
    if (lane === undefined) throw new Error(`${group.name}: not a group of the heartbeat link`);
    return lane;
  }

  private send(message: Buffer): void {
    this.channel?.send(message);
  }

  /**
   * Once a heartbeat, not once a report: reports come at every change of a member's as well, and what this host says in
   * answer to them must not make the members say more.
   */
  private renew(lane: Lane, at: Instant): void {
    if (at - lane.renewedAt < lane.group.monitor.settings.interval / 2) return;
    lane.renewedAt = at;
    this.renewPermit();
  }

  /**
   * A step was taken on what was heard, or carried out: a long one must not use up the permit together with what follows it.
   * Only then, so that a control process that hears nothing any more keeps no permit by its own ticks.
   */
  onStep(group: Group, events: readonly Event[], now: Instant): void {
    const lane = this.laneByGroup.get(group);
    if (lane !== undefined && events.some(({ kind }) => kind === 'heard')) this.renew(lane, now);
  }

  /** For a time that hangs on the timeouts as they are configured now. */
  renewPermit(): void {
    const timeouts = [...this.lanes.values()].map((lane) => lane.group.monitor.settings.timeout);
    if (timeouts.length === 0) return;
    this.send(encodePermit({ milliseconds: permitSpan(Math.min(...timeouts)) }));
  }

  private receive(data: Buffer): void {
    const message = decodeFromHeartbeat(data);
    switch (message.kind) {
      case 'synced':
        this.onSynced(message.token);
        return;
      case 'report':
        this.onReport(message);
        return;
      case 'frame':
        this.onFrame(message);
        return;
      case 'counters': {
        const lane = this.lanes.get(message.group);
        if (lane !== undefined) lane.counters = message.counters;
        return;
      }
      case 'conflict':
        this.onConflict(message);
        return;
    }
  }

  /** Of several that wait only the newest token comes back; what is drained for it is drained for those before. */
  private onSynced(token: number): void {
    for (const [waiting, done] of [...this.drains]) {
      if (waiting > token) continue;
      this.drains.delete(waiting);
      done();
    }
  }

  private onReport(message: ReportMessage): void {
    const lane = this.lanes.get(message.group);
    if (lane === undefined) return;
    this.renew(lane, message.at);
    this.noteLease(lane, message.lapse);
    // A host that has not echoed us may be a recording (R51); one that others hear is vouched for by them.
    const reports = message.hosts.filter((host) => host.echoed || host.relayedAt > host.permittedAt);
    lane.group.post({ kind: 'heard', at: message.at, reports });
  }

  /** The core gives up first, and only then the lease may run again. */
  private noteLease(lane: Lane, lapse: number): void {
    if (lapse === 0) return;
    if (lapse !== lane.lapse) lane.group.step({ kind: 'lease-ended' });
    lane.lapse = lapse;
    this.send(encodeReopen({ group: lane.tag, lapse }));
  }

  private onFrame(message: FrameMessage): void {
    const lane = this.lanes.get(message.group);
    if (lane === undefined || message.body.length === 0) return;
    try {
      const event = eventOf(lane.assembler, message, lane.group.monitor.settings.id);
      if (event !== null) lane.group.post(event);
    } catch (error) {
      // What an authenticated member sends and cannot be read is a version or a bug of its: counted, and told once.
      if (!(error instanceof WireError)) throw error;
      if (lane.undecodable++ === 0)
        this.ports.warn(
          lane.group,
          `${lane.group.name}: a message of ${message.hostId} cannot be read: ${error.message}`,
        );
    }
  }

  private onConflict(message: ConflictMessage): void {
    const lane = this.lanes.get(message.group);
    if (lane === undefined) return;
    const senders = lane.refused.note(message.reason, message.source, this.ports.now());
    if (senders !== null) this.ports.warn(lane.group, refusalOf(lane, message.reason, senders));
  }

  /** Sentences about refused frames of the last minute, for status. */
  warningsOf(group: Group): string[] {
    const lane = this.laneOf(group);
    return lane.refused
      .all(this.ports.now())
      .map(([reason, senders]) => refusalOf(lane, reason, senders))
      .sort();
  }
}

const refusalOf = ({ group }: Lane, reason: ConflictMessage['reason'], senders: string): string =>
  refusalSentence(reason, senders, group.name, group.monitor.settings.id);

function eventOf(assembler: Assembler, message: FrameMessage, own: HostId): Event | null {
  const { type, body } = message;
  switch (type) {
    case 1: {
      const whole = assembler.add(message);
      return whole === null ? null : { kind: 'information', incarnation: message.incarnation, ...whole };
    }
    case FRAME_TYPE.acquire:
      return commandOf('acquire', message, own);
    case FRAME_TYPE.release:
      return commandOf('release', message, own);
    case FRAME_TYPE.prepare:
      return commandOf('prepare', message, own);
    case FRAME_TYPE.request:
      return { kind: 'request', from: message.hostId, request: decodeRequest(body) };
    default:
      return null;
  }
}

/** Fig. 4B step 412 comes before the orders are read: those of a thousand addresses come to every member. */
function commandOf(action: Command['action'], message: FrameMessage, own: HostId): Event | null {
  const { hostId: from, sequence, receivedAt: at, body } = message;
  if (addresseeOf(body) !== own) return null;
  return { kind: 'command', from, sequence, at, command: decodeCommand(action, body) };
}
