// IP addresses as values: one canonical text an address, compared numerically (never as strings),
// IPv4 before IPv6. Own parser, because the core imports nothing.

/** An IPv4 or IPv6 address in canonical text (RFC 5952 for IPv6). Make one with `parseAddress`. */
export type Address = string & { readonly kind: 'address' };

/** The id of a host: its first control address. */
export type HostId = Address;

/** An address through which clients reach a service. */
export type ServiceAddress = Address;

export type Family = 4 | 6;

export const familyOf = (address: Address): Family => (address.includes(':') ? 6 : 4);

/** The address that `text` denotes in canonical form, or null if it denotes none. No zone, no prefix. */
export function parseAddress(text: string): Address | null {
  const bytes = text.includes(':') ? parseV6(text) : parseV4(text);
  return bytes === null ? null : addressFromBytes(bytes);
}

/** 4 bytes or 16 bytes in network order → address. Throws a RangeError on any other length. */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length === 4)
    return `${String(bytes[0])}.${String(bytes[1])}.${String(bytes[2])}.${String(bytes[3])}` as Address;
  if (bytes.length === 16) return formatV6(bytes) as Address;
  throw new RangeError(`an address has 4 or 16 bytes, not ${String(bytes.length)}`);
}

/** The 4 or 16 bytes of an address, in network order. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = familyOf(address) === 6 ? parseV6(address) : parseV4(address);
  if (bytes === null) throw new RangeError(`not an address: ${address}`);
  return bytes;
}

const sortKeys = new Map<string, string>();
const SORT_KEYS_KEPT = 100_000;

/** Numeric order, IPv4 before IPv6: negative, zero or positive, for `sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (a === b) return 0;
  return sortKey(a) < sortKey(b) ? -1 : 1;
}

function sortKey(address: Address): string {
  const known = sortKeys.get(address);
  if (known !== undefined) return known;
  let key = String(familyOf(address));
  for (const byte of addressBytes(address)) key += byte.toString(16).padStart(2, '0');
  if (sortKeys.size >= SORT_KEYS_KEPT) sortKeys.clear();
  sortKeys.set(address, key);
  return key;
}

/** A sorted copy. */
export const sortAddresses = (addresses: Iterable<Address>): Address[] =>
  [...addresses].sort(compareAddresses);

/** Whether two addresses of one family share their first `prefix` bits. */
export function sameSubnet(a: Address, b: Address, prefix: number): boolean {
  const [x, y] = [addressBytes(a), addressBytes(b)];
  if (x.length !== y.length) return false;
  for (let bit = 0; bit < prefix; bit += 8) {
    const mask = prefix - bit >= 8 ? 0xff : (0xff00 >> (prefix - bit)) & 0xff;
    if (((x[bit >> 3] ?? 0) & mask) !== ((y[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

const ZERO = 48;
const NINE = 57;
const DOT = 46;

/** Digit by digit: a message or a takeover of a thousand addresses waits for this. No leading zero, which might mean octal. */
function parseV4(text: string): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let [part, value, digits] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT && digits > 0 && part < 3) {
      bytes[part++] = value;
      value = digits = 0;
    } else if (code >= ZERO && code <= NINE && (digits === 0 || value > 0)) {
      value = 10 * value + code - ZERO;
      digits++;
      if (value > 255) return null;
    } else return null;
  }
  bytes[part] = value;
  return part === 3 && digits > 0 ? bytes : null;
}

function parseV6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Colon-separated groups as bytes; a dotted IPv4 tail is allowed where `last` says that the text ends here. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (last && index === groups.length - 1 && group.includes('.')) {
      const tail = parseV4(group);
      if (tail === null) return null;
      bytes.push(...tail);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as "::". */
function formatV6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let [best, bestLength] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
}
