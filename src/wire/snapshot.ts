// The content of an information message (R9–R11) as bytes: one snapshot, cut into pieces by the heartbeat process.

import type {
  Decision,
  HostInformation,
  Information,
  ServedAddress,
  ServedState,
} from '../core/host-information.js';
import { REASONS, reasonOfNumber } from '../core/reason.js';
import { milliseconds } from '../core/time.js';
import { Reader, WireError, Writer } from './bytes.js';
import { MAX_CONTROL_INTERFACES, MAX_HOSTS, MAX_SERVICE_ADDRESSES, MAX_SNAPSHOT_BYTES } from './limits.js';

const SNAPSHOT_FORMAT = 1;
const states: readonly ServedState[] = ['acquiring', 'online', 'releasing', 'not serving'];
const decisions: readonly Decision['kind'][] = ['none', 'move', 'fail-back', 'forget'];
const MOST_FAILURES = 32;
const FLAG_OK = 1;
const FLAG_QUIESCED = 2;
const FLAG_OBSERVER = 4;

/** Throws a RangeError if the result would not fit the pieces: more addresses than a group may have. */
export function encodeSnapshot(information: Information): Buffer {
  const writer = new Writer();
  writer.u8(SNAPSHOT_FORMAT);
  encodeHost(writer, information.host);
  writer.list(information.others, ({ host, age }) => {
    writer.u32(clamp(age));
    encodeHost(writer, host);
  });
  writer.list(information.addresses, (row) => {
    writer.address(row.address);
    writer.address(row.preferredHost);
    writer.u64(BigInt(Math.max(0, Math.round(row.age))));
    writer.u32(row.decisionVersion);
    writer.u8(decisions.indexOf(row.decision.kind));
    if (row.decision.kind === 'move') writer.address(row.decision.host);
  });
  const bytes = writer.finish();
  if (bytes.length > MAX_SNAPSHOT_BYTES)
    throw new RangeError(
      `an information message of ${String(bytes.length)} bytes does not fit ${String(MAX_SNAPSHOT_BYTES)}`,
    );
  return bytes;
}

const clamp = (value: number): number => Math.min(Math.max(0, Math.ceil(value)), 0xffff_ffff);

function encodeHost(writer: Writer, host: HostInformation): void {
  writer.address(host.id);
  writer.u8(
    (host.ok ? FLAG_OK : 0) | (host.quiesced ? FLAG_QUIESCED : 0) | (host.observer ? FLAG_OBSERVER : 0),
  );
  writer.u32(host.load);
  writer.u32(host.capacity);
  writer.bytes(hardwareBytes(host.hardwareAddress));
  writer.list(host.controlAddresses, (address) => {
    writer.address(address);
  });
  writer.list(host.failures.slice(0, MOST_FAILURES), (text) => {
    writer.text(text);
  });
  writer.list(host.preferred, (address) => {
    writer.address(address);
  });
  writer.list(host.serving, (entry) => {
    writer.address(entry.address);
    writer.u8(states.indexOf(entry.state));
    writer.u8(REASONS[entry.reason]);
    writer.u8(entry.attempts);
  });
  writer.list(host.partitioned, (address) => {
    writer.address(address);
  });
  writer.list(host.unheard, (address) => {
    writer.address(address);
  });
}

/** Six bytes; all zero: none. */
function hardwareBytes(text: string | null): Uint8Array {
  return text === null
    ? new Uint8Array(6)
    : Uint8Array.from(text.split(':').map((part) => parseInt(part, 16)));
}

/** Throws a WireError on anything that `encodeSnapshot` would not have made. */
export function decodeSnapshot(bytes: Uint8Array): Information {
  const reader = new Reader(bytes);
  const format = reader.u8();
  if (format !== SNAPSHOT_FORMAT) throw new WireError(`snapshot format ${String(format)}`);
  const host = decodeHost(reader);
  const others = reader.list(MAX_HOSTS, () => {
    const age = milliseconds(reader.u32());
    return { host: decodeHost(reader), age };
  });
  const addresses = reader.list(MAX_SERVICE_ADDRESSES, () => {
    const address = reader.address();
    const preferredHost = reader.address();
    const age = milliseconds(Number(reader.u64()));
    const decisionVersion = reader.u32();
    return { address, preferredHost, age, decisionVersion, decision: decodeDecision(reader) };
  });
  reader.end();
  return { host, others, addresses };
}

function decodeDecision(reader: Reader): Decision {
  const kind = pick(decisions, reader.u8(), 'decision');
  return kind === 'move' ? { kind, host: reader.address() } : { kind };
}

function decodeHost(reader: Reader): HostInformation {
  const id = reader.address();
  const flags = reader.u8();
  const load = reader.u32();
  const capacity = reader.u32();
  const hardwareAddress = hardwareText(reader.bytes(6));
  const address = () => reader.address();
  return {
    id,
    ok: (flags & FLAG_OK) !== 0,
    quiesced: (flags & FLAG_QUIESCED) !== 0,
    observer: (flags & FLAG_OBSERVER) !== 0,
    load,
    capacity,
    hardwareAddress,
    controlAddresses: reader.list(MAX_CONTROL_INTERFACES, address),
    failures: reader.list(MOST_FAILURES, () => reader.text()),
    preferred: reader.list(MAX_SERVICE_ADDRESSES, address),
    serving: reader.list(MAX_SERVICE_ADDRESSES, () => decodeServed(reader)),
    partitioned: reader.list(MAX_HOSTS, address),
    unheard: reader.list(MAX_HOSTS, address),
  };
}

function decodeServed(reader: Reader): ServedAddress {
  const address = reader.address();
  const state = pick(states, reader.u8(), 'address state');
  const reason = reasonOfNumber(reader.u8());
  return { address, state, reason, attempts: reader.u8() };
}

function hardwareText(bytes: Buffer): string | null {
  if (bytes.every((byte) => byte === 0)) return null;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function pick<T>(values: readonly T[], index: number, what: string): T {
  const value = values[index];
  if (value === undefined) throw new WireError(`${what} ${String(index)} is unknown`);
  return value;
}
