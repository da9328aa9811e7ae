// R53: what a control process does first when it goes on for one that died, it has done before, with links to nobody. What
// Node.js runs for the first time takes many times as long: it was 35 ms of processor, and a permit lasts 90 ms at
// 10 / 30 ms. Nothing of it leaves this process, and nothing is left of it.

import { closeSync, writeSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Configuration, GroupConfiguration } from '../config/configuration.js';
import { parseAddress, type Address, type HostId } from '../core/address.js';
import { instant, milliseconds, type Instant } from '../core/time.js';
import { openChannel, type Channel } from '../ipc/channel.js';
import { encodePermit, groupTag } from '../ipc/heartbeat-messages.js';
import type { NetworkToControl } from '../ipc/network-messages.js';
import type { HistoryEntry } from '../ipc/operator-messages.js';
import { processAddon } from '../ipc/process-addon.js';
import type { Supervisor } from '../ipc/role.js';
import type { ScriptsToControl } from '../ipc/scripts-messages.js';
import type { Role, StartMessage } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { Writer } from '../wire/bytes.js';
import { mappedBytes } from '../wire/frame.js';
import { AddressFile, type Half, type StoredGroup } from './address-file.js';
import { AddressMemory } from './address-memory.js';
import { CheckpointFile } from './checkpoint-file.js';
import { Control } from './control.js';
import { History } from './history.js';
import { serveOperators } from './operator-socket.js';

/** The first process begins anew, each of the others goes on. */
const ROUNDS = 3;
/** A round that is not over by then is broken off: a rehearsal is worth having, never worth failing for. */
const BOUND_MS = 1000;

// Addresses of documentation (RFC 5737).
const addressOf = (text: string): Address => parseAddress(text) as Address;
const OWN: HostId = addressOf('192.0.2.1');
const OTHER: HostId = addressOf('192.0.2.2');
const GROUP = 'rehearsal';
const INTERFACE = 'none';

const group: GroupConfiguration = {
  address: { address: addressOf('233.252.0.1'), port: 5405 },
  peers: null,
  key: [],
  interface: INTERFACE,
  prefer: [{ address: addressOf('198.51.100.1'), prefix: 24 }],
  observe: false,
  heartbeat: { interval: milliseconds(10), timeout: milliseconds(30) },
  orphanTimeout: milliseconds(1e9),
  failBack: milliseconds(0),
  assign: 'fewest-addresses',
  fence: 'bpf',
  partition: 'probe',
  tests: [],
  loads: [],
  onAcquire: null,
  onRelease: null,
  dns: null,
};
const configuration: Configuration = {
  control: [INTERFACE],
  id: null,
  groups: { [GROUP]: group },
  tests: {},
  loads: {},
  snmp: { sinks: [] },
  web: null,
  log: { level: 'fatal' },
};
const start: StartMessage = {
  kind: 'start',
  version: '',
  hostId: OWN,
  controlInterfaces: [
    { name: INTERFACE, index: 0, address: OWN, prefix: 24, addresses: [{ address: OWN, prefix: 24 }] },
  ],
  configuration,
  keys: {},
  startedAt: '',
};
const supervisor: Supervisor = {
  send: () => true,
  fail: (reason) => {
    throw new Error(`rehearsal: ${reason}`);
  },
};

const now = (): Instant => instant(processAddon.bootTime());

/** `log`: that of the rehearsed processes. */
export async function rehearseSuccession(log: Log): Promise<void> {
  const memory = processAddon.createMemory(GROUP);
  for (let round = 0; round < ROUNDS; round++) {
    const control = new Control(start, log, supervisor, now, new CheckpointFile(memory));
    await beLinked(control);
    control.cease();
    control.close();
    rehearseFiles();
  }
  closeSync(memory);
  await rehearseOperators();
}

