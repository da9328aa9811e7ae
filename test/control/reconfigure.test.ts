// R56: control and network are told of a new configuration at the same time, and either may be the first to act on it.

import { EventEmitter, once } from 'node:events';
import { closeSync } from 'node:fs';
import { test } from 'node:test';
import pino from 'pino';
import { CheckpointFile } from '../../src/control/checkpoint-file.js';
import { Control } from '../../src/control/control.js';
import { instant } from '../../src/core/time.js';
import { openJsonChannel } from '../../src/ipc/channel.js';
import type { ControlToNetwork, NetworkToControl } from '../../src/ipc/network-messages.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { A } from '../core/builders.js';
import { configurationWith, START, supervisor } from './start.js';

const BOUND_MS = 10_000;

test('R54, R56: a service interface that network reported before control had gone over to it is known all the same', async (t) => {
  const told = new EventEmitter();
  const log = pino({}, { write: (line) => told.emit((JSON.parse(line) as { msg: string }).msg) });
  const memory = processAddon.createMemory('reconfigure');
  const control = new Control(
    START,
    log,
    supervisor,
    () => instant(processAddon.bootTime()),
    new CheckpointFile(memory),
  );
  const [ofControl, ofNetwork] = processAddon.socketPair();
  const asked = new EventEmitter();
  const network = openJsonChannel<ControlToNetwork, NetworkToControl>(ofNetwork, {
    message: ({ kind }) => asked.emit(kind),
    closed: () => undefined,
  });
  t.after(() => {
    network.close();
    control.close();
    closeSync(memory);
  });
  const attached = once(asked, 'adopt');
  control.attach('network', ofControl);
  await attached;
  network.send({ kind: 'link', interface: 'svc0', up: true, hardwareAddress: '02:00:00:00:00:01' });
  network.send({ kind: 'link', interface: 'svc1', up: false, hardwareAddress: null });
  // Its answer comes when control has read what was sent before.
  const read = once(asked, 'adopt');
  network.send({ kind: 'late' });
  await read;
  const failed = once(
    told,
    `web: ${A} is failed: service interface svc1 is not there; it gives up its addresses`,
    { signal: AbortSignal.timeout(BOUND_MS) },
  );
  control.reconfigure(configurationWith('svc1'));
  await failed;
});
