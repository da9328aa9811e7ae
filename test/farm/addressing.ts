// The farm's address plan: everything that is on a cable follows from the station's number.

import type { Network } from './switch.js';

/** Service network 10.77.0.0/24 and fd77::/64; control networks 10.77.1.0/24, 10.77.2.0/24, fd77:1::/64, fd77:2::/64. */
const SUBNETS: Readonly<Record<Network, { v4: string; v6: string }>> = {
  svc0: { v4: '10.77.0', v6: 'fd77::' },
  ctl0: { v4: '10.77.1', v6: 'fd77:1::' },
  ctl1: { v4: '10.77.2', v6: 'fd77:2::' },
};

/** Host N is .1N on each network; its preferred service address is 10.77.0.(100 + N). */
export const MAX_HOSTS = 89;
export const hostOctet = (number: number): number => 10 + number;
export const CLIENT_OCTET = 200;
export const SECOND_CLIENT_OCTET = 201;
export const STRANGER_OCTET = 240;

export const v4Of = (network: Network, octet: number): string => `${SUBNETS[network].v4}.${String(octet)}`;
/** The octet's decimal digits stand in the address, for the eye: fd77::11 is host 1. */
export const v6Of = (network: Network, octet: number): string => `${SUBNETS[network].v6}${String(octet)}`;

export const serviceAddress = (number: number): string => `10.77.0.${String(100 + number)}`;
export const serviceAddress6 = (number: number): string => `fd77::${String(100 + number)}`;

const NETWORK_NUMBER: Readonly<Record<Network, string>> = { svc0: '00', ctl0: '01', ctl1: '02' };

/** A MAC that says whose it is: 02:52:41:00:NETWORK:STATION. */
export const macOf = (network: Network, octet: number): string =>
  `02:52:41:00:${NETWORK_NUMBER[network]}:${octet.toString(16).padStart(2, '0')}`;
