// A failover is rehearsed before this process is ready: three service monitors in virtual time lose one another, take
// over, and fail back, until Node.js has compiled what an outage would otherwise have to wait for. Nothing of it leaves
// this file. Measured on the farm: the first failover that a process decided took 40 ms longer than the later ones.

import { deserialize, serialize } from 'node:v8';
import { addressFromBytes, type HostId, type ServiceAddress } from '../core/address.js';
import { checkpointOf, monitorOf, type Checkpoint } from '../core/checkpoint.js';
import type { Effect } from '../core/effect.js';
import type { Event, HostReport } from '../core/event.js';
import { createMonitor, type ServiceMonitor } from '../core/monitor.js';
import { answerSpan, type MonitorSettings } from '../core/settings.js';
import { nextDeadline, step } from '../core/step.js';
import { after, instant, milliseconds, NEVER, type Instant } from '../core/time.js';
import { decodeCommand, encodeCommand } from '../wire/command.js';
import { decodeSnapshot, encodeSnapshot } from '../wire/snapshot.js';

/** Enough for V8 to compile the way through a failover; some 200 ms of work. */
export const ROUNDS = 5;
/** And so many more once what the others took is given back. */
export const LAST_ROUNDS = 2;
/** Service addresses of each of the three: what is done for each of many has to be compiled as well. */
export const ADDRESSES = 16;

const INTERVAL = milliseconds(10);
const TIMEOUT = milliseconds(30);
/** Long enough for a silence, a takeover, or a fail-back to be over. */
const ACT = 6 * INTERVAL;
const NUMBERS = [1, 2, 3];

// Addresses of documentation and of benchmarks (RFC 5737, RFC 2544).
const hostOf = (number: number): HostId => addressFromBytes(Uint8Array.of(192, 0, 2, number));
const servicesOf = (number: number, count: number): ServiceAddress[] =>
  Array.from({ length: count }, (_, index) => addressFromBytes(Uint8Array.of(198, 18, number, index)));
const hardwareOf = (number: number): string => `02:00:00:00:00:0${String(number)}`;

class Player {
  readonly number: number;
  monitor: ServiceMonitor;
  publication: Extract<Effect, { kind: 'publish' }> | null = null;
  heardAt: Instant = NEVER;
  silent = false;

  constructor(number: number, addresses: number, now: Instant) {
    this.number = number;
    this.monitor = createMonitor(settingsOf(number, addresses), now);
  }
}

const settingsOf = (number: number, addresses: number): MonitorSettings => ({
  group: 'rehearsal',
  id: hostOf(number),
  controlAddresses: [hostOf(number)],
  serviceInterface: 'none',
  preferred: servicesOf(number, addresses),
  observer: false,
  interval: INTERVAL,
  timeout: TIMEOUT,
  joinSpan: TIMEOUT,
  orphanTimeout: milliseconds(1e9),
  failBack: milliseconds(0),
  assign: 'fewest-addresses',
  waterMarks: null,
  dns: null,
  partition: 'probe',
  fenced: true,
  acquireScript: false,
  releaseScript: false,
  tests: [],
});

export class Rehearsal {
  private now = instant(1000);
  private sequence = 0n;
  /** How often an address was taken over from its preferred host. */
  takeovers = 0;
  private readonly players: readonly Player[];

  /** `addresses`: of each host. */
  constructor(addresses = ADDRESSES) {
    this.players = NUMBERS.map((number) => new Player(number, addresses, this.now));
  }

  /** Each of them in turn falls silent, loses its address to another, and comes back; so many times. */
  run(rounds: number): this {
    for (const player of this.players)
      this.step(
        player,
        { kind: 'link', up: true, hardwareAddress: hardwareOf(player.number) },
        { kind: 'listening' },
      );
    this.pass(3 * ACT);
    for (let round = 0; round < rounds; round++) for (const player of this.players) this.lose(player);
    return this;
  }

  private lose(player: Player): void {
    player.silent = true;
    this.pass(ACT);
    player.silent = false;
    this.pass(ACT);
    this.succeed(player);
  }

  /** Another process goes on with what it has left (R53). */
  private succeed(player: Player): void {
    const left = deserialize(serialize(checkpointOf(player.monitor))) as Checkpoint;
    player.monitor = monitorOf(left, player.monitor.lastStepAt) ?? player.monitor;
    this.step(player, { kind: 'listening' });
  }

  /** Who serves what, as each of them would say; for the test of this file. */
  serving(): string[] {
    return this.players.flatMap(({ monitor }) =>
      [...monitor.local.values()].map((local) => `${local.address} ${local.phase} on ${monitor.settings.id}`),
    );
  }

  private pass(span: number): void {
    for (const end = after(this.now, span); this.now < end; this.now = after(this.now, 1)) {
      for (const player of this.players) {
        if (this.now % INTERVAL === player.number) this.beat(player);
        else if (nextDeadline(player.monitor) <= this.now) this.step(player, { kind: 'tick' });
      }
    }
  }

  /** Its heartbeat is heard by the others, and it is told whom it hears. */
  private beat(player: Player): void {
    if (!player.silent) player.heardAt = this.now;
    this.step(player, {
      kind: 'heard',
      at: this.now,
      reports: this.others(player).flatMap((other) => this.report(other)),
    });
  }

  private others(player: Player): Player[] {
    return this.players.filter((other) => other !== player);
  }

  private report({ monitor, publication, heardAt, silent }: Player): HostReport[] {
    if (publication === null) return [];
    return [
      {
        id: monitor.settings.id,
        incarnation: 1n,
        sequence: (this.sequence += 1n),
        permit: !silent,
        ...publication.flags,
        term: publication.term,
        permittedAt: heardAt,
        relayedAt: NEVER,
        links: [heardAt],
      },
    ];
  }

  private step(player: Player, ...events: Event[]): void {
    const answers = step(player.monitor, events, this.now).flatMap((effect) => this.perform(player, effect));
    if (answers.length > 0) this.step(player, ...answers);
  }

  /** What the other processes would do, at once; what comes of it for the player itself. */
  private perform(player: Player, effect: Effect): Event[] {
    switch (effect.kind) {
      case 'publish':
        player.publication = effect;
        this.send(player, {
          kind: 'information',
          information: decodeSnapshot(encodeSnapshot(effect.information)),
          incarnation: 1n,
          at: this.now,
        });
        return [];
      case 'command':
        for (const body of encodeCommand(effect.command))
          this.send(player, {
            kind: 'command',
            from: player.monitor.settings.id,
            sequence: (this.sequence += 1n),
            at: this.now,
            command: decodeCommand(effect.command.action, body),
          });
        return [];
      case 'configure':
        if (!player.monitor.settings.preferred.includes(effect.address)) this.takeovers += 1;
        return [{ kind: 'configured', address: effect.address, error: null }];
      case 'prepare':
        return [{ kind: 'prepared', address: effect.address, error: null }];
      case 'hand-over':
      case 'deconfigure':
        return [{ kind: 'deconfigured', address: effect.address, error: null }];
      case 'drain':
        return [{ kind: 'drained' }];
      case 'probe':
        return [
          {
            kind: 'probed',
            addresses: effect.addresses,
            askedAt: after(this.now, -answerSpan(TIMEOUT)),
          },
        ];
      default:
        return [];
    }
  }

  private send(player: Player, event: Event): void {
    if (player.silent) return;
    for (const other of this.others(player)) if (!other.silent) this.step(other, event);
  }
}
