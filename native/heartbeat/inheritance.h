// What one heartbeat process leaves to the next (R53): memory that the supervisor keeps. The thread
// works in it, so that nothing has to be written down before a sudden end. Who follows goes on with
// the same incarnation, above the last sequence number, believes the hosts that were believed
// before without another proof, and says what control said last, for as long as its permit lasts.
//
// A stand-in has it mapped while another process works in it: it reads what stays, and writes
// nothing before it holds the baton (baton.h).
//
// An end in the middle of a change leaves half of it here. What was known of the hosts is forgotten
// then: as the incarnation is the same, each host's next frame proves it again. What control said
// it has to say again.

#ifndef RAISD_HEARTBEAT_INHERITANCE_H_
#define RAISD_HEARTBEAT_INHERITANCE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "baton.h"
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
   * Maps the memory behind `fd`, which stays the caller's; -1: memory of this process alone.
   * Changes nothing of what is there. 0 or errno.
   */
  int Map(int fd, const Id& host);
  /**
   * Whether there was a process before this one, or is. What another host id left counts for
   * nothing.
   */
  bool is_inherited() const { return is_inherited_; }

  /** Where nothing is inherited, and nobody else uses it: empties it for this run. */
  void Initialize(const Id& host, uint64_t incarnation);
  /** With the baton in hand: forgets what is in pieces, or was written in another layout. */
  void Enter();

  Baton::Word* baton() { return &memory_->baton; }
  uint64_t incarnation() const { return memory_->incarnation.load(); }
  /** The last sequence number that was used: the thread counts in it. */
  std::atomic<uint64_t>* sequence() { return &memory_->sequence; }
  /** CLOCK_BOOTTIME at which control's permit ends; 0: there is none. */
  std::atomic<uint64_t>* permit_until() { return &memory_->permit_until; }
  /** The sync of control's that is to be answered: kSyncIsDue and its token; 0: none. */
  std::atomic<uint64_t>* sync() { return &memory_->sync; }
  static constexpr uint64_t kSyncIsDue = uint64_t{1} << 32;

  /** A group's memory: what was known before, or new; null: all places are taken. */
  GroupMemory* Claim(uint64_t tag);
  void Free(uint64_t tag);
  /** Keeps a group's memory from being paged out, if it has one: 0 or errno. */
  int Lock(uint64_t tag);

  enum class Part { kKnown, kSaid };

  /** Whatever changes that part of a group's memory does so while one of these stands. */
  class Change {
   public:
    Change(Inheritance* inheritance, Part part)
        : is_changing_(&inheritance->memory_->is_changing[static_cast<size_t>(part)]) {
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
    // The first six stand there in all versions.
    std::atomic<uint64_t> magic;
    std::atomic<uint64_t> incarnation;
    std::atomic<uint64_t> sequence;
    Id host;
    std::atomic<uint64_t> layout;
    Baton::Word baton;
    std::array<std::atomic<uint64_t>, 2> is_changing;
    std::atomic<uint64_t> permit_until;
    std::atomic<uint64_t> sync;
    /** Of the groups, by place; 0: free. */
    std::array<std::atomic<uint64_t>, kMaxGroups> tags;
    std::array<GroupMemory, kMaxGroups> groups;
  };
  static constexpr uint64_t kMagic = 0x7261697364686232;
  /** The number in front is to be raised when a field changes its meaning and no size shows it. */
  static constexpr uint64_t kLayout = uint64_t{1} << 32 | sizeof(Memory);

  size_t Find(uint64_t tag) const;
  void Clear();
  bool TakeTorn(Part part);

  Memory* memory_ = nullptr;
  bool is_inherited_ = false;
  /** Hosts are proved by what names a later sequence number of ours than this. */
  uint64_t forgotten_at_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_INHERITANCE_H_
