// The file itself, and the files that it names.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { after, test } from 'node:test';
import { ownerComplaint, tsigOwnerComplaint } from '../../src/config/check-files.js';
import { formatFault } from '../../src/config/fault.js';
import { loadConfiguration } from '../../src/config/load.js';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

const fileFault = (path: string): string => {
  const result = loadConfiguration(path);
  assert(!result.ok);
  return workspace.short(result.faults.map(formatFault).join('\n'));
};

test('R56: a file that cannot be read is answered in one line', () => {
  assert.equal(
    fileFault('/nonexistent/raisd.yaml'),
    '/nonexistent/raisd.yaml:1:1: file: cannot be read: no such file (ENOENT)',
  );
  assert.equal(fileFault(workspace.directory), 'DIR:1:1: file: is a directory, not a file');
  assert.equal(fileFault('/dev/zero'), '/dev/zero:1:1: file: is not a regular file');
  assert.equal(
    fileFault('/etc/passwd/x'),
    '/etc/passwd/x:1:1: file: cannot be read: a part of its path is not a directory (ENOTDIR)',
  );
});

test('R56: a FIFO that nobody writes to hangs nothing', () => {
  execFileSync('mkfifo', [workspace.path('fifo')]);
  assert.equal(fileFault(workspace.path('fifo')), 'DIR/fifo:1:1: file: is not a regular file');
  assert.deepEqual(workspace.faults(minimal().replace('web.key', 'fifo')), [
    '5:10: groups.web.key: key file DIR/fifo is not a regular file',
  ]);
});

const NOT_YAML: readonly (readonly [string, string | Buffer, ...string[]])[] = [
  ['an empty file', '', '1:1: file: is empty: at least control and groups are needed'],
  ['comments alone', '# nothing\n', '1:1: file: is empty: at least control and groups are needed'],
  ['a list', '- a\n', '1:1: file: must be a map: control: …, groups: …'],
  ['a word', 'raisd\n', '1:1: file: must be a map: control: …, groups: …'],
  ['what is not UTF-8', Buffer.from('control: [a]\nid: \xff\n', 'latin1'), '2:5: file: is not UTF-8 text'],
  ['UTF-16', Buffer.from('\uFEFFcontrol: [a]', 'utf16le'), '1:1: file: is not UTF-8 text'],
  [
    'a binary file',
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
    '1:1: file: holds the control character 0x7f: is this a text file?',
  ],
  [
    'more than 1 MiB',
    Buffer.alloc((1 << 20) + 1, '#'),
    '1:1: file: has 1048577 bytes: at most 1048576 are allowed',
  ],
  [
    'a tab as indentation',
    'control:\n\t- a\n',
    '2:1: yaml: a tab indents this line: YAML allows only spaces there',
  ],
  [
    'two documents',
    'a: 1\n---\nb: 2\n',
    '2:1: yaml: a second document begins here (---): the file must hold one',
  ],
  ['a quote that is not closed', 'control: ["a]\n', '2:1: yaml: a quote (") above is not closed'],
  ['a line that is no key', 'control: [a]\ngroups\n', '2:1: yaml: this key has no ": " behind it'],
  [
    'two keys on one line',
    'web: listen: 1\n',
    '1:6: yaml: a second "key: value" on the same line: put it on its own line, or the text in quotes',
  ],
  [
    'indentation that fits nothing',
    'groups:\n  web:\n    key: a\n   address: b\n',
    '4:1: yaml: the indentation does not fit the lines above, or a bracket or quote above was not closed',
  ],
  [
    'brackets of an IPv6 endpoint',
    'web: {listen: [::1]:80}\n',
    '1:20: yaml: brackets begin a list: put an IPv6 address with its port in quotes, as in "[2001:db8::1]:53"',
  ],
  ['a tag', 'control: !x [a]\n', '1:10: yaml: a tag of this kind (!…) is not allowed'],
  ['thousands of brackets', '['.repeat(1 << 20), '1:35: yaml: values are nested more than 32 levels deep'],
  ['thousands of dashes', '- '.repeat(1 << 18), '1:68: yaml: values are nested more than 32 levels deep'],
];
for (const [what, content, ...faults] of NOT_YAML)
  test(`R56: ${what} is answered in one line`, () => {
    assert.deepEqual(workspace.faults(content), faults);
  });

/** The faults at these keys; what else is wrong with such a file does not matter. */
const faultsAt = (yaml: string, prefix: string): string[] =>
  workspace.faults(yaml).filter((fault) => fault.includes(`: ${prefix}`));

