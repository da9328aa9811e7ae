// What one heartbeat process leaves to the next (R53): memory that the supervisor keeps. The thread
// works in it, so that nothing has to be written down before a sudden end. Who follows goes on with
// the same incarnation, above the last sequence number, and believes the hosts that were believed
// before without another proof.
//
// An end in the middle of a change leaves half of it here. Then what was known of the hosts is
// forgotten: as the incarnation is the same, each host's next frame proves it again.

#ifndef RAISD_HEARTBEAT_INHERITANCE_H_
#define RAISD_HEARTBEAT_INHERITANCE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "group_memory.h"
#include "limits.h"

namespace raisd::heartbeat {

class Inheritance {
 public:
  Inheritance() = default;
  ~Inheritance();
  Inheritance(const Inheritance&) = delete;
  Inheritance& operator=(const Inheritance&) = delete;

  /**
   * Maps the memory behind `fd`, which stays the caller's; -1: memory of this process alone. What
   * another host id left there counts for nothing, and neither do hosts that were known in another
   * layout. 0 or errno.
   */
  int Open(int fd, const Id& host);

  /** Whether there was a process before this one. */
  bool is_inherited() const { return is_inherited_; }
  /** 0 where nothing was inherited and `SetIncarnation` not called. */
  uint64_t incarnation() const { return memory_->incarnation.load(); }
  void SetIncarnation(uint64_t incarnation) { memory_->incarnation.store(incarnation); }
  /** The last sequence number that was used: the thread counts in it. */
  std::atomic<uint64_t>* sequence() { return &memory_->sequence; }

  /** A group's memory: what was known before, or new; null: all places are taken. */
  GroupMemory* Claim(uint64_t tag);
  void Free(uint64_t tag);
  /** Keeps it from being paged out: 0 or errno. */
  static int Lock(const GroupMemory* group);

  /** Whatever changes a group's memory does so while one of these stands. */
  class Change {
   public:
    explicit Change(Inheritance* inheritance) : is_changing_(&inheritance->memory_->is_changing) {
      is_changing_->store(1);
    }
    ~Change() { is_changing_->store(0); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    std::atomic<uint64_t>* const is_changing_;
  };

 private:
  struct Memory {
    // The first four stand there in all versions.
    std::atomic<uint64_t> magic;
    std::atomic<uint64_t> incarnation;
    std::atomic<uint64_t> sequence;
    Id host;
    std::atomic<uint64_t> layout;
    std::atomic<uint64_t> is_changing;
    /** Of the groups, by place; 0: free. */
    std::array<std::atomic<uint64_t>, kMaxGroups> tags;
    std::array<GroupMemory, kMaxGroups> groups;
  };
  static constexpr uint64_t kMagic = 0x7261697364686231;
  /** The number in front is to be raised when a field changes its meaning and no size shows it. */
  static constexpr uint64_t kLayout = uint64_t{1} << 32 | sizeof(Memory);

  size_t Find(uint64_t tag) const;

  Memory* memory_ = nullptr;
  bool is_inherited_ = false;
  /** Hosts are proved by what names a later sequence number of ours than this. */
  uint64_t forgotten_at_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_INHERITANCE_H_
