// The heartbeat process of a simulated host: frames at their interval with what control published last, the permit,
// reports to control, and the drain (native/heartbeat/engine). It runs on when control stands still.

import type { HostReport } from '../../src/core/event.js';
import { leaseSpan } from '../../src/core/settings.js';
import { instant, NEVER } from '../../src/core/time.js';
import { Channel } from './channel.js';
import type { ControlProcess } from './control-process.js';
import { PIECE_BYTES, type Frame, type FrameType, type Piece } from './frame.js';
import { HeardHosts, type HeardHost } from './heard-hosts.js';
import type { Host } from './host.js';
import { orderOf, type MoveMessage } from './move-messages.js';
import { Process } from './process.js';
import { ReportPace } from './report-pace.js';
import { leapt, onGrain, type Appointment } from './timeline.js';

export interface Publication {
  readonly term: number;
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
  readonly version: number;
  readonly snapshot: Uint8Array;
  readonly moves: readonly MoveMessage[];
}

/** As native/heartbeat/limits.h. */
const ROUND_BEATS = 3;
const HURRY_BEATS = 12;
/** Packets that the socket to control holds. */
const CONTROL_BUFFER = 100;

interface Lane {
  readonly group: number;
  readonly interval: number;
  readonly lease: number;
  readonly heard: HeardHosts;
  published: Publication | null;
  publishedAt: number;
  nextPiece: number;
  /** Beats for which pieces go round fast, because somebody may lack the snapshot (native/heartbeat/published.h). */
  hurry: number;
  reportDue: boolean;
  readonly pace: ReportPace;
  /** When the last heartbeat under a permit was sent; −∞: none since the lease was opened. */
  permittedAt: number;
  /** R52: the lease ended. No heartbeat is permitted until control, which knows it then, opens it. */
  isLapsed: boolean;
}

interface Arrived {
  readonly frame: Frame;
  readonly network: number;
  readonly at: number;
}

export class HeartbeatProcess extends Process {
  readonly incarnation: bigint;
  /** R7: the last number used. */
  sequence: number;
  /** Milliseconds that a frame waits in the socket, because the thread does not get the processor. */
  lag = 0;
  private readonly host: Host;
  private readonly lanes: Lane[];
  private readonly laneOf: (Lane | undefined)[] = [];
  private permitUntil = -Infinity;
  private permitAlarm: Appointment | null = null;
  private control: ControlProcess | null = null;
  private channel: Channel | null = null;
  private unread: Arrived[] = [];
  private syncsDue: (() => void)[] = [];

  constructor(host: Host, sequence: number) {
    super(host.world.timeline);
    this.host = host;
    this.sequence = sequence;
    this.incarnation = (BigInt(host.random.u32()) << 20n) | BigInt(host.random.u32() | 1);
    const { groups, networks } = host.world.scenario;
    this.lanes = host.memberships.map(({ group }) => ({
      group,
      interval: groups[group]?.interval ?? 20,
      lease: leaseSpan(groups[group]?.timeout ?? 100),
      heard: new HeardHosts(host.index, this.incarnation, networks),
      published: null,
      publishedAt: 0,
      nextPiece: 0,
      hurry: 0,
      reportDue: false,
      pace: new ReportPace(groups[group]?.interval ?? 20, groups[group]?.timeout ?? 100),
      permittedAt: -Infinity,
      isLapsed: false,
    }));
    for (const lane of this.lanes) {
      this.laneOf[lane.group] = lane;
      this.beat(lane, onGrain(this.timeline.now + host.random.between(0, lane.interval)));
    }
  }

  attach(control: ControlProcess): void {
    this.control = control;
    this.channel?.close();
    this.channel = new Channel(this.timeline, this.host.random, control, CONTROL_BUFFER);
    for (const lane of this.lanes) {
      for (const host of lane.heard.hosts) host.forgetDeliveries();
      lane.reportDue = true;
    }
    this.flushReports();
  }

  /** Control died: the group hears of it at once (R52). */
  onControlClosed(): void {
    this.channel?.close();
    this.channel = null;
    this.control = null;
    this.syncsDue = [];
    this.endPermit();
  }

  publish(group: number, publication: Publication, urgent: boolean, arrived: number): void {
    const lane = this.laneOf[group];
    if (lane === undefined) return;
    const isNew = lane.published?.version !== publication.version;
    lane.published = publication;
    if (isNew) {
      lane.publishedAt = arrived;
      lane.nextPiece = 0;
      lane.hurry = HURRY_BEATS;
    }
    if (!urgent) return;
    // A frame tells flags and term by itself; a snapshot takes all its pieces.
    for (let count = isNew ? pieceCount(publication) : 1; count > 0; count--) this.sendHeartbeat(lane);
  }