test('R56: aliases are followed, but to no more than 100,000 values and 32 levels', () => {
  const bomb = Array.from(
    { length: 12 },
    (_, i) =>
      `a${String(i)}: &a${String(i)} [${i === 0 ? '1' : new Array<string>(10).fill(`*a${String(i - 1)}`).join(', ')}]`,
  );
  assert.match(
    workspace.faults(bomb.join('\n')).join('\n'),
    /: a5: more than 100000 values once its aliases are followed/,
  );
  const ladder = Array.from(
    { length: 40 },
    (_, i) => `a${String(i)}: &a${String(i)} [${i === 0 ? '1' : `*a${String(i - 1)}`}]`,
  );
  assert.match(
    workspace.faults(ladder.join('\n')).join('\n'),
    /: a32: more than 32 levels once its aliases are followed/,
  );
});

test('R56: an alias that stands for nothing, or within itself, is a fault', () => {
  assert.deepEqual(faultsAt(minimal('fence: *f'), 'groups.web'), [
    '7:12: groups.web.fence: "*f" stands for nothing: no such anchor (&) above',
  ]);
  assert.deepEqual(faultsAt(minimal('tests: &t [*t]'), 'groups.web'), [
    '7:16: groups.web.tests[0]: "*t" stands within itself',
  ]);
  assert.deepEqual(faultsAt(minimal('<<: 5'), 'groups.web'), [
    '7:9: groups.web."<<": must be a map, or a list of maps, whose keys are taken over',
  ]);
});

test('R56: a key is text, and no text holds NUL', () => {
  assert.deepEqual(faultsAt(minimal('? [a]\n: b'), 'groups.web'), [
    '7:7: groups.web: has a key that is empty, a list, a map or an alias: a key must be plain text',
  ]);
  assert.deepEqual(faultsAt(minimal('dns: {zone: "a\\0"}'), 'groups.web.dns.zone'), [
    '7:17: groups.web.dns.zone: "a\\u{0}" holds a character that no text may hold',
  ]);
});

test('R51, R56: a key file is read by no one else, and holds 16 to 1,024 bytes', () => {
  workspace.write('open.key', Buffer.alloc(32, 1), 0o640);
  workspace.write('short.key', `${'x'.repeat(15)}\n`);
  workspace.write('empty.key', '\n');
  workspace.write('long.key', Buffer.alloc(1025, 1));
  workspace.write('huge.key', Buffer.alloc(4096, 1));
  workspace.write('least.key', `${'x'.repeat(16)}\r\n`);
  workspace.write('most.key', Buffer.concat([Buffer.alloc(1024, 1), Buffer.from('\r\n')]));
  mkdirSync(workspace.path('directory.key'));
  const yaml = minimal().replace(
    'web.key',
    '\n    - open.key\n    - short.key\n    - empty.key\n    - long.key\n    - none.key\n    - directory.key\n    - huge.key\n    - ./web.key',
  );
  assert.deepEqual(workspace.faults(yaml), [
    '6:7: groups.web.key[0]: key file DIR/open.key can be read or changed by others (mode 0640): chmod 600 it',
    '7:7: groups.web.key[1]: key file DIR/short.key has a key of 15 bytes: at least 16 are needed, as from: openssl rand -hex 32',
    '8:7: groups.web.key[2]: key file DIR/empty.key is empty',
    '9:7: groups.web.key[3]: key file DIR/long.key has a key of 1025 bytes: at most 1024 are allowed',
    '10:7: groups.web.key[4]: key file DIR/none.key cannot be read: no such file (ENOENT)',
    '11:7: groups.web.key[5]: key file DIR/directory.key is a directory, not a file',
    '12:7: groups.web.key[6]: key file DIR/huge.key has 4096 bytes: at most 1026 are allowed',
  ]);
  workspace.configuration(minimal().replace('web.key', '[least.key, most.key]'));
});

test('R51, R56: a key stands once in a group, by whatever path', () => {
  assert.deepEqual(workspace.faults(minimal().replace('web.key', '[web.key, ./web.key]')), [
    '5:20: groups.web.key[1]: "DIR/web.key" is taken already by groups.web.key[0] on line 5: list each key once',
  ]);
});

const asRoot = { skip: process.geteuid?.() === 0 ? false : 'needs root' };
const NOBODY = 65534;

test('R56: who may not read a file is named: as a service raisd is not root', asRoot, () => {
  chmodSync(workspace.directory, 0o755);
  const path = workspace.write('secret.yaml', minimal(), 0o600);
  const script = `import('${new URL('../../src/config/text-file.js', import.meta.url).href}').then(({ readText }) =>
    console.log(readText('${path}').fault.message))`;
  const nobody = { uid: NOBODY, gid: NOBODY, encoding: 'utf8', cwd: '/' } as const;
  assert.equal(
    execFileSync(process.execPath, ['-e', script], nobody).trim(),
    'cannot be read by user nobody: permission denied (EACCES)',
  );
});

