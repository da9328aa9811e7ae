// R40: a zone file is edited to the letter. named-checkzone, which compiles the file as BIND reads it, is the judge of what
// the edited file means.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { ServiceAddress } from '../../../src/core/address.js';
import { isNewer, nextSerial } from '../../../src/scripts/dns/serial.js';
import { readAddresses, withAddresses } from '../../../src/scripts/dns/zone-file.js';

const directory = mkdtempSync(join(tmpdir(), 'raisd-zone-'));
after(() => {
  rmSync(directory, { recursive: true });
});

const ZONE = 'web.example.org';
const ADVERTISEMENT = { zone: ZONE, name: 'www.web.example.org', ttl: 30 };
const addresses = (...list: string[]): ServiceAddress[] => list as ServiceAddress[];
const [X, Y, Z] = ['10.77.0.101', '10.77.0.102', '10.77.0.103'];

/** The zone as BIND reads it: one record a line, absolute, without the SOA; `serial` apart. */
function compiled(text: string): { serial: number; records: string[] } {
  const file = join(directory, 'zone');
  writeFileSync(file, text);
  const out = execFileSync('named-checkzone', ['-i', 'none', '-q', '-D', '-o', '-', ZONE, file], {
    encoding: 'utf8',
  });
  const lines = out.split('\n').filter((line) => line !== '');
  const soa = lines.find((line) => /\sSOA\s/.test(line)) ?? '';
  return {
    serial: Number(soa.split(/\s+/)[6]),
    records: lines.filter((line) => line !== soa).map((line) => line.replaceAll(/\s+/g, ' ')),
  };
}

/** Changes the set, and sees to it that all that changed is what should. */
function edit(text: string, ...wanted: string[]): string {
  const edited = withAddresses(text, ADVERTISEMENT, addresses(...wanted));
  const [before, now] = [compiled(text), compiled(edited)];
  assert.ok(isNewer(now.serial, before.serial));
  const isOurs = (record: string): boolean => /^www\.web\.example\.org\. \d+ IN (A|AAAA) /i.test(record);
  assert.deepEqual(
    now.records.filter((record) => !isOurs(record)),
    before.records.filter((record) => !isOurs(record)),
  );
  assert.deepEqual(
    now.records.filter(isOurs).sort(),
    wanted.map((each) => `www.web.example.org. 30 IN ${each.includes(':') ? 'AAAA' : 'A'} ${each}`).sort(),
  );
  assert.deepEqual(readAddresses(edited, ADVERTISEMENT), {
    addresses: [...readAddresses(edited, ADVERTISEMENT).addresses],
    ttlIsRight: true,
  });
  assert.deepEqual(new Set(readAddresses(edited, ADVERTISEMENT).addresses), new Set(wanted));
  return edited;
}

/** The lines that are in one text and not in the other. */
function difference(before: string, now: string): { gone: string[]; come: string[] } {
  const [a, b] = [before.split('\n'), now.split('\n')];
  return { gone: a.filter((line) => !b.includes(line)), come: b.filter((line) => !a.includes(line)) };
}

const PLAIN = `; the zone of the web farm (do not sort)
$TTL 1h
@       IN SOA  ns1 hostmaster.example.org. (
                2026112401 ; serial: "raise me" (
                2h         ; refresh
                15M 2w ; )
                300 )
        IN NS   ns1
ns1     IN A    10.77.1.1
www     30 IN A 10.77.0.101
www     IN 30 A 10.77.0.102 ; the second
mail    600 IN  A 10.77.0.9
text    TXT     "a ; in quotes" "and ( too"
        MX      10 mail
`;

test('R40: only the records of the name and the serial change; comments, quotes and a SOA over many lines stay', () => {
  const edited = edit(PLAIN, X, Y, Z);
  assert.deepEqual(difference(PLAIN, edited), {
    gone: ['                2026112401 ; serial: "raise me" ('],
    come: ['                2026112402 ; serial: "raise me" (', `www.web.example.org. 30 IN A ${Z}`],
  });
  const less = edit(edited, Z);
  assert.deepEqual(difference(edited, less).come, ['                2026112403 ; serial: "raise me" (']);
});

test('R40: A and AAAA, in any case, with names relative to the $ORIGIN that holds there', () => {
  const text = `${PLAIN}$ORIGIN Example.ORG.\nWWW.Web 30 in aaaa FD00:77::0101\n$ORIGIN deeper.web.example.org.\nwww A 10.9.9.9\n`;
  assert.deepEqual(readAddresses(text, ADVERTISEMENT).addresses, [X, Y, 'fd00:77::101']);
  edit(text, X, 'fd00:77::102');
  edit(text, 'fd00:77::101', 'fd00:77::102');
});

