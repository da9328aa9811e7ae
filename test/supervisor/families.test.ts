// R56: an address that its service interface can never take is refused when the daemon starts and when it reads anew.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Host, waitUntil } from './real-daemon.js';

let host: Host;
before(() => {
  host = new Host();
});
after(() => {
  host.remove();
});

const switchIpv6 = (off: boolean): void => {
  const write = `echo ${off ? '1' : '0'} > /proc/sys/net/ipv6/conf/svc0/disable_ipv6`;
  execFileSync('ip', ['netns', 'exec', host.namespace, 'sh', '-c', write]);
};

const REFUSED =
  /groups\.web\.prefer\[0\]: fd00::101 is IPv6, which is switched off on service interface svc0/;

test('R56: an IPv6 address on an interface where IPv6 is switched off: 78, with its place', async () => {
  switchIpv6(true);
  host.configure({ prefer: ['fd00::101/64'] });
  const daemon = host.start();
  assert.equal((await daemon.ended).code, 78);
  assert.match(daemon.messages.join('\n'), REFUSED);
});

test('R56: the same is refused by a reload, and changes nothing', async () => {
  switchIpv6(false);
  host.configure({});
  const daemon = await host.start().ready();
  try {
    switchIpv6(true);
    host.configure({ prefer: ['fd00::101/64'] });
    daemon.signal('SIGHUP');
    await waitUntil(
      'the reload is refused',
      () => daemon.messages.some((message) => REFUSED.test(message)),
      () => daemon.messages,
    );
  } finally {
    await daemon.end();
  }
});
