// Time as the core knows it: milliseconds of CLOCK_BOOTTIME, so that a pause of the host is seen as one.
// Fractions are meant: the kernel's receive stamps are finer than a millisecond.

/** A span of time in milliseconds. */
export type Milliseconds = number & { readonly unit: 'milliseconds' };

/** A moment: milliseconds since this host booted (CLOCK_BOOTTIME). Never wall clock. */
export type Instant = number & { readonly unit: 'milliseconds since boot' };

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const instant = (value: number): Instant => value as Instant;

/** The moment `span` after `start`. */
export const after = (start: Instant, span: number): Instant => (start + span) as Instant;

/** How long it is from `start` to `now`; negative if `start` lies ahead. */
export const elapsed = (start: Instant, now: Instant): Milliseconds => (now - start) as Milliseconds;

export const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);
export const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);

/** Before every moment: "never heard". */
export const NEVER = -Infinity as Instant;
/** After every moment: "nothing is due". */
export const NO_DEADLINE = Infinity as Instant;