/** Its siblings say what they say first. Resolves when it has heard of another host, and taken a step on that. */
async function beLinked(control: Control): Promise<void> {
  let permits = 0;
  let onRenewed: () => void = () => undefined;
  const renewed = new Promise<void>((resolve) => {
    onRenewed = resolve;
  });
  const network = link(control, 'network');
  const heartbeat = link(control, 'heartbeat', (message) => {
    // One when it is linked, one for the report.
    if (message[0] === PERMIT && ++permits === 2) onRenewed();
  });
  const scripts = link(control, 'scripts');
  for (const message of saidByNetwork) network.send(Buffer.from(JSON.stringify(message)));
  for (const message of saidByScripts) scripts.send(Buffer.from(JSON.stringify(message)));
  heartbeat.send(report());
  await Promise.race([renewed, setTimeout(BOUND_MS, undefined, { ref: false })]);
  await setImmediate();
  for (const channel of [network, heartbeat, scripts]) channel.close();
}

function link(control: Control, role: Role, heard: (message: Buffer) => void = () => undefined): Channel {
  const [ofControl, ofSibling] = processAddon.socketPair();
  control.attach(role, ofControl);
  return openChannel(ofSibling, { message: heard, closed: () => undefined });
}

const PERMIT = encodePermit({ milliseconds: 1 })[0];

const saidByNetwork: readonly NetworkToControl[] = [
  { kind: 'link', interface: INTERFACE, up: true, hardwareAddress: '02:00:00:00:00:01' },
  { kind: 'fence', interface: INTERFACE, error: null },
  { kind: 'adopted', results: [] },
];
const saidByScripts: readonly ScriptsToControl[] = [{ kind: 'sinks', sinks: [] }, { kind: 'alive' }];

/** src/ipc/heartbeat-messages.md: another host is heard, and has heard this one. */
function report(): Buffer {
  const writer = new Writer();
  const nanoseconds = BigInt(Math.floor(now())) * 1_000_000n;
  writer.u8(2);
  writer.u64(groupTag(GROUP));
  writer.u64(nanoseconds);
  writer.u32(0);
  writer.u8(1);
  writer.list([OTHER], (host) => {
    writer.bytes(mappedBytes(host));
    writer.u64(1n);
    writer.u64(1n);
    writer.u16(PERMITTED_AND_ECHOED);
    writer.u32(1);
    writer.u32(1);
    writer.u64(nanoseconds);
    writer.u64(0n);
    writer.u64(nanoseconds);
  });
  return writer.finish();
}

const PERMITTED_AND_ECHOED = 1 | 16;

/** Those that an earlier process has written. */
function rehearseFiles(): void {
  const written = (name: string, write: (descriptor: number) => void): number => {
    const file = processAddon.createMemory(name);
    write(file);
    return file;
  };
  const ignore = (): void => undefined;
  const history = written('history', (file) => writeSync(file, HISTORY));
  new History(ignore).open(0, history);
  const addresses = [0, 1].map(() =>
    written('addresses', (file) => {
      const writer = new AddressFile(ignore);
      writer.open(0, file);
      writer.saveNow({ [GROUP]: STORED });
    }),
  );
  const memory = new AddressMemory({ now, wall: () => Date.now() }, ignore);
  for (const [half, file] of addresses.entries()) memory.open(half as Half, file);
  for (const file of [history, ...addresses]) closeSync(file);
}

const HISTORY = `${JSON.stringify({
  at: '1970-01-01T00:00:00.000Z',
  host: OWN,
  group: GROUP,
  event: 'started',
  address: null,
  message: '',
} satisfies HistoryEntry)}\n`;

const STORED: StoredGroup = {
  addresses: [
    {
      address: '198.51.100.1',
      preferredHost: OWN,
      heardAt: 0,
      decision: { kind: 'none' },
      decisionVersion: 0,
    },
  ],
  members: [{ host: OTHER, hardwareAddress: '00:00:5e:00:53:01' }],
};

/** The socket is none that can listen: it is refused when all is loaded that serving takes. */
async function rehearseOperators(): Promise<void> {
  const [refused, other] = processAddon.streamPair();
  await new Promise((resolve) => serveOperators(refused, () => undefined).on('error', resolve));
  closeSync(other);
}
