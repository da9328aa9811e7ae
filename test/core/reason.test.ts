// R58: every decision carries its reason, and a plan says what would be done without doing it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planWithout } from '../../src/core/plan.js';
import { explainReason, REASONS, reasonOfNumber, type Reason } from '../../src/core/reason.js';
import { memberBench, type Bench } from './bench.js';
import { B, C, D, effectsOf, INTERVAL, publishedIn, serves, TIMEOUT, X, Y } from './builders.js';

const reasons = Object.keys(REASONS) as Reason[];

test('R58: every reason has a number of one byte that is its own', () => {
  const numbers = reasons.map((reason) => REASONS[reason]);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const number of numbers) assert.ok(Number.isInteger(number) && number >= 0 && number <= 255);
  for (const reason of reasons) assert.equal(reasonOfNumber(REASONS[reason]), reason);
});

test('R58: the numbers of reasons stay what they are: other versions read them', () => {
  assert.deepEqual(
    { ...REASONS },
    {
      none: 0,
      preferred: 1,
      moved: 2,
      'hot-spare': 3,
      'fewest-addresses': 4,
      'least-loaded': 5,
      random: 6,
      'fail-back': 16,
      'move-away': 17,
      duplicate: 18,
      expired: 19,
      forgotten: 20,
      unknown: 21,
      failed: 22,
      leaving: 23,
      'lease-ended': 24,
      paused: 25,
    },
  );
});

test('R58: every reason has a sentence of its own, which names the hosts', () => {
  const sentences = reasons.map((reason) => explainReason(reason, B, C));
  assert.equal(new Set(sentences).size, sentences.length);
  assert.equal(explainReason('preferred', B, B), `${B} is its preferred host`);
  assert.equal(
    explainReason('hot-spare', B, C),
    `its preferred host ${C} cannot serve it; ${B} is a hot spare`,
  );
  // B prefers it itself, but the operator had moved it to a host that died.
  assert.equal(
    explainReason('fewest-addresses', B, B),
    `the host that was to serve it could not; ${B} served the fewest addresses of the able hosts`,
  );
  assert.equal(explainReason('hot-spare', B, null), `no live host prefers it; ${B} is a hot spare`);
});

test('R58: a host that takes an address tells the group why, as long as it has it', () => {
  const bench = memberBench({ id: B }, (each) => each.join(C, { preferred: [X], serving: [serves(X)] }));
  bench.dies(C);
  const effects = bench.run(2 * TIMEOUT);
  assert.equal(publishedIn(effects)?.information.host.serving[0]?.reason, 'hot-spare');
  const messages = effectsOf(effects, 'record').map((effect) => effect.message);
  assert.ok(
    messages.includes(
      `web: ${X} is assigned to ${B}: its preferred host ${C} cannot serve it; ${B} is a hot spare`,
    ),
  );
});

test('R58: every order of the leader is recorded with address, host and reason', () => {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.take();
  bench.join(C, { preferred: [X] }).join(D, { serving: [serves(Y)] });
  bench.run(INTERVAL);
  const assigned = effectsOf(bench.take(), 'record').filter((effect) => effect.event === 'assigned');
  assert.deepEqual(
    assigned.map((effect) => [effect.address, effect.message]),
    [
      [X, `web: ${X} is assigned to ${C}: ${C} is its preferred host`],
      [Y, `web: ${Y} is to be released by ${D}: no host prefers it and the group does not know it`],
    ],
  );
});

test('R58: messages about the group name it', () => {
  const bench = memberBench({ id: B, group: 'news', preferred: [X], tests: ['http'] });
  bench.join(C, { preferred: [Y], serving: [serves(Y)] });
  bench.step({ kind: 'test', name: 'http', passed: false, detail: 'no' });
  bench.step({ kind: 'test', name: 'http', passed: true, detail: '' });
  bench.step({ kind: 'quiesce' });
  bench.step({ kind: 'resume' });
  bench.dies(C).run(2 * TIMEOUT);
  for (const { message } of effectsOf(bench.take(), 'record')) assert.match(message, /^news: /);
});

/** B leads and serves nothing; C serves X, D is a spare. */
const group = (): Bench => {
  const bench = memberBench({ id: B });
  bench.step({ kind: 'quiesce' });
  bench.join(C, { preferred: [X], serving: [serves(X)] }).join(D);
  bench.run(INTERVAL);
  return bench;
};

const plan = (bench: Bench, ...without: (typeof B)[]) =>
  planWithout(bench.monitor, new Set(without), bench.now);

test('R58: a plan says who would get what, from whom, and why', () => {
  assert.deepEqual(plan(group(), C), [
    {
      address: X,
      from: C,
      to: D,
      reason: `its preferred host ${C} cannot serve it; ${D} is a hot spare`,
    },
  ]);
});

test('R58: a plan without anybody missing is empty while all is well', () => {
  assert.deepEqual(plan(group()), []);
});

test('R58: a plan says of an address that nobody could serve why', () => {
  assert.deepEqual(plan(group(), C, D), [
    { address: X, from: C, to: null, reason: `nobody can: ${B} is quiesced` },
  ]);
});

test('R58: a plan changes nothing', () => {
  const bench = group();
  bench.take();
  plan(bench, C, D);
  assert.deepEqual(bench.step({ kind: 'tick' }), []);
});

test('R58: a plan may be asked of any member, and leaves that out if told so', () => {
  const bench = memberBench({ id: D }, (each) =>
    each.join(B, {}, { term: 1 }).join(C, { preferred: [X], serving: [serves(X)] }, { term: 1 }),
  );
  assert.equal(plan(bench, C)[0]?.to, B);
  assert.equal(plan(bench, C, B)[0]?.to, D);
  assert.equal(plan(bench, C, B, D)[0]?.to, null);
});

test('R58: of a duplicate a plan says who keeps it', () => {
  const bench = group();
  bench.says(C, { quiesced: true });
  bench.says(D, { serving: [serves(X)] });
  assert.deepEqual(
    plan(bench).map(({ from, to }) => [from, to]),
    [[C, D]],
  );
});
