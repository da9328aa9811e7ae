import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { cleanUp, fakeControl, socketPath, type Client } from './fake-control.js';
import { RAISCTL, Running, startOnTerminal, startRaisctl } from './raisctl.js';
import { entries, group, healthy, large, status, troubled } from './samples.js';

afterEach(cleanUp);

/** The first two entries at once, the third as an event with them. */
const follow = (client: Client): void => {
  client.result({ entries: entries.slice(0, 2) });
  client.event(entries[2]);
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`history --follow goes on with events and ends well on ${signal}`, async () => {
    let gone: Promise<unknown> | undefined;
    const control = await fakeControl((client) => {
      gone = client.gone;
      follow(client);
    });
    const running = startRaisctl(['history', '--follow', '--socket', control.path]);
    await running.printed(/address-online .*is online on/);
    running.process.kill(signal);
    const { code, output, errors } = await running.ended;
    assert.deepEqual({ code, errors }, { code: 0, errors: '' });
    assert.deepEqual(
      output.split('\n').map((line) => line.slice(0, 65).trimEnd()),
      [
        '2026-11-05T10:00:00.000Z  10.77.1.11   -    started      raisd 0.',
        '2026-11-05T10:00:00.120Z  10.77.1.102  web  host-silent  web: hos',
        '2026-11-05T10:00:00.140Z  10.77.1.11   web  address-online  web:',
        '',
      ],
    );
    assert.deepEqual(control.requests, [{ command: 'history', follow: true, id: 1 }]);
    await gone;
  });
}

test('history --follow --json writes one entry a line', async () => {
  const control = await fakeControl(follow);
  const running = startRaisctl(['history', '--follow', '--json', '--socket', control.path]);
  await running.printed(/address-online.*\n/);
  running.process.kill('SIGINT');
  const { output } = await running.ended;
  assert.deepEqual(
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    entries,
  );
});

test('history --follow ends well when nobody reads any more', async () => {
  const control = await fakeControl((client) => {
    client.result({ entries });
    const ticking = setInterval(() => {
      client.event(entries[2]);
    }, 10);
    void client.gone.then(() => {
      clearInterval(ticking);
    });
  });
  const command = `{ '${RAISCTL}' history --follow --socket '${control.path}'; echo "exit $?" >&2; } | head -n 2`;
  const { output, errors } = await new Running('sh', ['-c', command], process.env).ended;
  assert.equal(output.split('\n').length, 3);
  assert.equal(errors, 'exit 0\n');
});

test('status ends well when nobody reads it', async () => {
  const control = await fakeControl((client) => {
    client.result(large(true));
  });
  const command = `{ '${RAISCTL}' status --all --socket '${control.path}'; echo "exit $?" >&2; } | head -n 1`;
  const { errors } = await new Running('sh', ['-c', command], process.env).ended;
  assert.equal(errors, 'exit 0\n');
});

test('exit 3: the daemon dies while its history is followed', async () => {
  const control = await fakeControl((client) => {
    follow(client);
    client.raw('{"id":1,"event":{"at":');
  });
  const running = startRaisctl(['history', '--follow', '--socket', control.path]);
  await running.printed(/address-online/);
  await control.close();
  const { code, errors } = await running.ended;
  assert.equal(code, 3);
  assert.match(
    errors,
    /^raisctl: raisd closed the connection at .* and sends no more; was it stopped or restarted\?/,
  );
});

test('exit 1: the daemon refuses in the middle of a stream', async () => {
  const control = await fakeControl((client) => {
    follow(client);
    client.error('the history is followed by too many');
  });
  const { code, errors } = await startRaisctl(['history', '--follow', '--socket', control.path]).ended;
  assert.deepEqual({ code, errors }, { code: 1, errors: 'raisctl: the history is followed by too many\n' });
});

test('exit 1: an event that is none', async () => {
  const control = await fakeControl((client) => {
    client.result({ entries: [] });
    client.event({ at: 7 });
  });
  const { code, errors } = await startRaisctl(['history', '--follow', '--socket', control.path]).ended;
  assert.equal(code, 1);
  assert.match(errors, /\(result\.at: not a text\)/);
});

test('watch writes one status after the other where there is no terminal, over one connection, and ends well on SIGINT', async () => {
  let looks = 0;
  const control = await fakeControl((client) => {
    looks += 1;
    client.result(looks === 1 ? healthy : troubled);
  });
  const running = startRaisctl(['watch', '--every', '100ms', '--socket', control.path]);
  await running.printed(/PROBLEMS/);
  running.process.kill('SIGINT');
  const { code, output, errors } = await running.ended;
  assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  assert.match(output, /^raisd 0\.1\.0 on 10\.77\.1\.11/);
  assert.deepEqual(
    control.requests.slice(0, 2).map(({ id }) => id),
    [1, 2],
  );
});