test('R40: records that take their owner from the line before keep it, whichever lines go', () => {
  const text = `$TTL 300
@ SOA ns1 h 1 2h 15M 2w 300
  NS ns1
ns1 A 10.77.1.1
www A 10.77.0.101
    A 10.77.0.102
    TXT "of www"
ftp A 10.77.0.9
www 30 A 10.77.0.103
    TXT "of www as well"
    30 A 10.77.0.104
    MX 10 ns1
ftp TXT "of ftp"
`;
  edit(text, X);
  edit(text, Z);
  edit(text, '10.77.0.200', '10.77.0.201');
  edit(text, '10.77.0.104');
});

test('R42: the TTL of the records is the configured one, wherever the old one came from', () => {
  const text = PLAIN.replace('www     30 IN A', 'www     IN A');
  assert.equal(readAddresses(text, ADVERTISEMENT).ttlIsRight, false);
  assert.equal(readAddresses(PLAIN, ADVERTISEMENT).ttlIsRight, true);
  edit(text, X, Y);
});

test('R40: a name without records yet gets them at the end, also where the last line is not ended', () => {
  const text = PLAIN.replaceAll(/^www.*\n/gm, '').trimEnd();
  const edited = edit(text, X);
  assert.ok(edited.endsWith(`        MX      10 mail\nwww.web.example.org. 30 IN A ${X}\n`));
});

test('R40: line ends of DOS stay', () => {
  const edited = edit(PLAIN.replaceAll('\n', '\r\n'), Y, Z);
  assert.ok(!/[^\r]\n/.test(edited));
});

test('R40: the apex itself can be advertised', () => {
  const advertisement = { zone: ZONE, name: ZONE, ttl: 30 };
  const edited = withAddresses(PLAIN, advertisement, addresses(X));
  assert.ok(compiled(edited).records.includes(`web.example.org. 30 IN A ${X}`));
  assert.ok(compiled(edited).records.includes('web.example.org. 3600 IN NS ns1.web.example.org.'));
});

test('R40: what cannot be edited safely is refused, with the line and the cause', () => {
  const refuses = (text: string, cause: RegExp): void => {
    assert.throws(() => withAddresses(text, ADVERTISEMENT, addresses(Z)), cause);
  };
  refuses('www 30 A 10.77.0.101\n', /line 1: there is no SOA/);
  refuses(`${PLAIN}x A 10.0.0.1 (\n`, /line 15: a parenthesis is not closed/);
  refuses(`${PLAIN}x A 10.0.0.1 )\n`, /line 15: a parenthesis is closed/);
  refuses(`${PLAIN}x TXT "open\n`, /line 15: a quotation mark is not closed/);
  refuses(`${PLAIN}x IN 30\n`, /line 15: a record without a type/);
  refuses(PLAIN.replace('2026112401', 'soon'), /line 3: there is no SOA with a serial/);
  refuses(
    PLAIN.replace(/www .*\nwww .*\n/, 'www CNAME mail\n'),
    /line 10: www\.web\.example\.org is a CNAME/,
  );
  refuses(
    '@ 60 SOA ns1 h 1 2h 15M 2w 300\n 60 NS ns1\nwww 60 A 10.77.0.101\nns1 A 10.77.1.1\n',
    /line 4: the record takes its TTL from the one before it.*\$TTL/,
  );
});

test('R40: the serial is raised by RFC 1982: the next one is always newer, also round the end', () => {
  assert.equal(nextSerial(2026112401), 2026112402);
  assert.equal(nextSerial(0xffff_ffff), 1);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (serial) => {
      assert.ok(isNewer(nextSerial(serial), serial) && !isNewer(serial, nextSerial(serial)));
      assert.ok(nextSerial(serial) > 0 && nextSerial(serial) <= 0xffff_ffff);
    }),
  );
  assert.equal(isNewer(5, 5), false);
  assert.equal(isNewer(2 ** 31 + 5, 5), false);
});

const line = fc.oneof(
  fc.constantFrom(...PLAIN.split('\n').slice(8)),
  fc
    .tuple(
      fc.constantFrom('www', 'ftp', '   ', 'www.web.example.org.', '\t'),
      fc.integer({ min: 1, max: 250 }),
    )
    .map(([owner, last]) => `${owner} 30 A 10.77.0.${String(last)}`),
  fc.constantFrom(
    '  TXT "x"',
    '; nothing',
    '',
    'www TXT ( "a"\n "b" )',
    'www 30 A (\n 10.77.0.7 )',
    '$ORIGIN web.example.org.',
  ),
);

test('R40: in whatever order the lines stand, BIND reads what was wanted and nothing else changed', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 4 }),
      (lines, last) => {
        const text = `${PLAIN.split('\n').slice(0, 9).join('\n')}\n${lines.join('\n')}\n`;
        edit(text, ...last.map((each) => `10.77.0.${String(each)}`));
      },
    ),
    { numRuns: 150 },
  );
});
