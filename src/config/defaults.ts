// What holds where the operator says nothing, as he would write it.

export const DEFAULTS = {
  /** Silence is noticed after five missed heartbeats. */
  heartbeatInterval: '20ms',
  heartbeatTimeout: '100ms',
  /** R32: long enough for a machine to be repaired. */
  orphanTimeout: '30d',
  failBack: 'now',
  assign: 'fewest-addresses',
  fence: 'nftables',
  partition: 'probe',
  scriptTimeout: '5s',
  testInterval: '1s',
  /** A test object's timeout is its interval, but never longer than this. */
  testTimeout: '5s',
  rise: 2,
  fall: 2,
  loadInterval: '1s',
  tcpHost: '127.0.0.1',
  dnsTtl: '30s',
  highWater: 80,
  lowWater: 60,
  minimum: 2,
  scale: 1000,
  dnsInterval: '5s',
  dnsPort: 53,
  dnsAlgorithm: 'hmac-sha256',
  snmpPort: 162,
  snmpVersion: '2c',
  snmpCommunity: 'public',
  logLevel: 'info',
} as const;
