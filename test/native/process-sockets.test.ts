import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { processAddon } from '../../src/ipc/process-addon.js';
import type { ControlSocketOptions } from '../../src/ipc/process-addon.js';

type Options = Omit<ControlSocketOptions, 'interfaceIndex'>;

const A = `raisd-socket-${String(process.pid)}-a`;
const B = `raisd-socket-${String(process.pid)}-b`;
const INSIDE = fileURLToPath(new URL('./control-sockets-inside.js', import.meta.url));
const BOUND_MILLISECONDS = 60_000;

const ip = (...args: string[]): void => {
  execFileSync('ip', args);
};

before(() => {
  ip('netns', 'add', A);
  ip('netns', 'add', B);
  for (const cable of ['c0', 'c1'])
    ip('link', 'add', cable, 'netns', A, 'type', 'veth', 'peer', 'name', cable, 'netns', B);
  for (const [index, namespace] of [A, B].entries()) {
    for (const cable of [0, 1]) {
      const host = String(index + 1);
      ip('-n', namespace, 'address', 'add', `10.77.${String(cable)}.${host}/24`, 'dev', `c${String(cable)}`);
      ip(
        '-n',
        namespace,
        'address',
        'add',
        `fd77:${String(cable)}::${host}/64`,
        'dev',
        `c${String(cable)}`,
        'nodad',
      );
      ip('-n', namespace, 'link', 'set', `c${String(cable)}`, 'up');
    }
  }
});
after(() => {
  for (const namespace of [A, B]) execFileSync('ip', ['netns', 'delete', namespace]);
});

interface Heard {
  readonly socket: number;
  readonly data: string;
  readonly source: string;
  readonly hops: number;
  readonly stamped: boolean;
}

/** Says `ready` on a line of its own, then hears until it is quiet, and tells all as one line of JSON. */
const RECEIVER = `
import json, select, socket, struct, time
sockets = []
fd = 3
while True:
    try: sockets.append(socket.socket(fileno=fd))
    except OSError: break
    fd += 1
print('ready', flush=True)
heard, end = [], time.monotonic() + 90
while time.monotonic() < end:
    ready, _, _ = select.select(sockets, [], [], 1)
    if not ready and heard: break
    for s in ready:
        data, control, flags, source = s.recvmsg(2000, 500)
        hops = [struct.unpack('i', v)[0] for l, t, v in control if (l, t) in ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))]
        heard.append({'socket': sockets.index(s), 'data': data.decode(), 'source': source[0], 'hops': hops[0] if hops else -1,
            'stamped': any(l == socket.SOL_SOCKET and t == 35 for l, t, v in control)})
print(json.dumps(heard))
`;

/** Sends `message N` on socket N, then looks whether anything came back to it. */
const sender = (destinations: readonly (readonly [string, number])[]): string => `
import json, select, socket
destinations = ${JSON.stringify(destinations)}
sockets = [socket.socket(fileno=3 + n) for n in range(len(destinations))]
for n, s in enumerate(sockets): s.sendto(b'message %d' % n, tuple(destinations[n]))
ready, _, _ = select.select(sockets, [], [], 0.2)
print(json.dumps([sockets.index(s) for s in ready]))
`;

const inside = (namespace: string, options: readonly Options[], program: string): string[] => [
  'netns',
  'exec',
  namespace,
  process.execPath,
  INSIDE,
  JSON.stringify(options),
  program,
];

/** What B hears of what A sends, and the sockets of A that heard themselves. */
async function exchange(
  receiving: readonly Options[],
  sending: readonly Options[],
  destinations: readonly (readonly [string, number])[],
): Promise<{ readonly heard: readonly Heard[]; readonly looped: readonly number[] }> {
  const receiver = promisify(execFile)('ip', inside(B, receiving, RECEIVER), { timeout: BOUND_MILLISECONDS });
  await new Promise<void>((resolve, reject) => {
    receiver.child.stdout?.once('data', () => {
      resolve();
    });
    receiver.catch(reject);
  });
  const sent = await promisify(execFile)('ip', inside(A, sending, sender(destinations)), {
    timeout: BOUND_MILLISECONDS,
  });
  const { stdout } = await receiver;
  const heard = JSON.parse(stdout.split('\n')[1] ?? '') as Heard[];
  return {
    heard: heard.sort((a, b) => a.socket - b.socket),
    looped: JSON.parse(sent.stdout) as number[],
  };
}

const option = (family: 4 | 6, group: string, cable: 0 | 1, host: 1 | 2, multicast = true): Options => ({
  family,
  group,
  port: 5405,
  interface: `c${String(cable)}`,
  controlAddress:
    family === 4 ? `10.77.${String(cable)}.${String(host)}` : `fd77:${String(cable)}::${String(host)}`,
  multicast,
});

