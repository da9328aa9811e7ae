// The DNS thread of the source document (its pseudo-code and fig. 6C), transcribed as it stands there and apart from the
// core, whose pass is compared with it. Names and nesting are kept; what the requirements correct is marked.

export interface OracleHostInfo {
  readonly isExpired: boolean;
  /** R36: "alive, OK and not quiesced". The document's loop leaves out OK. */
  readonly isOk: boolean;
  readonly isQuiesced: boolean;
  /** R50: several; none is the document's `preferred_service_address = 0`. */
  readonly preferredServiceAddresses: readonly string[];
  readonly load: number;
  /** 0: not measured, which the document does not know; such a host counts as not used. */
  readonly capacity: number;
}

export interface OracleParameters {
  readonly scalingFactor: number;
  /** Percent (R38). */
  readonly highWaterMark: number;
  readonly lowWaterMark: number;
  readonly minimumNumberOfServiceAddresses: number;
}

interface Row {
  readonly serviceAddress: string;
  readonly util: number;
  readonly weightedUtil: number;
}

export class OracleDnsThread {
  private M: Pick<Row, 'serviceAddress'>[];
  /** What "update DNS zone" was last called with. */
  zone: readonly string[] | null = null;
  updates = 0;

  /** `advertised`: what the last pass before the first one here advertised, wherever that ran (R41). */
  constructor(advertised: readonly string[] = []) {
    this.M = advertised.map((serviceAddress) => ({ serviceAddress }));
  }

  /** What the last pass advertised. */
  get advertised(): readonly string[] {
    return this.M.map((row) => row.serviceAddress);
  }

  pass(hostInfoDb: readonly OracleHostInfo[], parameters: OracleParameters): void {
    const { scalingFactor, minimumNumberOfServiceAddresses } = parameters;
    const highWaterMark = (parameters.highWaterMark * scalingFactor) / 100;
    const lowWaterMark = (parameters.lowWaterMark * scalingFactor) / 100;
    const delta = highWaterMark - lowWaterMark;
    let BB: Row[] = [];
    for (const entry of hostInfoDb) {
      if (entry.isExpired || !entry.isOk || entry.isQuiesced || entry.preferredServiceAddresses.length === 0)
        continue;
      const util =
        entry.capacity === 0
          ? 0
          : Number((BigInt(entry.load) * BigInt(scalingFactor)) / BigInt(entry.capacity));
      for (const serviceAddress of entry.preferredServiceAddresses) {
        let weightedUtil: number;
        // R38: the OCR lost both comparison signs.
        if (util > highWaterMark) {
          weightedUtil = util + delta;
        } else if (util > lowWaterMark) {
          if (this.M.some((row) => row.serviceAddress === serviceAddress)) {
            weightedUtil = util;
          } else {
            weightedUtil = util + delta;
          }
        } else {
          weightedUtil = util;
        }
        BB.push({ serviceAddress, util, weightedUtil });
      }
    }
    // R39: an empty set is never published, and the last one stays.
    if (BB.length === 0) return;
    if (BB.length > minimumNumberOfServiceAddresses) {
      // The document does not say which of equals comes first: here the one that was entered first.
      BB.sort((a, b) => a.weightedUtil - b.weightedUtil);
      const removed = new Set<Row>();
      for (let index = minimumNumberOfServiceAddresses; index < BB.length; index++) {
        const entry = BB[index]!;
        if (entry.weightedUtil > highWaterMark) removed.add(entry);
      }
      BB = BB.filter((entry) => !removed.has(entry));
    }
    // R39 again: with a minimum of 0 the removal may leave nothing.
    if (BB.length === 0) return;
    const addresses = BB.map((row) => row.serviceAddress).sort();
    if (
      addresses.join() !==
      this.M.map((row) => row.serviceAddress)
        .sort()
        .join()
    ) {
      this.zone = addresses;
      this.updates += 1;
    }
    this.M = BB;
  }
}
