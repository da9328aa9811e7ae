import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { giveBackSpareMemory } from '../../src/ipc/spare-memory.js';

const roomForNewObjects = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.physical_space_size ?? 0;

/** Much that lives for a while makes V8 give new objects more room. */
function growRoom(): void {
  const kept: unknown[][] = [];
  for (let count = 0; count < 2_000_000; count++) kept[count % 100_000] = [count, count];
}

test('R53: the room for new objects that a rehearsal took is given back', async () => {
  growRoom();
  const before = roomForNewObjects();
  await giveBackSpareMemory();
  assert.ok(roomForNewObjects() < before / 4, `${String(before)} → ${String(roomForNewObjects())} bytes`);
});
