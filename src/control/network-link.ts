// Control's end of the channel to network. What is wanted on the interfaces is known from the monitors at any time:
// a network process that was started anew is told all of it, and its answer settles whatever was under way.

import { openJsonChannel, type JsonChannel } from '../ipc/channel.js';
import type {
  AddressResult,
  ControlToNetwork,
  NetworkToControl,
  PlacedAddress,
} from '../ipc/network-messages.js';
import type { ServiceAddress } from '../core/address.js';
import type { Event } from '../core/event.js';
import type { LocalPhase } from '../core/monitor.js';
import { answerSpan } from '../core/settings.js';
import type { Instant } from '../core/time.js';
import type { Group, HandedOver } from './group.js';

/** Phases in which the address is, or may be, on the interface and has to stay. */
const wantedPhases: ReadonlySet<LocalPhase> = new Set<LocalPhase>([
  'configuring',
  'acquire-script',
  'online',
  'release-script',
]);

type Asked = Exclude<ControlToNetwork['kind'], 'adopt' | 'hand-over'>;

export class NetworkLink {
  private channel: JsonChannel<ControlToNetwork> | null = null;
  private readonly groups: ReadonlyMap<string, Group>;
  /** The last report of each service interface, for groups that come later. */
  private readonly links = new Map<string, Extract<Event, { kind: 'link' }>>();
  /** Of each service interface: null, or why the kernel does not fence it. */
  private readonly fences = new Map<string, string | null>();
  /** Reports of who answers, on this channel: what is decided is decided in their light. */
  private heard = 0;
  private readonly now: () => Instant;
  private readonly onClosed: () => void;

  constructor(groups: ReadonlyMap<string, Group>, now: () => Instant, onClosed: () => void) {
    this.groups = groups;
    this.now = now;
    this.onClosed = onClosed;
  }

  attach(descriptor: number): void {
    this.channel?.close();
    const channel = openJsonChannel<NetworkToControl, ControlToNetwork>(descriptor, {
      message: (message) => {
        if (this.channel === channel) this.receive(message);
      },
      closed: () => {
        if (this.channel !== channel) return;
        this.channel = null;
        this.onClosed();
      },
    });
    this.channel = channel;
    this.heard = 0;
    this.sayAll();
  }

  close(): void {
    this.channel?.close();
    this.channel = null;
  }

  /** All that is wanted on the interfaces, and nothing else is. */
  private sayAll(): void {
    const addresses = [...this.groups.values()].flatMap((group) => place(group, wantedOf(group)));
    this.channel?.send({ kind: 'adopt', addresses, at: this.now() });
  }

  /** A group that was added: it learns what is known of its service interface. */
  watch(group: Group): void {
    const link = this.links.get(group.monitor.settings.serviceInterface);
    if (link !== undefined) group.step(link);
  }

  /** Groups that have another service interface now: what they serve goes over to it, and is left behind nowhere. */
  relocate(groups: readonly Group[]): void {
    this.sayAll();
    // Network may have gone over before, and told of an interface that was nobody's then.
    for (const group of groups) this.watch(group);
  }

  /** Dropped while no network process is there: `adopt` says it all again when one is. */
  send(group: Group, kind: Asked, addresses: readonly ServiceAddress[]): void {
    this.channel?.send(this.message(group, kind, place(group, addresses)));
  }

  handOver(group: Group, handedOver: readonly HandedOver[]): void {
    const addresses = handedOver.map(({ address, hardwareAddress }) => ({
      group: group.name,
      interface: group.monitor.settings.serviceInterface,
      address,
      heir: hardwareAddress,
    }));
    this.channel?.send({ kind: 'hand-over', addresses });
  }

  /** R52: whether the kernel fences the group's addresses; undefined: not known yet. */
  fenceOf(group: Group): string | null | undefined {
    return this.fences.get(group.monitor.settings.serviceInterface);
  }

