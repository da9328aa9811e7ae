// Addresses with a port, as text.

import { familyOf } from '../core/address.js';
import type { Endpoint } from './configuration.js';

/** `10.0.0.1:53`, `[fd00::1]:53`. */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  familyOf(address) === 6 ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
