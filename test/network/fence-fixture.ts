// The fence in the real kernel, with this test in the place of the heartbeat thread: it writes the deadlines.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { once } from 'node:events';
import { processAddon } from '../../src/ipc/process-addon.js';
import { networkAddon, type KernelFence, type LeaseMark } from '../../src/network/addon.js';
import { groupTag } from '../../src/wire/frame.js';
import { within } from '../farm/wait.js';

const BOUND_MS = 60_000;

/** Node cannot map memory: this does, and answers each line when it has written it. */
const WRITER = `
import mmap, struct, sys
page = mmap.mmap(3, 4096)
for line in sys.stdin:
    slot, *values = map(int, line.split())
    struct.pack_into('=QQQ', page, 24 * slot, *values)
    print('written', flush=True)
`;

export class FenceFixture {
  readonly kernel: KernelFence;
  readonly #writer: ChildProcess;

  constructor() {
    const { ingress, egress, marks, deadlines } = processAddon.loadFence();
    this.kernel = new networkAddon.Fence(ingress, egress, marks);
    this.#writer = spawn('python3', ['-c', WRITER], { stdio: ['pipe', 'pipe', 'inherit', deadlines] });
    closeSync(deadlines);
  }

  /** The group's fence is open for so many milliseconds from now. */
  async open(mark: LeaseMark, milliseconds: number): Promise<void> {
    const deadline = BigInt(Math.round((processAddon.bootTime() + milliseconds) * 1e6));
    this.#writer.stdin!.write([mark.slot, mark.groupTag, mark.lease, deadline].join(' ') + '\n');
    await within('the deadline', once(this.#writer.stdout!, 'data'), BOUND_MS);
  }

  close(mark: LeaseMark): Promise<void> {
    return this.open(mark, -1);
  }

  async end(): Promise<void> {
    this.#writer.stdin!.end();
    await within('the end of the writer', once(this.#writer, 'exit'), BOUND_MS);
  }
}

/** The lease of a group in a slot. */
export const leaseOf = (group: string, slot: number, lease = 1n): LeaseMark => ({
  groupTag: groupTag(group),
  slot,
  lease,
});
