// What others do to the fence while it is relied on: they take it off an interface, or put programs of theirs before it.

import './own-namespace.js';

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { run } from '../farm/command.js';
import { waitUntil, within } from '../farm/wait.js';
import { placed } from './addressing.js';
import { FenceFixture } from './fence-fixture.js';
import { KeeperFixture } from './keeper-fixture.js';
import { ip, isShown, Segment } from './segment.js';

const BOUND_MS = 60_000;
/** Longer than a fence that was put back has to stand until it is relied on. */
const AFTERWARDS_MS = 11_000;
const V4 = '10.77.0.101';
const HEIR = '02:00:00:00:00:77';

/** Attaches a program that returns TCX_PASS before everything else in both directions, for as long as its input is open. */
const TCX = `
import ctypes, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def bpf(command, fields):
    buffer = ctypes.create_string_buffer(fields.ljust(128, b'\\0'), 128)
    done = libc.syscall(321 if os.uname().machine == 'x86_64' else 280, command, buffer, 128)
    if done < 0: sys.exit('bpf: ' + os.strerror(ctypes.get_errno()))
    return done
code = ctypes.create_string_buffer(struct.pack('<BBhiBBhi', 0xb7, 0, 0, 0, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b'GPL')
program = bpf(5, struct.pack('<IIQQ', 3, 2, ctypes.addressof(code), ctypes.addressof(licence)))
links = [bpf(28, struct.pack('<IIII', program, socket.if_nametoindex('svc0'), side, 0)) for side in (46, 47)]
print('attached', flush=True)
sys.stdin.read()
`;

const filters = (direction: 'ingress' | 'egress'): number =>
  run('tc', ['filter', 'show', 'dev', 'svc0', direction]).match(/raisd-fence/g)?.length ?? 0;
const standing = (): number => filters('ingress') + filters('egress');
const tc = (words: string): void => void run('tc', words.split(' '));

suite('a fence that others meddle with', () => {
  let segment: Segment;
  let fence: FenceFixture;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
  });
  after(() => segment.close());
  beforeEach(() => {
    fence = new FenceFixture();
    fixture = new KeeperFixture(['svc0'], 'bpf');
    fixture.keeper.useFence(fence.kernel);
    fixture.begin();
  });
  afterEach(async () => {
    fixture.keeper.removeAll();
    await fence.end();
  });

  const putBack = (): Promise<void> =>
    waitUntil('the fence', () => (standing() === 2 ? null : String(standing())), BOUND_MS);
  const saidOfFence = (): string | null | undefined => fixture.all('fence').at(-1)?.error;
  const isReliedOn = (): Promise<void> =>
    waitUntil('a fence to rely on', () => saidOfFence() ?? null, BOUND_MS);
  async function prepared(): Promise<string | null | undefined> {
    fixture.say({ kind: 'prepare', addresses: [placed(V4)] });
    const { results } = await fixture.wait('prepared');
    return results[0]?.error;
  }

  for (const [what, removal] of [
    ['with its queueing discipline', 'qdisc del dev svc0 clsact'],
    ['in one direction', 'filter del dev svc0 egress prio 100'],
  ] as const)
    test(`R52: what another takes off ${what} is put back and told, and relied on when it has stood for a while`, async () => {
      tc(removal);
      await putBack();
      assert.match(saidOfFence() ?? '', /took it off .*svc0 clsact/);
      assert.match(fixture.lines.join('\n'), /svc0 has no fence .*took it off/);
      assert.match((await prepared()) ?? '', /it has no fence/);
      fixture.pause = AFTERWARDS_MS;
      await isReliedOn();
      fixture.clear();
      fixture.lease({ web: BOUND_MS });
      assert.equal(await prepared(), null);
      assert.equal(fixture.lines.filter((line) => line.includes('no fence')).length, 1);
    });

  test('R55: nothing is prepared or handed over behind a fence that was taken off a moment ago', async () => {
    fixture.say({ kind: 'add', addresses: [placed(V4)] });
    await fixture.wait('added');
    // No turn of the event loop in between.
    tc('qdisc del dev svc0 clsact');
    fixture.say({ kind: 'prepare', addresses: [placed('10.77.0.102')] });
    assert.match(fixture.all('prepared')[0]?.results[0]?.error ?? '', /it has no fence/);
    tc('qdisc del dev svc0 clsact');
    fixture.say({ kind: 'hand-over', addresses: [{ ...placed(V4), heir: HEIR }] });
    assert.equal(fixture.all('removed')[0]?.results[0]?.error, null);
    assert.equal(isShown(V4), false, 'it does not linger');
    assert.equal(standing(), 2);
  });

  test('R52: where it cannot be put back that is said, and it is tried again', async () => {
    tc('qdisc del dev svc0 clsact');
    const match = 'protocol all u32 match u32 0 0 classid 1:7';
    tc('qdisc add dev svc0 clsact');
    tc(`filter add dev svc0 ingress prio 100 ${match}`);
    await fixture.wait('fence', ({ error }) => /the kernel refuses the filters/.test(error ?? ''));
    tc('filter del dev svc0 ingress prio 100');
    await putBack();
  });

  test('R54: an interface that is made anew under its old index within one look is fenced and listened to anew', async () => {
    const [link] = JSON.parse(run('ip', ['-json', 'link', 'show', 'svc0'])) as { ifindex: number }[];
    // No turn of the event loop in between.
    ip(['link del svc0']);
    segment.connect(link!.ifindex);
    segment.peerIp(['addr add 10.77.0.21/32 dev svc0']);
    await putBack();
    await isReliedOn();
    assert.doesNotMatch(fixture.lines.join('\n'), /took it off/);
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
    await fixture.wait('answers');
  });

  async function startTcx(): Promise<ChildProcess> {
    const other = spawn('python3', ['-c', TCX], { stdio: ['pipe', 'pipe', 'inherit'] });
    await within('the other program', once(other.stdout, 'data'), BOUND_MS);
    return other;
  }

  test('R52: programs of others that come before it (TCX) are told, and it is not relied on beside them', async () => {
    const other = await startTcx();
    const { error } = await fixture.wait('fence', (report) => (report.error ?? '').includes('TCX'));
    assert.match(error ?? '', /TCX.*svc0/);
    assert.match(fixture.lines.join('\n'), /svc0 has no fence .*TCX/);
    assert.match((await prepared()) ?? '', /it has no fence/);
    other.stdin!.end();
    await isReliedOn();
    fixture.clear();
    assert.equal(await prepared(), null);
  });
});
