// A takeover runs the script of hundreds of addresses as the same user: one question serves them all. Answers are
// kept for seconds only, so that a user who was made anew with another uid is not taken for the old one for long.

import { lookUpUser, type User } from './user.js';

const KEPT_MS = 10_000;
/** More names than a configuration has; beyond, the oldest is asked again. */
const NAMES_KEPT = 64;

/** A `lookUpUser` that remembers. Failures are not kept. `now`: milliseconds of a clock that never goes back. */
export function rememberingLookUp(
  lookUp: (name: string) => Promise<User> = lookUpUser,
  now: () => number = () => performance.now(),
): (name: string) => Promise<User> {
  const known = new Map<string, { readonly asked: number; readonly user: Promise<User> }>();
  return (name) => {
    const kept = known.get(name);
    if (kept !== undefined && now() - kept.asked < KEPT_MS) return kept.user;
    const user = lookUp(name);
    // A new entry goes to the end: the first one is the oldest.
    known.delete(name);
    known.set(name, { asked: now(), user });
    const [oldest] = known.keys();
    if (known.size > NAMES_KEPT && oldest !== undefined) known.delete(oldest);
    user.catch(() => {
      if (known.get(name)?.user === user) known.delete(name);
    });
    return user;
  };
}
