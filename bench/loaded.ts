// Nothing happens, but the machine is busy: every move of an address is a false failover.

import { load, LOAD } from '../test/farm/false-failover.js';
import { Ground } from './ground.js';
import { killed } from './faults.js';
import type { PeerKind } from './peer.js';
import type { Recorder } from './recorder.js';
import { SETTINGS } from './setting.js';
import { tell } from './tell.js';

const ASKED = [SETTINGS.smallest, SETTINGS.fast];

export async function measureUnderLoad(
  kinds: readonly PeerKind[],
  seconds: number,
  recorder: Recorder,
): Promise<void> {
  for (const setting of ASKED) {
    const terms = { setting, addresses: 1, family: 4, serviceTest: false } as const;
    for (const kind of kinds) {
      if (kind.cannot(terms, killed) !== null) continue;
      tell(`${kind.name}: ${String(seconds)} s under load at ${setting.name} …`);
      const ground = await Ground.raise(kind, terms);
      try {
        const { addresses, silenceMs, doubled } = await ground.observe('load', () => load(seconds));
        const moves = addresses.reduce((sum, { changes }) => sum + changes, 0);
        recorder.add('loaded', {
          peer: kind.name,
          setting: setting.name,
          seconds,
          load: `stress-ng ${LOAD.join(' ')}`,
          moves,
          silenceMs,
          doubled,
        });
        tell(` ${String(moves)} moves\n`);
      } finally {
        ground.close();
      }
      recorder.keep();
    }
  }
}
