// Whole groups under faults that seeds choose (R59): the seeds that npm test runs, and those that ever failed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign } from './campaign.js';
import { loadCore, type Core } from './core-under-test.js';
import { REASONS } from '../../src/core/reason.js';
import { FAULT_KINDS, type Plan } from './fault-plan.js';
import { MOVE_MESSAGES } from './move-messages.js';
import { RESTLESS, withMutant } from './mutants.js';
import { planOfSeed, USUAL } from './seeded-plan.js';
import { simulate } from './simulation.js';

const SEEDS = 200;
/** Seeds that once failed, with what was wrong. */
const ONCE_FAILED: readonly (readonly [seed: number, defect: string])[] = [
  [8, 'the leader forgot an order that was obeyed late'],
  [24, 'a host that joined gave up addresses whose hosts live'],
  [122, 'the simulator waited for ever for an orphan'],
  [164, 'a host that joined gave up addresses whose hosts live'],
  [269, 'the host that knew of a second holder kept the address, and the other did not know of it'],
  [335, 'hosts that woke at one time took each other for such as cannot lead, and all led'],
  [390, 'a host that woke obeyed an order that had lain in its card'],
  [499, 'the host that knew of a second holder kept the address, and the other did not know of it'],
  [747, 'a host that left and came back unheard was held for gone, and its addresses were served twice'],
  [832, 'an older "failed" was taken for the answer to an order'],
  [833, 'the simulator did not excuse a holder that nobody alive knows'],
  [857, 'the simulator forgot to start a host that had left'],
  [951, 'a countdown ran although another live host preferred the address as well'],
  [948, 'the host that knew of a second holder kept the address, and the other did not know of it'],
  [1196, 'the simulator went on with a fault in calm'],
  [
    3022,
    'what a new run said was forgotten, where it was older than the last word of the run before that was read',
  ],
  [3690, 'a new writer of a zone that found nobody able never kept what was published'],
  [4034, 'the lifetimes of addresses were held to run while their host stood still'],
  [4336, 'what was prepared and could not be configured stayed on the interface'],
  [5471, 'what a host was ordered just before it fell silent was given to another at once, and both obeyed'],
  [
    6623,
    'hosts that were held up at one time took each other for gone, and one obeyed an order for what another had just taken',
  ],
  [7279, 'members went on to disagree on which of two dead hosts had preferred an address'],
  [8094, 'the simulator lost an order that was under way to a scripts process that died'],
  [8782, 'an update of the zone that was under way when another became its writer was no disturbance'],
  [9462, 'an update of the zone that was under way when another became its writer was no disturbance'],
  [9539, 'a host that woke only to lose power was held for one that the others had heard'],
  [8577, 'a host that came up cut off took the members of before for strangers'],
  [94, 'a host that was away was held to know who lived meanwhile'],
  [401, 'a frame that was overtaken for 120 ms proved that its host lives'],
  [957, 'the simulator let a scripts process answer a control process that had ended'],
  [1564, 'the simulator kept up what an earlier run had written'],
  [1824, 'a host that had only just been heard was told to the others as one that prefers its old addresses'],
  [4530, 'the simulator did not know of clocks that are put back'],
  [528, 'a countdown that was remembered ended before its host was listened for'],
  [680, 'two writers of a zone that did not hear each other were no disturbance'],
  [7030, 'of three hosts that prefer one address each of two that were left took itself for its owner'],
  [8455, 'a host that was told to leave twice never ended'],
  [20424, 'the simulator held a host whose heartbeat process hung for one that was heard'],
  [8510, 'who was no member while another was given an address took it without a question'],
];

const core = await loadCore();
const campaign = new Campaign(core, USUAL);

function withLulls(seed: number, lull: number, options = USUAL): Plan {
  const { scenario, episodes } = planOfSeed(seed, options);
  return { scenario, episodes: episodes.map((episode) => ({ ...episode, lull })) };
}

test(`R59: ${String(SEEDS)} seeds break no rule`, () => {
  for (let seed = 0; seed < SEEDS; seed++) campaign.run(seed);
  assert.deepEqual(
    campaign.failures.map(({ seed, violation }) => `seed ${String(seed)}: ${violation.message}`),
    [],
  );
});

test('R59: these seeds bring about every kind of fault and the usual reasons', () => {
  for (const kind of FAULT_KINDS) assert.ok(campaign.faults.get(kind) > 0, kind);
  // `none` is what an unknown number on the wire reads as, the rest is rare.
  const rare = ['none', 'unknown', 'lease-ended', 'forgotten', 'expired', 'paused'];
  const never = Object.keys(REASONS).filter((reason) => campaign.coverage.reasons.get(reason) === 0);
  assert.deepEqual(
    never.filter((reason) => !rare.includes(reason)),
    [],
  );
});

test('R55, R59: each message of a planned move is lost in some of these seeds', () => {
  for (const message of MOVE_MESSAGES) assert.ok(campaign.coverage.lost.get(message) > 0, message);
});

test('R53, R59: in these seeds stand-ins go on from a checkpoint', () => {
  assert.ok(campaign.coverage.beginnings.get('with a checkpoint') > 0);
});

test('R59: seeds that once failed break no rule', () => {
  for (const [seed, defect] of ONCE_FAILED)
    assert.equal(simulate(planOfSeed(seed), core).violation, null, `seed ${String(seed)}: ${defect}`);
});

test('R59, R24: a group of many hosts with as many addresses as are allowed comes up and weathers a storm', () => {
  const options = { ...USUAL, hosts: 16, addresses: 1000, episodes: 1 };
  assert.equal(simulate(planOfSeed(3, options), core).violation, null);
});

/** A core that decides all the time leaves newer checkpoints: what a stand-in goes on from is not the same then. */
const withoutStandIns = ({ scenario, episodes }: Plan): Plan => ({
  scenario,
  episodes: episodes.map((episode) => ({
    ...episode,
    faults: episode.faults.filter(({ fault }) => fault.kind !== 'control-replaced'),
  })),
});

test('R59: a step in which nothing happens and nothing is due would have decided nothing', async () => {
  // A core that decides all the time leaves no leaps.
  const digests = (some: Core): string[] =>
    Array.from({ length: 15 }, (_, seed) => simulate(withoutStandIns(withLulls(seed, 0)), some).digest);
  assert.deepEqual(digests(core), await withMutant(RESTLESS, digests));
});

test('R59: a world that leaps over what comes again and again goes the same way as one that goes from beat to beat', () => {
  let leapt = 0;
  for (let seed = 0; seed < 12; seed++) {
    // Long enough for leaps, short enough to be gone through without.
    // Where all wake at one moment the order of what happens within a tenth of a millisecond is another after a leap (seed 11).
    const plan = withLulls(seed, 15_000, { ...USUAL, coincidence: 0 });
    const [leaping, plodding] = [simulate(plan, core), simulate(plan, core, { leaps: false })];
    assert.deepEqual([leaping.digest, leaping.violation], [plodding.digest, null], `seed ${String(seed)}`);
    leapt += leaping.leapt;
  }
  assert.ok(leapt > 12 * 15_000, `${String(leapt)} ms`);
});

test('R59: a seed goes the same way each time, and another goes another way', () => {
  const digestOf = (seed: number): string => simulate(planOfSeed(seed), core).digest;
  assert.equal(digestOf(3), digestOf(3));
  assert.notEqual(digestOf(3), digestOf(4));
});
