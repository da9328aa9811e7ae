import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { milliseconds } from '../../src/core/time.js';
import {
  configuration,
  endRoles,
  isAlive,
  RoleUnderTest,
  script,
  scriptDirectory,
  untilExists,
  untilGone,
} from './role-harness.js';

const A = '10.77.0.101';
let directory: ReturnType<typeof scriptDirectory>;

before(() => {
  directory = scriptDirectory();
});
afterEach(endRoles);
after(() => {
  directory.remove();
});

let scripts = 0;
const shell = (text: string): string => directory.write(`script${String(++scripts)}`, `#!/bin/sh\n${text}\n`);

/** Runs `text` as the acquire script and hands over the role and the answer. */
async function acquire(
  text: string,
  more: Parameters<typeof script>[1] = {},
  launch: Parameters<typeof RoleUnderTest.start>[1] = {},
): Promise<{ role: RoleUnderTest; error: string | null }> {
  const role = await RoleUnderTest.start(
    configuration({ web: { onAcquire: script([shell(text)], more) } }),
    launch,
  );
  const error = await role.control.run('acquire', 'web', A).answer;
  await role.line(/acquire script: /);
  return { role, error };
}

test('R21: the acquire script gets group, address and interface, and of the environment only what it is promised', async () => {
  const file = shell('echo "args $0 $*"; pwd; cat; env | sort; echo end');
  const role = await RoleUnderTest.start(configuration({ web: { onAcquire: script([file, '--fast']) } }));
  assert.equal(await role.control.run('acquire', 'web', A, 'its preferred host is silent').answer, null);
  await role.line(/^end$/);
  assert.deepEqual(role.printed(), [
    `args ${file} --fast web ${A} svc0`,
    '/',
    'HOME=/root',
    'LANG=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'PWD=/',
    'RAISD_ACTION=acquire',
    `RAISD_ADDRESS=${A}`,
    'RAISD_GROUP=web',
    'RAISD_HOST=10.77.1.11',
    'RAISD_INTERFACE=svc0',
    'RAISD_REASON=its preferred host is silent',
    'USER=root',
    'end',
  ]);
});

test('R22: the release script is run for a release', async () => {
  const groups = {
    web: { onAcquire: script(['/bin/false']), onRelease: script([shell('echo "$RAISD_ACTION $2"')]) },
  };
  const role = await RoleUnderTest.start(configuration(groups));
  assert.equal(await role.control.run('release', 'web', '2001:db8::1').answer, null);
  assert.equal(await role.line(/^release (.*)$/), '2001:db8::1');
});

test('R21: a script of another user has its uid, gid and supplementary groups, and no capability', async () => {
  // A private /etc/group gives www-data a second group, in a mount namespace that ends with the role.
  const groups = join(directory.path, 'group');
  writeFileSync(groups, 'root:x:0:\nwww-data:x:33:\noperators:x:4711:www-data\n');
  const mounted = `mount --bind ${groups} /etc/group && exec "$@"`;
  const { role, error } = await acquire(
    'echo "ids $(id -u) $(id -g) $(id -G)"; echo "home $HOME $USER"; echo caps $(grep -E "Cap(Inh|Prm|Eff|Amb)" /proc/self/status)',
    { user: 'www-data' },
    { before: ['unshare', '--mount', 'sh', '-c', mounted, 'sh'] },
  );
  assert.equal(error, null);
  assert.equal(await role.line(/^ids (.*)$/), '33 33 33 4711');
  assert.equal(await role.line(/^home (.*)$/), '/var/www www-data');
  const none = '0000000000000000';
  assert.equal(
    await role.line(/^caps (.*)$/),
    `CapInh: ${none} CapPrm: ${none} CapEff: ${none} CapAmb: ${none}`,
  );
});

test('R21: a script with the rights of the role alone can still become another user', async () => {
  const rights = ['setpriv', '--bounding-set=-all,+setuid,+setgid,+kill', '--inh-caps=-all', '--'];
  const hanging = { user: 'www-data', timeout: milliseconds(500) };
  const { role, error } = await acquire('id -un; exec sleep 600', hanging, { before: rights });
  assert.equal(await role.line(/^www-data$/), 'www-data');
  assert.equal(error, 'killed after 500 ms (timeout)');
});

