// Text to YAML nodes. The library's composer recurses, and where it exhausts the stack the whole process may die of it
// (V8 aborts when a regular expression cannot be compiled). So its parser, which keeps a stack of its own, is driven by
// hand and stopped in time.

import { Composer, Lexer, LineCounter, Parser } from 'yaml';
import type { CST, Document } from 'yaml';
import type { Place } from './fault.js';
import { MAX_DEPTH } from './limits.js';

export interface SyntaxFault extends Place {
  readonly message: string;
}

export interface ParsedText {
  /** Well-formed only where there are no faults. */
  readonly document: Document.Parsed | null;
  readonly faults: readonly SyntaxFault[];
  placeAt(offset: number): Place;
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
} as const;

/** Never throws. */
export function parseText(text: string): ParsedText {
  const placeAt = placesOf(text);
  try {
    const [document, second] = [...new Composer(OPTIONS).compose(tokens(text), true, text.length)];
    if (document === undefined) throw new Error('the composer was told to make a document in any case');
    const faults = telling([...document.errors, ...document.warnings]).map(({ pos, code, message }) => ({
      ...placeAt(pos[0]),
      message: hint(text, pos[0], code, message),
    }));
    if (second !== undefined) faults.push({ ...placeAt(second.range[0]), message: MULTIPLE });
    return { document, faults: onePerPlace(faults), placeAt };
  } catch (error) {
    const [offset, message] =
      error instanceof TooDeep ? [error.offset, TOO_DEEP] : [0, 'cannot be parsed as YAML'];
    return { document: null, faults: [{ ...placeAt(offset), message }], placeAt };
  }
}

/** Offset → place. Counted here, because the parser loses count once it has met an error. */
function placesOf(text: string): (offset: number) => Place {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return (offset) => {
    const { line, col } = lines.linePos(Math.max(0, offset));
    return { line, column: col };
  };
}

class TooDeep extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super(TOO_DEEP);
    this.offset = offset;
  }
}

const TOO_DEEP = `values are nested more than ${String(MAX_DEPTH)} levels deep`;

/** What lies on the parser's stack besides the collections: the document and the value being read. */
const MARGIN = 2;

function* tokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH + MARGIN) throw new TooDeep(parser.offset);
  }
  yield* parser.end();
}

/** The errors up to the first token that has no place: after that the parser takes offence at everything. */
function telling<E extends { readonly code: string; readonly pos: readonly [number, number] }>(
  errors: readonly E[],
): E[] {
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const lost = sorted.findIndex((error) => error.code === 'UNEXPECTED_TOKEN');
  return lost === -1 ? sorted : sorted.slice(0, lost + 1);
}

const MULTIPLE = 'a second document begins here (---): the file must hold one';

/** What to do, where the library's own words do not say it: by its code or its words. */
const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab indents this line: YAML allows only spaces there',
  TAG_RESOLVE_FAILED: 'a tag of this kind (!…) is not allowed',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "key: value" on the same line: put it on its own line, or the text in quotes',
  MULTILINE_IMPLICIT_KEY: 'this line has no ": ", or its indentation does not fit the lines above',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket or quote above was not closed',
  UNEXPECTED_TOKEN:
    'does not belong here: check the indentation and the brackets above, or put the whole text in quotes',
  'Implicit map keys need to be followed by map values': 'this key has no ": " behind it',
  'Missing closing "quote': 'a quote (") above is not closed',
  "Missing closing 'quote": "a quote (') above is not closed",
};

function hint(text: string, offset: number, code: string, message: string): string {
  const [line = ''] = message.split('\n');
  if (text[offset] === ':' && text[offset - 1] === ']')
    return 'brackets begin a list: put an IPv6 address with its port in quotes, as in "[2001:db8::1]:53"';
  return HINTS[code] ?? HINTS[line] ?? line;
}

/** What follows an error at the same place follows from it. */
function onePerPlace(faults: readonly SyntaxFault[]): SyntaxFault[] {
  const first = new Map<string, SyntaxFault>();
  for (const fault of faults) {
    const place = `${String(fault.line)}:${String(fault.column)}`;
    if (!first.has(place)) first.set(place, fault);
  }
  return [...first.values()];
}
