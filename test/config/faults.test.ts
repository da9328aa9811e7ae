// One sentence a fault: where it stands and what the operator reads.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

/** A file is refused with exactly these faults, in this order. */
function refused(sentence: string, yaml: string, ...faults: string[]): void {
  test(sentence, () => {
    assert.deepEqual(workspace.faults(yaml), faults);
  });
}

function warned(sentence: string, yaml: string, ...warnings: string[]): void {
  test(sentence, () => {
    assert.deepEqual(workspace.warnings(yaml), warnings);
  });
}

refused(
  'R56: an unknown key is answered with the key that was probably meant',
  minimal('hartbeat: {interval: 10ms}\norphanTimeout: 1d', 'grups: {}'),
  '7:5: groups.web.hartbeat: unknown key; did you mean heartbeat?',
  '8:5: groups.web.orphanTimeout: unknown key; did you mean orphan-timeout?',
  '9:1: grups: unknown key; did you mean groups?',
);
refused(
  'R56: a key in the wrong place is answered with the right place',
  minimal('timeout: 100ms', 'prefer: []'),
  '7:5: groups.web.timeout: unknown key; it belongs below heartbeat',
  '8:1: prefer: unknown key; it belongs in a group, below groups',
);
refused(
  'R56: a key that resembles nothing is answered with what is known',
  minimal('heartbeat: {xyzzy: 1}', 'log: {__proto__: 1}'),
  '7:17: groups.web.heartbeat.xyzzy: unknown key; known here: interval, timeout',
  '8:7: log.__proto__: unknown key; known here: level',
);
refused(
  'R56: where no key is known that is said',
  minimal('', 'loads: {l: {cpu: {x: 1}}}'),
  '7:19: loads.l.cpu.x: unknown key; none is known here',
);
refused(
  'R56: a doubled key names the line of the first',
  minimal('fence: none\nfence: bpf', 'control: [ctl1]'),
  '8:5: groups.web.fence: is doubled: line 7 has it already',
  '9:1: control: is doubled: line 1 has it already',
);
refused(
  'R56: what is missing says what it is',
  'groups: {web: {}}',
  "1:1: control: is missing: control interfaces; the first one's address is the host id",
  '1:10: groups.web.address: is missing: an address and a port, as in 239.255.77.1:5405',
  '1:10: groups.web.interface: is missing: the name of a network interface',
  '1:10: groups.web.key: is missing: key file, or several: the first one signs, all are accepted (R51)',
);
refused(
  'R56: at least one group is needed',
  'control: [a]\ngroups: {}\n',
  '2:1: groups: names no group: at least one is needed',
);
refused(
  'R56: groups may not be missing',
  'control: [a]\n',
  '1:1: groups: is missing: the service groups by name',
);
refused(
  'R56: wrong types are told apart from wrong values',
  minimal('observe: yes\ntests: http\nprefer: {}\ninterface: 5', 'web: [1]\nlog:\n  level: 3').replace(
    '    interface: svc0\n',
    '',
  ),
  '6:14: groups.web.observe: must be true or false, not "yes"',
  '7:12: groups.web.tests: must be a list: write [http]',
  '8:5: groups.web.prefer: must be a list, not a map',
  '9:16: groups.web.interface: must be text, not the number 5: put it in quotes',
  '10:1: web: must be a map, not a list',
  '12:10: log.level: must be one of trace, debug, info, warn, error, fatal, not 3',
);
refused(
  'R56: a key without a value is no value',
  minimal('fence:\nheartbeat: {interval: }'),
  '7:5: groups.web.fence: has no value: give it one, or remove the key',
  '8:17: groups.web.heartbeat.interval: has no value: give it one, or remove the key',
);
refused(
  'R56: a word that is none of the choices is answered with the one that was probably meant',
  minimal('assign: least-loded\nfence: nftable\npartition: proble'),
  '7:13: groups.web.assign: must be one of fewest-addresses, least-loaded, random, not "least-loded"; did you mean least-loaded?',
  '8:12: groups.web.fence: must be one of nftables, bpf, none, not "nftable"; did you mean nftables?',
  '9:16: groups.web.partition: must be one of probe, ignore, not "proble"; did you mean probe?',
);
refused(
  'R56: a reference to a test or load object that is not defined is answered with the one that was probably meant',
  minimal('tests: [htpp, http]\nloads: [disk]', 'tests: {http: {tcp: {port: 1}}}'),
  '7:13: groups.web.tests[0]: unknown test object "htpp"; did you mean http?',
  '8:13: groups.web.loads[0]: unknown load object "disk"; no load objects are defined',
);
refused(
  'R56: an object is linked once to a group',
  minimal('tests: [http, http]', 'tests: {http: {tcp: {port: 1}}}'),
  '7:19: groups.web.tests[1]: http is taken already by groups.web.tests[0] on line 7: name it once',
);
refused(
  'a name has 1 to 64 letters, digits, dots, dashes and underscores',
  'control: [a]\ngroups:\n  "a b": {address: 239.1.1.1:1, key: web.key, interface: svc0}\n',
  '3:3: groups."a b": "a b" cannot be a name: 1 to 64 letters, digits, dots, dashes and underscores',
);

