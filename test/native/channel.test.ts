import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_MESSAGE_BYTES, openChannel, openJsonChannel } from '../../src/ipc/channel.js';
import type { Channel } from '../../src/ipc/channel.js';
import { processAddon } from '../../src/ipc/process-addon.js';

interface End {
  readonly channel: Channel;
  readonly messages: Buffer[];
  readonly descriptors: number[];
  /** Resolves when `count` messages have arrived. */
  received(count: number): Promise<void>;
  readonly closed: Promise<number>;
}

function openEnd(descriptor: number, onMessage?: (data: Buffer) => void): End {
  const messages: Buffer[] = [];
  const descriptors: number[] = [];
  let waiting: { count: number; resolve: () => void } | null = null;
  let onClosed: (errno: number) => void = () => undefined;
  const closed = new Promise<number>((resolve) => {
    onClosed = resolve;
  });
  const channel = openChannel(descriptor, {
    message: (data, passed) => {
      messages.push(data);
      descriptors.push(passed);
      onMessage?.(data);
      if (waiting !== null && messages.length >= waiting.count) waiting.resolve();
    },
    closed: (errno) => {
      onClosed(errno);
    },
  });
  const received = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (messages.length >= count) resolve();
      else waiting = { count, resolve };
    });
  return { channel, messages, descriptors, received, closed };
}

function openPair(): [End, End] {
  const [a, b] = processAddon.socketPair();
  return [openEnd(a), openEnd(b)];
}

test('messages arrive whole and in order, both ways', async () => {
  const [a, b] = openPair();
  for (const text of ['one', 'two', 'three']) assert.equal(a.channel.send(Buffer.from(text)), true);
  b.channel.send(Buffer.from('back'));
  await Promise.all([b.received(3), a.received(1)]);
  assert.deepEqual(b.messages.map(String), ['one', 'two', 'three']);
  assert.deepEqual(a.messages.map(String), ['back']);
  assert.deepEqual(b.descriptors, [-1, -1, -1]);
  a.channel.close();
  assert.equal(await b.closed, 0);
});