  private message(group: Group, kind: Asked, addresses: readonly PlacedAddress[]): ControlToNetwork {
    switch (kind) {
      case 'prepare':
        return { kind, addresses, at: this.now() };
      case 'add':
        return { kind, addresses, at: this.now(), heard: this.heard };
      case 'probe':
        return {
          kind,
          group: group.name,
          addresses,
          at: this.now(),
          patience: answerSpan(group.monitor.settings.timeout),
        };
      default:
        return { kind, addresses };
    }
  }

  private receive(message: NetworkToControl): void {
    switch (message.kind) {
      case 'adopted':
        this.settleAll(message.results);
        return;
      case 'late':
        this.sayAll();
        return;
      case 'prepared':
        this.deliver(message.results, ({ address, error }) => ({ kind: 'prepared', address, error }));
        return;
      case 'added':
        this.deliver(message.results, configuredEvent);
        return;
      case 'removed':
        this.deliver(message.results, (result) => ({
          kind: 'deconfigured',
          address: result.address,
          error: result.error,
        }));
        return;
      case 'link': {
        const link = { kind: 'link', up: message.up, hardwareAddress: message.hardwareAddress } as const;
        this.links.set(message.interface, link);
        this.onInterface(message.interface, link);
        return;
      }
      case 'fence':
        this.fences.set(message.interface, message.error);
        return;
      case 'answers':
        this.heard += 1;
        this.onInterface(
          message.interface,
          ...message.answers.map((answer) => ({ kind: 'answer', ...answer }) as const),
        );
        return;
      case 'probed':
        this.onProbed(message);
        return;
      case 'lost':
        this.groups.get(message.address.group)?.post({ kind: 'lost', address: message.address.address });
        return;
      case 'lease-ended':
        this.groups.get(message.group)?.post({ kind: 'lease-ended' });
        return;
    }
  }

  /** A question is over even if it left this host for no address. */
  private onProbed({ group, addresses, at }: Extract<NetworkToControl, { kind: 'probed' }>): void {
    const asked = addresses.map(({ address }) => address);
    this.groups.get(group)?.post({ kind: 'probed', addresses: asked, askedAt: at });
  }

  private onInterface(name: string, ...events: readonly Event[]): void {
    for (const group of this.groups.values())
      if (group.monitor.settings.serviceInterface === name) group.post(...events);
  }

  private deliver(results: readonly AddressResult[], event: (result: AddressResult) => Event): void {
    const byGroup = new Map<string, Event[]>();
    for (const result of results) {
      const events = byGroup.get(result.group) ?? [];
      events.push(event(result));
      byGroup.set(result.group, events);
    }
    for (const [name, events] of byGroup) this.groups.get(name)?.post(...events);
  }

  /** After `adopt` the interfaces hold what was wanted: what was on its way there has arrived, the rest is off. */
  private settleAll(results: readonly AddressResult[]): void {
    const answers = new Map(results.map((result) => [`${result.group} ${result.address}`, result]));
    for (const group of this.groups.values()) {
      group.step();
      const events = [...group.monitor.local.values()].flatMap(({ address, phase }): Event[] => {
        if (!wantedPhases.has(phase)) return [{ kind: 'deconfigured', address, error: null }];
        const answer = answers.get(`${group.name} ${address}`);
        return answer === undefined ? [] : [configuredEvent(answer)];
      });
      if (events.length > 0) group.step(...events);
    }
  }
}

function configuredEvent({ address, error, leaseOver, claimedBy }: AddressResult): Event {
  if (leaseOver === true) return { kind: 'withdrawn', address };
  if (claimedBy !== undefined) return { kind: 'forestalled', address, hardwareAddress: claimedBy };
  return { kind: 'configured', address, error };
}

const wantedOf = (group: Group): ServiceAddress[] =>
  [...group.monitor.local.values()]
    .filter((local) => wantedPhases.has(local.phase))
    .map((local) => local.address);

const place = (group: Group, addresses: readonly ServiceAddress[]): PlacedAddress[] =>
  addresses.map((address) => ({
    group: group.name,
    interface: group.monitor.settings.serviceInterface,
    address,
  }));
