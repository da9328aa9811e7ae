// Every peer by its name.

import type { PeerKind, PeerName } from '../peer.js';
import { frr } from './frr.js';
import { keepalived } from './keepalived.js';
import { raisd } from './raisd.js';
import { ucarp } from './ucarp.js';

export const KINDS: Readonly<Record<PeerName, PeerKind>> = { raisd, keepalived, frr, ucarp };
