// A segment with two ends: `svc0` in the namespace of the test, `svc0` in a namespace of its own with a kernel that
// answers like any other host's. Both end with the test's process.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { run } from '../farm/command.js';
import { within } from '../farm/wait.js';

const BOUND_MS = 60_000;

export class Segment {
  readonly #peer: ChildProcess;

  private constructor(peer: ChildProcess) {
    this.#peer = peer;
  }

  /** Both ends up, with their link-local addresses usable at once; the test's end has 10.77.0.1/24, the other 10.77.0.2/24. */
  static async create(): Promise<Segment> {
    // `cat` holds the namespace until its input ends, and echoes once it is in there.
    const peer = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    peer.stdin.write('ready\n');
    await within('the other namespace', once(peer.stdout, 'data'), BOUND_MS);
    const segment = new Segment(peer);
    ip(['link set lo up']);
    segment.connect();
    segment.peerIp(['link set lo up']);
    return segment;
  }

  /** Makes the cable (anew); the test's end gets that index where one is given. */
  connect(index?: number): void {
    const wanted = index === undefined ? '' : `index ${String(index)} `;
    ip([
      `link add svc0 ${wanted}type veth peer name svc0 netns ${String(this.#peer.pid)}`,
      'addr add 10.77.0.1/24 dev svc0',
      'link set svc0 up',
    ]);
    this.peerIp(['addr add 10.77.0.2/24 dev svc0', 'link set svc0 up']);
  }

  peerIp(lines: readonly string[]): void {
    this.peerRun('ip', ['-batch', '-'], lines.map((line) => `${line}\n`).join(''));
  }

  /** Runs a program at the other end. */
  peerRun(program: string, args: readonly string[], input = ''): string {
    return run('nsenter', this.peerCommand(program, args), input);
  }

  /** Announces an address from the other end (gratuitous ARP); takes a second, in which the test goes on living. */
  async peerAnnounce(address: string): Promise<void> {
    const args = this.peerCommand('arping', ['-c', '1', '-w', '1', '-U', '-I', 'svc0', address]);
    const [code] = (await once(spawn('nsenter', args, { stdio: 'ignore' }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`arping -U ${address}: exit ${String(code)}`);
  }

  /** The arguments with which `nsenter` becomes that program at the other end. */
  peerCommand(program: string, args: readonly string[]): string[] {
    return ['--target', String(this.#peer.pid), '--net', program, ...args];
  }

  /** The hardware address of the other end. */
  peerHardwareAddress(): string {
    const [link] = JSON.parse(this.peerRun('ip', ['-json', 'link', 'show', 'svc0'])) as { address: string }[];
    return link?.address ?? '';
  }

  async close(): Promise<void> {
    this.#peer.stdin?.end();
    await within('the end of the other namespace', once(this.#peer, 'exit'), BOUND_MS);
  }
}

/** Runs the lines by one `ip -batch` in the namespace of the test. */
export function ip(lines: readonly string[]): void {
  run('ip', ['-batch', '-'], lines.map((line) => `${line}\n`).join(''));
}

export interface ShownAddress {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly nodad?: boolean;
  readonly noprefixroute?: boolean;
  readonly deprecated?: boolean;
  readonly tentative?: boolean;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

/** What `ip` says of the addresses of an interface: a witness that shares no code with the addon. */
export function shownAddresses(name = 'svc0'): ShownAddress[] {
  const [shown] = JSON.parse(run('ip', ['-json', 'addr', 'show', 'dev', name])) as {
    addr_info: ShownAddress[];
  }[];
  return shown?.addr_info ?? [];
}

export const isShown = (address: string, name = 'svc0'): boolean =>
  shownAddresses(name).some(({ local }) => local === address);

export function hardwareAddress(name = 'svc0'): string {
  const [link] = JSON.parse(run('ip', ['-json', 'link', 'show', name])) as { address: string }[];
  return link?.address ?? '';
}
