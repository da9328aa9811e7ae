// Every bound of the wire in one place. The C++ side has the same figures in native/heartbeat/limits.h.

/** Largest frame in bytes, MAC included: fits a 1,500-byte MTU under IPv6 with room for encapsulation. */
export const MAX_FRAME_BYTES = 1400;
export const HEADER_BYTES = 60;
export const MAC_BYTES = 32;
/** Bytes of one piece of a snapshot at the most. */
export const MAX_PIECE_BYTES = 768;
/** A snapshot has 64 pieces at the most: the receiver notes delivered pieces in one 64-bit word. */
export const MAX_PIECES = 64;
export const MAX_SNAPSHOT_BYTES = MAX_PIECE_BYTES * MAX_PIECES;
/** HEARD entries in one frame at the most; larger groups take turns. 12 IPv6 entries fit beside a full piece. */
export const MAX_HEARD_BYTES = 480;
/** Payload of a command at the most. */
export const MAX_COMMAND_BYTES = 1024;
/** Hosts in one group that a host keeps track of; others are counted as `too-many-hosts`. */
export const MAX_HOSTS = 255;
/** Service addresses in one group. */
export const MAX_SERVICE_ADDRESSES = 1000;
/** Control interfaces of one host. */
export const MAX_CONTROL_INTERFACES = 8;
