// The faults that the farm is put through, as data. Hosts 1 to 3 are the farm's; host 1 leads, because its id is the lowest.
// What they wait for stands in scenario-steps.ts.

import { CABLES } from './cable-scenarios.js';
import { WHOLE_DAEMONS } from './daemon-scenarios.js';
import { flooded } from './flood-scenario.js';
import { hostAdded, QUIESCING } from './operator-scenarios.js';
import { PLANNED_MOVES } from './planned-moves.js';
import { LOSSES_OF_ALL, POWER_LOSSES } from './power-scenarios.js';
import { ROLE_SCENARIOS } from './role-scenarios.js';
import type { Scenario } from './scenario.js';
import { SERVICES } from './service-scenarios.js';

/** In the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  ...POWER_LOSSES,
  ...CABLES,
  ...SERVICES,
  ...WHOLE_DAEMONS,
  ...PLANNED_MOVES,
  ...ROLE_SCENARIOS,
  ...QUIESCING,
  flooded,
  hostAdded,
  ...LOSSES_OF_ALL,
];
