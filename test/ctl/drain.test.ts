import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { cleanUp, fakeControl, type Client, type FakeControl } from './fake-control.js';
import { startRaisctl, type Outcome } from './raisctl.js';
import { group, host, online, served, status } from './samples.js';

afterEach(cleanUp);

const [HERE, THERE, ADDRESS] = ['10.77.1.11', '10.77.1.12', '10.77.0.101'];

/** The group with the address here or there. */
const seen = (at: string): unknown =>
  status({
    web: group({
      hosts: [
        host(HERE, { self: true, serving: online(...(at === HERE ? [ADDRESS] : [])) }),
        host(THERE, { serving: online(...(at === THERE ? [ADDRESS] : [])) }),
      ],
      addresses: [served(ADDRESS, at)],
    }),
  });

/** A host that serves the address until it is told to move it, and then `answer` says what comes of it. */
function hostThatServes(
  to: string | null,
  answer: (client: Client) => string,
  at = HERE,
): Promise<FakeControl> {
  let place = at;
  return fakeControl((client) => {
    switch (client.request.command) {
      case 'status':
        client.result(seen(place));
        return;
      case 'plan':
        client.result({ groups: { web: [{ address: ADDRESS, from: HERE, to, reason: 'nobody is able' }] } });
        return;
      case 'move':
        place = answer(client);
        return;
      default:
        client.result({ done: ['web: host 10.77.1.11 is quiesced'] });
    }
  });
}

const granted =
  (place: string) =>
  (client: Client): string => {
    client.result({ done: ['moves'] });
    return place;
  };

const drain = (control: FakeControl, ...args: string[]): Promise<Outcome> =>
  startRaisctl(['drain', ...args, '--socket', control.path]).ended;

const REMAINS =
  'this host stays quiesced; what has moved stays where it is; raisctl resume ends the quiesce\n';

test('R44: drain quiesces, moves each address to where the leader would put it, and waits until it is there', async () => {
  const control = await hostThatServes(THERE, granted(THERE));
  const { code, output, errors } = await drain(control, 'web');
  assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  assert.equal(
    output,
    'web: 10.77.0.101 moves to 10.77.1.12\nweb: 10.77.0.101 is at 10.77.1.12 (1 of 1)\n' +
      'drained: this host serves nothing; it stays quiesced until raisctl resume, and its addresses stay away until raisctl fail-back\n',
  );
  assert.deepEqual(
    control.requests.map(({ id, ...request }) => (id > 0 ? request : null)),
    [
      { command: 'quiesce', group: 'web' },
      { command: 'status', group: 'web' },
      { command: 'plan', group: 'web', without: [HERE] },
      { command: 'move', group: 'web', address: ADDRESS, host: THERE },
      { command: 'status', group: 'web' },
    ],
  );
});

test('drain --json writes what happens as one object a line', async () => {
  const { code, output } = await drain(await hostThatServes(THERE, granted(THERE)), '--json');
  assert.equal(code, 0);
  assert.deepEqual(
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { moving: ADDRESS, group: 'web', to: THERE },
      { moved: ADDRESS, group: 'web', host: THERE },
      { drained: true, moved: [ADDRESS] },
    ],
  );
});

test('a host that serves nothing is drained at once', async () => {
  const control = await hostThatServes(THERE, granted(THERE), THERE);
  const { code, output } = await drain(control);
  assert.equal(code, 0);
  assert.equal(output, 'drained: this host serves nothing; it stays quiesced until raisctl resume\n');
});

test('drain fails at once where nobody can take an address, and says what remains', async () => {
  const { code, errors } = await drain(await hostThatServes(null, granted(HERE)));
  assert.equal(code, 1);
  assert.equal(
    errors,
    `raisctl: drain: web: no other host can take 10.77.0.101 (nobody is able): still here: web: 10.77.0.101; ${REMAINS}`,
  );
});

/** One group that nobody else could serve, and one whose addresses go to THERE. `plan`: what the first one answers for a plan. */
function hostOfTwoGroups(plan: (client: Client) => void): Promise<FakeControl> {
  let place = HERE;
  const groupAt = (address: string, at: string) =>
    group({
      hosts: [
        host(HERE, { self: true, serving: online(...(at === HERE ? [address] : [])) }),
        host(THERE, { serving: online(...(at === THERE ? [address] : [])) }),
      ],
      addresses: [served(address, at)],
    });
  return fakeControl((client) => {
    const { request } = client;
    if (request.command === 'status')
      client.result(status({ mail: groupAt('10.77.0.201', HERE), web: groupAt(ADDRESS, place) }));
    else if (request.command === 'plan' && request.group === 'mail') plan(client);
    else if (request.command === 'plan')
      client.result({ groups: { web: [{ address: ADDRESS, from: HERE, to: THERE, reason: 'is able' }] } });
    else {
      if (request.command === 'move') place = THERE;
      client.result({ done: ['done'] });
    }
  });
}

test('R44: drain moves what can be moved where one group cannot, and names at the end what is stuck', async () => {
  const stuck = { address: '10.77.0.201', from: HERE, to: null, reason: 'nobody is able' };
  const control = await hostOfTwoGroups((client) => {
    client.result({ groups: { mail: [stuck] } });
  });
  const { code, output, errors } = await drain(control);
  assert.equal(code, 1);
  assert.equal(
    output,
    'mail: 10.77.0.201 stays for now: no other host can take it (nobody is able)\n' +
      'web: 10.77.0.101 moves to 10.77.1.12\nweb: 10.77.0.101 is at 10.77.1.12 (1 of 1)\n',
  );
  assert.equal(
    errors,
    `raisctl: drain: mail: no other host can take 10.77.0.201 (nobody is able): still here: mail: 10.77.0.201; ${REMAINS}`,
  );
});

test('R44: a group for which there is no plan just now does not keep drain from the others', async () => {
  const control = await hostOfTwoGroups((client) => {
    client.error('mail: nobody leads at present; try again in a moment');
  });
  const { code, output, errors } = await drain(control, '--timeout', '2s');
  assert.equal(code, 1);
  assert.match(output, /web: 10\.77\.0\.101 is at 10\.77\.1\.12/);
  assert.equal(
    errors,
    `raisctl: drain: not done within 2 s (mail: nobody leads at present; try again in a moment): still here: mail: 10.77.0.201; ${REMAINS}`,
  );
});

test('drain fails when its time is over, with what refused the move', async () => {
  const control = await hostThatServes(THERE, (client) => {
    client.error('web: nobody leads at present; try again in a moment');
    return HERE;
  });
  const { code, errors } = await drain(control, '--timeout', '200ms');
  assert.equal(code, 1);
  assert.equal(
    errors,
    `raisctl: drain: not done within 200 ms (web: nobody leads at present; try again in a moment): still here: web: 10.77.0.101; ${REMAINS}`,
  );
});

test('drain can be interrupted: 1, and what has not moved is named', async () => {
  const running = startRaisctl(['drain', '--socket', (await hostThatServes(THERE, granted(HERE))).path]);
  await running.printed(/moves to/);
  running.process.kill('SIGINT');
  const { code, errors } = await running.ended;
  assert.equal(code, 1);
  assert.equal(errors, `raisctl: drain: interrupted: still here: web: 10.77.0.101; ${REMAINS}`);
});

test('drain: wrong usage is 2, no daemon is 3', async () => {
  const control = await hostThatServes(THERE, granted(THERE));
  for (const args of [['--timeout', 'soon'], ['--timeout'], ['web', 'db']])
    assert.equal((await drain(control, ...args)).code, 2, args.join(' '));
  await control.close();
  assert.equal((await drain(control)).code, 3);
});
