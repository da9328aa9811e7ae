// The control thread of the source document (figs 6A and 6B and its pseudo-code), transcribed as it stands there and apart
// from the core, whose tables and orders are compared with it. Where it picks at random, every choice that it may make is
// returned. Its names and its nesting are kept; what the requirements correct is marked.

export interface OracleHost {
  readonly idAddress: string;
  readonly isOk: boolean;
  readonly isQuiesced: boolean;
  /** R50: several; none is the document's `preferred service address = 0`. */
  readonly preferredServiceAddresses: readonly string[];
  readonly served: readonly {
    readonly address: string;
    readonly state: 'acquiring' | 'releasing' | 'online';
  }[];
}

/** Fig. 6B. */
export interface OracleEntry {
  readonly states: Set<string>;
  preferredIdAddress: string | null;
  isPreferredQuiesced: boolean;
  readonly idAddresses: string[];
}

export interface OracleTables {
  readonly entries: Map<string, OracleEntry>;
  readonly spareHostList: string[];
  readonly nonSpareEligibleList: string[];
  /** "send release message to host to release expired service addresses" */
  readonly releasesOfExpired: { readonly host: string; readonly address: string }[];
}

export type OracleOrder =
  | { readonly kind: 'acquire'; readonly choices: readonly string[] }
  | { readonly kind: 'cannot assign' }
  /** One of `keepers` keeps it; all other claims are told to release, but not the injected one. */
  | { readonly kind: 'release'; readonly keepers: readonly string[]; readonly claims: readonly string[] };

/** Step 608. `known`: the service addresses of the group that are not expired. */
export function buildTables(hosts: readonly OracleHost[], known: readonly string[]): OracleTables {
  const tables: OracleTables = {
    entries: new Map(
      known.map((address) => [
        address,
        { states: new Set(), preferredIdAddress: null, isPreferredQuiesced: false, idAddresses: [] },
      ]),
    ),
    spareHostList: [],
    nonSpareEligibleList: [],
    releasesOfExpired: [],
  };
  for (const host of hosts) {
    if (host.isOk) {
      if (host.preferredServiceAddresses.length === 0) {
        if (!host.isQuiesced) tables.spareHostList.push(host.idAddress);
      } else {
        if (!host.isQuiesced) tables.nonSpareEligibleList.push(host.idAddress);
        for (const address of host.preferredServiceAddresses) {
          const entry = tables.entries.get(address);
          if (entry !== undefined) {
            entry.preferredIdAddress = host.idAddress;
            entry.isPreferredQuiesced = host.isQuiesced;
          }
        }
      }
    }
    // R27: the claims of every live member count, OK or not.
    for (const { address, state } of host.served) {
      const entry = tables.entries.get(address);
      if (entry !== undefined) {
        entry.idAddresses.push(host.idAddress);
        entry.states.add(state);
      } else {
        tables.releasesOfExpired.push({ host: host.idAddress, address });
      }
    }
  }
  return tables;
}

/** Step 610 for one service address; null: nothing is to be done. */
export function processAddress(entry: OracleEntry, tables: OracleTables): OracleOrder | null {
  if (entry.states.has('acquiring') || entry.states.has('releasing')) return null;
  if (entry.idAddresses.length === 0) return unserved(entry, tables);
  const idAddresses = [...entry.idAddresses];
  const isServedByPreferred =
    entry.preferredIdAddress !== null && idAddresses.includes(entry.preferredIdAddress);
  if (entry.preferredIdAddress !== null && !isServedByPreferred && !entry.isPreferredQuiesced)
    idAddresses.push(entry.preferredIdAddress);
  if (idAddresses.length > 1) return duplicate(entry, idAddresses, tables);
  return null;
}

function unserved(entry: OracleEntry, { spareHostList, nonSpareEligibleList }: OracleTables): OracleOrder {
  if (entry.preferredIdAddress !== null && !entry.isPreferredQuiesced)
    return { kind: 'acquire', choices: [entry.preferredIdAddress] };
  else if (spareHostList.length > 0) return { kind: 'acquire', choices: spareHostList };
  else if (nonSpareEligibleList.length > 0) return { kind: 'acquire', choices: nonSpareEligibleList };
  else return { kind: 'cannot assign' };
}

function duplicate(
  entry: OracleEntry,
  idAddresses: readonly string[],
  { spareHostList }: OracleTables,
): OracleOrder {
  const claims = entry.idAddresses;
  if (entry.preferredIdAddress !== null && !entry.isPreferredQuiesced)
    return { kind: 'release', keepers: [entry.preferredIdAddress], claims };
  const spares = idAddresses.filter((host) => spareHostList.includes(host));
  if (spares.length > 0) return { kind: 'release', keepers: spares, claims };
  return { kind: 'release', keepers: idAddresses, claims };
}
