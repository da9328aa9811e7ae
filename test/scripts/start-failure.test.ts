import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureIn } from '../../src/scripts/start-failure.js';

const started = { command: ['/etc/raisd/acquire', 'x'], user: { name: 'www-data' } };

const cases: readonly (readonly [string, string | null])[] = [
  ['', null],
  ['sh: 1: foo: not found\n', null],
  [
    'setpriv: failed to execute /etc/raisd/acquire: No such file or directory\n',
    'cannot start /etc/raisd/acquire: ENOENT',
  ],
  [
    'setpriv: failed to execute /etc/raisd/acquire: Exec format error\n',
    'cannot start /etc/raisd/acquire: ENOEXEC',
  ],
  [
    'setpriv: failed to execute /etc/raisd/acquire: Wrong phase of moon\n',
    'cannot start /etc/raisd/acquire: Wrong phase of moon',
  ],
  [
    'setpriv: initgroups failed: Operation not permitted\n',
    'cannot run /etc/raisd/acquire as www-data: initgroups: EPERM',
  ],
  ['setpriv: something new\n', 'cannot run /etc/raisd/acquire as www-data: something new'],
];

for (const [errors, failure] of cases) {
  test(`R21: of ${JSON.stringify(errors)} becomes ${String(failure)}`, () => {
    assert.equal(failureIn(errors, started), failure);
  });
}