refused(
  'R13: a heartbeat timeout must be longer than the interval',
  minimal('heartbeat: {interval: 100ms, timeout: 100ms}'),
  '7:43: groups.web.heartbeat.timeout: 100ms must be longer than the interval (100ms), or every host is taken for dead between two heartbeats',
);
refused(
  'R13: an interval alone is held against the default timeout',
  minimal('heartbeat: {interval: 1s}'),
  '7:5: groups.web.heartbeat.timeout: 100ms must be longer than the interval (1s), or every host is taken for dead between two heartbeats',
);
refused(
  'R13: a heartbeat interval is 1 ms to 60 s',
  minimal('heartbeat: {interval: 61s, timeout: 1h}'),
  '7:27: groups.web.heartbeat.interval: 61s is out of range: 1ms to 60s',
  '7:41: groups.web.heartbeat.timeout: 1h is out of range: 2ms to 10m',
);
warned(
  'R13: a timeout of less than two intervals takes one lost message for a death',
  minimal('heartbeat: {interval: 60ms, timeout: 100ms}'),
  '7:42: groups.web.heartbeat.timeout: 100ms is less than two intervals (60ms each): one lost heartbeat is taken for the death of a host',
);
refused(
  'R52: a timeout whose lease would end between two heartbeats is refused',
  minimal('heartbeat: {interval: 60ms, timeout: 75ms}'),
  "7:42: groups.web.heartbeat.timeout: 75ms must be more than 5/4 of the interval (60ms), or this host's own lease ends between two heartbeats",
);
refused(
  'durations are whole numbers with a unit',
  minimal(
    'orphan-timeout: 30\nfail-back: later\non-acquire: {command: [/bin/true], timeout: 1.5s}\non-release: {command: [/bin/true], timeout: 0s}',
  ),
  '7:21: groups.web.orphan-timeout: 30 has no unit: write 30ms or 30s',
  '8:16: groups.web.fail-back: "later" must be now, never or a duration such as 5m',
  '9:49: groups.web.on-acquire.timeout: "1.5s" is no duration: write a whole number from 1 and a unit, as in 20ms, 5s, 2m, 1h, 30d, 1y',
  '10:49: groups.web.on-release.timeout: "0s" is no duration: write a whole number from 1 and a unit, as in 20ms, 5s, 2m, 1h, 30d, 1y',
);

const group = (name: string, rest: string): string => `  ${name}: {key: web.key, interface: svc0, ${rest}}\n`;
const groups = (...lines: string[]): string => `control: [ctl0]\ngroups:\n${lines.join('')}`;