test('R5 R6: groups share a port, each heard on its own socket of each interface, with hops, time and source', async () => {
  const optionsOf = (host: 1 | 2): Options[] => [
    option(4, '239.255.77.1', 0, host),
    option(4, '239.255.77.2', 0, host),
    option(4, '239.255.77.1', 1, host),
  ];
  const { heard, looped } = await exchange(optionsOf(2), optionsOf(1), [
    ['239.255.77.1', 5405],
    ['239.255.77.2', 5405],
    ['239.255.77.1', 5405],
  ]);
  assert.deepEqual(heard, [
    { socket: 0, data: 'message 0', source: '10.77.0.1', hops: 255, stamped: true },
    { socket: 1, data: 'message 1', source: '10.77.0.1', hops: 255, stamped: true },
    { socket: 2, data: 'message 2', source: '10.77.1.1', hops: 255, stamped: true },
  ]);
  assert.deepEqual(looped, [], 'nothing is looped back to the sender');
});

test('R5: the same over IPv6', async () => {
  const optionsOf = (host: 1 | 2): Options[] => [
    option(6, 'ff15::77', 0, host),
    option(6, 'ff15::77', 1, host),
  ];
  const { heard, looped } = await exchange(optionsOf(2), optionsOf(1), [
    ['ff15::77', 5405],
    ['ff15::77', 5405],
  ]);
  assert.deepEqual(heard, [
    { socket: 0, data: 'message 0', source: 'fd77::1', hops: 255, stamped: true },
    { socket: 1, data: 'message 1', source: 'fd77:1::1', hops: 255, stamped: true },
  ]);
  assert.deepEqual(looped, []);
});

test('R60: unicast sockets are bound to the control address of their interface', async () => {
  const { heard } = await exchange(
    [option(4, '', 0, 2, false), option(6, '', 1, 2, false)],
    [option(4, '', 0, 1, false), option(6, '', 1, 1, false)],
    [
      ['10.77.0.2', 5405],
      ['fd77:1::2', 5405],
    ],
  );
  assert.deepEqual(heard, [
    { socket: 0, data: 'message 0', source: '10.77.0.1', hops: 255, stamped: true },
    { socket: 1, data: 'message 1', source: 'fd77:1::1', hops: 255, stamped: true },
  ]);
});

/** Binds as any user may, and says what comes of it: `mine`, or the error. */
const THIEF = `
import errno, os, socket
os.setuid(65534)
sockets = []
for family, address in ((socket.AF_INET, '10.77.0.2'), (socket.AF_INET6, 'fd77::2')):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind((address, 5405))
        print('mine')
    except OSError as error: print(errno.errorcode[error.errno])
`;

test('R51, R60: nobody else on this host can bind the address and port of a unicast socket, and so take its messages', async () => {
  const options = [option(4, '', 0, 2, false), option(6, '', 0, 2, false)];
  const { stdout } = await promisify(execFile)('ip', inside(B, options, THIEF), {
    timeout: BOUND_MILLISECONDS,
  });
  assert.deepEqual(stdout.trim().split('\n'), ['EADDRINUSE', 'EADDRINUSE']);
});

test('R56, R60: a unicast socket can be opened beside one of this process’s own, as a changed plan needs it; the newest hears', () => {
  const interfaceIndex = processAddon.interfaceIndex('lo');
  const options = { family: 4 as const, group: '', port: 54_050, interface: 'lo', interfaceIndex };
  const plan = { ...options, controlAddress: '127.0.0.1', multicast: false };
  const first = processAddon.openControlSocket(plan);
  assert.throws(() => processAddon.openControlSocket(plan), {
    message: 'cannot open control socket 127.0.0.1:54050 on lo: bind: EADDRINUSE',
  });
  const second = processAddon.openControlSocket(plan, [first]);
  // Neither is open to others afterwards.
  for (const beside of [[first], [second]])
    assert.throws(() => processAddon.openControlSocket(plan, beside), { code: 'EADDRINUSE' });
  const third = processAddon.openControlSocket(plan, [first, second]);
  for (const each of [first, second, third]) closeSync(each);
  closeSync(processAddon.openControlSocket(plan));
});

test('a socket that cannot be opened is named with the step and the cause', () => {
  const options = { ...option(4, '239.255.77.1', 0, 1), interface: 'no-such-if', interfaceIndex: 9999 };
  assert.throws(() => processAddon.openControlSocket(options), {
    message: 'cannot open control socket 239.255.77.1:5405 on no-such-if: SO_BINDTODEVICE: ENODEV',
    code: 'ENODEV',
  });
  const loopback = { interface: 'lo', interfaceIndex: processAddon.interfaceIndex('lo') };
  assert.throws(
    () => processAddon.openControlSocket({ ...options, ...loopback, controlAddress: 'nonsense' }),
    {
      message: 'cannot open control socket 239.255.77.1:5405 on lo: control address: EINVAL',
    },
  );
  assert.throws(
    () =>
      processAddon.openControlSocket({
        ...options,
        ...loopback,
        multicast: false,
        controlAddress: '192.0.2.1',
      }),
    {
      message: 'cannot open control socket 192.0.2.1:5405 on lo: bind: EADDRNOTAVAIL',
    },
  );
});