test('a message carries a descriptor, which is close-on-exec at the receiver and stays the sender’s', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-channel-'));
  try {
    const path = join(directory, 'file');
    writeFileSync(path, 'passed on');
    const [a, b] = openPair();
    const descriptor = openSync(path, 'r');
    a.channel.send(Buffer.from('take this'), descriptor);
    const { ino } = fstatSync(descriptor);
    closeSync(descriptor);
    await b.received(1);
    const [passed] = b.descriptors;
    assert.ok(passed !== undefined && passed >= 0);
    assert.equal(fstatSync(passed).ino, ino);
    assert.equal(readFileSync(passed, 'utf8'), 'passed on');
    assert.match(readFileSync(`/proc/self/fdinfo/${String(passed)}`, 'utf8'), /^flags:\s*02/m, 'O_CLOEXEC');
    closeSync(passed);
    a.channel.close();
    await b.closed;
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('several messages of 1 MiB fit between two processes, and a longer one is refused', async () => {
  const [a, b] = openPair();
  for (let value = 1; value <= 6; value++)
    assert.equal(a.channel.send(Buffer.alloc(MAX_MESSAGE_BYTES, value)), true);
  await b.received(6);
  b.messages.forEach((message, index) => {
    assert.equal(message.length, MAX_MESSAGE_BYTES);
    assert.ok(message.every((byte) => byte === index + 1));
  });
  assert.throws(() => a.channel.send(Buffer.alloc(MAX_MESSAGE_BYTES + 1)), RangeError);
  assert.throws(() => a.channel.send(Buffer.alloc(0)), RangeError);
  assert.throws(() => a.channel.send('text' as unknown as Buffer), TypeError);
  a.channel.close();
  await b.closed;
});

test('a full queue says so and sends nothing; what was queued arrives in order, descriptors included', async () => {
  const [a, b] = processAddon.socketPair();
  const sender = openEnd(a);
  const file = openSync('/dev/null', 'r');
  // Nobody reads yet: the kernel takes some, the channel's queue 1,024 more (large ones, to fill the kernel soon).
  const large = Buffer.alloc(64 * 1024);
  let accepted = 0;
  for (;;) {
    large.writeUInt32BE(accepted);
    if (!sender.channel.send(large, accepted % 100 === 0 ? file : -1)) break;
    accepted++;
  }
  assert.ok(accepted > 512, `${String(accepted)} messages of 64 KiB`);
  assert.equal(sender.channel.send(large), false, 'still full');
  closeSync(file);
  const receiver = openEnd(b);
  await receiver.received(accepted);
  assert.deepEqual(
    receiver.messages.map((message) => message.readUInt32BE()),
    Array.from({ length: accepted }, (_, index) => index),
  );
  for (const [index, descriptor] of receiver.descriptors.entries()) {
    assert.equal(descriptor >= 0, index % 100 === 0);
    if (descriptor >= 0) closeSync(descriptor);
  }
  assert.equal(sender.channel.send(Buffer.from('room again')), true);
  await receiver.received(accepted + 1);
  sender.channel.close();
  await receiver.closed;
});

test('at most 1,024 small messages wait beyond what the kernel holds', async () => {
  const [a, b] = processAddon.socketPair();
  const sender = openEnd(a);
  let accepted = 0;
  while (sender.channel.send(Buffer.from(String(accepted)))) accepted++;
  // The kernel's part is what a reader of the plain socket finds before anything is flushed.
  sender.channel.close();
  const receiver = openEnd(b);
  await receiver.closed;
  assert.equal(accepted - receiver.messages.length, 1024);
});

test('what was said before the other end died is delivered before the end is told', async () => {
  const [a, b] = processAddon.socketPair();
  const dying = openEnd(a);
  for (let count = 0; count < 200; count++) dying.channel.send(Buffer.from(`last words ${String(count)}`));
  const survivor = openEnd(b);
  // Unread at the dying end: its death is a reset for the survivor, not a plain end.
  survivor.channel.send(Buffer.from('never read'));
  dying.channel.close();
  assert.equal(await survivor.closed, 0);
  assert.equal(survivor.messages.length, 200);
  assert.equal(survivor.messages.at(-1)?.toString(), 'last words 199');
});

test('what is sent to an end that is gone is lost without an error', async () => {
  const [a, b] = openPair();
  b.channel.close();
  assert.equal(a.channel.send(Buffer.from('too late')), true);
  assert.equal(await a.closed, 0);
  assert.equal(a.channel.send(Buffer.from('closed')), true);
  a.channel.close();
});

test('a channel can be closed from within its own message callback; nothing follows', async () => {
  const [a, b] = processAddon.socketPair();
  const sender = openEnd(a);
  for (const text of ['one', 'two', 'three']) sender.channel.send(Buffer.from(text));
  const receiver = openEnd(b, () => {
    receiver.channel.close();
  });
  await sender.closed;
  assert.deepEqual(receiver.messages.map(String), ['one']);
});

test('a flood does not starve the event loop', async () => {
  const [a, b] = processAddon.socketPair();
  const sender = openEnd(a);
  let accepted = 0;
  while (sender.channel.send(Buffer.alloc(100))) accepted++;
  const receiver = openEnd(b);
  let turns = 0;
  const count = (): void => {
    turns++;
    if (receiver.messages.length < accepted) setImmediate(count);
  };
  setImmediate(count);
  await receiver.received(accepted);
  assert.ok(turns > 50, `${String(turns)} turns of the loop for ${String(accepted)} messages`);
  sender.channel.close();
  await receiver.closed;
});

test('a descriptor that is no SOCK_SEQPACKET socket is refused', () => {
  const descriptor = openSync('/dev/null', 'r');
  assert.throws(() => openEnd(descriptor), { code: 'ENOTSOCK' });
});

test('JSON channels carry objects; a packet that is no JSON ends the process', async () => {
  const [a, b] = processAddon.socketPair();
  const received = new Promise<unknown>((resolve) => {
    openJsonChannel<{ readonly kind: string }, never>(b, {
      message: resolve,
      closed: () => undefined,
    });
  });
  const sender = openJsonChannel<never, { readonly kind: string }>(a, {
    message: () => undefined,
    closed: () => undefined,
  });
  sender.send({ kind: 'greeting' });
  assert.deepEqual(await received, { kind: 'greeting' });
  sender.close();

  const program = `
    const { openChannel, openJsonChannel } = await import(${JSON.stringify(new URL('../../src/ipc/channel.js', import.meta.url).href)});
    const { processAddon } = await import(${JSON.stringify(new URL('../../src/ipc/process-addon.js', import.meta.url).href)});
    const [a, b] = processAddon.socketPair();
    openJsonChannel(b, { message() {}, closed() {} });
    openChannel(a, { message() {}, closed() {} }).send(Buffer.from('{nonsense'));`;
  assert.throws(
    () => execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' }),
    (error: { readonly status: number; readonly stderr: Buffer }) =>
      error.status === 1 && error.stderr.includes('SyntaxError'),
  );
});

test('an unreferenced channel does not keep a process alive', () => {
  const program = `
    const { openChannel } = await import(${JSON.stringify(new URL('../../src/ipc/channel.js', import.meta.url).href)});
    const { processAddon } = await import(${JSON.stringify(new URL('../../src/ipc/process-addon.js', import.meta.url).href)});
    openChannel(processAddon.socketPair()[0], { message() {}, closed() {} }).unref();`;
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 10_000 });
});

test('a program that knows only packets can be the other end, as a native thread is', async () => {
  const [ours, theirs] = processAddon.socketPair();
  const end = openEnd(ours);
  // Perl, because it is on every Debian. Its read fails at EAGAIN as well, and ends the loop: the packet is there before it reads.
  end.channel.send(Buffer.from('a packet'));
  const script = 'open(S, "+<&=", 3); while (sysread(S, $m, 65536)) { syswrite(S, "echo " . $m) }';
  const child = processAddon.spawn({
    path: '/usr/bin/perl',
    arguments: ['-e', script],
    environment: {},
    descriptors: [theirs],
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    groups: [],
    capabilities: null,
    nice: null,
    realtimePriority: null,
    memoryLock: null,
    noNewPrivileges: true,
    deathSignal: 9,
  });
  closeSync(theirs);
  const exited = new Promise<void>((resolve) => {
    processAddon.watchExit(child.pidfd, () => {
      resolve();
    });
  });
  // Not `exited`: that may be known before what it said last has been read.
  await Promise.race([end.received(1), end.closed]);
  end.channel.close();
  await exited;
  assert.deepEqual(end.messages.map(String), ['echo a packet']);
});

test('a channel is settled while nothing waits in it, and tells its descriptor then', async () => {
  const [ours, theirs] = processAddon.socketPair();
  const channel = openChannel(ours, { message() {}, closed() {} });
  assert.equal(channel.settled(), ours);
  // Until the kernel takes no more, and some wait here.
  while (channel.settled() !== null) channel.send(Buffer.alloc(MAX_MESSAGE_BYTES));
  let received = 0;
  const reader = openChannel(theirs, { message: () => received++, closed() {} });
  while (channel.settled() === null) await nextTurn();
  assert.equal(channel.settled(), ours);
  reader.close();
  assert.ok(received > 0);
  channel.close();
  assert.equal(channel.settled(), null, 'a closed one has none');
});
