// This process as an SNMP engine (RFC 3411, 3414): its id, how often it was started, and for how long it runs. A receiver of
// version 3 traps refuses what comes from before the newest start that it knows of, so that the count must only
// ascend, also over restarts, and also where the state directory was lost.

import { readSync, writeSync } from 'node:fs';
import { addressBytes, familyOf, type HostId } from '../../core/address.js';

export interface Engine {
  /** snmpEngineID, known before the first start: of the enterprise number and the host id alone. */
  readonly id: Buffer;
  /** snmpEngineBoots: 1 to 2³¹−1. */
  boots(): number;
  /** snmpEngineTime: seconds since the start. */
  time(): number;
  /** sysUpTime: hundredths of a second since the start, 1 to 2³²−1. */
  upTime(): number;
}

/** `now`: milliseconds of a clock that never goes back. */
export function startEngine(
  enterprise: number,
  host: HostId,
  boots: () => number,
  now: () => number = () => performance.now(),
): Engine {
  const started = now();
  const elapsed = (perSecond: number): number => Math.floor(((now() - started) * perSecond) / 1000);
  return {
    id: engineId(enterprise, host),
    boots,
    time: () => Math.min(elapsed(1), MAX_INTEGER),
    upTime: () => Math.max(1, elapsed(100) % 2 ** 32),
  };
}

/** RFC 3411, SnmpEngineID: formats 1 (IPv4) and 2 (IPv6). */
function engineId(enterprise: number, host: HostId): Buffer {
  const id = Buffer.alloc(5);
  id.writeUInt32BE((enterprise | 0x80000000) >>> 0);
  id.writeUInt8(familyOf(host) === 4 ? 1 : 2, 4);
  return Buffer.concat([id, addressBytes(host)]);
}

const MAX_INTEGER = 2 ** 31 - 1;
/** The count as text, of a fixed width so that one write replaces it. */
const FILE_BYTES = 11;
/** From here, by the minute: ahead of whatever was counted and lost, unless it was started more than once a minute all along. */
const COUNT_BEGAN = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/** Counts one more start in the file, and returns the count. `wallClock`: milliseconds since 1970. Throws where it cannot be written. */
export function countStart(descriptor: number, wallClock: number): number {
  const bytes = Buffer.alloc(FILE_BYTES);
  readSync(descriptor, bytes, 0, FILE_BYTES, 0);
  const before = /^(\d{10})\n$/.exec(bytes.toString('latin1'))?.[1];
  const boots = Math.min(
    before === undefined ? startsWithoutFile(wallClock) : Number(before) + 1,
    MAX_INTEGER,
  );
  writeSync(descriptor, `${String(boots).padStart(FILE_BYTES - 1, '0')}\n`, 0, 'latin1');
  return boots;
}

/** The count where none is kept. */
export const startsWithoutFile = (wallClock: number): number =>
  Math.max(1, Math.floor((wallClock - COUNT_BEGAN) / MINUTE_MS));
