import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { addressBytes } from '../../src/core/address.js';
import { instant } from '../../src/core/time.js';
import type { NeighbourAnswer } from '../../src/ipc/network-messages.js';
import { networkAddon, type Claim, type Listener } from '../../src/network/addon.js';
import { InterfaceTable } from '../../src/network/interface-table.js';
import { NeighbourWatch } from '../../src/network/neighbour-watch.js';
import { placed, serviceAddress } from './addressing.js';
import { ip } from './segment.js';

/** A listener that hears what the test says, about anything. */
class ToldListener implements Listener {
  static last: ToldListener | null = null;
  readonly watched = new Set<string>();
  readonly unread: Claim[] = [];
  readonly tell: (claims: readonly Claim[]) => void;

  constructor(_index: number, claimed: (claims: readonly Claim[]) => void) {
    this.tell = claimed;
    ToldListener.last = this;
  }
  watch(address: Uint8Array): void {
    this.watched.add(String(address));
  }
  unwatch(address: Uint8Array): void {
    this.watched.delete(String(address));
  }
  read(): void {
    this.tell(this.unread.splice(0));
  }
  close(): void {
    this.watched.clear();
  }
}

const bytesOf = (address: string): Uint8Array => addressBytes(serviceAddress(address));
const claim = (address: string, last: number): Claim => ({
  address: bytesOf(address),
  hardwareAddress: `02:00:00:00:${(last >> 8).toString(16).padStart(2, '0')}:${(last & 255).toString(16).padStart(2, '0')}`,
});

suite('neighbour watch', () => {
  let table: InterfaceTable;
  let clock: number;
  let answers: NeighbourAnswer[];
  let reports: number;
  let lines: string[];
  let watch: NeighbourWatch;

  before(() => {
    ip(['link add svc0 type veth peer name svc1', 'link set svc0 up']);
    const events = { changed: (): void => undefined, overflowed: (): void => undefined };
    table = new InterfaceTable(networkAddon, new networkAddon.RequestSocket(), events);
  });
  after(() => {
    table.close();
  });
  beforeEach(() => {
    clock = 1000;
    answers = [];
    reports = 0;
    lines = [];
    watch = new NeighbourWatch({ ...networkAddon, Listener: ToldListener }, table, {
      now: () => instant(clock),
      answered: (report) => {
        reports++;
        answers.push(...report.answers);
      },
      failed: (line) => {
        lines.push(line);
      },
    });
    watch.listenOn(new Set(['svc0', 'nowhere']));
  });

  const listener = (): ToldListener => ToldListener.last!;

  test("R61: the same answer is reported once a window, another host's as well", () => {
    watch.hold(placed('10.77.0.11'));
    listener().tell([claim('10.77.0.11', 1), claim('10.77.0.11', 1), claim('10.77.0.11', 2)]);
    assert.equal(answers.length, 2);
    clock += 100;
    listener().tell([claim('10.77.0.11', 1)]);
    assert.equal(answers.length, 3);
  });

  test('R61: what is heard at one look is one report, and no news is none', () => {
    const addresses = Array.from({ length: 200 }, (_, i) => `10.77.0.${String(i + 1)}`);
    for (const address of addresses) watch.hold(placed(address));
    listener().tell(addresses.map((address) => claim(address, 1)));
    listener().tell(addresses.map((address) => claim(address, 1)));
    assert.equal(reports, 1);
    assert.deepEqual(
      answers.map(({ address }) => String(address)),
      addresses,
    );
  });

  test('R61: it is known who has an address by a report that was not counted yet; each control process counts anew', () => {
    watch.hold(placed('10.77.0.11'));
    watch.hold(placed('10.77.0.12'));
    listener().tell([claim('10.77.0.11', 1)]);
    listener().tell([claim('10.77.0.12', 2)]);
    assert.equal(watch.claimedSince(placed('10.77.0.11'), 0), claim('10.77.0.11', 1).hardwareAddress);
    assert.equal(watch.claimedSince(placed('10.77.0.11'), 1), null);
    assert.equal(watch.claimedSince(placed('10.77.0.12'), 1), claim('10.77.0.12', 2).hardwareAddress);
    assert.equal(watch.claimedSince(placed('10.77.0.12'), 2), null);
    // What lies in the socket counts.
    listener().unread.push(claim('10.77.0.11', 3));
    watch.refresh();
    assert.equal(watch.claimedSince(placed('10.77.0.11'), 2), claim('10.77.0.11', 3).hardwareAddress);
    watch.onControlAttached();
    assert.equal(watch.claimedSince(placed('10.77.0.11'), 0), null);
  });

  test('R61: a probe asks anew, within a window as well', () => {
    for (let asked = 1; asked <= 3; asked++) {
      watch.expect([placed('10.77.0.21')], instant(clock));
      listener().tell([claim('10.77.0.21', 1)]);
      assert.equal(answers.length, asked);
    }
  });

  test('an address is watched while it is held or was asked for not long ago', () => {
    const isWatched = (): boolean => listener().watched.has(String(bytesOf('10.77.0.21')));
    watch.expect([placed('10.77.0.21')], instant(clock));
    watch.hold(placed('10.77.0.21'));
    watch.release(placed('10.77.0.21'));
    assert.ok(isWatched());
    clock += 5001;
    watch.expect([placed('10.77.0.22')], instant(clock));
    assert.equal(isWatched(), false);
  });

  test('a segment gone mad is bounded, and it is said how much was dropped', () => {
    watch.hold(placed('10.77.0.11'));
    listener().tell(Array.from({ length: 5000 }, (_, i) => claim('10.77.0.11', i)));
    assert.equal(answers.length, 4096);
    clock += 100;
    listener().tell([claim('10.77.0.11', 1)]);
    assert.equal(answers.length, 4097);
    assert.deepEqual(lines, ['904 answers of neighbours were dropped']);
  });
});