test('watch --json writes one status a line', async () => {
  const control = await fakeControl((client) => {
    client.result(healthy);
  });
  const running = startRaisctl(['watch', 'web', '--json', '--every', '100ms', '--socket', control.path]);
  await running.printed(/\n.*\n/);
  running.process.kill('SIGINT');
  const { output } = await running.ended;
  for (const line of output.trim().split('\n')) assert.deepEqual(JSON.parse(line), healthy);
  assert.deepEqual(control.requests[0], { command: 'status', group: 'web', id: 1 });
});

test('exit 3: the daemon dies while it is watched without a terminal', async () => {
  const control = await fakeControl((client) => {
    client.result(healthy);
  });
  const running = startRaisctl(['watch', '--every', '100ms', '--socket', control.path]);
  await running.printed(/raisd/);
  await control.close();
  assert.equal((await running.ended).code, 3);
});

test('exit 3: watch on a terminal without a daemon', async () => {
  const { code, output } = await startOnTerminal(['watch', '--socket', socketPath()]).ended;
  assert.equal(code, 3);
  assert.match(output, /no daemon/);
});

test('watch on a terminal outlives a restart of the daemon, says how old its data is meanwhile, and gives the cursor back', async () => {
  const path = socketPath();
  const show = (leader: string) => (client: Client) => {
    client.result(status({ [leader]: group() }));
  };
  const first = await fakeControl(show('before'), path);
  const running = startOnTerminal(['watch', '--every', '100ms', '--socket', path]);
  await running.printed(/before/);
  await first.close();
  await running.printed(/NO ANSWER, what follows is .* old:/);
  await fakeControl(show('after'), path);
  await running.printed(/after/);
  running.interrupt();
  const { code, output } = await running.ended;
  assert.equal(code, 0);
  assert.ok(output.includes('\u001b[?25l'));
  assert.ok(output.lastIndexOf('\u001b[?25h') > output.lastIndexOf('\u001b[?25l'));
});

test('watch on a low terminal keeps the top and says what is cut off', async () => {
  const control = await fakeControl((client) => {
    client.result(troubled);
  });
  const running = startOnTerminal(['watch', '--socket', control.path], {}, '160 rows 12');
  await running.printed(/\.\.\. \d+ more lines: make the window larger, or raisctl status/);
  running.interrupt();
  const { output } = await running.ended;
  assert.match(output, /PROBLEMS/);
});

test('watch on a terminal that does not tell its size, as a serial console, writes one status after the other', async () => {
  const control = await fakeControl((client) => {
    client.result(troubled);
  });
  const running = startOnTerminal(['watch', '--every', '100ms', '--socket', control.path], {}, '0 rows 0');
  await running.printed(/PROBLEMS[^]*PROBLEMS/);
  running.interrupt();
  const { code, output } = await running.ended;
  assert.equal(code, 0);
  assert.match(output, /Control messages: /);
});

test('colour is used on a terminal, and not with NO_COLOR, TERM=dumb or on a pipe', async () => {
  const control = await fakeControl((client) => {
    client.result(troubled);
  });
  const args = ['status', '--socket', control.path];
  const colour = /\u001b\[3[123]m/;
  assert.match((await startOnTerminal(args).ended).output, colour);
  assert.doesNotMatch((await startOnTerminal(args, { NO_COLOR: '1' }).ended).output, /\u001b\[/);
  assert.doesNotMatch((await startOnTerminal(args, { TERM: 'dumb' }).ended).output, /\u001b\[/);
  assert.doesNotMatch((await startRaisctl(args).ended).output, /\u001b\[/);
});

test('on a narrow terminal the last column is wrapped, the others stay aligned', async () => {
  const control = await fakeControl((client) => {
    client.result(troubled);
  });
  const { output } = await startOnTerminal(
    ['status', '--socket', control.path],
    { NO_COLOR: '1' },
    '110 rows 60',
  ).ended;
  const lines = output.split(/\r?\n/);
  const rows = lines.slice(lines.findLastIndex((line) => line.includes('PREFERRED HOST')));
  const table = rows.slice(0, rows.indexOf(''));
  assert.ok(table.length > 8, output);
  for (const line of table) assert.ok(line.length <= 110, line);
  assert.ok(
    table.some((line) => /^ {50,}\S/.test(line)),
    output,
  );
});
