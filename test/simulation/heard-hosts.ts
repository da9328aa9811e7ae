// What one run of a heartbeat process knows of the other hosts of a group: native/heartbeat/host_table and group, in
// their rules, not in their bytes.

import { AGE_UNKNOWN, HEARD_ENTRIES, type Frame, type HeardEntry, type Piece } from './frame.js';
import { leapt } from './timeline.js';

const WINDOW = 64;
/** Unproved runs are forgotten after so many milliseconds. */
const FORGET_UNPROVED = 10_000;

/** One life of a host's heartbeat process; incarnation 0: there is none. */
class Run {
  readonly incarnation: bigint;
  readonly floor: number;
  newest = 0;
  heardAt = -Infinity;
  /** The numbers seen among the last WINDOW ones. */
  private readonly seen: number[] = [];
  private readonly newestOn: number[] = [];

  constructor(incarnation: bigint, floor: number) {
    this.incarnation = incarnation;
    this.floor = floor;
  }

  place(sequence: number): 'old' | 'newest' | 'late' | 'seen' {
    if (sequence <= this.floor) return 'old';
    if (sequence > this.newest) return 'newest';
    if (this.newest - sequence >= WINDOW) return 'old';
    return this.seen[sequence % WINDOW] === sequence ? 'seen' : 'late';
  }

  note(sequence: number): void {
    this.seen[sequence % WINDOW] = sequence;
    this.newest = Math.max(this.newest, sequence);
  }

  /** R6: whether this copy is the first over its network. */
  noteCopy(sequence: number, network: number): boolean {
    if (sequence <= (this.newestOn[network] ?? 0)) return false;
    this.newestOn[network] = sequence;
    return true;
  }
}

const NO_RUN = (): Run => new Run(0n, 0);

export class HeardHost {
  readonly index: number;
  proved = NO_RUN();
  candidate = NO_RUN();
  /** The newest frame of the proved run. */
  frame: Frame | null = null;
  permittedAt = -Infinity;
  relayedAt = -Infinity;
  readonly heardAt: number[];
  private delivered: { version: number; count: number; pieces: Set<number> } | null = null;

  constructor(index: number, networks: number) {
    this.index = index;
    this.heardAt = new Array<number>(networks).fill(-Infinity);
  }

  /** What the frames of a leap would have done. */
  leap(span: number, since: number): void {
    this.permittedAt = leapt(this.permittedAt, span, since);
    this.relayedAt = leapt(this.relayedAt, span, since);
    for (const run of [this.proved, this.candidate]) run.heardAt = leapt(run.heardAt, span, since);
    for (const [network, at] of this.heardAt.entries()) this.heardAt[network] = leapt(at, span, since);
  }

  forgetDeliveries(): void {
    this.delivered = null;
  }

  wants(piece: Piece, newest: boolean): boolean {
    const { delivered } = this;
    if (delivered?.version !== piece.version || delivered.count !== piece.count) return newest;
    return !delivered.pieces.has(piece.index);
  }

  noteDelivered({ version, count, index }: Piece): void {
    if (this.delivered?.version !== version || this.delivered.count !== count)
      this.delivered = { version, count, pieces: new Set() };
    this.delivered.pieces.add(index);
  }
}

/** What a frame was: `deliver` to control, `changed`: a report is due at once. */
export interface Reception {
  readonly accepted: boolean;
  readonly deliver: boolean;
  readonly changed: boolean;
  /** A run of the host has just proved itself. */
  readonly isNew: boolean;
  readonly host: HeardHost;
}

export class HeardHosts {
  readonly hosts: HeardHost[] = [];
  /** R7: the highest sequence number that anybody says it has seen of this host. */
  seenOfUs = 0;
  private readonly self: number;
  private readonly incarnation: bigint;
  private readonly networks: number;
  private readonly byIndex: (HeardHost | undefined)[] = [];
  private turn = 0;

  constructor(self: number, incarnation: bigint, networks: number) {
    this.self = self;
    this.incarnation = incarnation;
    this.networks = networks;
  }

  receive(frame: Frame, network: number, at: number): Reception {
    let host = this.byIndex[frame.host];
    if (host === undefined) {
      host = new HeardHost(frame.host, this.networks);
      this.byIndex[frame.host] = host;
      this.hosts.push(host);
    }
    return frame.incarnation === host.proved.incarnation
      ? this.receiveProved(host, frame, network, at)
      : this.receiveCandidate(host, frame, network, at);
  }