test('R51, R56: a key file of another user is one that others can read', asRoot, () => {
  chownSync(workspace.write('foreign.key', Buffer.alloc(32, 1)), NOBODY, NOBODY);
  assert.deepEqual(workspace.faults(minimal().replace('web.key', 'foreign.key')), [
    '5:10: groups.web.key: key file DIR/foreign.key belongs to another user (uid 65534), who can read it: chown root it',
  ]);
});

test('R51, R56: a key file may belong to root, to who runs this, and to the user of the service', () => {
  const service = 106;
  const owners = [0, 1000, service];
  for (const owner of owners)
    assert.equal(
      ownerComplaint(owner, 1000, () => service),
      null,
    );
  const foreign = 'belongs to another user (uid 33), who can read it: chown';
  assert.equal(
    ownerComplaint(33, 0, () => service),
    `${foreign} raisd it`,
  );
  assert.equal(
    ownerComplaint(33, 0, () => null),
    `${foreign} root it`,
  );
});

test('R40, R56: a TSIG key is root’s, whom scripts runs as, or off the host his who checks', () => {
  const service = (): number => 106;
  const foreign = 'belongs to uid 106, but is read by root, who has no other rights: chown root it';
  for (const [owner, own, complaint] of [
    [0, 0, null],
    [0, 106, null],
    [1000, 1000, null],
    [106, 106, foreign],
    [106, 0, foreign],
  ] as const)
    assert.equal(tsigOwnerComplaint(owner, own, service), complaint);
});

test('R40: a TSIG key that is root’s alone serves where the supervisor is not root', asRoot, () => {
  chmodSync(workspace.directory, 0o755);
  chownSync(workspace.write('nobody.key', Buffer.alloc(32, 1)), NOBODY, NOBODY);
  workspace.write('roots.key', 'c2VjcmV0IG9mIHRoZSBmYXJt');
  const update = '{server: 10.0.0.1, key-name: k, key-file: roots.key}';
  const text = minimal(`dns: {zone: a.org, name: a.org, update: ${update}}`).replace('web.key', 'nobody.key');
  const path = workspace.write('service.yaml', text, 0o644);
  const load = new URL('../../src/config/load.js', import.meta.url).href;
  const script = `import('${load}').then(({ loadConfiguration }) =>
    console.log(JSON.stringify(loadConfiguration('${path}').faults ?? 'good')))`;
  const nobody = { uid: NOBODY, gid: NOBODY, encoding: 'utf8', cwd: '/' } as const;
  assert.equal(execFileSync(process.execPath, ['-e', script], nobody).trim(), '"good"');
});

test('R56: a TSIG key file is read by no one else', () => {
  workspace.write('tsig.key', 'c2VjcmV0IG9mIHRoZSBmYXJt', 0o644);
  const update = (file: string) =>
    minimal(`dns: {zone: a.org, name: a.org, update: {server: 10.0.0.1, key-name: k, key-file: ${file}}}`);
  assert.deepEqual(workspace.faults(update('tsig.key')), [
    '7:87: groups.web.dns.update.key-file: key file DIR/tsig.key can be read or changed by others (mode 0644): chmod 600 it',
  ]);
  const mine = workspace.write(
    'mine.key',
    'key "k" {\n  algorithm hmac-sha256;\n  secret "c2VjcmV0IG9mIHRoZSBmYXJt";\n};\n',
    0o600,
  );
  const dns = workspace.configuration(update(mine)).groups['web']?.dns;
  assert.deepEqual(dns?.update, {
    server: { address: '10.0.0.1', port: 53 },
    keyName: 'k',
    keyFile: mine,
    algorithm: 'hmac-sha256',
  });
});

test('R40, R56: a TSIG key file holds a secret, as tsig-keygen, keymgr or nobody but the operator writes it', () => {
  const yaml = minimal(
    'dns: {zone: a.org, name: a.org, update: {server: 10.0.0.1, key-name: k, key-file: any.key}}',
  );
  const faults = (text: string): string[] => {
    workspace.write('any.key', text, 0o600);
    return workspace.load(yaml).ok ? [] : workspace.faults(yaml);
  };
  const secret = 'c2VjcmV0IG9mIHRoZSBmYXJtIQ==';
  assert.deepEqual(faults(`${secret}\n`), []);
  assert.deepEqual(faults(`key "k" { algorithm hmac-sha256; secret "${secret}"; };`), []);
  assert.deepEqual(
    faults(`# hmac-sha256:k\nkey:\n  - id: k\n    algorithm: hmac-sha256\n    secret: ${secret}\n`),
    [],
  );
  const wrong =
    '7:87: groups.web.dns.update.key-file: key file DIR/any.key holds no TSIG secret: make one with tsig-keygen (BIND) or keymgr -t (Knot)';
  assert.deepEqual(faults('not base64 at all!'), [wrong]);
  assert.deepEqual(faults('key "k" { algorithm hmac-sha256; };'), [wrong]);
});