test('R21: no descriptor of the daemon reaches a script', async () => {
  const secret = openSync(join(directory.path, 'secret'), 'w+');
  const { role } = await acquire(
    'exec ls -l /proc/self/fd',
    {},
    { extra: { descriptor: secret, place: 24 } },
  );
  closeSync(secret);
  const links = (): string[] => role.printed().flatMap((line) => /\d+ -> .*$/.exec(line) ?? []);
  await role.until('five descriptors', () => links().length >= 5);
  // 3 is the directory that ls reads; what was 24 in the role, and what the test's own parent left open, is nothing.
  const others = links().filter((link) => !/^\d+ -> \/dev\/null$|^3 -> \/proc\/\d+\/fd$/.test(link));
  assert.deepEqual(
    others.map((link) => link.replace(/:.*/, '')),
    ['1 -> pipe', '2 -> pipe'],
  );
  assert.ok(links().includes('24 -> /dev/null'));
});

for (const user of [null, 'www-data'])
  test(`R21: a script may open its outputs by name, as ${user ?? 'the daemon'}`, async () => {
    const text =
      'echo to stdout > /dev/stdout && echo to stderr > /dev/stderr && echo both | tee /dev/stderr && echo end';
    const { role, error } = await acquire(text, { user });
    await role.line(/^end$/);
    await role.until('both streams', () => role.printed('stderr').length >= 2);
    assert.equal(error, null);
    assert.deepEqual(role.printed(), ['to stdout', 'both', 'end']);
    assert.deepEqual(role.printed('stderr'), ['to stderr', 'both']);
  });

test('R21: an exit code other than 0 is the error', async () => {
  const { role, error } = await acquire('exit 3');
  assert.equal(error, 'exit 3');
  assert.ok(
    role.log.some((line) => line.level === 'warn' && line.msg === `web: ${A}: acquire script: exit 3`),
  );
});

test('R21: a script that a signal ends is an error that names the signal', async () => {
  const { error } = await acquire('kill -SEGV $$');
  assert.equal(error, 'killed by SIGSEGV');
});

for (const user of [null, 'www-data']) {
  const as = user === null ? 'as the daemon' : `as ${user}`;
  test(`R21: a program that cannot be started is an error that names it and the cause, ${as}`, async () => {
    const plain = directory.write(`plain-${as}`, 'no program');
    const [forbidden, interpreter] = [join(directory.path, `forbidden-${as}`), shell('')];
    writeFileSync(forbidden, '#!/bin/sh\n', { mode: 0o644 });
    writeFileSync(interpreter, '#!/no/such/interpreter\n', { mode: 0o755 });
    const role = await RoleUnderTest.start(
      configuration({
        missing: { onAcquire: script(['/no/such/program'], { user }) },
        forbidden: { onAcquire: script([forbidden], { user }) },
        below: { onAcquire: script([`${plain}/x`], { user }) },
        interpreter: { onAcquire: script([interpreter], { user }) },
      }),
    );
    const answer = (group: string): Promise<string | null> => role.control.run('acquire', group, A).answer;
    assert.equal(await answer('missing'), 'cannot start /no/such/program: ENOENT');
    assert.equal(await answer('forbidden'), `cannot start ${forbidden}: EACCES`);
    assert.equal(await answer('below'), `cannot start ${plain}/x: ENOTDIR`);
    assert.equal(await answer('interpreter'), `cannot start ${interpreter}: ENOENT`);
  });
}

test('R21: a script may itself exit with 127', async () => {
  const { error } = await acquire('no-such-command-at-all');
  assert.equal(error, 'exit 127');
});

test('R21: a user that does not exist is an error, and what it would have run is not run', async () => {
  const { role, error } = await acquire('echo run', { user: 'raisd-no-such-user' });
  assert.match(error ?? '', /^cannot run \/.* as raisd-no-such-user: no such user$/);
  assert.deepEqual(role.printed(), []);
});

test('R21: a role that may not switch the user says so at the start, and in the answer', async () => {
  const before = ['setpriv', '--bounding-set=-setuid,-setgid', '--inh-caps=-setuid,-setgid', '--'];
  const { role, error } = await acquire('echo run', { user: 'www-data' }, { before });
  assert.match(error ?? '', /^cannot run \/.* as www-data: (setresuid|initgroups|setresgid): EPERM$/);
  assert.ok(
    role.log.some(
      ({ msg }) => msg === 'scripts of www-data cannot be run: this process lacks CAP_SETGID, CAP_SETUID',
    ),
  );
  assert.deepEqual(role.printed(), []);
});

test('R21: past its timeout a script is killed with its whole process group, deaf to SIGTERM or not, and that is an error', async () => {
  const text =
    'trap "" TERM INT HUP\n(trap "" TERM; sleep 600 & echo "child $!"; wait) &\necho "script $$"\nwait';
  const { role, error } = await acquire(text, { timeout: milliseconds(1000) });
  assert.equal(error, 'killed after 1 s (timeout)');
  await untilGone(Number(await role.line(/^script (\d+)$/)));
  await untilGone(Number(await role.line(/^child (\d+)$/)));
});

