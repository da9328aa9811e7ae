// A role program for tests of the supervisor: it tells the test, over a socket, all that it is told, and does what the
// test says. Arguments: the role, the path of the test's socket.

import { closeSync, fstatSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { openChannel, openJsonChannel } from '../../src/ipc/channel.js';
import { processAddon } from '../../src/ipc/process-addon.js';
import { SUPERVISOR_DESCRIPTOR } from '../../src/ipc/supervisor-messages.js';
import type { FromSupervisor, ToSupervisor } from '../../src/ipc/supervisor-messages.js';
import type { Order, Report } from './fake-roles.js';

const [role = '', path = ''] = process.argv.slice(2);
const test = connect(path);
const report = (what: Report): void => {
  test.write(`${JSON.stringify(what)}\n`);
};
report({ kind: 'born', role, pid: process.pid });

let lingering = false;
let muted = false;
let life = -1;

const supervisor = openJsonChannel<FromSupervisor, ToSupervisor>(SUPERVISOR_DESCRIPTOR, {
  message: (message, descriptor) => {
    if (message.kind === 'ping') {
      if (muted) report({ kind: 'asked', role, pid: process.pid });
      else supervisor.send({ kind: 'pong' });
      return;
    }
    if (message.kind === 'life') {
      life = descriptor;
      return;
    }
    if (message.kind === 'turns') {
      processAddon.countTurns(descriptor);
      closeSync(descriptor);
      report({ kind: 'counts', role, pid: process.pid });
      return;
    }
    report({ kind: 'told', role, pid: process.pid, message, descriptor: describe(descriptor) });
    if (message.kind === 'attach') linkTo(message.role, descriptor);
    else if (descriptor >= 0) closeSync(descriptor);
  },
  closed: () => {
    report({ kind: 'orphaned', role, pid: process.pid });
    if (!lingering) test.end(() => process.exit(0));
  },
});

function describe(descriptor: number): string | null {
  if (descriptor < 0) return null;
  return fstatSync(descriptor).isSocket() ? 'socket' : 'file';
}

/** Says its name over the new channel, so that the test sees who is linked with whom. */
function linkTo(sibling: string, descriptor: number): void {
  const channel = openChannel(descriptor, {
    message: (data) => {
      report({ kind: 'heard', role, pid: process.pid, from: sibling, text: data.toString() });
    },
    closed: () => {
      report({ kind: 'unlinked', role, pid: process.pid, from: sibling });
    },
  });
  channel.send(Buffer.from(`${role} ${String(process.pid)}`));
}

createInterface({ input: test }).on('line', (line) => {
  const order = JSON.parse(line) as Order;
  switch (order.kind) {
    case 'say':
      supervisor.send(order.message);
      break;
    case 'exit':
      process.exit(order.code);
      break;
    case 'mute':
      muted = true;
      report({ kind: 'muted', role, pid: process.pid });
      break;
    case 'turn':
      setInterval(() => undefined, 20);
      supervisor.send({ kind: 'standing-by', countsTurns: true });
      break;
    case 'die':
      new Worker(new URL('./fake-death.js', import.meta.url), { workerData: life });
      break;
    case 'close':
      lingering = true;
      setInterval(() => undefined, 1000);
      supervisor.close();
      break;
    case 'linger':
      // No longer ends when its channel closes, and says nothing: it must be killed.
      lingering = true;
      setInterval(() => undefined, 1000);
      report({ kind: 'lingers', role, pid: process.pid });
      break;
  }
});
