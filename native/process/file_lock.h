// What keeps a second daemon out of a state directory.

#ifndef RAISD_PROCESS_FILE_LOCK_H_
#define RAISD_PROCESS_FILE_LOCK_H_

namespace raisd {

/**
 * Locks the open file for as long as the descriptor is open, and does not wait: 0, EWOULDBLOCK
 * where another open description holds it, or the errno. The kernel ends it with the process,
 * however that ends.
 */
int LockFile(int fd);

}  // namespace raisd

#endif  // RAISD_PROCESS_FILE_LOCK_H_
