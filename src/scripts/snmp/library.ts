// net-snmp is loaded where there is a sink, and not before: most hosts have none, and it is large.

import { createRequire } from 'node:module';
import type * as Library from 'net-snmp';

const require = createRequire(import.meta.url);
let loaded: typeof Library | null = null;

export const snmpLibrary = (): typeof Library => (loaded ??= require('net-snmp') as typeof Library);
