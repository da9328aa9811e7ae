// Over which family the members of a group talk.

import { familyOf, type Family } from '../core/address.js';
import type { GroupConfiguration } from './configuration.js';

/** The address family of a group's control messages: that of its peers, or of its group address. */
export const familyOfGroup = (group: Pick<GroupConfiguration, 'address' | 'peers'>): Family =>
  familyOf(group.peers?.[0] ?? group.address.address);
