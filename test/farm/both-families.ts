// Every host prefers an IPv6 address beside its IPv4 address, and both are asked for.

import { GROUP } from './configuration.js';
import type { Adjust } from './configuration.js';
import type { StageOptions } from './stage.js';

export const bothFamilies = (
  adjust: Adjust = () => undefined,
): Required<Pick<StageOptions, 'service' | 'adjust' | 'addressesOf'>> => ({
  service: [4, 6],
  adjust(configuration, host) {
    adjust(configuration, host);
    configuration.groups[GROUP]!.prefer.push(`${host.preferred6}/64`);
  },
  addressesOf: (host) => [host.preferred, host.preferred6],
});
