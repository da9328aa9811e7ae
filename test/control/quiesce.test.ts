// R44, R53: an operator's quiesce lasts until `resume` or the end of the daemon, whichever of its processes dies meanwhile.

import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import pino from 'pino';
import { CheckpointFile } from '../../src/control/checkpoint-file.js';
import { Control } from '../../src/control/control.js';
import { instant } from '../../src/core/time.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { START, supervisor } from './start.js';

const isQuiesced = (memory: number): boolean | undefined =>
  new CheckpointFile(memory).load()?.groups['web']?.quiesced;

/** Control processes of one daemon, one after the other. */
function daemon(t: TestContext): { readonly memory: number; readonly next: () => Control } {
  const memory = processAddon.createMemory('quiesce');
  const next = (): Control => {
    const now = () => instant(processAddon.bootTime());
    const control = new Control(
      START,
      pino({ level: 'silent' }),
      supervisor,
      now,
      new CheckpointFile(memory),
    );
    t.after(() => {
      control.close();
    });
    return control;
  };
  t.after(() => {
    closeSync(memory);
  });
  return { memory, next };
}

test('R44, R53: what an operator has said is kept before it is answered, and as it was said last', (t) => {
  const { memory, next } = daemon(t);
  const first = next();
  first.stepAll({ kind: 'quiesce' });
  assert.equal(isQuiesced(memory), true);
  const second = next();
  second.cease();
  assert.equal(isQuiesced(memory), true);
  second.stepAll({ kind: 'resume' });
  assert.equal(isQuiesced(memory), false);
});

test('R44, R53: who begins anew, because the last step was not finished, is quiesced as the one before it was', (t) => {
  const { memory, next } = daemon(t);
  next().stepAll({ kind: 'quiesce' });
  const file = new CheckpointFile(memory);
  assert.equal(file.load()?.isCurrent, true);
  file.discard();
  const second = next();
  assert.equal(new CheckpointFile(memory).load()?.isCurrent, true);
  second.cease();
  assert.equal(isQuiesced(memory), true);
});