test('R20: the exit of a script is its end, whoever it leaves behind with its output, and those go on', async () => {
  // One stays in the process group, one leaves it; both keep the output, and the second prints more.
  const marker = join(directory.path, 'went-on');
  const fifo = join(directory.path, 'go');
  const service = shell(
    `echo "pid $$"; read go < ${fifo}; i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; touch ${marker}; exec sleep 600`,
  );
  const { role, error } = await acquire(`mkfifo ${fifo}; sleep 600 & echo "same $!"; setsid ${service} &`);
  assert.equal(error, null);
  const [same, apart] = [Number(await role.line(/^same (\d+)$/)), Number(await role.line(/^pid (\d+)$/))];
  writeFileSync(fifo, 'go\n');
  await role.line(/^line 1999$/);
  await untilExists(marker);
  assert.deepEqual([isAlive(same), isAlive(apart)], [true, true]);
  for (const pid of [same, apart]) process.kill(pid, 'SIGKILL');
});

test('R20: a flood of output is logged up to its bound, says so once, and neither blocks nor ends the script', async () => {
  const { role, error } = await acquire(
    'yes "0123456789 0123456789 0123456789" | head -c 30000000; echo done >&2',
  );
  assert.equal(error, null);
  await role.line(/output truncated/);
  const truncated = role.log.filter(({ msg }) => msg.startsWith('output truncated'));
  assert.equal(truncated.length, 1);
  const bytes = role.printed().reduce((sum, line) => sum + line.length + 1, 0);
  assert.ok(bytes > 60_000 && bytes < 70_000, String(bytes));
});

test('R20: a running script that is cancelled is killed with its process group, and answers so', async () => {
  const configured = configuration({
    web: { onAcquire: script([shell('sleep 600 & echo "child $!"; wait')]) },
  });
  const role = await RoleUnderTest.start(configured);
  const { ticket, answer } = role.control.run('acquire', 'web', A);
  const child = Number(await role.line(/^child (\d+)$/));
  role.control.cancel(ticket);
  assert.equal(await answer, 'cancelled');
  await untilGone(child);
  // Twice, and a ticket that never was: nothing happens.
  role.control.cancel(ticket);
  role.control.cancel(999);
  assert.equal(await role.control.run('release', 'web', A).answer, null);
  assert.equal(role.control.answers.filter((each) => each.ticket === ticket).length, 1);
});

test('R21, R22: the scripts of one address run in the order asked, those of others meanwhile', async () => {
  const fifo = join(directory.path, 'gate');
  const configured = configuration({
    gated: {
      onAcquire: script([shell(`mkfifo ${fifo}; echo waiting; read x < ${fifo}`)]),
      onRelease: script(['/bin/true']),
    },
    free: { onAcquire: script(['/bin/true']) },
  });
  const role = await RoleUnderTest.start(configured);
  const first = role.control.run('acquire', 'gated', A);
  const second = role.control.run('release', 'gated', A);
  const third = role.control.run('release', 'gated', A);
  await role.line(/^waiting$/);
  role.control.cancel(third.ticket);
  assert.equal(await third.answer, 'cancelled before it started');
  assert.equal(await role.control.run('acquire', 'free', A).answer, null);
  assert.deepEqual(
    role.control.answers.map(({ ticket }) => ticket),
    [3, 4],
  );
  writeFileSync(fifo, 'go\n');
  assert.deepEqual(await Promise.all([first.answer, second.answer]), [null, null]);
  assert.deepEqual(
    role.control.answers.map(({ ticket }) => ticket),
    [3, 4, 1, 2],
  );
});

test('R20: what is asked for again while it waits is done once, and answered each time', async () => {
  const gate = join(directory.path, 'gate-of-repetitions');
  const text = `echo "run $RAISD_ACTION"; while ! test -e ${gate}; do sleep 0.01; done`;
  const both = script([shell(text)]);
  const role = await RoleUnderTest.start(configuration({ web: { onAcquire: both, onRelease: both } }));
  const running = role.control.run('release', 'web', A);
  await role.line(/^run release$/);
  const again = [1, 2, 3].map(() => role.control.run('release', 'web', A));
  const acquire = role.control.run('acquire', 'web', A);
  const later = role.control.run('release', 'web', A);
  role.control.cancel(again[1]!.ticket);
  assert.equal(await again[1]!.answer, 'cancelled before it started');
  writeFileSync(gate, '');
  for (const { answer } of [running, again[0]!, again[2]!, acquire, later]) assert.equal(await answer, null);
  await role.until('four runs', () => role.printed().length >= 4);
  assert.deepEqual(role.printed(), ['run release', 'run release', 'run acquire', 'run release']);
});

