// Where raisctl writes: how wide it is and whether it may be coloured. Colour repeats what a word says already,
// so that nothing is lost without it.

export interface Paint {
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bold: (text: string) => string;
}

export interface Screen {
  readonly paint: Paint;
  /** Characters a line; null: no terminal, or one that does not tell; lines are as long as they come. */
  readonly columns: number | null;
  /** Lines; null: likewise. */
  readonly rows: number | null;
}

const asItIs = (text: string): string => text;
const PLAIN: Paint = { bad: asItIs, warn: asItIs, good: asItIs, bold: asItIs };

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${String(on)}m${text}\u001b[${String(off)}m`;
const COLOURED: Paint = { bad: sgr(31, 39), warn: sgr(33, 39), good: sgr(32, 39), bold: sgr(1, 22) };

/** The screen behind `stream`: coloured only on a terminal, and not if NO_COLOR is set (no-color.org) or TERM is `dumb`. */
export function screenOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  // The declared type says that it is always there; it is not, on a pipe.
  const terminal = (stream.isTTY as boolean | undefined) === true;
  const colours = terminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return {
    paint: colours ? COLOURED : PLAIN,
    columns: terminal ? told(stream.columns) : null,
    rows: terminal ? told(stream.rows) : null,
  };
}

/** A serial console says that it has no column and no row. */
const told = (size: number): number | null => (size === 0 ? null : size);
