// What an operator sees on a terminal that is too small for everything: what is wrong, and rows that can be read.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { fitted } from '../../src/ctl/fitted.js';
import { screenOf } from '../../src/ctl/screen.js';
import { statusText } from '../../src/ctl/status-view.js';
import { tableLines } from '../../src/ctl/table.js';
import { rowsOf } from '../../src/ctl/wrapping.js';
import { cleanUp, fakeControl } from './fake-control.js';
import { startOnTerminal } from './raisctl.js';
import { large, troubled } from './samples.js';

afterEach(cleanUp);

const SIZES = [
  [80, 24],
  [120, 15],
  [160, 40],
] as const;

const textAt = (columns: number, rows: number, status = troubled): string => {
  const terminal = { isTTY: true, columns, rows } as NodeJS.WriteStream;
  return statusText(status, false, screenOf(terminal, {}));
};

for (const [columns, rows] of SIZES) {
  const size = `${String(columns)} × ${String(rows)}`;

  test(`R58: watch at ${size} keeps the heading and the problems on the terminal`, async () => {
    const control = await fakeControl((client) => {
      client.result(troubled);
    });
    const running = startOnTerminal(
      ['watch', '--socket', control.path],
      { NO_COLOR: '1' },
      `${String(columns)} rows ${String(rows)}`,
    );
    await running.printed(/more lines: make the window/);
    running.interrupt();
    const { output } = await running.ended;
    assert.match(output, /raisd 0\.1\.0 on [^]*PROBLEMS[^]*served by nobody[^]*10\.77\.1\.13 is silent/);
  });

  test(`at ${size} no more rows are shown than there are, and few are left free`, () => {
    for (const status of [troubled, large(true)]) {
      const shown = fitted(textAt(columns, rows, status), columns, rows).split('\n');
      const taken = shown.reduce((sum, line) => sum + rowsOf(line, columns), 0);
      assert.ok(taken < rows, `${String(taken)} of ${String(rows)} rows:\n${shown.join('\n')}`);
      assert.ok(taken > rows - 6);
    }
  });

  test(`R58: at ${size} the rows of the tables of status fit on a line`, () => {
    const lines = textAt(columns, rows).split('\n');
    const tables = lines.filter((line) => /^ {2}[^ ]* ?(10\.77|HOST|ADDRESS)|^ {4}/.test(line));
    assert.ok(tables.length > 18);
    for (const line of tables) assert.equal(rowsOf(line, columns), 1, line);
  });
}

test('what has no room in its column stands below its row, indented; what is no reason with its name', () => {
  const columns = [{ head: 'HOST' }, { head: 'SERVES' }, { head: 'STATE' }, { head: 'NOTE' }];
  const rows = [
    ['h1', '12 online, 3 acquiring', 'ok', 'this host'],
    ['h2', '-', 'failed', 'test http: connect to 127.0.0.1:80: ECONNREFUSED'],
    ['h3', '-', 'ok', ''],
  ];
  assert.deepEqual(tableLines(columns, rows, 60), [
    '  HOST  SERVES                  STATE   NOTE',
    '  h1    12 online, 3 acquiring  ok      this host',
    '  h2    -                       failed  test http: connect',
    '                                        to 127.0.0.1:80:',
    '                                        ECONNREFUSED',
    '  h3    -                       ok',
  ]);
  assert.deepEqual(tableLines(columns, rows, 48), [
    '  HOST  SERVES                  STATE',
    '  h1    12 online, 3 acquiring  ok',
    '    this host',
    '  h2    -                       failed',
    '    test http: connect to 127.0.0.1:80:',
    '    ECONNREFUSED',
    '  h3    -                       ok',
  ]);
  assert.deepEqual(tableLines(columns, rows, 30), [
    '  HOST  STATE',
    '  h1    ok',
    '    serves: 12 online, 3',
    '    acquiring; this host',
    '  h2    failed',
    '    test http: connect to',
    '    127.0.0.1:80: ECONNREFUSED',
    '  h3    ok',
  ]);
});