test('R56: a new configuration serves later runs and leaves running ones alone', async () => {
  const fifo = join(directory.path, 'old');
  const old = shell(`mkfifo ${fifo}; echo started; read x < ${fifo}; exit 4`);
  const role = await RoleUnderTest.start(configuration({ web: { onAcquire: script([old]) } }));
  const running = role.control.run('acquire', 'web', A);
  await role.line(/^started$/);
  role.reconfigure(configuration({ web: { onAcquire: script([shell('exit 5')]) } }));
  assert.equal(await role.control.run('acquire', 'web', '10.77.0.102').answer, 'exit 5');
  assert.equal(await role.control.run('acquire', 'other', A).answer, 'there is no group other');
  writeFileSync(fifo, 'go\n');
  assert.equal(await running.answer, 'exit 4');
  assert.equal(await role.control.run('acquire', 'web', A).answer, 'exit 5');
});

test('R53: what a control process had started runs on when it is gone; what waited is dropped; the next one is served', async () => {
  const fifo = join(directory.path, 'restart');
  const configured = configuration({
    web: {
      onAcquire: script([shell(`mkfifo ${fifo}; echo started; read x < ${fifo}; echo "old ran on"`)]),
      onRelease: script([shell('echo "released for $RAISD_REASON"')]),
    },
  });
  const role = await RoleUnderTest.start(configured);
  role.control.ask('acquire', 'web', A);
  role.control.ask('release', 'web', A, 'the old one');
  await role.line(/^started$/);
  role.control.close();
  role.attach();
  const { ticket, answer } = role.control.run('release', 'web', A, 'the new one');
  assert.equal(ticket, 1);
  writeFileSync(fifo, 'go\n');
  assert.equal(await answer, null);
  await role.line(/^released for the new one$/);
  assert.deepEqual(role.printed(), ['started', 'old ran on', 'released for the new one']);
  assert.deepEqual(role.control.answers, [{ ticket: 1, error: null }]);
});

test('R20: when supervisor and control are gone the process groups of running scripts are killed and the role ends', async () => {
  const configured = configuration({
    web: { onAcquire: script([shell('sleep 600 & echo "child $!"; wait')]) },
  });
  const role = await RoleUnderTest.start(configured);
  role.control.ask('acquire', 'web', A);
  const child = Number(await role.line(/^child (\d+)$/));
  role.closeSupervisor();
  role.control.close();
  assert.equal(await role.exited, 0);
  await untilGone(child);
});

test('R20: a script does not outlive a role that is killed', async () => {
  const configured = configuration({
    web: { onAcquire: script([shell('echo "script $$"; exec sleep 600')]) },
  });
  const role = await RoleUnderTest.start(configured);
  role.control.ask('acquire', 'web', A);
  const pid = Number(await role.line(/^script (\d+)$/));
  role.process.kill('SIGKILL');
  await role.exited;
  await untilGone(pid);
});

test('R21: a reason of any content or length is no obstacle', async () => {
  const role = await RoleUnderTest.start(
    configuration({ web: { onAcquire: script([shell('echo "reason ${#RAISD_REASON}"')]) } }),
  );
  assert.equal(await role.control.run('acquire', 'web', A, `a\0b ${'x'.repeat(500_000)}`).answer, null);
  assert.equal(await role.line(/^reason (\d+)$/), '4096');
});

test('R21: where no script is configured there is nothing to wait for', async () => {
  const role = await RoleUnderTest.start(configuration({ web: {} }));
  assert.equal(await role.control.run('acquire', 'web', A).answer, null);
});

for (const [what, message, words] of [
  ['a message that there is not', { kind: 'dance' }, /control sent "dance"/],
  [
    'a ticket that is in use',
    { kind: 'run-script', ticket: 1, action: 'release', group: 'web', address: A, reason: '' },
    /control used ticket 1 twice/,
  ],
] as const) {
  test(`a control process that sends ${what} is a bug: the role says so and ends, with what it runs`, async () => {
    const configured = configuration({
      web: { onAcquire: script([shell('echo "script $$"; exec sleep 600')]) },
    });
    const role = await RoleUnderTest.start(configured);
    role.control.ask('acquire', 'web', A);
    const pid = Number(await role.line(/^script (\d+)$/));
    role.control.say(message);
    assert.equal(await role.exited, 1);
    await role.line(words);
    await untilGone(pid);
  });
}