refused(
  'a service group address is multicast, unless there are peers',
  groups(
    group('a', 'address: 10.1.1.1:5405'),
    group('b', 'address: 10.1.1.1:5406, peers: [10.1.1.2]'),
    group('c', 'address: 5405'),
  ),
  '3:47: groups.a.address: 10.1.1.1 is no multicast address (224.0.0.0/4, as 239.255.77.1, or ff00::/8, as ff08::77); for unicast, list some members in peers',
  '5:47: groups.c.address: must be an address and a port, as in 239.255.77.1:5405, not 5405',
);
refused(
  'an endpoint needs a port from 1 to 65535 and brackets around IPv6',
  groups(
    group('a', 'address: 239.1.1.1'),
    group('b', 'address: 239.1.1.1:0'),
    group('c', 'address: 239.1.1.1:65536'),
    group('d', 'address: ff08::1:5405'),
    group('e', 'address: "[239.1.1.1]:5405"'),
    group('f', 'address: all-hosts:5405'),
  ),
  '3:47: groups.a.address: "239.1.1.1" must be an address and a port, as in 239.255.77.1:5405',
  '4:47: groups.b.address: "0" is no port: 1 to 65535',
  '5:47: groups.c.address: "65536" is no port: 1 to 65535',
  '6:47: groups.d.address: "ff08::1:5405" is ambiguous: put an IPv6 address in brackets before its port, as in "[2001:db8::1]:53"',
  '7:47: groups.e.address: "[239.1.1.1]:5405" must be an address and a port, with brackets only around IPv6',
  '8:47: groups.f.address: "all-hosts" is no IPv4 or IPv6 address',
);
refused(
  'R56: two groups do not share a group address and port',
  groups(group('a', 'address: 239.1.1.1:5405'), group('b', 'address: 239.1.1.1:5405')),
  '4:47: groups.b.address: 239.1.1.1:5405 is taken already by groups.a.address on line 3: each group needs an address and port of its own',
);
refused(
  'R56: two groups with peers do not share a port, whatever their addresses',
  groups(
    group('a', 'address: 239.1.1.1:5405, peers: [10.0.0.1]'),
    group('b', 'address: 239.1.1.2:5405, peers: [10.0.0.1]'),
  ),
  '4:47: groups.b.address: port 5405 is taken already by groups.a.address on line 3: each group needs an address and port of its own',
);
refused(
  'a group address of interface-local scope would never leave the host',
  groups(group('a', 'address: "[ff01::1]:5405"')),
  '3:47: groups.a.address: ff01::1 has the scope of one interface: it never leaves this host; ff02:: or ff05:: do',
);
warned(
  'a group address of the routing protocols is worth a warning',
  groups(group('a', 'address: 224.0.0.18:5405')),
  '3:47: groups.a.address: 224.0.0.18 is reserved for routing protocols (224.0.0.0/24): use one of 239.0.0.0/8',
);
refused(
  'control messages travel in one family: that of the host id',
  `id: 10.1.1.1\n${groups(group('a', 'address: "[ff08::1]:5405"'))}`,
  '4:47: groups.a.address: ff08::1 is IPv6, but id on line 1 is IPv4: control messages travel in one family',
);
refused(
  'control messages travel in one family: that of the other groups',
  groups(group('a', 'address: 239.1.1.1:1'), group('b', 'address: "[ff08::1]:1"')),
  '4:47: groups.b.address: ff08::1 is IPv6, but groups.a.address on line 3 is IPv4: control messages travel in one family',
);
refused(
  'R56: peers are hosts of the family of the group address, each listed once',
  groups(
    group('a', 'address: 239.1.1.1:1, peers: [10.0.0.1, fd00::1, 10.0.0.1, 239.1.1.1, 10.0.0.300]'),
    group('b', 'address: 239.1.1.1:2, peers: []'),
  ),
  "3:78: groups.a.peers[1]: fd00::1 is IPv6, but the group's address is IPv4",
  '3:87: groups.a.peers[2]: 10.0.0.1 is taken already by groups.a.peers[0] on line 3: name each peer once',
  '3:97: groups.a.peers[3]: 239.1.1.1 is a multicast address: a peer is the control address of one host',
  '3:108: groups.a.peers[4]: "10.0.0.300" is no IPv4 or IPv6 address',
  '4:60: groups.b.peers: names no peer: list the address of at least one member, or remove the key for multicast',
);
refused(
  'R56: each control interface is named once, and there are at most eight',
  minimal().replace('[ctl0]', '[a, b, a, c, d, e, f, g, h]'),
  '1:1: control: has 9 items: at most 8 are allowed',
  '1:17: control[2]: a is taken already by control[0] on line 1: name each control interface once',
);
refused(
  'control interfaces are a list of interface names',
  minimal().replace('[ctl0]', '[]\nid: 0.0.0.0'),
  '1:1: control: must not be empty',
  '2:5: id: 0.0.0.0 is the unspecified address: the host id must be an address of this host alone',
);
refused(
  'the host id is an address at which others hear of this host',
  minimal().replace('[ctl0]', '[ctl0]\nid: 127.0.0.1'),
  '2:5: id: 127.0.0.1 is a loopback address: the host id must be an address of this host alone',
);
refused(
  'the name of an interface is what the kernel takes for one',
  minimal().replace('[ctl0]', '[a/b, averyveryverylong, ".."]\nid: 10.1.1.1/24'),
  '1:11: control[0]: "a/b" cannot be the name of an interface: 1 to 15 characters without spaces, "/" and ":"',
  '1:16: control[1]: "averyveryverylong" cannot be the name of an interface: 1 to 15 characters without spaces, "/" and ":"',
  '1:35: control[2]: ".." cannot be the name of an interface: 1 to 15 characters without spaces, "/" and ":"',
  '2:5: id: "10.1.1.1/24" must be an address without a prefix length: 10.1.1.1',
);

