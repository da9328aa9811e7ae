import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { addressBytes, addressFromBytes, type Address } from '../../src/core/address.js';
import { instant } from '../../src/core/time.js';
import type { NetworkToControl } from '../../src/ipc/network-messages.js';
import type {
  AddressOperation,
  AddressRequest,
  Announcement,
  InterfaceEvent,
  NetworkAddon,
} from '../../src/network/addon.js';
import { AddressKeeper } from '../../src/network/address-keeper.js';
import { placed, serviceAddress } from './addressing.js';
import { configurationOf } from './keeper-fixture.js';
import { stamped, TestBoard, type Said } from './leasing.js';

const TIMEOUT = 1000;

const INDEX = 2;

const addressEvent = (address: Address, deleted: boolean): InterfaceEvent => ({
  kind: 'address',
  deleted,
  index: INDEX,
  address: addressBytes(address),
  prefix: address.includes(':') ? 128 : 32,
  tagged: true,
  usable: true,
});

/** A kernel whose news comes when the test says so, and whose writes take as long as it says. */
class Kernel {
  clock = 1000;
  /** How long a write waits for the kernel's lock. */
  writeMilliseconds = 0;
  dumps = 0;
  readonly addresses = new Set<Address>();
  readonly announced: Address[] = [];
  #news: InterfaceEvent[] = [];
  #readable: () => void = () => undefined;
  readonly addon: NetworkAddon;

  constructor() {
    const request = { apply: this.#apply.bind(this), dump: this.#dump.bind(this) };
    const news = { read: this.#read.bind(this), close: (): void => undefined };
    const transmitter = { announce: this.#announce.bind(this), probe: (): number[] => [] };
    const listener = {
      watch: (): void => undefined,
      unwatch: (): void => undefined,
      read: (): void => undefined,
      close: (): void => undefined,
    };
    const onReadable = (readable: () => void): void => {
      this.#readable = readable;
    };
    // A constructor may return what it likes.
    this.addon = {
      RequestSocket: function () {
        return request;
      },
      EventSocket: function (_bytes: number, readable: () => void) {
        onReadable(readable);
        return news;
      },
      Transmitter: function () {
        return transmitter;
      },
      Listener: function () {
        return listener;
      },
    } as unknown as NetworkAddon;
  }

  tell(...events: InterfaceEvent[]): void {
    this.#news.push(...events);
    this.#readable();
  }

  #apply(operation: AddressOperation, requests: readonly AddressRequest[]): number[] {
    this.clock += this.writeMilliseconds;
    for (const { address } of requests) {
      if (operation === 'remove') this.addresses.delete(addressFromBytes(address));
      else this.addresses.add(addressFromBytes(address));
    }
    return requests.map(() => 0);
  }

  #dump(): InterfaceEvent[] {
    this.dumps++;
    const hardwareAddress = '02:00:00:00:00:01';
    const link = {
      kind: 'link',
      deleted: false,
      index: INDEX,
      name: 'svc0',
      up: true,
      hardwareAddress,
    } as const;
    return [link, ...[...this.addresses].map((address) => addressEvent(address, false))];
  }

  #read(): { events: InterfaceEvent[]; overflowed: boolean } {
    const events = this.#news;
    this.#news = [];
    return { events, overflowed: false };
  }

  #announce(announcements: readonly Announcement[]): number[] {
    this.announced.push(...announcements.map(({ address }) => addressFromBytes(address)));
    return announcements.map(() => 0);
  }
}

suite('the order in which the kernel tells of things', () => {
  let kernel: Kernel;
  let reports: NetworkToControl[];
  let keeper: AddressKeeper;

  beforeEach(() => {
    kernel = new Kernel();
    reports = [];
    const ignore = (): void => undefined;
    keeper = new AddressKeeper(
      {
        addon: kernel.addon,
        now: () => instant(kernel.clock),
        report: (message) => {
          reports.push(message);
        },
        log: { info: ignore, warn: ignore },
      },
      configurationOf(['svc0'], TIMEOUT),
    );
    const board = new TestBoard(TIMEOUT);
    // The clock is the test's.
    board.alarm = () => ({ follow: ignore, close: ignore });
    board.lease({ web: TIMEOUT }, instant(kernel.clock));
    keeper.useLeaseBoard(board);
  });
  afterEach(() => {
    keeper.close();
  });

  const say = (said: Said): void => {
    keeper.onMessage(stamped(said, instant(kernel.clock)));
  };
  const kinds = (): string[] => reports.map(({ kind }) => kind);

  test('an IPv6 address of which the kernel tells late is not lost, and costs no dump', () => {
    say({ kind: 'add', addresses: [placed('fd00:77::11')] });
    const { dumps } = kernel;
    kernel.tell(addressEvent(serviceAddress('10.77.0.50'), false));
    assert.deepEqual(kinds(), ['link', 'added']);
    assert.equal(kernel.dumps, dumps);
  });

  test('the late news of a removal does not take away what was added since', () => {
    say({ kind: 'add', addresses: [placed('fd00:77::11')] });
    kernel.tell(addressEvent(serviceAddress('fd00:77::11'), true));
    assert.deepEqual(kinds(), ['link', 'added'], 'the kernel has it, says a dump');
    kernel.addresses.delete(serviceAddress('fd00:77::11'));
    kernel.tell(addressEvent(serviceAddress('fd00:77::11'), true));
    assert.deepEqual(kinds(), ['link', 'added', 'lost']);
  });

  test('R52: an address whose lease ran out while it was written is removed and not announced', () => {
    kernel.writeMilliseconds = 5000;
    say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    assert.deepEqual(kinds(), ['link', 'added', 'lease-ended']);
    assert.deepEqual(kernel.announced, []);
    assert.deepEqual([...kernel.addresses], []);
  });
});
