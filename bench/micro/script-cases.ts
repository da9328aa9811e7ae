// What is measured of the TypeScript side: the codec of what hosts say (src/wire) and the steps of the core (src/core). The
// modules are those of the checkout that is measured; their types are this one's.

import type * as Builders from '../../test/core/builders.js';
import type * as CoreBench from '../../test/core/bench.js';
import type * as Frames from '../../src/wire/frame.js';
import type * as Snapshots from '../../src/wire/snapshot.js';
import type { HostInformation, Information } from '../../src/core/host-information.js';

export interface ScriptCase {
  readonly name: string;
  readonly operate: () => void;
}

/** Loads a module of the checkout by its path below `dist`, without `.js`. */
export type Load = (path: string) => Promise<unknown>;

const KEY = Buffer.from('the key of a measurement');
const HOSTS = 64;
const ADDRESSES = 250;

export async function scriptCases(load: Load): Promise<ScriptCase[]> {
  const frames = (await load('src/wire/frame')) as typeof Frames;
  const snapshots = (await load('src/wire/snapshot')) as typeof Snapshots;
  const builders = (await load('test/core/builders')) as typeof Builders;
  const { Bench } = (await load('test/core/bench')) as typeof CoreBench;
  return [
    ...frameCases(frames, builders),
    ...snapshotCases(snapshots, builders),
    ...stepCases(Bench, builders),
  ];
}

function frameCases(
  { encodeFrame, decodeFrame }: typeof Frames,
  { A, address }: typeof Builders,
): ScriptCase[] {
  const frame: Frames.Frame = {
    type: 1,
    flags: { permit: true, joining: false, leaving: false, observer: false },
    group: 1n,
    hostId: A,
    incarnation: 7n,
    sequence: 1000n,
    term: 3,
    infoVersion: 2,
    heard: Array.from({ length: 24 }, (_, index) => ({
      hostId: address(`10.77.1.${String(20 + index)}`),
      age: 3,
      incarnationLow: index,
      sequence: 5n,
    })),
    piece: { version: 2, index: 0, count: 1, age: 0, data: Buffer.alloc(200) },
    command: null,
  };
  const datagram = encodeFrame(frame, KEY);
  return [
    { name: 'wire: encode a frame', operate: () => void encodeFrame(frame, KEY) },
    { name: 'wire: decode a frame', operate: () => void decodeFrame(datagram, [KEY]) },
  ];
}

/** A host that serves this many addresses, of which a few are its own. */
function serving({ A, address, serves }: typeof Builders): HostInformation {
  const addresses = Array.from({ length: ADDRESSES }, (_, index) => address(`10.88.1.${String(1 + index)}`));
  return {
    id: A,
    controlAddresses: [A],
    hardwareAddress: '02:00:00:00:00:01',
    ok: true,
    failures: [],
    quiesced: false,
    observer: false,
    dns: false,
    load: 1,
    capacity: 100,
    preferred: addresses.slice(0, 4),
    serving: addresses.map((each) => serves(each)),
    partitioned: [],
    unheard: [],
  };
}

function snapshotCases(
  { encodeSnapshot, decodeSnapshot }: typeof Snapshots,
  builders: typeof Builders,
): ScriptCase[] {
  const information: Information = { host: serving(builders), others: [], addresses: [] };
  const bytes = encodeSnapshot(information);
  return [
    {
      name: `wire: encode a snapshot, ${String(ADDRESSES)} addresses`,
      operate: () => void encodeSnapshot(information),
    },
    {
      name: `wire: decode a snapshot, ${String(ADDRESSES)} addresses`,
      operate: () => void decodeSnapshot(bytes),
    },
  ];
}

/** A leader among so many members, when nothing happens and when each has been heard again. */
function stepCases(Bench: typeof CoreBench.Bench, { address, serves }: typeof Builders): ScriptCase[] {
  const bench = new Bench({ id: address('10.77.1.1') }).start();
  for (let index = 0; index < HOSTS - 1; index++) {
    const own = address(`10.88.0.${String(1 + index)}`);
    bench.join(address(`10.77.1.${String(10 + index)}`), { preferred: [own], serving: [serves(own)] });
  }
  bench.run(500);
  return [
    { name: `core: all of ${String(HOSTS)} hosts are heard again`, operate: () => void bench.hear() },
    { name: `core: an interval passes among ${String(HOSTS)} hosts`, operate: () => void bench.run(20) },
  ];
}
