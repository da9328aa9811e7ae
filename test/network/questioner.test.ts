import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, suite, test } from 'node:test';
import type { Placement } from '../../src/network/placement.js';
import { Questioner } from '../../src/network/questioner.js';
import { serviceAddress } from './addressing.js';

const PATIENCE = 10;
const [ONE, TWO, THREE] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

const placement = (address: string): Placement => ({
  group: 'web',
  interface: 'svc0',
  index: 2,
  address: serviceAddress(address),
});
const addressesOf = (placements: readonly Placement[]): string[] => placements.map(({ address }) => address);

suite('questioner (R61)', () => {
  let clock: number;
  let sent: [at: number, addresses: string[]][];
  let asked: [at: number, addresses: string[]][];
  let crowdedOut: string[];
  /** What finds no room, and what cannot leave for another reason. */
  let crowded: (address: string) => boolean;
  let refused: (address: string) => boolean;
  let questioner: Questioner;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    clock = 0;
    sent = [];
    asked = [];
    crowdedOut = [];
    crowded = refused = () => false;
    questioner = new Questioner({
      send: (placements) => {
        sent.push([clock, addressesOf(placements)]);
        return {
          sent: placements.filter(({ address }) => !crowded(address) && !refused(address)),
          crowded: placements.filter(({ address }) => crowded(address)),
        };
      },
      crowdedOut: ({ address }) => {
        crowdedOut.push(address);
      },
    });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  function ask(...addresses: string[]): void {
    questioner.ask(addresses.map(placement), PATIENCE, (placements) => {
      asked.push([clock, addressesOf(placements).sort()]);
    });
  }
  /** Each with a turn of the event loop. */
  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed++) {
      clock++;
      mock.timers.tick(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('R61: what was asked is told when it can have been answered', async () => {
    ask(ONE, TWO);
    assert.deepEqual(sent, [[0, [ONE, TWO]]], 'before the call returns');
    await pass(PATIENCE - 1);
    assert.equal(asked.length, 0);
    await pass(5);
    assert.deepEqual(
      asked.map(([, addresses]) => addresses),
      [[ONE, TWO]],
    );
  });

  test('R61: what found no room is put again, and the last question has its time', async () => {
    crowded = (address) => address === TWO && clock < 4;
    ask(ONE, TWO);
    await pass(4 + PATIENCE - 1);
    assert.deepEqual(sent, [
      [0, [ONE, TWO]],
      [2, [TWO]],
      [4, [TWO]],
    ]);
    assert.equal(asked.length, 0);
    await pass(5);
    assert.deepEqual(asked[0]?.[1], [ONE, TWO]);
    assert.deepEqual(crowdedOut, []);
  });

  test('R61: what found no room in the end, or could not leave, was not asked', async () => {
    crowded = (address) => address === TWO;
    refused = (address) => address === THREE;
    ask(ONE, TWO, THREE);
    await pass(50);
    assert.deepEqual(asked[0]?.[1], [ONE]);
    assert.deepEqual(sent.slice(1), [
      [2, [TWO]],
      [4, [TWO]],
      [6, [TWO]],
    ]);
  });

  test('R61: that a queue is full is said once, and again when there was room meanwhile', async () => {
    crowded = () => true;
    for (let times = 0; times < 3; times++) {
      ask(ONE);
      await pass(50);
    }
    assert.deepEqual(crowdedOut, [ONE]);
    crowded = () => false;
    ask(ONE);
    crowded = () => true;
    ask(TWO);
    await pass(50);
    assert.deepEqual(crowdedOut, [ONE, TWO]);
    assert.equal(asked.length, 5, 'each is over once');
  });
});
