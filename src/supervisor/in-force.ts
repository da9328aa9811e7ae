// What the daemon goes by now.

import type { Configuration } from '../config/configuration.js';

/** Group → keys in base64. */
export type Keys = Readonly<Record<string, readonly string[]>>;

export interface InForce {
  readonly configuration: Configuration;
  readonly keys: Keys;
}