const prefer = (...addresses: string[]): string =>
  minimal(`prefer:\n${addresses.map((address) => `- ${address}`).join('\n')}`);

refused(
  'a service address is one that a host can own and a client can reach',
  prefer(
    '10.77.0.0/24',
    '10.77.0.255/24',
    '224.0.0.1/4',
    '127.0.0.2/8',
    '0.0.0.0/8',
    '255.255.255.255/32',
    'fe80::1/64',
    '"::1/128"',
    '"fd00::/64"',
    '"::ffff:10.0.0.1/128"',
    'ff02::1/16',
  ),
  '8:7: groups.web.prefer[0]: 10.77.0.0 is the network address of its /24: use an address within',
  '9:7: groups.web.prefer[1]: 10.77.0.255 is the broadcast address of its /24: use an address within',
  '10:7: groups.web.prefer[2]: 224.0.0.1 is a multicast address: no client could reach a service there',
  '11:7: groups.web.prefer[3]: 127.0.0.2 is a loopback address: no client could reach a service there',
  '12:7: groups.web.prefer[4]: 0.0.0.0 is the unspecified address: no client could reach a service there',
  '13:7: groups.web.prefer[5]: 255.255.255.255 is a reserved address (240.0.0.0/4): no client could reach a service there',
  '14:7: groups.web.prefer[6]: fe80::1 is a link-local address: no client could reach a service there',
  '15:7: groups.web.prefer[7]: ::1 is a loopback address: no client could reach a service there',
  '16:7: groups.web.prefer[8]: fd00:: is the subnet-router anycast address of its /64: use an address within',
  '17:7: groups.web.prefer[9]: ::ffff:a00:1 is an IPv4 address written as IPv6: no client could reach a service there',
  '18:7: groups.web.prefer[10]: ff02::1 is a multicast address: no client could reach a service there',
);
refused(
  'a service address has a prefix length and no leading zeros, zone or port',
  prefer(
    '10.77.0.1',
    '10.77.0.1/33',
    '10.77.0.1/0',
    'fd00::1/129',
    '10.077.0.1/24',
    'fe80::1%eth0/64',
    '10.77.0.1:80/24',
    '10.77/16',
    '10.77',
  ),
  '8:7: groups.web.prefer[0]: "10.77.0.1" needs the prefix length of its subnet, as in 10.77.0.1/24',
  '9:7: groups.web.prefer[1]: /33 is no prefix length: 1 to 32',
  '10:7: groups.web.prefer[2]: /0 is no prefix length: 1 to 32',
  '11:7: groups.web.prefer[3]: /129 is no prefix length: 1 to 128',
  '12:7: groups.web.prefer[4]: "10.077.0.1" has leading zeros, which some read as octal: write 10.77.0.1',
  '13:7: groups.web.prefer[5]: "fe80::1%eth0" must be an address without a zone ("%eth0")',
  '14:7: groups.web.prefer[6]: "10.77.0.1:80" must be an address without a port: 10.77.0.1',
  '15:7: groups.web.prefer[7]: "10.77" is no IPv4 or IPv6 address',
  '16:7: groups.web.prefer[8]: must be a service address with the prefix length of its subnet, as in 10.77.0.101/24, not 10.77',
);
test('both addresses of a /31, and a /32, are service addresses', () => {
  workspace.configuration(
    prefer('10.0.0.0/31', '10.0.0.1/31', '10.0.0.9/32', '"fd00::/127"', '"fd01::/128"'),
  );
});
refused(
  'R56: a service address belongs to one group and stands there once, however it is written',
  groups(
    group('a', 'address: 239.1.1.1:1, prefer: [10.0.0.1/24, 10.0.0.1/8]'),
    group('b', 'address: 239.1.1.1:2, prefer: ["fd00:0::1/64", 10.0.0.1/24, fd00::1/64]'),
  ),
  '3:82: groups.a.prefer[1]: 10.0.0.1 is taken already by groups.a.prefer[0] on line 3: a service address belongs to one group, and is listed once',
  '4:85: groups.b.prefer[1]: 10.0.0.1 is taken already by groups.a.prefer[0] on line 3: a service address belongs to one group, and is listed once',
  '4:98: groups.b.prefer[2]: fd00::1 is taken already by groups.b.prefer[0] on line 4: a service address belongs to one group, and is listed once',
);
refused(
  'a service address is no control address',
  `id: 10.0.0.1\n${groups(group('a', 'address: 239.1.1.1:1, peers: [10.0.0.2], prefer: [10.0.0.1/24, 10.0.0.2/24]'))}`,
  '4:88: groups.a.prefer[0]: 10.0.0.1 is the host id: a service address moves between hosts, a host id never does',
  '4:101: groups.a.prefer[1]: 10.0.0.2 is listed in peers: a service address moves between hosts, a control address never does',
);
test('a group has at most 1,000 preferred addresses', () => {
  const addresses = Array.from(
    { length: 1001 },
    (_, i) => `10.0.${String(i >> 8)}.${String(i & 255)}/8`,
  ).slice(1);
  workspace.configuration(prefer(...addresses));
  assert.deepEqual(workspace.faults(prefer(...addresses, '10.9.9.9/8')), [
    '7:5: groups.web.prefer: has 1001 items: at most 1000 are allowed',
  ]);
});
refused(
  'R56: an observer prefers no address',
  minimal('observe: true\nprefer: [10.0.0.1/24]'),
  '8:5: groups.web.prefer: an observer is never given an address: remove prefer, or observe: true',
);

