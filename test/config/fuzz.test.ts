// Whatever a file holds: it is refused with faults that have a place, or the configuration keeps its promises.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatFault } from '../../src/config/fault.js';
import { input } from './arbitraries.js';
import { assertInvariants } from './invariants.js';
import { Workspace } from './workspace.js';

const workspace = new Workspace();
workspace.write('other.key', Buffer.alloc(32, 9));
after(() => {
  workspace.remove();
});

function refusedOrSound(content: string | Buffer): void {
  const result = workspace.load(content);
  if (result.ok) {
    assertInvariants(result.configuration);
    return;
  }
  assert(result.faults.length > 0);
  const lines = content.toString().split('\n');
  for (const fault of result.faults) {
    assert(fault.line >= 1 && fault.line <= lines.length, formatFault(fault));
    assert(fault.column >= 1 && fault.column <= (lines[fault.line - 1]?.length ?? 0) + 2, formatFault(fault));
    assert.doesNotMatch(formatFault(fault).slice(workspace.directory.length), /\p{Cc}|undefined|\[object/u);
    assert(fault.key !== '' && fault.message !== '');
  }
}

const runs = { numRuns: 150, includeErrorInReport: true, interruptAfterTimeLimit: 10_000 };

test('R56: any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      refusedOrSound(Buffer.from(bytes));
    }),
    runs,
  );
});

const FRAGMENTS = [
  'control',
  'groups',
  'web',
  'tests',
  'loads',
  ': ',
  ':',
  '\n',
  '\n  ',
  '\n    ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '&a ',
  '*a',
  '<<',
  '!!str ',
  '? ',
  '"',
  "'",
  '|',
  '>',
  '#',
  '%YAML 1.1\n',
  '---\n',
  '...',
  '~',
  '\t',
  '10.0.0.1/24',
  '239.1.1.1:1',
  '__proto__',
  'ctl0',
  '\r\n',
  '\\u0000',
  '\u0085',
];

test('R56: any sequence of what YAML is made of', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }), (parts) => {
      refusedOrSound(parts.join(''));
    }),
    runs,
  );
});

test('R56: any value at any place', () => {
  const value = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('web', 'http', '5s', 'ctl0', '10.0.0.1/24', 5, -1, 0.5, true, null, ''),
      fc.string(),
      fc.double(),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).tree;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: true }), (whole) => {
      refusedOrSound(stringify(whole));
    }),
    runs,
  );
});

const key = fc.constantFrom(
  'control',
  'id',
  'groups',
  'tests',
  'loads',
  'snmp',
  'sinks',
  'web',
  'log',
  'level',
  'listen',
  'address',
  'peers',
  'key',
  'interface',
  'prefer',
  'heartbeat',
  'interval',
  'timeout',
  'dns',
  'zone',
  'file',
  'update',
  'http',
  'command',
  '__proto__',
  'constructor',
  'x y',
);

test('R56: a good file with a stroke through it', () => {
  fc.assert(
    fc.property(
      input,
      fc.nat(),
      fc.nat({ max: 12 }),
      fc.constantFrom('', ...FRAGMENTS),
      (written, at, length, instead) => {
        const text = stringify(written);
        const start = at % text.length;
        refusedOrSound(text.slice(0, start) + instead + text.slice(start + length));
      },
    ),
    runs,
  );
});

test('R56: a good file with one value replaced', () => {
  const other = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      [],
      {},
      '',
      '0',
      'x',
      '1ms',
      '10.0.0.1',
      '[::]:1',
      [null],
      { a: 1 },
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(input, fc.nat(), other, (written, at, instead) => {
      const whole = JSON.parse(
        JSON.stringify(Object.fromEntries(written), (_, value: unknown) =>
          value instanceof Map ? Object.fromEntries(value) : value,
        ),
      ) as object;
      const places = placesIn(whole);
      const [holder, step] = places[at % places.length] ?? [whole, 'control'];
      Object.defineProperty(holder, step, {
        value: instead,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      refusedOrSound(stringify(whole));
    }),
    runs,
  );
});

/** Every value below `holder`, as the object that holds it and its key there. */
const placesIn = (holder: object): [object, string][] =>
  Object.entries(holder).flatMap(([step, value]): [object, string][] => [
    [holder, step],
    ...(typeof value === 'object' && value !== null ? placesIn(value as object) : []),
  ]);
