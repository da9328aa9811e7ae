// What arrives at the other end of the segment, by tcpdump: a witness that shares no code with the addon.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil, within } from '../farm/wait.js';
import type { Segment } from './segment.js';

const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const BOUND_MS = 60_000;

export class Capture {
  readonly frames: Buffer[] = [];
  readonly #process: ChildProcess;
  #bytes: Buffer = Buffer.alloc(0);
  #headerSeen = false;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout?.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
  }

  /** Frames that fit a filter of tcpdump, from the moment on at which this resolves. */
  static async start(segment: Segment, filter: string): Promise<Capture> {
    const args = ['-i', 'svc0', '-Q', 'in', '-U', '-w', '-', '--immediate-mode', '-Z', 'root', filter];
    const command = ['--pdeathsig', 'KILL', 'nsenter', ...segment.peerCommand('tcpdump', args)];
    const process = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    process.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    await waitUntil('tcpdump', () => (said.includes('listening on') ? null : said), BOUND_MS);
    return new Capture(process);
  }

  /** Resolves with the frames that fit once there are so many. */
  async wait(what: string, count: number, fits: (frame: Buffer) => boolean): Promise<Buffer[]> {
    const found = (): Buffer[] => this.frames.filter(fits);
    await waitUntil(
      what,
      () => (found().length >= count ? null : `${String(found().length)} of ${String(count)} frames`),
      BOUND_MS,
    );
    return found();
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await within('the end of tcpdump', once(this.#process, 'exit'), BOUND_MS);
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#headerSeen) {
      if (this.#bytes.length < PCAP_HEADER_BYTES) return;
      this.#headerSeen = true;
      this.#bytes = this.#bytes.subarray(PCAP_HEADER_BYTES);
    }
    while (this.#bytes.length >= RECORD_HEADER_BYTES) {
      const end = RECORD_HEADER_BYTES + this.#bytes.readUInt32LE(8);
      if (this.#bytes.length < end) return;
      this.frames.push(this.#bytes.subarray(RECORD_HEADER_BYTES, end));
      this.#bytes = this.#bytes.subarray(end);
    }
  }
}
