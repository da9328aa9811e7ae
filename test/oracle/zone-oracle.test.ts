// The core's DNS pass against the source document's pseudo-code, on random tables that change from pass to pass (R36–R39).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ServiceAddress } from '../../src/core/address.js';
import { weighZone } from '../../src/core/zone.js';
import { Bench } from '../core/bench.js';
import { address, effectsOf, hostInformation, ZONE } from '../core/builders.js';
import { OracleDnsThread, type OracleParameters } from './figure-6c.js';

/** The last digits differ in length: an order of ids as strings is another one. */
const HOSTS = [3, 11, 20, 101, 102].map((last) => address(`10.77.1.${String(last)}`));
const PREFERRED: readonly (readonly ServiceAddress[])[] = [
  ['10.77.0.9'],
  ['10.77.0.10', 'fd00:77::10'],
  [],
  ['10.77.0.100'],
  ['10.77.0.11'],
].map((list) => list.map(address));

interface Sample {
  readonly alive: boolean;
  readonly ok: boolean;
  readonly quiesced: boolean;
  readonly load: number;
  readonly capacity: number;
}

/** Loads lie around the marks as often as anywhere; a capacity of 0 occurs, and so does a load above the capacity. */
const sample: fc.Arbitrary<Sample> = fc.record({
  alive: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  ok: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  quiesced: fc.oneof(
    { weight: 6, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  load: fc.oneof(fc.integer({ min: 40, max: 110 }), fc.nat(0xffff_ffff)),
  capacity: fc.oneof(fc.constant(100), fc.constant(0), fc.integer({ min: 1, max: 0xffff_ffff })),
});

const parameters: fc.Arbitrary<OracleParameters> = fc
  .record({
    scalingFactor: fc.integer({ min: 100, max: 1000 }),
    marks: fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 2 }),
    minimumNumberOfServiceAddresses: fc.nat(7),
  })
  .map(({ marks, ...rest }) => ({
    ...rest,
    lowWaterMark: Math.min(...marks),
    highWaterMark: Math.max(...marks),
  }));

const passes = fc.array(fc.tuple(sample, sample, sample, sample, sample), { minLength: 1, maxLength: 8 });

const oracleTable = (samples: readonly Sample[]) =>
  samples.map(({ alive, ok, quiesced, load, capacity }, index) => ({
    isExpired: !alive,
    isOk: ok,
    isQuiesced: quiesced,
    preferredServiceAddresses: PREFERRED[index]!,
    load,
    capacity,
  }));

test('R36–R39: pass after pass, the core advertises what the source document’s DNS thread does', () => {
  fc.assert(
    fc.property(passes, parameters, (rounds, given) => {
      const oracle = new OracleDnsThread();
      let last: ServiceAddress[] = [];
      for (const samples of rounds) {
        oracle.pass(oracleTable(samples), given);
        const hosts = samples.flatMap(({ alive, ...said }, index) =>
          alive ? [hostInformation(HOSTS[index]!, { ...said, preferred: PREFERRED[index]! })] : [],
        );
        const set = weighZone(hosts, new Set(last), {
          highWater: given.highWaterMark,
          lowWater: given.lowWaterMark,
          scale: given.scalingFactor,
          minimum: given.minimumNumberOfServiceAddresses,
        }).flatMap((entry) => (entry.advertised ? [entry.address] : []));
        if (set.length > 0) last = set;
        assert.deepEqual([...last].sort(), oracle.zone ?? []);
      }
    }),
    { numRuns: 3000 },
  );
});

test('R36–R39: a whole service monitor asks for a zone exactly when the source document’s DNS thread updates it', () => {
  fc.assert(
    fc.property(passes, parameters, (rounds, given) => {
      const oracle = new OracleDnsThread();
      const bench = new Bench({
        id: address('10.77.1.200'),
        observer: true,
        dns: {
          ...ZONE,
          highWater: given.highWaterMark,
          lowWater: given.lowWaterMark,
          scale: given.scalingFactor,
          minimum: given.minimumNumberOfServiceAddresses,
        },
      }).start();
      for (const [index, host] of HOSTS.entries()) bench.join(host, { preferred: PREFERRED[index]! });
      bench.settle();
      let zone: readonly ServiceAddress[] | null = null;
      let updates = 0;
      for (const samples of rounds) {
        for (const [index, { alive, ...said }] of samples.entries()) {
          bench.puppet(HOSTS[index]!).alive = alive;
          bench.says(HOSTS[index]!, said);
        }
        // Silence takes a timeout; the next pass comes later. What goes before the first is not the document's.
        if (bench.monitor.zone.role === 'reading') {
          bench.run(200);
          bench.step({ kind: 'zone-told', published: [], error: null });
        } else bench.run(ZONE.interval);
        for (const { addresses } of effectsOf(bench.take(), 'zone')) {
          zone = addresses;
          updates += 1;
        }
        oracle.pass(oracleTable(samples), given);
        assert.deepEqual(zone === null ? null : [...zone].sort(), oracle.zone);
        assert.equal(updates, oracle.updates);
      }
    }),
    { numRuns: 150 },
  );
});
