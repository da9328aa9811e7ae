import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { MAX_LINE_CHARACTERS, MAX_OUTPUT_BYTES, outputLines } from '../../src/scripts/output-lines.js';

/** The lines that come of these writes, with their stream. */
async function linesOf(
  ...writes: readonly (readonly ['stdout' | 'stderr', string | Buffer])[]
): Promise<string[]> {
  const lines: string[] = [];
  const under = outputLines((stream, line) => lines.push(`${stream} ${line}`));
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  under.read('stdout', streams.stdout);
  under.read('stderr', streams.stderr);
  for (const [stream, data] of writes) streams[stream].write(data);
  const ends = Object.values(streams).map(
    (stream) => new Promise((resolve) => stream.end().once('end', resolve)),
  );
  await Promise.all(ends);
  return lines;
}

test('output is cut into lines, also one without an end', async () => {
  assert.deepEqual(await linesOf(['stdout', 'one\ntw'], ['stderr', 'three'], ['stdout', 'o\nfour']), [
    'stdout one',
    'stdout two',
    'stdout four',
    'stderr three',
  ]);
});

test('a character that arrives in two parts is one', async () => {
  const text = Buffer.from('ä\n');
  assert.deepEqual(await linesOf(['stdout', text.subarray(0, 1)], ['stdout', text.subarray(1)]), [
    'stdout ä',
  ]);
});

test('control characters do not reach the log', async () => {
  assert.deepEqual(await linesOf(['stdout', '\u001b[2J\ta\u0000b\r\n']), ['stdout \ufffd[2J\ta\ufffdb']);
});

test('a long line is cut into several', async () => {
  const lines = await linesOf(['stdout', 'x'.repeat(MAX_LINE_CHARACTERS + 1)], ['stdout', 'y\n']);
  assert.deepEqual(
    lines.map((line) => line.length - 'stdout '.length),
    [MAX_LINE_CHARACTERS, 2],
  );
});

test('R20: beyond the bound of a run nothing is kept, and that is said once', async () => {
  const lines = await linesOf(
    ['stdout', 'x'.repeat(MAX_OUTPUT_BYTES - 3)],
    ['stderr', 'abcdef\nghi\n'],
    ['stdout', 'more\n'],
  );
  assert.equal(lines.filter((line) => line.includes('output truncated')).length, 1);
  assert.ok(lines.includes('stderr abc'));
  assert.ok(!lines.some((line) => line.includes('more') || line.includes('ghi')));
});
