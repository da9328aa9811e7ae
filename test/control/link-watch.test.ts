// What is told of a control network that is lost while another one is whole: looks are made by the test.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { LOOKS } from '../../src/control/interface-sights.js';
import { LinkWatch } from '../../src/control/link-watch.js';
import type { HostId } from '../../src/core/address.js';
import type { RecordEffect } from '../../src/core/effect.js';
import { NEVER } from '../../src/core/time.js';
import { memberBench } from '../core/bench.js';
import { C, D } from '../core/builders.js';

const opened: LinkWatch[] = [];
afterEach(() => {
  for (const watch of opened.splice(0)) watch.close();
});

const NETWORKS = ['ctl0', 'ctl1'];

function watching() {
  const bench = memberBench({}, (each) => {
    each.join(C);
    each.join(D);
  });
  const told: RecordEffect[] = [];
  const watch = new LinkWatch(new Map([['web', { monitor: bench.monitor }]]), {
    now: () => bench.now,
    interfaces: () => NETWORKS,
    note: (group, effect) => {
      assert.equal(group, 'web');
      told.push(effect);
    },
  });
  opened.push(watch);
  /** So many looks while these hosts are heard on both networks, and the others on ctl0 alone. */
  const look = (times: number, heardOnBoth: readonly HostId[]): void => {
    for (let count = 0; count < times; count++) {
      const reports = [C, D].map((id) => ({
        ...bench.reportOf(id),
        links: [bench.now, heardOnBoth.includes(id) ? bench.now : NEVER],
      }));
      bench.step({ kind: 'heard', reports, at: bench.now });
      watch.look();
    }
  };
  const take = (): string[] => told.splice(0).map(({ level, message }) => `${level}: ${message}`);
  return { look, take };
}

const END = 'only ctl0 is left; check cable, switch and firewall';

test('R6, R58: a control network on which nobody is heard any more is told once, and when it is whole again', () => {
  const { look, take } = watching();
  look(LOOKS, [C, D]);
  assert.deepEqual(take(), []);
  look(LOOKS - 1, []);
  assert.deepEqual(take(), []);
  look(LOOKS, []);
  assert.deepEqual(take(), [`warn: web: no member is heard on control interface ctl1: ${END}`]);
  look(LOOKS, [C, D]);
  assert.deepEqual(take(), ['info: web: every member is heard on control interface ctl1 again']);
});

test('R6, R58: one host that is not heard there is named; another one is news', () => {
  const { look, take } = watching();
  look(LOOKS, [D]);
  assert.deepEqual(take(), [`warn: web: ${C} is not heard on control interface ctl1: ${END}`]);
  look(LOOKS, []);
  assert.deepEqual(take(), [`warn: web: no member is heard on control interface ctl1: ${END}`]);
});

test('R58: what comes and goes is not told', () => {
  const { look, take } = watching();
  for (let count = 0; count < 10; count++) {
    look(LOOKS - 1, []);
    look(1, [C, D]);
  }
  assert.deepEqual(take(), []);
});
