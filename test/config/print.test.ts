import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatFault } from '../../src/config/fault.js';
import { loadConfiguration } from '../../src/config/load.js';
import { printConfiguration } from '../../src/config/print.js';
import { input } from './arbitraries.js';
import { assertInvariants } from './invariants.js';
import { Workspace } from './workspace.js';

const workspace = new Workspace();
workspace.write('other.key', Buffer.alloc(1024, 9));
mkdirSync(workspace.path('elsewhere'));
after(() => {
  workspace.remove();
});

test('R56: the configuration in force, printed, loads to the same from anywhere, and prints to the same text', () => {
  fc.assert(
    fc.property(input, (written) => {
      const configuration = workspace.configuration(stringify(written));
      assertInvariants(configuration);
      const printed = printConfiguration(configuration);
      const again = loadConfiguration(workspace.write('elsewhere/raisd.yaml', printed));
      assert.deepEqual(again.ok ? [] : again.faults.map(formatFault), []);
      assert(again.ok);
      assert.deepEqual(again.configuration, configuration);
      assert.equal(printConfiguration(again.configuration), printed);
    }),
    { numRuns: 100, includeErrorInReport: true, interruptAfterTimeLimit: 20_000 },
  );
});

test('R56: the configuration survives the way to the roles, which is JSON', () => {
  fc.assert(
    fc.property(input, (written) => {
      const configuration = workspace.configuration(stringify(written));
      assert.deepEqual(JSON.parse(JSON.stringify(configuration)), configuration);
    }),
    { numRuns: 20, includeErrorInReport: true, interruptAfterTimeLimit: 10_000 },
  );
});
