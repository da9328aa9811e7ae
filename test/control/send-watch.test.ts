// What is told of a control interface on which nothing can be sent: looks are made by the test.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { LOOKS } from '../../src/control/interface-sights.js';
import { SendWatch } from '../../src/control/send-watch.js';
import type { RecordEffect } from '../../src/core/effect.js';
import type { ControlInterface } from '../../src/ipc/supervisor-messages.js';
import { address } from '../core/builders.js';

const opened: SendWatch[] = [];
afterEach(() => {
  for (const watch of opened.splice(0)) watch.close();
});

const interfaceOf = (name: string, text: string): ControlInterface => {
  const own = { address: address(text), prefix: 24 };
  return { name, index: 3, ...own, addresses: [own] };
};

function watching(interfaces = [interfaceOf('ctl0', '10.77.1.11'), interfaceOf('ctl1', '10.77.2.11')]) {
  const counters: Record<string, number> = { 'send-error-0': 7, 'send-error-1': 7 };
  const told: RecordEffect[] = [];
  const watch = new SendWatch({
    interfaces: () => interfaces,
    groups: () => ['web'],
    countersOf: () => counters,
    note: (_, effect) => {
      told.push(effect);
    },
  });
  opened.push(watch);
  watch.look();
  const look = (times: number, more: number): void => {
    for (let count = 0; count < times; count++) {
      counters['send-error-1'] = (counters['send-error-1'] ?? 0) + more;
      watch.look();
    }
  };
  const take = (): string[] => told.splice(0).map(({ level, message }) => `${level}: ${message}`);
  return { look, take, warnings: () => watch.warningsOf('web'), counters };
}

const FAILING =
  'control interface ctl1: heartbeats cannot be sent on it: the kernel refuses them; look whether it is up, has a route to the others and still has 10.77.2.11 (`ip address show ctl1`), and at the firewall of this host';

test('R6, R58: what can be sent on a control interface no more is told once, shown for as long as it lasts, and told when it is over', () => {
  const { look, take, warnings } = watching();
  look(LOOKS - 1, 100);
  assert.deepEqual([take(), warnings()], [[], []]);
  look(LOOKS, 100);
  assert.deepEqual([take(), warnings()], [[`warn: web: ${FAILING}`], [FAILING]]);
  // A report that was late.
  look(1, 0);
  look(1, 200);
  assert.deepEqual([take(), warnings()], [[], [FAILING]]);
  look(LOOKS, 0);
  assert.deepEqual(
    [take(), warnings()],
    [['info: web: heartbeats are sent on control interface ctl1 again'], []],
  );
});

test('R58: errors that come and go are not told, nor those that another heartbeat process counts from 0 on', () => {
  const { look, take, counters } = watching();
  for (let round = 0; round < 5; round++) {
    look(LOOKS - 1, 1);
    look(LOOKS, 0);
  }
  counters['send-error-1'] = 0;
  look(LOOKS, 0);
  assert.deepEqual(take(), []);
});

test('R58: an interface without an address is the cause itself', () => {
  const { look, warnings } = watching([
    interfaceOf('ctl0', '10.77.1.11'),
    { ...interfaceOf('ctl1', '0.0.0.0'), index: 0, addresses: [] },
  ]);
  look(LOOKS, 1);
  assert.deepEqual(warnings(), [
    'control interface ctl1: heartbeats cannot be sent on it: it does not exist, or has no address',
  ]);
});