test('R56: a passphrase in a file that others can read is refused', () => {
  const yaml = minimal(
    '',
    'snmp: {sinks: [{host: 10.0.0.1, version: 3, user: x, auth: {passphrase: "12345678"}}]}',
  );
  workspace.configuration(yaml);
  const result = loadConfiguration(workspace.write('open.yaml', yaml, 0o644));
  assert(!result.ok);
  assert.deepEqual(
    result.faults.map(({ key, message }) => [key, message]),
    [
      [
        'snmp.sinks[0].auth.passphrase',
        `stands in a file that others can read: chmod 600 ${workspace.path('open.yaml')}`,
      ],
    ],
  );
});

const script = (path: string, user = ''): string => minimal(`on-acquire: {command: [${path}]${user}}`);

test('a script that runs as root can be changed by root alone', asRoot, () => {
  const path = workspace.write('script', '#!/bin/sh\n', 0o755);
  workspace.configuration(script(path));
  chmodSync(path, 0o775);
  assert.deepEqual(workspace.faults(script(path)), [
    `7:28: groups.web.on-acquire.command[0]: DIR/script runs as root, but others can write to DIR/script (mode 0775): chmod go-w it`,
  ]);
  assert.deepEqual(workspace.faults(script(path, ', user: root')).length, 1, 'user: root is root as well');
  workspace.configuration(script(path, ', user: nobody'));
  chmodSync(path, 0o755);
  chownSync(path, NOBODY, 0);
  assert.deepEqual(workspace.faults(script(path)), [
    `7:28: groups.web.on-acquire.command[0]: DIR/script runs as root, but DIR/script belongs to uid 65534: chown root it, or name a user to run it as`,
  ]);
});

test(
  'a script that runs as root lies in directories that root alone can change, behind links too',
  asRoot,
  () => {
    mkdirSync(workspace.path('open'));
    chmodSync(workspace.path('open'), 0o777);
    workspace.write('open/script', '#!/bin/sh\n', 0o755);
    mkdirSync(workspace.path('safe'), 0o755);
    workspace.write('safe/script', '#!/bin/sh\n', 0o755);
    symlinkSync('../open/script', workspace.path('safe/link'));
    symlinkSync('loop', workspace.path('safe/loop'));
    const faults = (path: string): string[] =>
      workspace.faults(script(workspace.path(path))).map((fault) => fault.slice(fault.indexOf(']: ') + 3));
    assert.deepEqual(faults('open/script'), [
      'DIR/open/script runs as root, but others can write to DIR/open (mode 0777): chmod go-w it',
    ]);
    assert.deepEqual(faults('safe/link'), [
      'DIR/safe/link runs as root, but others can write to DIR/open (mode 0777): chmod go-w it',
    ]);
    assert.deepEqual(faults('safe/loop'), ['DIR/safe/loop leads through too many symbolic links']);
    workspace.configuration(script(workspace.path('safe/script')));
    chmodSync(workspace.path('open'), 0o1777);
    workspace.configuration(script(workspace.path('open/script')));
  },
);

test('a script is an executable file', () => {
  const path = workspace.write('plain', '#!/bin/sh\n', 0o644);
  assert.deepEqual(workspace.faults(script(path, ', user: nobody')), [
    '7:28: groups.web.on-acquire.command[0]: DIR/plain is not executable: chmod +x it',
  ]);
  assert.deepEqual(workspace.faults(script(workspace.directory, ', user: nobody')), [
    '7:28: groups.web.on-acquire.command[0]: DIR is no file',
  ]);
});

test('on its host, a script and a user that are missing are faults', () => {
  const yaml = script('/nonexistent/script', ', user: nobody-here');
  const here = workspace.faults(yaml, { onHost: true }).filter((fault) => fault.includes('on-acquire'));
  assert.deepEqual(here, [
    '7:28: groups.web.on-acquire.command[0]: /nonexistent/script does not exist',
    '7:56: groups.web.on-acquire.user: there is no user "nobody-here" on this host',
  ]);
});