const dns = (rest: string): string => minimal(`dns: {zone: a.org, name: www.a.org, ${rest}}`);
const file = 'file: {path: /x}';

refused(
  'R56: the low water mark is below the high one',
  dns(`high-water: 60, low-water: 60, ${file}`),
  '7:68: groups.web.dns.low-water: 60 must be lower than high-water (60)',
);
refused(
  'R56: the numbers of a zone have their ranges',
  dns(`scale: 99, minimum: -1, high-water: 101, ttl: 1500ms, ${file}`),
  '7:48: groups.web.dns.scale: must be at least 100, not 99',
  '7:61: groups.web.dns.minimum: must be at least 0, not -1',
  '7:77: groups.web.dns.high-water: must be at most 100, not 101',
  '7:87: groups.web.dns.ttl: 1500ms must be whole seconds: DNS knows no others',
);
refused(
  'R56: a zone is kept by one route',
  dns('ttl: 1s'),
  '7:5: groups.web.dns: needs file (a zone file to rewrite) or update (a server that takes dynamic updates)',
);
refused(
  'R56: a zone is kept by one route only',
  dns(`${file}, update: {server: 127.0.0.1}`),
  '7:59: groups.web.dns.update: needs either file or update, not both: a zone that takes dynamic updates must not be edited',
);
refused(
  'R56: a TSIG key has a name and a file',
  dns('update: {server: 127.0.0.1, key-name: raisd, algorithm: md5}'),
  '7:41: groups.web.dns.update: needs key-name and key-file together, or neither',
  '7:97: groups.web.dns.update.algorithm: must be one of hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512, not "md5"',
);
refused(
  'R56: the name lies in the zone',
  minimal(`dns: {zone: a.org, name: www.b.org, ${file}}`),
  '7:30: groups.web.dns.name: www.b.org does not lie in the zone a.org',
);
refused(
  'R56: each group has a zone of its own',
  groups(
    group('a', `address: 239.1.1.1:1, dns: {zone: a.org, name: a.org, ${file}}`),
    group('b', `address: 239.1.1.1:2, dns: {zone: A.org., name: a.org, ${file}}`),
  ),
  '4:72: groups.b.dns.zone: a.org is taken already by groups.a.dns.zone on line 3: each group has a zone of its own (R36)',
  '4:106: groups.b.dns.file.path: /x is taken already by groups.a.dns.file.path on line 3: each group has a zone file of its own',
);

