// The content of an information message (R9–R11) as bytes: one snapshot, cut into pieces by the heartbeat process.
// Addresses stand in a table at its head, so that the largest group (limits.ts) fits, whoever serves what.

import type { Address } from '../core/address.js';
import type {
  AddressInformation,
  Decision,
  HostInformation,
  Information,
  ServedAddress,
  ServedState,
} from '../core/host-information.js';
import { REASONS, reasonOfNumber } from '../core/reason.js';
import { milliseconds } from '../core/time.js';
import { AddressTableWriter, readAddressTable } from './address-table.js';
import { Reader, WireError, Writer } from './bytes.js';
import { MAX_CONTROL_INTERFACES, MAX_HOSTS, MAX_SERVICE_ADDRESSES, MAX_SNAPSHOT_BYTES } from './limits.js';

const SNAPSHOT_FORMAT = 1;
const states: readonly ServedState[] = ['acquiring', 'online', 'releasing', 'not serving', 'prepared'];
const decisions: readonly Decision['kind'][] = ['none', 'move', 'fail-back', 'forget'];
/** Sentences on why a host is failed; those beyond it are left out. */
const MOST_FAILURES = 8;
const FLAG_OK = 1;
const FLAG_QUIESCED = 2;
const FLAG_OBSERVER = 4;
const FLAG_DNS = 8;
/** Ages end at some 8,900 years. */
const LONGEST_AGE = 2 ** 48 - 1;

/**
 * Entries of other hosts that do not fit are left out, the last first. Throws a RangeError if the rest does not fit
 * either: more addresses than a group may have.
 */
export function encodeSnapshot(information: Information): Buffer {
  const whole = encodeWith(information, information.others.length);
  if (whole.length <= MAX_SNAPSHOT_BYTES) return whole;
  let [best, fits, exceeds] = [encodeWith(information, 0), 0, information.others.length];
  while (exceeds - fits > 1) {
    const middle = (fits + exceeds) >> 1;
    const bytes = encodeWith(information, middle);
    if (bytes.length <= MAX_SNAPSHOT_BYTES) [best, fits] = [bytes, middle];
    else exceeds = middle;
  }
  if (best.length <= MAX_SNAPSHOT_BYTES) return best;
  throw new RangeError(
    `an information message of ${String(best.length)} bytes does not fit ${String(MAX_SNAPSHOT_BYTES)}`,
  );
}

/** `others`: how many of the other hosts' entries to write. */
function encodeWith(information: Information, others: number): Buffer {
  const table = new AddressTableWriter();
  const body = new SnapshotWriter(table);
  body.host(information.host);
  body.list(information.others.slice(0, others), ({ host, age }) => {
    body.u32(clamp(age, 0xffff_ffff));
    body.host(host);
  });
  body.list(information.addresses, (row) => {
    body.row(row);
  });
  const head = new Writer();
  head.u8(SNAPSHOT_FORMAT);
  table.write(head);
  return Buffer.concat([head.finish(), body.finish()]);
}

/** Rounded up: nothing becomes younger on its way (R12). */
const clamp = (value: number, most: number): number => Math.min(Math.max(0, Math.ceil(value)), most);

class SnapshotWriter extends Writer {
  private readonly table: AddressTableWriter;

  constructor(table: AddressTableWriter) {
    super();
    this.table = table;
  }

  private reference(address: Address): void {
    this.u16(this.table.positionOf(address));
  }

  private references(addresses: readonly Address[]): void {
    this.list(addresses, (address) => {
      this.reference(address);
    });
  }

  host(host: HostInformation): void {
    this.reference(host.id);
    this.u8(
      (host.ok ? FLAG_OK : 0) |
        (host.quiesced ? FLAG_QUIESCED : 0) |
        (host.observer ? FLAG_OBSERVER : 0) |
        (host.dns ? FLAG_DNS : 0),
    );
    this.u32(host.load);
    this.u32(host.capacity);
    this.bytes(hardwareBytes(host.hardwareAddress));
    this.references(host.controlAddresses);
    this.list(host.failures.slice(0, MOST_FAILURES), (text) => {
      this.text(text);
    });
    this.references(host.preferred);
    this.list(host.serving, (entry) => {
      this.reference(entry.address);
      this.u8(states.indexOf(entry.state));
      this.u8(REASONS[entry.reason]);
      this.u8(entry.attempts);
    });
    this.references(host.partitioned);
    this.references(host.unheard);
  }

  row(row: AddressInformation): void {
    this.reference(row.address);
    this.reference(row.preferredHost);
    this.u48(clamp(row.age, LONGEST_AGE));
    this.u32(row.decisionVersion);
    this.u8(decisions.indexOf(row.decision.kind));
    if (row.decision.kind === 'move') this.reference(row.decision.host);
  }
}

/** Six bytes; all zero: none. */
function hardwareBytes(text: string | null): Uint8Array {
  return text === null
    ? new Uint8Array(6)
    : Uint8Array.from(text.split(':').map((part) => parseInt(part, 16)));
}

/** Throws a WireError on what no version of `encodeSnapshot` could have made. */
export function decodeSnapshot(bytes: Uint8Array): Information {
  const reader = new Reader(bytes);
  const format = reader.u8();
  if (format !== SNAPSHOT_FORMAT) throw new WireError(`snapshot format ${String(format)}`);
  const reference = readAddressTable(reader);
  const host = decodeHost(reader, reference);
  const others = reader.list(MAX_HOSTS, () => {
    const age = milliseconds(reader.u32());
    return { host: decodeHost(reader, reference), age };
  });
  const addresses = reader.list(MAX_SERVICE_ADDRESSES, () => decodeRow(reader, reference));
  reader.end();
  return { host, others, addresses };
}

function decodeRow(reader: Reader, reference: () => Address): AddressInformation {
  const address = reference();
  const preferredHost = reference();
  const age = milliseconds(reader.u48());
  const decisionVersion = reader.u32();
  const kind = pick(decisions, reader.u8(), 'decision');
  const decision: Decision = kind === 'move' ? { kind, host: reference() } : { kind };
  return { address, preferredHost, age, decisionVersion, decision };
}

function decodeHost(reader: Reader, reference: () => Address): HostInformation {
  const id = reference();
  const flags = reader.u8();
  return {
    id,
    ok: (flags & FLAG_OK) !== 0,
    quiesced: (flags & FLAG_QUIESCED) !== 0,
    observer: (flags & FLAG_OBSERVER) !== 0,
    dns: (flags & FLAG_DNS) !== 0,
    load: reader.u32(),
    capacity: reader.u32(),
    hardwareAddress: hardwareText(reader.bytes(6)),
    controlAddresses: reader.list(MAX_CONTROL_INTERFACES, reference),
    failures: reader.list(MOST_FAILURES, () => reader.text()),
    preferred: reader.list(MAX_SERVICE_ADDRESSES, reference),
    serving: reader.list(MAX_SERVICE_ADDRESSES, () => decodeServed(reader, reference)),
    partitioned: reader.list(MAX_HOSTS, reference),
    unheard: reader.list(MAX_HOSTS, reference),
  };
}

function decodeServed(reader: Reader, reference: () => Address): ServedAddress {
  const address = reference();
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