  command(group: number, type: Exclude<FrameType, 'information'>, body: Uint8Array): void {
    const lane = this.laneOf[group];
    if (lane !== undefined) this.host.world.networks.broadcast(this.compose(lane, type, null, body));
  }

  /** A frame that it has no reason to send. */
  composeOrder(group: number, type: 'acquire' | 'release', body: Uint8Array): Frame {
    const [lane] = this.lanes.filter((each) => each.group === group);
    if (lane === undefined) throw new RangeError(`group ${String(group)} is none of this host's`);
    return this.compose(lane, type, null, body);
  }

  /** One that was over before it was read says nothing. */
  permit(span: number, arrived: number): void {
    const until = arrived + span;
    if (until <= this.timeline.now) return;
    this.permitUntil = until;
    if (this.permitAlarm === null) this.watchPermit();
  }

  private watchPermit(): void {
    this.permitAlarm = this.at(
      this.permitUntil,
      () => {
        this.permitAlarm = null;
        if (this.permitUntil > this.timeline.now) this.watchPermit();
        else this.endPermit();
      },
      true,
    );
  }

  /** What the heartbeats of a leap would have done to it. */
  leap(span: number, since: number): void {
    this.permitUntil += span;
    for (const lane of this.lanes) {
      lane.permittedAt = leapt(lane.permittedAt, span, since);
      for (const host of lane.heard.hosts) host.leap(span, since);
      lane.pace.leap(span, since);
    }
    for (const [group, at] of this.host.leaseBoard) this.host.leaseBoard.set(group, leapt(at, span, since));
  }

  reopen(group: number): void {
    const lane = this.laneOf[group];
    if (lane === undefined) return;
    lane.isLapsed = false;
    lane.permittedAt = -Infinity;
  }

  /** Empties the sockets, reports, and then says so. */
  sync(done: () => void): void {
    this.readUnread();
    for (const lane of this.lanes) lane.reportDue = true;
    this.syncsDue.push(done);
    this.flushReports();
  }

  /** The kernel's stamp is of the arrival, however late the thread looks; a `sync` finds all that has arrived. */
  arrive(frame: Frame, network: number): void {
    const arrived = { frame, network, at: this.timeline.now };
    if (this.isRunning && this.lag === 0 && this.unread.length === 0) {
      this.take(arrived);
      this.flushReports();
      return;
    }
    if (!this.isAlive) return;
    this.unread.push(arrived);
    this.after(this.lag, () => {
      this.readUnread();
    });
  }

  /** When what the host said last itself, under a permit, arrived here, read or not. */
  lastWordOf(group: number, index: number): number | undefined {
    const heard = this.laneOf[group]?.heard.hosts.find((each) => each.index === index);
    if (heard === undefined) return undefined;
    const isItsWord = ({ frame }: Arrived): boolean =>
      frame.host === index &&
      frame.group === group &&
      frame.permit &&
      frame.type === 'information' &&
      frame.incarnation === heard.proved.incarnation;
    const unread = this.unread.filter(isItsWord).map(({ at }) => at);
    return Math.max(heard.permittedAt, ...unread);
  }

  private readUnread(): void {
    for (const arrived of this.unread.splice(0)) this.take(arrived);
    this.flushReports();
  }

  private take({ frame, network, at }: Arrived): void {
    const lane = this.laneOf[frame.group];
    if (lane === undefined) return;
    const reception = lane.heard.receive(frame, network, at);
    this.sequence = Math.max(this.sequence, lane.heard.seenOfUs);
    if (reception.isNew) lane.hurry = HURRY_BEATS;
    if (reception.changed) lane.reportDue = true;
    if (reception.deliver) this.deliver(lane, frame, at, reception.host);
  }

  private deliver(lane: Lane, frame: Frame, at: number, host: HeardHost): void {
    const { control, channel } = this;
    if (control === null || channel === null) return;
    const sent = channel.send(() => {
      control.onFrame(lane.group, frame, at);
    });
    if (sent && frame.piece !== null) host.noteDelivered(frame.piece);
  }

