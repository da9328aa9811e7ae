// net-snmp is loaded where there is a sink, and not before: most hosts have none, and it is large.

import { createRequire } from 'node:module';

type Library = typeof import('net-snmp');

const require = createRequire(import.meta.url);
let loaded: Library | null = null;

export const snmpLibrary = (): Library => (loaded ??= require('net-snmp') as Library);
