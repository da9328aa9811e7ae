// What is wrong with a configuration, and where: the operator finds the place without a search.

/** Where a value stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Fault extends Place {
  readonly file: string;
  /** `groups.web.heartbeat.timeout`; `file` for the file as a whole, `yaml` where it is not well-formed. */
  readonly key: string;
  readonly message: string;
}

/** Keys and list positions from the top of the file down to a value. */
export type Path = readonly (string | number)[];

/** Takes up what the checks find. A warning does not keep the configuration from being used. */
export interface Findings {
  fault(path: Path, message: string): void;
  /** The same where the key is at fault, not its value. */
  faultyKey(path: Path, message: string): void;
  warn(path: Path, message: string): void;
  /** Where the value at `path` stands, or what would hold it. */
  placeOf(path: Path): Place;
  /** Whether the file has a value at `path`, right or wrong. */
  isWritten(path: Path): boolean;
}

/** `groups.web.prefer[0] on line 12`. */
export const reference = (findings: Findings, path: Path): string =>
  `${formatPath(path)} on line ${String(findings.placeOf(path).line)}`;

/** `FILE:LINE:COLUMN: key: what is wrong`, one line. */
export const formatFault = (fault: Fault): string =>
  `${fault.file}:${String(fault.line)}:${String(fault.column)}: ${fault.key}: ${visible(fault.message)}`;

/** Nothing from the file can break the line, or write to the terminal what it likes. */
const visible = (text: string): string => text.replace(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/gu, escaped);

/** Sorted by place, then by key. */
export const sortFaults = (faults: readonly Fault[]): Fault[] =>
  [...faults].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.key < b.key ? -1 : Number(a.key > b.key)),
  );

/** `groups.web.prefer[3]`; a key that is no plain word stands in quotes. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${String(step)}]`;
    else text += (text === '' ? '' : '.') + (/^[A-Za-z0-9._-]{1,64}$/.test(step) ? step : quoted(step));
  }
  return text;
}

const MAX_QUOTED = 60;

/** Text from the file as part of a message: in quotes, on one line, its length bounded. */
export function quoted(text: string): string {
  const whole = [...text.slice(0, MAX_QUOTED + 1)];
  const part = text.length > MAX_QUOTED ? `${whole.slice(0, MAX_QUOTED).join('')}…` : text;
  return `"${visible(part.replace(/["\\]/g, '\\$&'))}"`;
}

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** A value from the file as part of a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : 'a map';
}
