// Drives the machine of stranger-main.ts.

import { join } from 'node:path';

import { STRANGER_OCTET, v4Of } from './addressing.js';
import { GROUP_ADDRESS, GROUP_PORT } from './configuration.js';
import type { Farm } from './farm.js';
import { LineProcess } from './line-process.js';
import type { Line } from './line-process.js';
import type { Namespace } from './namespace.js';
import { waitUntil } from './wait.js';

interface CapturedLine extends Line {
  readonly frames: readonly string[];
}

export class Stranger {
  readonly namespace: Namespace;
  private readonly process: LineProcess;

  private constructor(namespace: Namespace, process: LineProcess) {
    this.namespace = namespace;
    this.process = process;
  }

  /** Attaches it to both control networks of a farm. */
  static async start(farm: Farm): Promise<Stranger> {
    const namespace = farm.addStranger(['ctl0', 'ctl1']);
    const own = [v4Of('ctl0', STRANGER_OCTET), v4Of('ctl1', STRANGER_OCTET)];
    const args = [join(import.meta.dirname, 'stranger-main.js'), GROUP_ADDRESS, String(GROUP_PORT), ...own];
    const process_ = new LineProcess(namespace, process.execPath, args, () => undefined);
    await process_.ready();
    return new Stranger(namespace, process_);
  }

  /** Sends these datagrams to the group on both networks. */
  send(frames: readonly Uint8Array[], ttl = 255): void {
    this.process.send(
      JSON.stringify({ send: frames.map((frame) => Buffer.from(frame).toString('base64')), ttl }),
    );
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** The newest frames that came from that address: at least `count`, at most 64. */
  async capture(address: string, count: number, boundMs: number): Promise<Buffer[]> {
    let frames: Buffer[] = [];
    await waitUntil(
      `${String(count)} frames from ${address}`,
      async () => {
        this.process.send(JSON.stringify({ captured: address }));
        const line = (await this.process.expect('captured')) as CapturedLine;
        frames = line.frames.map((frame) => Buffer.from(frame, 'base64'));
        return frames.length >= count ? null : `${String(frames.length)} came`;
      },
      boundMs,
    );
    return frames;
  }
}
