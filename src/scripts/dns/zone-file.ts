// What a zone file advertises, and the file with other addresses (R40): only the address records of one name and the
// serial change; every other line is kept to the letter.

import { parseAddress, familyOf, sortAddresses, type ServiceAddress } from '../../core/address.js';
import { nextSerial } from './serial.js';
import { parseZone, ZoneFileError, type ParsedZone, type Token, type ZoneRecord } from './zone-file-parse.js';

export interface Advertisement {
  /** Absolute, lower case, without the last dot. */
  readonly zone: string;
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface Found {
  /** Sorted. */
  readonly addresses: readonly ServiceAddress[];
  /** All of them have the TTL that was asked about. */
  readonly ttlIsRight: boolean;
}

/** What the name has in the file. Throws a ZoneFileError. */
export function readAddresses(text: string, { zone, name, ttl }: Advertisement): Found {
  const records = addressRecords(parseZone(text, zone), name);
  return {
    addresses: sortAddresses(new Set(records.map(({ address }) => address))),
    ttlIsRight: records.every(({ record }) => ttlOf(record) === ttl),
  };
}

const ttlOf = (record: ZoneRecord): number | null => record.ttl ?? record.defaultTtl;

interface AddressRecord {
  readonly record: ZoneRecord;
  readonly address: ServiceAddress;
}

function addressRecords({ records }: ParsedZone, name: string): AddressRecord[] {
  return records.flatMap((record) => {
    if (record.owner !== name) return [];
    if (record.type === 'CNAME')
      throw new ZoneFileError(
        record.firstLine + 1,
        `${name} is a CNAME, beside which it can have no addresses`,
      );
    if (record.type !== 'A' && record.type !== 'AAAA') return [];
    const address = parseAddress(record.data[0]?.text.toLowerCase() ?? '');
    if (address === null) throw new ZoneFileError(record.firstLine + 1, `${record.type} without an address`);
    return [{ record, address }];
  });
}

/**
 * The text with these addresses (at least one) for the name, and the next serial. What is right already stays where it is;
 * new records stand where the first of the old ones stood, or at the end. Throws a ZoneFileError.
 */
export function withAddresses(
  text: string,
  advertisement: Advertisement,
  addresses: readonly ServiceAddress[],
): string {
  const { zone, name, ttl } = advertisement;
  const parsed = parseZone(text, zone);
  const present = addressRecords(parsed, name);
  const kept = present.filter(
    ({ address, record }) => addresses.includes(address) && ttlOf(record) === ttl && record.ownsLine,
  );
  const removed = present.filter((each) => !kept.includes(each)).map(({ record }) => record);
  const added = sortAddresses(addresses.filter((address) => !kept.some((each) => each.address === address)));
  const end = lineEndOf(text);
  const lineFor = (address: ServiceAddress): string =>
    `${name}. ${String(ttl)} IN ${familyOf(address) === 4 ? 'A' : 'AAAA'} ${address}${end}`;
  const edits = placeRecords(
    parsed,
    present,
    removed,
    added.map(lineFor),
    lineFor(addresses[0] as ServiceAddress),
  );
  checkInheritedTtl(parsed, removed, edits);
  const lines = [...withSerial(parsed)];
  for (const record of removed)
    for (let line = record.firstLine; line < record.endLine; line++) lines[line] = '';
  for (const [line, put] of edits) lines[line] = put.join('') + (lines[line] ?? '');
  return joined(lines, edits.get(parsed.lines.length), end);
}

const lineEndOf = (text: string): string => (/\r\n/.test(text) ? '\r\n' : '\n');

/** A last line without an end gets one, if something follows. */
function joined(lines: readonly string[], atEnd: readonly string[] | undefined, end: string): string {
  const body = lines.slice(0, atEnd === undefined ? undefined : -1).join('');
  if (atEnd === undefined) return body;
  return body + (body.endsWith('\n') || body === '' ? '' : end) + atEnd.join('');
}

/**
 * Which lines are put before which line. A record that takes its owner from the line before it must not change hands: where
 * such a line goes, one of ours takes its place. A record that is there twice is one record.
 */
function placeRecords(
  { lines, records }: ParsedZone,
  present: readonly AddressRecord[],
  removed: readonly ZoneRecord[],
  added: readonly string[],
  substitute: string,
): Map<number, string[]> {
  const edits = new Map<number, string[]>();
  const first = removed[0];
  const last = present.at(-1);
  if (added.length > 0) edits.set(first?.firstLine ?? last?.record.endLine ?? lines.length, [...added]);
  for (const record of removed) {
    const next = records[records.indexOf(record) + 1];
    const isNeeded = next !== undefined && !next.ownsLine && !removed.includes(next);
    if (isNeeded && !isOwned(records, removed, record, edits)) edits.set(record.firstLine, [substitute]);
  }
  return edits;
}

/** What precedes the record, after the removal, has the same owner. */
function isOwned(
  records: readonly ZoneRecord[],
  removed: readonly ZoneRecord[],
  record: ZoneRecord,
  edits: ReadonlyMap<number, readonly string[]>,
): boolean {
  for (let index = records.indexOf(record); index >= 0; index--) {
    const each = records[index] as ZoneRecord;
    if (edits.has(each.firstLine)) return true;
    if (!removed.includes(each)) return each.owner === record.owner;
  }
  return false;
}

/** Without $TTL a record without a TTL has that of the record before it: it would change with ours. */
function checkInheritedTtl(
  { records, lines }: ParsedZone,
  removed: readonly ZoneRecord[],
  edits: ReadonlyMap<number, readonly string[]>,
): void {
  const touched = [...removed.map((record) => record.endLine), ...edits.keys()].filter(
    (line) => line < lines.length,
  );
  for (const line of touched) {
    const next = records.find((record) => record.firstLine >= line && !removed.includes(record));
    if (next !== undefined && next.ttl === null && next.defaultTtl === null)
      throw new ZoneFileError(
        next.firstLine + 1,
        'the record takes its TTL from the one before it, which raisd would change: put $TTL at the head of the file',
      );
  }
}

const SERIAL_FIELD = 2;

/** The lines with the serial of the zone's SOA raised by one. */
function withSerial({ lines, records }: ParsedZone): string[] {
  const soa = records.find((record) => record.type === 'SOA');
  const token = soa?.data[SERIAL_FIELD];
  if (token === undefined || !/^\d+$/.test(token.text) || Number(token.text) >= 2 ** 32)
    throw new ZoneFileError((soa?.firstLine ?? 0) + 1, 'there is no SOA with a serial number');
  return replaceToken(lines, token, String(nextSerial(Number(token.text))));
}

function replaceToken(lines: readonly string[], { start, end }: Token, text: string): string[] {
  let offset = 0;
  return lines.map((line) => {
    const at = start - offset;
    const isHere = at >= 0 && at < line.length;
    const changed = isHere ? line.slice(0, at) + text + line.slice(end - offset) : line;
    offset += line.length;
    return changed;
  });
}
