import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { priorityOf } from '../../src/log/journal.js';
import { formatFor } from '../../src/log/log.js';

const LOG = JSON.stringify(new URL('../../src/log/log.js', import.meta.url).href);

const write = (program: string): string[] => [
  '--input-type=module',
  '-e',
  `const { openLog } = await import(${LOG}); const log = await openLog('network'); ${program}`,
];

/** Each line once, in sorted order: what is under way when a process ends may come twice or out of order. */
const linesOf = (text: string): string[] => [...new Set(text.trim().split('\n'))].sort();

test('the form of the log follows from what stderr is', () => {
  assert.equal(formatFor(true, undefined, 8n, 99n), 'pretty');
  assert.equal(formatFor(false, undefined, 8n, 99n), 'json');
  assert.equal(formatFor(false, '8:99', 8n, 99n), 'journal');
  // Inherited from a service manager, but stderr was redirected since.
  assert.equal(formatFor(false, '8:98', 8n, 99n), 'json');
});

test('levels become priorities of the journal', () => {
  assert.deepEqual([60, 50, 40, 30, 20, 10].map(priorityOf), [2, 3, 4, 6, 7, 7]);
});

test('lines are JSON with level, time, role and message, and an ending process writes all of them', async () => {
  const child = spawn(
    process.execPath,
    write(`for (let n = 0; n < 500; n++) log.warn('line ' + n); process.exit(0)`),
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let text = '';
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  await once(child, 'close');
  const lines = linesOf(text).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 500);
  assert.deepEqual(Object.keys(lines[0] ?? {}), ['level', 'time', 'role', 'msg']);
  assert.equal(lines[0]?.['level'], 'warn');
  const messages = new Set(lines.map((line) => line['msg']));
  for (let n = 0; n < 500; n++) assert.ok(messages.has(`line ${String(n)}`));
  assert.equal(lines[0]['role'], 'network');
});

test('a line that is written late bears the time at which it happened, and only that one', async () => {
  const child = spawn(
    process.execPath,
    write(`
      const { withTime } = await import(${LOG});
      withTime(Date.parse('2026-01-02T03:04:05.678Z'), () => log.info('late'));
      log.info('now');
      process.exit(0)`),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let text = '';
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  await once(child, 'close');
  const times = new Map(
    linesOf(text)
      .map((line) => JSON.parse(line) as { msg: string; time: string })
      .map(({ msg, time }) => [msg, time]),
  );
  assert.equal(times.get('late'), '2026-01-02T03:04:05.678Z');
  assert.ok(Math.abs(Date.parse(times.get('now') ?? '') - Date.now()) < 60_000);
});

test('for the journal each line begins with its priority', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raisd-log-'));
  try {
    const path = join(directory, 'stderr');
    const stderr = openSync(path, 'a');
    const { dev, ino } = fstatSync(stderr);
    const child = spawn(process.execPath, write(`log.error('bad'); log.info('well'); process.exit(0)`), {
      stdio: ['ignore', 'ignore', stderr],
      env: { ...process.env, JOURNAL_STREAM: `${String(dev)}:${String(ino)}` },
    });
    closeSync(stderr);
    await once(child, 'close');
    const lines = linesOf(readFileSync(path, 'utf8'));
    assert.equal(lines.length, 2, lines.join('\n'));
    assert.match(lines[0] ?? '', /^<3>\{.*"msg":"bad"\}$/);
    assert.match(lines[1] ?? '', /^<6>\{.*"msg":"well"\}$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a reader of stderr that stalls holds up nothing: lines are dropped and counted', async () => {
  const program = `
    const text = 'x'.repeat(1000);
    for (let n = 0; n < 5000; n++) { log.info(n + text); if (n % 100 === 0) await new Promise(setImmediate); }
    process.stdout.write('done');
    process.stdin.resume();
    process.stdin.on('end', () => setTimeout(() => process.exit(0), 1500));`;
  const child = spawn(process.execPath, write(program), { stdio: ['pipe', 'pipe', 'pipe'] });
  try {
    // Nobody reads stderr until the child has logged five times what may wait.
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
    let text = '';
    child.stderr.on('data', (data: Buffer) => (text += data.toString()));
    child.stdin.end();
    await once(child, 'close');
    const lines = linesOf(text).map((line) => JSON.parse(line) as { msg: string; dropped?: number });
    const dropped = lines.reduce((sum, line) => sum + (line.dropped ?? 0), 0);
    assert.ok(dropped > 3000, String(dropped));
    // A report can be dropped itself, and is counted with the next.
    const all = lines.filter((line) => line.dropped === undefined).length + dropped;
    assert.ok(all >= 5000 && all < 5100, String(all));
  } finally {
    child.kill('SIGKILL');
  }
});
