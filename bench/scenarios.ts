// The scenarios, as data: which fault on which terms. In the order in which they are played.

import {
  controlUnplugged,
  frozen,
  killed,
  moved,
  powerLoss,
  powerReturn,
  serviceDied,
  serviceUnplugged,
  startedAgain,
  terminated,
  thawed,
  workerKilled,
} from './faults.js';
import type { BenchScenario, Fault } from './scenario.js';
import { SETTINGS } from './setting.js';
import type { Setting } from './setting.js';
import type { Terms } from './terms.js';

const one = (setting: Setting): Terms => ({ setting, addresses: 1, family: 4, serviceTest: false });
const many = (addresses: number, family: 4 | 6, setting: Setting = SETTINGS.fast): Terms => ({
  ...one(setting),
  addresses,
  family,
});
const tested: Terms = { ...one(SETTINGS.fast), serviceTest: true };

const at = (name: string, setting: Setting, fault: Fault): BenchScenario => ({
  name: setting === SETTINGS.fast ? name : `${name}-${setting.name.replace('/', '-')}`,
  fault,
  terms: one(setting),
});

export const SCENARIOS: readonly BenchScenario[] = [
  at('power-loss', SETTINGS.fast, powerLoss),
  at('power-return', SETTINGS.fast, powerReturn),
  at('sigterm', SETTINGS.fast, terminated),
  at('fail-back', SETTINGS.fast, startedAgain),
  at('sigkill', SETTINGS.fast, killed),
  at('sigstop', SETTINGS.fast, frozen),
  at('sigcont', SETTINGS.fast, thawed),
  at('worker-killed', SETTINGS.fast, workerKilled),
  at('service-cable', SETTINGS.fast, serviceUnplugged),
  at('control-cable', SETTINGS.fast, controlUnplugged),
  { ...at('move', SETTINGS.fast, moved), peers: ['raisd'] },
  { ...at('power-loss', SETTINGS.smallest, powerLoss), peers: ['raisd'] },
  at('power-loss', SETTINGS.middle, powerLoss),
  at('power-return', SETTINGS.middle, powerReturn),
  at('power-loss', SETTINGS.slow, powerLoss),
  at('power-return', SETTINGS.slow, powerReturn),
  { name: 'service-death', fault: serviceDied, terms: tested },
  { name: 'addresses-250', fault: powerLoss, terms: many(250, 4) },
  { name: 'addresses-1000', fault: powerLoss, terms: many(1000, 4) },
  { name: 'addresses-1000-100-350', fault: powerLoss, terms: many(1000, 4, SETTINGS.slow) },
  { name: 'addresses-250-v6', fault: powerLoss, terms: many(250, 6) },
];
