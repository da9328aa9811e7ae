// What every program gets, and all that it gets beside what its caller adds: nothing of the daemon's own environment.

import type { User } from './user.js';

export const PROGRAM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const cleanEnvironment = (user: User): Record<string, string> => ({
  PATH: PROGRAM_PATH,
  HOME: user.home,
  USER: user.name,
  LANG: 'C.UTF-8',
});
