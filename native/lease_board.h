// The lease board: a page that the heartbeat thread writes and the network process reads. For each
// group it says when the last heartbeat left that stood under control's permit. That moment is what
// the addresses of the group live on (R52): they may stay on the interface for a lease's span from
// then on, which ends before the peers that heard it may take over.
//
// No message is sent for it, so neither a busy control nor a busy network makes a lease look older
// than it is, and an idle host wakes nobody for it.

#ifndef RAISD_LEASE_BOARD_H_
#define RAISD_LEASE_BOARD_H_

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace raisd {

class LeaseBoard {
 public:
  /** Groups of one daemon: kMaxGroups of native/heartbeat/limits.h. */
  static constexpr size_t kSlots = 64;

  struct Slot {
    /** Of the group; 0: the slot is free. */
    std::atomic<uint64_t> tag;
    /** Nanoseconds of CLOCK_BOOTTIME; 0: no heartbeat has left yet. */
    std::atomic<uint64_t> sent_at;
    /** The number of the group's lease: one that has run out is followed by the next. */
    std::atomic<uint64_t> lease;
  };
  static constexpr size_t kBytes = kSlots * sizeof(Slot);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  /** What the board says of a group. */
  struct Reading {
    size_t slot = 0;
    uint64_t sent_at = 0;
    uint64_t lease = 0;
  };

  LeaseBoard() = default;
  ~LeaseBoard() { Unmap(); }
  LeaseBoard(const LeaseBoard&) = delete;
  LeaseBoard& operator=(const LeaseBoard&) = delete;

  /** A new, empty board: a descriptor to write through and one that can only read. 0 or errno. */
  static int Create(int* writable, int* readable) {
    const int board = memfd_create("raisd-leases", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (board < 0) return errno;
    const std::string path = "/proc/self/fd/" + std::to_string(board);
    int error = 0;
    // Whoever maps it can rely on its size: no SIGBUS by a sibling's doing.
    if (ftruncate(board, kBytes) != 0 ||
        fcntl(board, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
      error = errno;
    }
    const int reader = error == 0 ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
    if (error == 0 && reader < 0) error = errno;
    if (error != 0) {
      close(board);
      return error;
    }
    *writable = board;
    *readable = reader;
    return 0;
  }

  /** Maps the board behind a descriptor, which stays the caller's. 0 or errno. */
  int Map(int fd, bool to_write) {
    struct stat status;
    if (fstat(fd, &status) != 0) return errno;
    if (status.st_size < static_cast<off_t>(kBytes)) return EINVAL;
    const int protection = to_write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* mapped = mmap(nullptr, kBytes, protection, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (mapped == MAP_FAILED) return errno;
    Unmap();
    slots_ = static_cast<Slot*>(mapped);
    // Worth having on the real-time thread, never worth failing for.
    if (to_write) mlock(mapped, kBytes);
    return 0;
  }

  bool is_mapped() const { return slots_ != nullptr; }

  /**
   * The group's slot, kSlots if none is free. What an earlier heartbeat process wrote there stays:
   * the lease runs on, and so do the marks of the fence (fence.h) that name the slot.
   */
  size_t Claim(uint64_t tag) {
    if (slots_ == nullptr) return kSlots;
    const size_t own = Find(tag);
    if (own < kSlots) return own;
    const size_t free = Find(0);
    if (free < kSlots) slots_[free].tag.store(tag);
    return free;
  }

  /**
   * A heartbeat leaves at `now` under control's permit: the lease runs for `span` nanoseconds more,
   * or, if it has run out, a new one begins. Returns its number.
   */
  uint64_t Renew(size_t slot, uint64_t now, uint64_t span) {
    if (slots_ == nullptr || slot >= kSlots) return 0;
    Slot& renewed = slots_[slot];
    const uint64_t before = renewed.sent_at.load();
    // The number before the moment: whoever reads the moment of a new lease finds its number.
    if (before == 0 || now - before >= span) renewed.lease.fetch_add(1);
    renewed.sent_at.store(now);
    return renewed.lease.load();
  }

  /** The number goes on, so that no mark of an earlier lease fits a later one. */
  void Free(size_t slot) {
    if (slots_ == nullptr || slot >= kSlots) return;
    slots_[slot].tag.store(0);
    slots_[slot].sent_at.store(0);
  }

  /** Frees the slots of all groups but these. */
  template <typename IsWanted>
  void Retain(const IsWanted& is_wanted) {
    for (size_t slot = 0; slots_ != nullptr && slot < kSlots; slot++) {
      const uint64_t tag = slots_[slot].tag.load();
      if (tag != 0 && !is_wanted(tag)) Free(slot);
    }
  }

  /** When the group's last heartbeat under a permit left; 0: never, as far as the board knows. */
  uint64_t SentAt(uint64_t tag) const {
    Reading reading;
    return Read(tag, &reading) ? reading.sent_at : 0;
  }

  /** False: the board knows no such group. */
  bool Read(uint64_t tag, Reading* reading) const {
    const size_t slot = tag == 0 ? kSlots : Find(tag);
    if (slot == kSlots) return false;
    reading->slot = slot;
    // The number may be older than the moment, never younger: who relies on both errs on the safe
    // side.
    reading->lease = slots_[slot].lease.load();
    reading->sent_at = slots_[slot].sent_at.load();
    // Given to another group in between: what was read is that one's.
    return slots_[slot].tag.load() == tag;
  }

 private:
  void Unmap() {
    if (slots_ != nullptr) munmap(slots_, kBytes);
    slots_ = nullptr;
  }

  /** The slot with this tag; kSlots: none. */
  size_t Find(uint64_t tag) const {
    size_t slot = 0;
    while (slots_ != nullptr && slot < kSlots && slots_[slot].tag.load() != tag) slot++;
    return slots_ == nullptr ? kSlots : slot;
  }

  Slot* slots_ = nullptr;
};

}  // namespace raisd

#endif  // RAISD_LEASE_BOARD_H_