  private beat(lane: Lane, at: number): void {
    this.at(
      at,
      () => {
        for (let count = takeFrames(lane); count > 0; count--) this.sendHeartbeat(lane);
        this.flushReports();
        const missed = Math.floor((this.timeline.now - at) / lane.interval);
        this.beat(lane, at + (missed + 1) * lane.interval);
      },
      true,
    );
  }

  private sendHeartbeat(lane: Lane): void {
    this.keepLease(lane);
    this.host.world.networks.broadcast(this.compose(lane, 'information', this.takePiece(lane), null));
    const mayWait = this.isPermitted(lane) && lane.pace.mayWait(lane.heard.hosts, this.timeline.now);
    if (!mayWait) lane.reportDue = true;
  }

  /** R52: each heartbeat under a permit renews the lease before it leaves; one that comes after its end does not. */
  private keepLease(lane: Lane): void {
    const { now } = this.timeline;
    if (lane.permittedAt !== -Infinity && now - lane.permittedAt >= lane.lease) {
      lane.permittedAt = -Infinity;
      lane.isLapsed = true;
    }
    if (!this.isPermitted(lane)) return;
    lane.permittedAt = now;
    this.host.renewLease(lane.group);
  }

  private isPermitted(lane: Lane): boolean {
    return this.permitUntil > this.timeline.now && !lane.isLapsed;
  }

  private takePiece(lane: Lane): Piece | null {
    const { published } = lane;
    if (published === null) return null;
    const count = pieceCount(published);
    const index = lane.nextPiece % count;
    lane.nextPiece = (index + 1) % count;
    const age = Math.ceil(this.timeline.now - lane.publishedAt);
    const bytes = published.snapshot.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES);
    return { version: published.version, index, count, age, bytes };
  }

  private compose(lane: Lane, type: FrameType, piece: Piece | null, body: Uint8Array | null): Frame {
    const { published } = lane;
    this.sequence += 1;
    return {
      group: lane.group,
      host: this.host.index,
      incarnation: this.incarnation,
      sequence: this.sequence,
      type,
      permit: this.isPermitted(lane),
      joining: published?.joining ?? false,
      leaving: published?.leaving ?? false,
      observer: published?.observer ?? false,
      term: published?.term ?? 0,
      infoVersion: published?.version ?? 0,
      heard: type === 'information' ? lane.heard.name(this.timeline.now) : [],
      piece,
      body,
      moves: piece === null ? orderOf(type) : (published?.moves ?? []),
    };
  }

  private endPermit(): void {
    if (this.permitUntil === -Infinity) return;
    this.permitUntil = -Infinity;
    this.run(() => {
      for (const lane of this.lanes) this.sendHeartbeat(lane);
      this.flushReports();
    });
  }

  private flushReports(): void {
    const { control, channel } = this;
    if (control === null || channel === null) return;
    for (const lane of this.lanes) {
      if (!lane.reportDue) continue;
      const reports = lane.heard.hosts.flatMap((host) => this.reportOf(host) ?? []);
      const at = this.timeline.now;
      const { isLapsed } = lane;
      if (
        !channel.send(() => {
          control.onReport(lane.group, at, isLapsed, reports);
        })
      )
        return;
      lane.reportDue = false;
      lane.pace.noteTold(lane.heard.hosts, at);
    }
    while (this.syncsDue[0] !== undefined && channel.send(this.syncsDue[0])) this.syncsDue.shift();
  }

  private reportOf(heard: HeardHost): HostReport | null {
    const { frame } = heard;
    if (frame === null) return null;
    return {
      id: this.host.world.idOf(heard.index),
      incarnation: heard.proved.incarnation,
      sequence: BigInt(heard.proved.newest),
      permit: frame.permit,
      joining: frame.joining,
      leaving: frame.leaving,
      observer: frame.observer,
      term: frame.term,
      permittedAt: this.stamp(heard.permittedAt),
      relayedAt: this.stamp(heard.relayedAt),
      links: heard.heardAt.map((at) => this.stamp(at)),
    };
  }

  private stamp(at: number) {
    return at === -Infinity ? NEVER : instant(this.host.clockAt(at));
  }
}

/** How many frames leave at one beat. */
function takeFrames(lane: Lane): number {
  const pieces = lane.published === null ? 1 : pieceCount(lane.published);
  if (lane.hurry === 0 || pieces < 2) return 1;
  lane.hurry -= 1;
  return Math.ceil(pieces / ROUND_BEATS);
}

const pieceCount = ({ snapshot }: Publication): number =>
  Math.max(1, Math.ceil(snapshot.length / PIECE_BYTES));
