// The secrets that stand in the configuration itself. Only the role that uses them gets them.

import type { Configuration } from './configuration.js';

/** The same, without the communities and passphrases of the SNMP sinks. */
export const withoutSecrets = (configuration: Configuration): Configuration => ({
  ...configuration,
  snmp: {
    sinks: configuration.snmp.sinks.map((sink) => ({
      ...sink,
      community: null,
      auth: sink.auth && { ...sink.auth, passphrase: '' },
      privacy: sink.privacy && { ...sink.privacy, passphrase: '' },
    })),
  },
});
