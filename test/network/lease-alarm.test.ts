import assert from 'node:assert/strict';
import { closeSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { processAddon } from '../../src/ipc/process-addon.js';
import { openLeaseBoard, type LeaseAlarm } from '../../src/network/addon.js';

const TAG = 5n;
const SPAN = 1000;

/** The first slot of a board, as the heartbeat thread writes it. */
function boardOf(): { write: (lease: bigint) => number; readable: number; close: () => void } {
  const { writable, readable } = processAddon.createLeaseBoard();
  return {
    write: (lease) => {
      const now = processAddon.bootTime();
      writeSync(writable, new BigUint64Array([TAG, BigInt(Math.round(now * 1e6)), lease]), 0, 24, 0);
      return now;
    },
    readable,
    close: () => {
      closeSync(writable);
    },
  };
}

/** Resolves when it rings. */
function ringOf(begin: (ring: () => void) => LeaseAlarm, lease: bigint): Promise<number> {
  return new Promise((resolve) => {
    const alarm = begin(() => {
      alarm.close();
      resolve(processAddon.bootTime());
    });
    alarm.follow([{ groupTag: TAG, span: SPAN, lease }]);
  });
}

test('R52: a lease that is renewed does not ring; it rings when the last one has run out', async () => {
  const written = boardOf();
  const board = openLeaseBoard(written.readable);
  let [renewedAt, renewals] = [written.write(1n), 0];
  const renewal = setInterval(() => {
    renewedAt = written.write(1n);
    if (++renewals === 7) clearInterval(renewal);
  }, SPAN / 5);
  const rungAt = await ringOf((ring) => board.alarm(ring), 1n);
  assert.equal(renewals, 7);
  assert.ok(rungAt >= renewedAt + SPAN, `${String(rungAt - renewedAt)} ms`);
  written.close();
});

test('R52: a lease that another one has followed, and one that nobody knows, ring at once', async () => {
  const written = boardOf();
  const board = openLeaseBoard(written.readable);
  await ringOf((ring) => board.alarm(ring), 1n);
  const begunAt = written.write(2n);
  const rungAt = await ringOf((ring) => board.alarm(ring), 1n);
  assert.ok(rungAt < begunAt + SPAN);
  written.close();
});
