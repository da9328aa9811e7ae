// A zone file (RFC 1035, 5.1) as records with the places where they stand, so that single lines can be changed and all
// others be kept to the letter. It understands what decides where a record begins and whose it is: comments, quotes,
// parentheses, $ORIGIN, $TTL, owners that are left out. What a record says beyond that is not its matter.

/** A fault of the file, told with its line. */
export class ZoneFileError extends Error {
  constructor(line: number, what: string) {
    super(`line ${String(line)}: ${what}`);
  }
}

export interface Token {
  readonly text: string;
  readonly quoted: boolean;
  /** Place in the whole text. */
  readonly start: number;
  readonly end: number;
}

export interface ZoneRecord {
  /** Absolute, lower case, without the last dot. */
  readonly owner: string;
  /** The owner stands on the record's own line. */
  readonly ownsLine: boolean;
  /** Seconds; null: left out. */
  readonly ttl: number | null;
  /** What holds where it is left out: $TTL; null: there is none yet. */
  readonly defaultTtl: number | null;
  readonly type: string;
  readonly data: readonly Token[];
  /** Index of its first line, and of the one after its last. */
  readonly firstLine: number;
  readonly endLine: number;
}

export interface ParsedZone {
  /** Each with its line end. */
  readonly lines: readonly string[];
  readonly records: readonly ZoneRecord[];
}

interface Reading {
  origin: string;
  owner: string | null;
  defaultTtl: number | null;
}

const CLASSES = new Set(['IN', 'CH', 'HS', 'CS']);
const TTL = /^(?:\d+|(?:\d+[smhdw])+)$/i;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `zone`: its name, absolute, lower case, without the last dot. Throws a ZoneFileError. */
export function parseZone(text: string, zone: string): ParsedZone {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const reading: Reading = { origin: zone, owner: null, defaultTtl: null };
  const records: ZoneRecord[] = [];
  let offset = 0;
  for (let line = 0; line < lines.length;) {
    const entry = readEntry(lines, line, offset);
    const record = toRecord(entry, reading);
    if (record !== null) records.push(record);
    for (; line < entry.endLine; line++) offset += (lines[line] ?? '').length;
  }
  return { lines, records };
}

interface Entry {
  readonly tokens: readonly Token[];
  readonly indented: boolean;
  readonly firstLine: number;
  readonly endLine: number;
}

/** One entry: a line, or several where parentheses hold them together. */
function readEntry(lines: readonly string[], firstLine: number, offset: number): Entry {
  const tokens: Token[] = [];
  let depth = 0;
  let line = firstLine;
  let at = offset;
  do {
    const text = lines[line];
    if (text === undefined) throw new ZoneFileError(firstLine + 1, 'a parenthesis is not closed');
    depth = readLine(text, at, line, depth, tokens);
    at += text.length;
    line++;
  } while (depth > 0);
  return { tokens, indented: /^[ \t]/.test(lines[firstLine] ?? ''), firstLine, endLine: line };
}

/** Puts the line's tokens into `tokens`; the depth of parentheses at its end. */
function readLine(text: string, offset: number, line: number, before: number, tokens: Token[]): number {
  let depth = before;
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? '';
    if (character === ';') break;
    if (/\s/.test(character)) at++;
    else if (character === '(' || character === ')') {
      depth += character === '(' ? 1 : -1;
      if (depth < 0) throw new ZoneFileError(line + 1, 'a parenthesis is closed that was not opened');
      at++;
    } else {
      const token = readToken(text, at, line);
      tokens.push({ ...token, start: offset + token.start, end: offset + token.end });
      at = token.end;
    }
  }
  return depth;
}

const QUOTED = /"((?:\\.|[^"\\\n])*)"/y;
const PLAIN = /(?:\\.|[^\s;()"\\])+/y;

function readToken(text: string, start: number, line: number): Token {
  const quoted = text[start] === '"';
  const pattern = quoted ? QUOTED : PLAIN;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (match === null)
    throw new ZoneFileError(
      line + 1,
      quoted ? 'a quotation mark is not closed' : 'a backslash ends the line',
    );
  return { text: quoted ? (match[1] ?? '') : match[0], quoted, start, end: pattern.lastIndex };
}

/** Null: an empty line, a comment or a directive. */
function toRecord(entry: Entry, reading: Reading): ZoneRecord | null {
  const [first] = entry.tokens;
  if (first === undefined) return null;
  if (!entry.indented && first.text.startsWith('$') && !first.quoted) {
    obeyDirective(entry, reading);
    return null;
  }
  const ownsLine = !entry.indented;
  if (ownsLine) reading.owner = absoluteName(first.text, reading.origin);
  if (reading.owner === null) throw new ZoneFileError(entry.firstLine + 1, 'a record without an owner');
  const { ttl, type, data } = readFields(ownsLine ? entry.tokens.slice(1) : entry.tokens, entry);
  const { firstLine, endLine } = entry;
  return {
    owner: reading.owner,
    ownsLine,
    ttl,
    defaultTtl: reading.defaultTtl,
    type,
    data,
    firstLine,
    endLine,
  };
}

function obeyDirective({ tokens, firstLine }: Entry, reading: Reading): void {
  const [directive, value] = tokens;
  const name = directive?.text.toUpperCase();
  if (name === '$ORIGIN') {
    if (value === undefined) throw new ZoneFileError(firstLine + 1, '$ORIGIN without a name');
    reading.origin = absoluteName(value.text, reading.origin);
  } else if (name === '$TTL') {
    if (value === undefined || !TTL.test(value.text))
      throw new ZoneFileError(firstLine + 1, '$TTL without a time');
    reading.defaultTtl = seconds(value.text);
  }
}

/** TTL and class, in either order, both of them optional; then the type and its data. */
function readFields(
  tokens: readonly Token[],
  { firstLine }: Entry,
): Pick<ZoneRecord, 'ttl' | 'type' | 'data'> {
  let ttl: number | null = null;
  for (const [index, { text }] of tokens.entries()) {
    if (CLASSES.has(text.toUpperCase())) continue;
    if (TTL.test(text)) ttl = seconds(text);
    else return { ttl, type: text.toUpperCase(), data: tokens.slice(index + 1) };
  }
  throw new ZoneFileError(firstLine + 1, 'a record without a type');
}

const seconds = (text: string): number =>
  [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit === '' ? 's' : (unit ?? 's')] ?? 1),
    0,
  );

/** Absolute, lower case, without the last dot; the root is the empty text. */
export function absoluteName(name: string, origin: string): string {
  const lower = name.toLowerCase();
  if (lower === '@') return origin;
  if (/(^|[^\\])\.$/.test(lower)) return lower.slice(0, -1);
  return origin === '' ? lower : `${lower}.${origin}`;
}