const objects = (tests: string, loads = '{}'): string => minimal('', `tests: ${tests}\nloads: ${loads}`);

refused(
  'a test object has one kind',
  objects(
    '{a: {}, b: {http: {url: "http://x/"}, tcp: {port: 1}}, c: {icmp: 5}}',
    '{d: {interval: 1s}, e: {cpu: {}, memory: {}}}',
  ),
  '7:9: tests.a: says nothing to test: needs one of http, tcp, icmp, process, file, command',
  '7:46: tests.b.tcp: a test object does one thing: http is there already; make two of it',
  '7:73: tests.c.icmp: must be a map, not 5',
  '8:9: loads.d: says nothing to measure: needs one of cpu, memory, network, connections, command',
  '8:41: loads.e.memory: a load object does one thing: cpu is there already; make two of it',
);
refused(
  'a URL is one of http or https',
  objects('{a: {http: {url: "ftp://x/"}}, b: {http: {url: "http://"}}, c: {http: {url: x, status: 99}}}'),
  '7:25: tests.a.http.url: "ftp://x/" must begin with http:// or https://',
  '7:55: tests.b.http.url: "http://" is no URL: write http://HOST/PATH or https://HOST/PATH',
  '7:84: tests.c.http.url: "x" must begin with http:// or https://',
  '7:95: tests.c.http.status: must be at least 100, not 99',
);
refused(
  'a process is found by its name or its pid file',
  objects(
    '{a: {process: {}}, b: {process: {name: x, pidfile: /y}}, c: {file: {path: y}}, d: {tcp: {port: 70000}}}',
  ),
  '7:13: tests.a.process: needs either name or pidfile',
  '7:31: tests.b.process: needs either name or pidfile',
  '7:82: tests.c.file.path: "y" must be an absolute path, one that begins with "/"',
  '7:103: tests.d.tcp.port: must be at most 65535, not 70000',
);
refused(
  'a program is named by its absolute path',
  minimal(
    'on-acquire: {command: [acquire]}',
    'tests: {a: {command: [true]}, b: {command: ["true"], user: root}, c: {command: []}}\nloads: {d: {command: /bin/true}, e: {cpu: {}, user: root}}',
  ),
  '7:28: groups.web.on-acquire.command[0]: "acquire" must be an absolute path, one that begins with "/"',
  '8:23: tests.a.command[0]: must be text, not the boolean true: put it in quotes',
  '8:45: tests.b.command[0]: "true" must be an absolute path, one that begins with "/"',
  '8:71: tests.c.command: must not be empty',
  '9:22: loads.d.command: must be a list: write [/bin/true]',
  '9:53: loads.e.user: only a command runs as a user',
);
refused(
  'R56: a load object has a capacity that fits in 32 bits and is not 0',
  objects(
    '{}',
    '{a: {network: {interface: svc0, capacity: 0}}, b: {connections: {port: 80, capacity: 4294967296}}}',
  ),
  '8:50: loads.a.network.capacity: must be at least 1, not 0',
  '8:93: loads.b.connections.capacity: must be at most 4294967295, not 4294967296',
);
warned(
  'an object that no group uses, and a test that outlasts its interval, are worth a warning',
  minimal(
    'tests: [a]',
    'tests: {a: {tcp: {port: 1}, interval: 1s, timeout: 2s}, b: {tcp: {port: 2}}}\nloads: {c: {cpu: }}',
  ),
  '8:52: tests.a.timeout: 2s is longer than the interval (1s): a test that hangs is noticed late',
  "8:57: tests.b: no group uses it: name it in a group's tests",
  "9:9: loads.c: no group uses it: name it in a group's loads",
);