  private receiveProved(host: HeardHost, frame: Frame, network: number, at: number): Reception {
    const place = host.proved.place(frame.sequence);
    if (place === 'seen' && host.proved.noteCopy(frame.sequence, network))
      host.heardAt[network] = Math.max(host.heardAt[network] ?? 0, at);
    if (place === 'seen' || place === 'old') return refused(host);
    return this.accept(host, frame, network, at, place === 'newest', false);
  }

  private receiveCandidate(host: HeardHost, frame: Frame, network: number, at: number): Reception {
    const proved = host.proved.newest;
    if (frame.sequence <= proved) return refused(host);
    if (frame.incarnation !== host.candidate.incarnation) {
      if (frame.sequence <= host.candidate.newest) return refused(host);
      host.candidate = new Run(frame.incarnation, proved);
    }
    const place = host.candidate.place(frame.sequence);
    if (place === 'old') return refused(host);
    host.candidate.noteCopy(frame.sequence, network);
    if (place === 'seen') return refused(host);
    host.candidate.note(frame.sequence);
    host.candidate.heardAt = at;
    const echo = frame.heard.find((entry) => entry.host === this.self);
    this.noteSeenOfUs(echo);
    if (echo?.incarnation !== this.incarnation) return refused(host);
    host.proved = host.candidate;
    host.candidate = NO_RUN();
    host.forgetDeliveries();
    return this.accept(host, frame, network, at, true, true);
  }

  private accept(
    host: HeardHost,
    frame: Frame,
    network: number,
    at: number,
    newest: boolean,
    isNew: boolean,
  ): Reception {
    host.proved.note(frame.sequence);
    host.proved.heardAt = Math.max(host.proved.heardAt, at);
    host.proved.noteCopy(frame.sequence, network);
    host.heardAt[network] = Math.max(host.heardAt[network] ?? 0, at);
    const changed = isNew || (newest && isChanged(host.frame, frame));
    if (newest) {
      // One that was overtaken was sent before the newest: it shows no life after that.
      if (frame.permit) host.permittedAt = Math.max(host.permittedAt, at);
      host.frame = frame;
      this.takeRelays(frame, at);
    }
    const wanted = frame.piece !== null && host.wants(frame.piece, newest);
    return { accepted: true, deliver: frame.type !== 'information' || wanted, changed, isNew, host };
  }

  private takeRelays(frame: Frame, at: number): void {
    for (const entry of frame.heard) {
      if (entry.host === this.self) this.noteSeenOfUs(entry);
      if (entry.age === AGE_UNKNOWN || entry.host === frame.host) continue;
      const host = this.byIndex[entry.host];
      if (host === undefined || host.proved.incarnation === 0n) continue;
      if (host.proved.incarnation !== entry.incarnation) continue;
      host.relayedAt = Math.max(host.relayedAt, at - entry.age);
    }
  }

  private noteSeenOfUs(entry: HeardEntry | undefined): void {
    if (entry !== undefined) this.seenOfUs = Math.max(this.seenOfUs, entry.sequence);
  }

  /** Whom the next frame names; where not all fit they take turns, those that wait to be named first. */
  name(now: number): HeardEntry[] {
    const entries: HeardEntry[] = [];
    for (const { index, candidate } of this.hosts) {
      if (candidate.incarnation === 0n || entries.length >= HEARD_ENTRIES / 2) continue;
      if (now - candidate.heardAt > FORGET_UNPROVED) continue;
      entries.push({
        host: index,
        age: AGE_UNKNOWN,
        incarnation: candidate.incarnation,
        sequence: candidate.newest,
      });
    }
    const { length } = this.hosts;
    for (let count = 0; count < length && entries.length < HEARD_ENTRIES; count++) {
      const host = this.hosts[this.turn % length] as HeardHost;
      this.turn = (this.turn + 1) % length;
      const { incarnation, newest } = host.proved;
      if (incarnation === 0n) continue;
      const age = Math.min(AGE_UNKNOWN, Math.ceil(now - host.permittedAt));
      entries.push({ host: host.index, age, incarnation, sequence: newest });
    }
    return entries;
  }
}

const refused = (host: HeardHost): Reception => {
  return { accepted: false, deliver: false, changed: false, isNew: false, host };
};

const isChanged = (before: Frame | null, frame: Frame): boolean =>
  before === null ||
  before.permit !== frame.permit ||
  before.joining !== frame.joining ||
  before.leaving !== frame.leaving ||
  before.observer !== frame.observer ||
  before.term !== frame.term ||
  before.infoVersion !== frame.infoVersion;
