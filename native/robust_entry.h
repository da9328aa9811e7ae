// What the kernel does for a thread that dies (set_robust_list(2)): in a word of shared memory that
// holds the thread's id it sets FUTEX_OWNER_DIED, clears the id, and wakes one who waits for the
// word. It does so before the memory of the process is torn down and while other threads of it may
// still end, long before a parent is told; and never before the thread has done its last.

#ifndef RAISD_ROBUST_ENTRY_H_
#define RAISD_ROBUST_ENTRY_H_

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace raisd {

/** The thread that holds it, and the kernel's bits; 0: nobody does. */
using RobustWord = std::atomic<uint32_t>;
static_assert(sizeof(RobustWord) == sizeof(uint32_t) && RobustWord::is_always_lock_free);

class RobustEntry {
 public:
  RobustEntry() = default;
  RobustEntry(const RobustEntry&) = delete;
  RobustEntry& operator=(const RobustEntry&) = delete;

  /**
   * For the rest of the calling thread's life; this and `word` must not go before. 0 or errno.
   *
   * The entry stands as pending: then the kernel also wakes another one where this thread had been
   * woken and not come to take the word. This thread has no robust mutex of the C library's, which
   * keeps its list in the same place.
   */
  int Register(RobustWord* word) {
    head_.list.next = &head_.list;
    head_.futex_offset = reinterpret_cast<char*>(word) - reinterpret_cast<char*>(&entry_);
    head_.list_op_pending = &entry_;
    return syscall(SYS_set_robust_list, &head_, sizeof head_) == 0 ? 0 : errno;
  }

 private:
  /** What the kernel reads of the thread when it dies. */
  robust_list entry_ = {};
  robust_list_head head_ = {};
};

}  // namespace raisd

#endif  // RAISD_ROBUST_ENTRY_H_
