// The place of a fault is that of the text that has to be mended: found here by a mark, not by counting.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Workspace } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

const MARK = '§';

/** The one fault of the file lies at the mark, and has that key. */
function placed(sentence: string, key: string, marked: string): void {
  test(sentence, () => {
    const before = marked.slice(0, marked.indexOf(MARK)).split('\n');
    const faults = workspace.faults(marked.replace(MARK, ''));
    assert.equal(faults.length, 1, faults.join('\n'));
    const place = `${String(before.length)}:${String((before.at(-1) ?? '').length + 1)}: ${key}: `;
    assert.equal(faults[0]?.slice(0, place.length), place, faults[0]);
  });
}

const group = (rest: string): string => `control: [ctl0]
groups:
  web:
    address: 239.255.77.1:5405
    key: web.key
    interface: svc0
${rest}
`;

placed(
  'R56: a wrong value is placed where it stands',
  'groups.web.fence',
  group('    fence:   §nft # comment'),
);
placed(
  'R56: a wrong value in a flow map',
  'groups.web.heartbeat.timeout',
  group('    heartbeat: {interval: 1s,\n      timeout: §1s}'),
);
placed(
  'R56: a wrong item of a list',
  'groups.web.prefer[1]',
  group('    prefer:\n      - 10.0.0.1/24\n      - §10.0.0.0/24'),
);
placed('R56: an unknown key is placed at the key', 'groups.web.fense', group('    §fense: none'));
placed(
  'R56: a doubled key is placed at the second',
  'groups.web.fence',
  group('    fence: none\n    §fence: none'),
);
placed(
  'R56: a missing key is placed at the key that should hold it',
  'groups.mail.interface',
  group('  §mail: {key: web.key, address: 239.1.1.1:1}'),
);
placed(
  'R56: an empty value is placed at its key',
  'groups.web.fence',
  group('    §fence:\n    observe: false'),
);
placed(
  'R56: a quoted value is placed at its quote',
  'groups.web.key',
  group('').replace('web.key', '§"none.key"'),
);
placed(
  'R56: a value behind an anchor is placed at the value',
  'web.listen',
  group('web: {listen: &a §nowhere}'),
);
placed(
  'R56: a value that an alias stands for is placed where it is written',
  'groups.web.tests[0]',
  group('    loads: [&name §disk]\n    tests: [*name]\nloads: {disk: {cpu: }}'),
);
placed(
  'R56: columns count characters of the line, whatever stands before',
  'groups.web.fence',
  group('    ? fence\n    : §nft'),
);
placed('R56: with CRLF line ends too', 'groups.web.fence', group('    fence: §nft').replaceAll('\n', '\r\n'));
placed(
  'R56: YAML that is not well-formed is placed where the parser gave up',
  'yaml',
  group('    fence: none\n§   assign: random'),
);
