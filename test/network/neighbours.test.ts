import './own-namespace.js';

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { run } from '../farm/command.js';
import { buildProgram } from '../farm/probe-build.js';
import { waitUntil } from '../farm/wait.js';
import { addressBytes } from '../../src/core/address.js';
import { placed, serviceAddress } from './addressing.js';
import { Capture } from './capture.js';
import { KeeperFixture } from './keeper-fixture.js';
import { hardwareAddress, ip, Segment, shownAddresses } from './segment.js';

const BOUND_MS = 60_000;

const bytesOf = (address: string): string =>
  Buffer.from(addressBytes(serviceAddress(address))).toString('hex');

suite('probes and answers (R61)', () => {
  let segment: Segment;
  let fixture: KeeperFixture;

  before(async () => {
    segment = await Segment.create();
    // Now: what is held is lost while a compiler keeps this process from renewing it.
    buildProgram('whohas');
    segment.peerIp(['addr add 10.77.0.21/32 dev svc0', 'addr add fd00:77::21/128 dev svc0 nodad']);
    await waitUntil(
      'the link-local address',
      () =>
        shownAddresses().some(({ local, tentative }) => local.startsWith('fe80:') && tentative !== true)
          ? null
          : 'tentative',
      BOUND_MS,
    );
  });
  after(() => segment.close());
  beforeEach(() => {
    fixture = new KeeperFixture().begin();
  });
  afterEach(() => {
    fixture.keeper.removeAll();
  });

  test('R61: the host that serves a probed address answers with its hardware address, IPv4 and IPv6', async () => {
    const addresses = ['10.77.0.21', 'fd00:77::21', '10.77.0.22', 'fd00:77::22'].map((each) => placed(each));
    fixture.say({ kind: 'probe', addresses });
    await fixture.wait('answers', ({ answers }) => answers.some(({ address }) => address === '10.77.0.21'));
    await fixture.wait('answers', ({ answers }) => answers.some(({ address }) => address === 'fd00:77::21'));
    const peer = segment.peerHardwareAddress();
    for (const answer of fixture.answers()) {
      assert.equal(answer.hardwareAddress, peer);
      assert.equal(answer.interface, 'svc0');
    }
    assert.deepEqual(
      new Set(fixture.answers().map(({ address }) => address)),
      new Set(['10.77.0.21', 'fd00:77::21']),
    );
  });

  test('R61: what another host was heard to have, of which control did not know, is not added; with its knowledge it is', () => {
    const addresses = [placed('10.77.0.21'), placed('fd00:77::21')];
    fixture.say({ kind: 'probe', addresses });
    // The answers lie in the socket.
    assert.deepEqual(fixture.answers(), []);
    fixture.say({ kind: 'add', addresses, heard: 0 });
    const results = fixture.all('added').flatMap((report) => report.results);
    const peer = segment.peerHardwareAddress();
    assert.deepEqual(
      results.map(({ address, error, claimedBy }) => [address, error, claimedBy]),
      [
        ['10.77.0.21', `cannot add 10.77.0.21 to svc0: ${peer} answers for it`, peer],
        ['fd00:77::21', `cannot add fd00:77::21 to svc0: ${peer} answers for it`, peer],
      ],
    );
    const isHere = ({ local }: { local: string }): boolean =>
      addresses.some(({ address }) => address === local);
    assert.deepEqual(shownAddresses().filter(isHere), []);
    fixture.say({ kind: 'add', addresses, heard: fixture.all('answers').length });
    assert.equal(shownAddresses().filter(isHere).length, 2);
  });

  test('R61: each probe is answered anew, however soon it follows', async () => {
    for (let count = 1; count <= 3; count++) {
      fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
      await waitUntil(
        'one more answer',
        () => (fixture.answers().length >= count ? null : String(fixture.answers().length)),
        BOUND_MS,
      );
    }
  });

  test('R61: only questions that left this host are told as put; those that find the queue full are tried again', async () => {
    const addresses = [placed('10.77.0.21'), placed('fd00:77::21')];
    const askedFor = async (): Promise<[string, string[]]> => {
      fixture.clear();
      fixture.say({ kind: 'probe', addresses });
      const { group, addresses: asked } = await fixture.wait('probed');
      return [group, asked.map(({ address }) => address)];
    };
    const complaints = (): number => fixture.lines.filter((line) => line.includes('cannot ask')).length;
    // A queue that is always full.
    run('tc', ['qdisc', 'replace', 'dev', 'svc0', 'root', 'pfifo', 'limit', '0']);
    try {
      assert.deepEqual(await askedFor(), ['web', []]);
      assert.deepEqual(await askedFor(), ['web', []]);
      assert.deepEqual(fixture.answers(), []);
      assert.equal(complaints(), 1, 'said once');
    } finally {
      run('tc', ['qdisc', 'del', 'dev', 'svc0', 'root']);
    }
    assert.deepEqual(await askedFor(), ['web', addresses.map(({ address }) => address)]);
    assert.equal(complaints(), 1);
  });

  test('R61: on an interface that is down, or that is not there, nobody was asked', async () => {
    ip(['link add other0 type veth peer name other1']);
    for (const name of ['other0', 'none0']) {
      fixture.clear();
      fixture.say({ kind: 'probe', addresses: [{ ...placed('10.77.0.21'), interface: name }] });
      assert.deepEqual((await fixture.wait('probed')).addresses, []);
    }
    ip(['link del other0']);
  });

  test('R61: a probe teaches nobody anything: 0.0.0.0 asks, and for IPv6 the link-local address', async () => {
    const capture = await Capture.start(segment, 'arp or icmp6');
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.22'), placed('fd00:77::22')] });
    const own = hardwareAddress().replaceAll(':', '');
    const [arp] = await capture.wait('the ARP probe', 1, (frame) => frame.readUInt16BE(12) === 0x0806);
    assert.equal(
      arp!.subarray(0, 42).toString('hex'),
      `ffffffffffff${own}08060001080006040001${own}00000000000000000000${bytesOf('10.77.0.22')}`,
    );
    const isSolicitation = (frame: Buffer): boolean => frame.readUInt16BE(12) === 0x86dd && frame[54] === 135;
    const [solicitation] = await capture.wait('the solicitation', 1, isSolicitation);
    const linkLocal = shownAddresses().find(({ local }) => local.startsWith('fe80:'))?.local ?? '';
    assert.equal(solicitation!.subarray(0, 6).toString('hex'), '3333ff000022');
    assert.equal(solicitation!.subarray(22, 38).toString('hex'), bytesOf(linkLocal));
    assert.equal(solicitation!.subarray(38, 54).toString('hex'), bytesOf('ff02::1:ff00:22'));
    assert.equal(solicitation![21], 255);
    await capture.stop();
  });

  test('R61: without a link-local address the answer to everybody is heard', async () => {
    ip(['link set svc0 addrgenmode none', 'addr flush dev svc0 scope link']);
    fixture.say({ kind: 'probe', addresses: [placed('fd00:77::21')] });
    await fixture.wait('answers');
    const answer = fixture.answers()[0]!;
    assert.equal(answer.hardwareAddress, segment.peerHardwareAddress());
    ip(['link set svc0 addrgenmode eui64']);
  });

  test('R61: who announces an address that is held here is reported; what does not matter here is not', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    segment.peerIp(['addr add 10.77.0.11/32 dev svc0', 'addr add 10.77.0.12/32 dev svc0']);
    for (const address of ['10.77.0.12', '10.77.0.11']) {
      await segment.peerAnnounce(address);
    }
    await fixture.wait('answers');
    const answer = fixture.answers()[0]!;
    assert.deepEqual([answer.address, answer.hardwareAddress], ['10.77.0.11', segment.peerHardwareAddress()]);
    assert.equal(fixture.answers().length, 1);
    segment.peerIp(['addr del 10.77.0.11/32 dev svc0', 'addr del 10.77.0.12/32 dev svc0']);
  });

  test('R61: questions of the segment for other addresses are kept from the process; what matters is heard, new or old', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    const widths = (): number[] =>
      [...run('ss', ['--packet', '--bpf', '--numeric']).matchAll(/bpf filter \((\d+)\)/g)].map((match) =>
        Number(match[1]),
      );
    const [wide] = widths();
    const ask = ['--interface', 'svc0', '--from', '10.77.0.2', '--count', '100', '--every-ms', '1'];
    const storm = (): void => {
      segment.peerRun(buildProgram('whohas'), [...ask, '10.77.0.99']);
    };
    storm();
    await waitUntil(
      'a filter for the addresses',
      () => (widths().some((width) => width !== wide) ? null : widths().join(' ')),
      BOUND_MS,
    );
    segment.peerIp(['addr add 10.77.0.11/32 dev svc0']);
    await segment.peerAnnounce('10.77.0.11');
    await fixture.wait('answers', ({ answers }) => answers.some(({ address }) => address === '10.77.0.11'));
    segment.peerIp(['addr del 10.77.0.11/32 dev svc0']);
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21'), placed('fd00:77::21')] });
    await fixture.wait('answers', ({ answers }) => answers.some(({ address }) => address === '10.77.0.21'));
    await fixture.wait('answers', ({ answers }) => answers.some(({ address }) => address === 'fd00:77::21'));
  });

  test('R61: our own hardware address is no answer', async () => {
    fixture.say({ kind: 'add', addresses: [placed('10.77.0.11')] });
    // The other end speaks with our hardware address, as a switch does that sends a frame back.
    const peer = segment.peerHardwareAddress();
    segment.peerIp([`link set svc0 address ${hardwareAddress()}`, 'addr add 10.77.0.11/32 dev svc0']);
    await segment.peerAnnounce('10.77.0.11');
    segment.peerIp(['addr del 10.77.0.11/32 dev svc0', `link set svc0 address ${peer}`]);
    fixture.say({ kind: 'probe', addresses: [placed('10.77.0.21')] });
    await fixture.wait('answers');
    const answer = fixture.answers()[0]!;
    assert.equal(answer.address, '10.77.0.21');
    assert.equal(fixture.answers().length, 1);
  });
});