const sinks = (...lines: string[]): string =>
  minimal('', `snmp:\n  sinks:\n${lines.map((line) => `  - {${line}}`).join('\n')}`);

refused(
  'R56: a sink has what its version of SNMP knows, and nothing else',
  sinks(
    'host: 10.0.0.1, version: 1',
    'host: 10.0.0.2, user: x, auth: {passphrase: "12345678"}',
    'host: 10.0.0.3, version: 3, community: public',
    'host: 10.0.0.4, version: "3", user: x, privacy: {passphrase: short}',
    'host: 10.0.0.1:162',
    'host: 224.0.0.1',
    'host: "[fe80::1]:162"',
    'host: 10.0.0.5, version: 3, user: a-name-that-has-more-than-32-octets',
  ),
  '9:31: snmp.sinks[0].version: must be one of 2c, 3, not 1',
  '10:28: snmp.sinks[1].user: belongs to version 3: write version: 3, or remove it',
  '10:31: snmp.sinks[1].auth: belongs to version 3: write version: 3, or remove it',
  '11:5: snmp.sinks[2]: version 3 needs a user',
  '11:45: snmp.sinks[2].community: belongs to version 2c: version 3 has user, auth and privacy',
  '12:45: snmp.sinks[3].privacy: needs auth as well: SNMPv3 has no privacy without it',
  '12:67: snmp.sinks[3].privacy.passphrase: must have at least 8 characters (RFC 3414)',
  '13:12: snmp.sinks[4].host: 10.0.0.1:162 is taken already by snmp.sinks[0] on line 9: each trap would arrive twice',
  '14:12: snmp.sinks[5].host: 224.0.0.1 is a multicast address: no trap would arrive there',
  '15:12: snmp.sinks[6].host: fe80::1 is a link-local address, which means nothing without an interface: no trap would arrive there',
  '16:40: snmp.sinks[7].user: must have at most 32 bytes (RFC 3414)',
);
refused(
  'R56: all faults are reported at once, sorted by place, across groups and objects',
  groups(
    group('a', 'address: 239.1.1.1:0, fence: nft'),
    group('b', 'address: 239.1.1.1:1, prefer: [10.0.0.0/24], tests: [x]'),
  ) + 'web: {listen: "localhost:80"}\n',
  '3:47: groups.a.address: "0" is no port: 1 to 65535',
  '3:67: groups.a.fence: must be one of nftables, bpf, none, not "nft"',
  '4:69: groups.b.prefer[0]: 10.0.0.0 is the network address of its /24: use an address within',
  '4:91: groups.b.tests[0]: unknown test object "x"; no test objects are defined',
  '5:15: web.listen: "localhost" is no IPv4 or IPv6 address',
);
test('R56: a thousand faults are listed, the others counted', () => {
  const keys = Array.from({ length: 1100 }, (_, i) => `k${String(i)}: 1\n`).join('');
  const faults = workspace.faults(minimal('', keys));
  assert.equal(faults.length, 1001);
  assert.match(faults.at(-1) ?? '', /: file: and 100 more faults$/);
});
refused(
  'text of the file is shown bounded, and never written raw to a terminal',
  minimal().replace('svc0', `"\\e[31m\\u202e${'x'.repeat(100)}"`),
  `6:16: groups.web.interface: "\\u{1b}[31m\\u{202e}${'x'.repeat(54)}…" cannot be the name of an interface: 1 to 15 characters without spaces, "/" and ":"`,
);
