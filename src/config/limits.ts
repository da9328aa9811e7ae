// Every bound of the configuration in one place, with its unit and its reason.

import { MAX_CONTROL_INTERFACES, MAX_HOSTS, MAX_SERVICE_ADDRESSES } from '../wire/limits.js';

export { MAX_CONTROL_INTERFACES, MAX_SERVICE_ADDRESSES };

/** The largest configuration file, in bytes. */
export const MAX_FILE_BYTES = 1 << 20;
/** Values in one file once its aliases are followed: a few lines of nested aliases can mean billions. */
export const MAX_VALUES = 100_000;
/** How deep lists and maps may lie in one another; the configuration itself needs seven levels. */
export const MAX_DEPTH = 32;
/** Characters of any one text: what the kernel takes as a path. */
export const MAX_TEXT = 4095;
/**
 * The checked configuration as JSON, keys included, in bytes: it travels to the roles in one message of at most 1 MiB,
 * and needs room there for the rest of that message.
 */
export const MAX_CONFIGURATION_BYTES = 900_000;

export const MAX_GROUPS = 256;
/** Test objects, and load objects, of one daemon. */
export const MAX_OBJECTS = 256;
/** Seeds of a group (R60): more hosts than this a group does not have. */
export const MAX_PEERS = MAX_HOSTS;
/** Keys of one group: each frame that does not verify is tried against all of them. */
export const MAX_KEYS = 8;
export const MAX_SINKS = 16;
/** Words of one command. */
export const MAX_WORDS = 64;

/** Bytes of a key file's content: shorter can be guessed, longer gains nothing with HMAC-SHA256. */
export const MIN_KEY_BYTES = 16;
export const MAX_KEY_BYTES = 1024;
