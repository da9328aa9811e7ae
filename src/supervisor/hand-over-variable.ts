/** Of the environment: the descriptor of the record that the program before this one has left (hand-over.ts). */
export const HAND_OVER_VARIABLE = 'RAISD_HAND_OVER';
