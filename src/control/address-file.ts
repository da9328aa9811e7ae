// R15, fig. 3 step 360: the service address database outlives this host, and who the members were (R61). A farm that comes back after
// an outage so knows the address of a host that does not. Wall clock serves here, and only here: boot time begins anew with each boot.
//
// It is kept in two halves, each a descriptor that the supervisor opened, and written to the older one in turn: a write that
// is cut short leaves the other half whole. Each holds a checksum, a line end, and JSON.

import { createHash } from 'node:crypto';
import {
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncate,
  ftruncateSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { z } from 'zod';
import { messageOf } from '../log/error-message.js';

const address = z.string().min(2).max(45);
const rowSchema = z.strictObject({
  address,
  preferredHost: address,
  /** When its preferred host was last heard; milliseconds since 1970. */
  heardAt: z.number(),
  decision: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('move'), host: address }),
    z.strictObject({ kind: z.literal('fail-back') }),
    z.strictObject({ kind: z.literal('forget') }),
  ]),
  decisionVersion: z.int().min(0).max(0xffff_ffff),
});
const memberSchema = z.strictObject({ host: address, hardwareAddress: z.string().max(17) });
const groupSchema = z.strictObject({ addresses: z.array(rowSchema), members: z.array(memberSchema) });
const generation = z.int().min(1);
/** Without members, as it was written before. */
const firstFormat = z
  .strictObject({ format: z.literal(1), generation, groups: z.record(z.string(), z.array(rowSchema)) })
  .transform(({ generation, groups }) => ({
    generation,
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, addresses]) => [name, { addresses, members: [] }]),
    ),
  }));
const secondFormat = z.strictObject({
  format: z.literal(2),
  generation,
  groups: z.record(z.string(), groupSchema),
});
const storedSchema = z.union([secondFormat, firstFormat]);

export type StoredRow = z.output<typeof rowSchema>;
export type StoredMember = z.output<typeof memberSchema>;
export interface StoredGroup {
  readonly addresses: readonly StoredRow[];
  readonly members: readonly StoredMember[];
}
export type StoredGroups = Readonly<Record<string, StoredGroup>>;
interface Stored {
  readonly generation: number;
  readonly groups: StoredGroups;
}

export type Half = 0 | 1;

/** More than a daemon ever writes; bytes. */
const MAX_BYTES = 64 << 20;
const SUM_CHARACTERS = 64;

export class AddressFile {
  private readonly halves: [number | null, number | null] = [null, null];
  private generation = 0;
  /** Where the next write goes. */
  private next: Half = 0;
  private busy = false;
  private waiting: StoredGroups | null = null;
  private complained = false;
  private readonly onError: (message: string) => void;

  /** `onError` is told what cannot be read or written; the daemon goes on without. */
  constructor(onError: (message: string) => void) {
    this.onError = onError;
  }

  open(half: Half, descriptor: number): void {
    this.halves[half] = descriptor;
  }

  get isOpen(): boolean {
    return this.halves[0] !== null && this.halves[1] !== null;
  }

  /** Something that was to be saved is not yet on the disk. */
  get isSaving(): boolean {
    return this.busy || this.waiting !== null;
  }

  /** What an earlier run left behind; nothing where it left nothing, or nothing that can be used. */
  load(): StoredGroups {
    const found = ([0, 1] as const).map((half) => ({ half, ...this.read(half) }));
    const whole = found.flatMap(({ half, stored }) => (stored === null ? [] : [{ half, stored }]));
    whole.sort((a, b) => b.stored.generation - a.stored.generation);
    const [newest] = whole;
    const complaints = found.flatMap(({ half, complaint }) =>
      complaint === null ? [] : [`addresses.${String(half)}: ${complaint}`],
    );
    if (newest === undefined) {
      if (complaints.length > 0)
        this.onError(
          `the service addresses of the last run are not known: ${complaints.join('; ')}; they are learnt anew from those hosts that live`,
        );
      return {};
    }
    // One bad half is what a crash during a write leaves behind.
    this.generation = newest.stored.generation;
    this.next = newest.half === 0 ? 1 : 0;
    return newest.stored.groups;
  }

  /** Writes when the disk has time; of several that wait only the newest is written. */
  save(groups: StoredGroups): void {
    this.waiting = groups;
    this.writeOn();
  }

  /** Writes now, before the process ends. */
  saveNow(groups: StoredGroups): void {
    const descriptor = this.halves[this.next];
    // A write that is under way goes to this half: the other one is left whole.
    if (descriptor === null || this.busy) return;
    try {
      const data = this.encode(groups);
      writeSync(descriptor, data, 0, data.length, 0);
      ftruncateSync(descriptor, data.length);
      fdatasyncSync(descriptor);
    } catch (error) {
      this.complain(error);
    }
  }

  private read(half: Half): { readonly stored: Stored | null; readonly complaint: string | null } {
    const descriptor = this.halves[half];
    if (descriptor === null) return { stored: null, complaint: null };
    try {
      const { size } = fstatSync(descriptor);
      if (size === 0) return { stored: null, complaint: null };
      if (size > MAX_BYTES) return { stored: null, complaint: `${String(size)} bytes are too many` };
      const data = Buffer.alloc(size);
      return { stored: decode(data.subarray(0, readSync(descriptor, data, 0, size, 0))), complaint: null };
    } catch (error) {
      return { stored: null, complaint: messageOf(error) };
    }
  }

  private encode(groups: StoredGroups): Buffer {
    this.generation += 1;
    const text = JSON.stringify({ format: 2, generation: this.generation, groups });
    return Buffer.from(`${sumOf(text)}\n${text}\n`);
  }

  private writeOn(): void {
    const descriptor = this.halves[this.next];
    const groups = this.waiting;
    if (this.busy || groups === null || descriptor === null) return;
    this.waiting = null;
    this.busy = true;
    const data = this.encode(groups);
    const done = (error: Error | null): void => {
      this.busy = false;
      // The half that could not be written is tried again: the other one is the only good one.
      if (error !== null) this.complain(error);
      else {
        this.complained = false;
        this.next = this.next === 0 ? 1 : 0;
      }
      this.writeOn();
    };
    write(descriptor, data, 0, data.length, 0, (error, written) => {
      if (error !== null || written < data.length) {
        done(error ?? new Error(`only ${String(written)} of ${String(data.length)} bytes were taken`));
        return;
      }
      ftruncate(descriptor, data.length, (error) => {
        if (error === null) fdatasync(descriptor, done);
        else done(error);
      });
    });
  }

  private complain(error: unknown): void {
    if (!this.complained)
      this.onError(
        `the service addresses cannot be kept in the state directory: ${messageOf(error)}; after an outage of the whole farm they are learnt anew`,
      );
    this.complained = true;
  }
}

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Throws an error that says what is wrong. */
function decode(data: Buffer): Stored {
  const text = data.toString('utf8');
  const [sum = '', content = ''] = [text.slice(0, SUM_CHARACTERS), text.slice(SUM_CHARACTERS + 1).trimEnd()];
  if (text[SUM_CHARACTERS] !== '\n' || sum !== sumOf(content))
    throw new Error('its checksum is wrong: it was damaged, or cut short');
  const parsed = storedSchema.safeParse(JSON.parse(content));
  if (!parsed.success) throw new Error(`not understood: ${parsed.error.issues[0]?.message ?? ''}`);
  return parsed.data;
}
