// R10, R58: a host whose first control interface is late starts with another id, and says so.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { Host } from './real-daemon.js';

const RAISCTL = fileURLToPath(new URL('../../../bin/raisctl', import.meta.url));

let host: Host;
before(() => {
  host = new Host();
});
after(() => {
  host.remove();
});

test('R10, R58: the log and the status of a host say that its id is not that of its first control interface', async () => {
  host.configure({}, { control: ['ctl9', 'ctl0'] });
  const daemon = await host.start().ready();
  try {
    const told = /the id of this host is 10\.77\.1\.11, no address of its first control interface ctl9/;
    assert.match(daemon.messages.join('\n'), told);
    const status = execFileSync(RAISCTL, ['status', '--json', '--socket', host.socket], { encoding: 'utf8' });
    assert.match(status, told);
  } finally {
    await daemon.end();
  }
});
