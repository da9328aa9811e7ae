// A machine on the control networks that is no member and sends all it can: what it recorded, the same with something
// changed, random bytes, and frames signed with a key of its own.

import { randomBytes, randomInt } from 'node:crypto';

import type { Address } from '../../src/core/address.js';
import { encodeFrame, groupTag } from '../../src/wire/frame.js';
import { STRANGER_OCTET, hostOctet, v4Of } from './addressing.js';
import { GROUP, GROUP_ADDRESS, GROUP_PORT } from './configuration.js';
import { LineProcess } from './line-process.js';
import type { Line } from './line-process.js';
import { buildProgram } from './probe-build.js';
import type { Stage } from './stage.js';
import { Stranger } from './stranger.js';

export const FLOOD_FRAMES_A_SECOND = 20_000;
/** Of each kind, sent in turn. */
const FRAMES = 50;
const RANDOM_BYTES = 1300;
const SIGNATURE_BYTES = 32;
const CAPTURE_BOUND_MS = 60_000;
const MARGIN_MS = 20_000;

export interface Flooded {
  /** Frames that were sent, half of them on each control network. */
  readonly sent: number;
}

/** Floods both control networks for so long; the machine is gone afterwards. */
export async function flood(stage: Stage, seconds: number): Promise<Flooded> {
  const program = buildProgram('flooder');
  const stranger = await Stranger.start(stage.farm);
  try {
    const recorded = await record(stage, stranger);
    const own = [v4Of('ctl0', STRANGER_OCTET), v4Of('ctl1', STRANGER_OCTET)];
    const args = [GROUP_ADDRESS, String(GROUP_PORT), ...own];
    const flooder = new LineProcess(stranger.namespace, program, args, () => undefined);
    await flooder.ready();
    for (const frame of kinds(recorded).flat()) flooder.send(`frame ${frame.toString('hex')}`);
    flooder.send(`flood ${String(FLOOD_FRAMES_A_SECOND)} ${String(seconds)}`);
    const { sent } = (await flooder.expect('flooded', seconds * 1000 + MARGIN_MS)) as Line & Flooded;
    await flooder.stop();
    return { sent };
  } finally {
    await stranger.stop();
    stage.farm.removeStranger(stranger.namespace);
  }
}

/** What every member really sent. */
async function record(stage: Stage, stranger: Stranger): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for (const { number } of stage.farm.hosts)
    frames.push(...(await stranger.capture(v4Of('ctl0', hostOctet(number)), 10, CAPTURE_BOUND_MS)));
  return frames;
}

function kinds(recorded: readonly Buffer[]): Buffer[][] {
  const many = (make: (position: number) => Buffer): Buffer[] =>
    Array.from({ length: FRAMES }, (_, i) => make(i));
  const again = (position: number): Buffer => recorded[position % recorded.length]!;
  return [
    many(again),
    // Any byte in front of the signature: it no longer fits.
    many((position) => {
      const copy = Buffer.from(again(position));
      const at = randomInt(copy.length - SIGNATURE_BYTES);
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      return copy;
    }),
    many(() => randomBytes(1 + randomInt(RANDOM_BYTES))),
    many((position) => foreign(BigInt(position + 1))),
  ];
}

/** Well formed, of a host that nobody knows, signed with another key. */
const foreign = (sequence: bigint): Buffer =>
  encodeFrame(
    {
      type: 1,
      flags: { permit: true, joining: false, leaving: false, observer: false },
      group: groupTag(GROUP),
      hostId: v4Of('ctl0', STRANGER_OCTET) as Address,
      incarnation: 1n,
      sequence,
      term: 1_000_000,
      infoVersion: 0,
      heard: [],
      piece: null,
      command: null,
    },
    Buffer.from('a key that nobody here has'),
  );
