// What the processes and the kernel's fence programs have in common (R52). A fence program stands
// on each service interface, before everything that answers there. It asks for each address whether
// it is marked; what is marked passes only while the lease that the mark names is running. Nobody
// has to do anything for the fence to close: time passes, and the heartbeat thread is not there.
//
// Two maps in the kernel: the marks, which network writes, and the page of deadlines, which the
// heartbeat thread writes through its memory, behind each heartbeat, without a system call.

#ifndef RAISD_FENCE_H_
#define RAISD_FENCE_H_

#include <errno.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace raisd {

/** Groups of one daemon: the slots of the lease board (lease_board.h). */
constexpr uint32_t kFenceSlots = 64;
/** A mark of this slot is never live: the address is fenced whatever the leases do. */
constexpr uint32_t kNeverLive = UINT32_MAX;
/** All the addresses that network may hold, and as many that are on their way. */
constexpr uint32_t kMaxFenceMarks = 32'768;

/** Key of the marks. */
struct FenceKey {
  uint32_t interface_index = 0;
  /** IPv4 as ::ffff:a.b.c.d. */
  std::array<uint8_t, 16> address = {};
};
static_assert(sizeof(FenceKey) == 20);

/** What a marked address may do while its lease runs. Planned moves (R55) go through the others. */
enum class FenceStage : uint16_t {
  /** Everything. */
  kServes = 0,
  /** Answer what is sent to this host; but nobody is told who has it. Another host serves it yet.
   */
  kPrepared = 1,
  /** Finish what was begun. What comes for it is sent on to the heir, who answers it. */
  kHandedOver = 2,
};

/** Value of the marks: the lease under which the address was put on the interface. */
struct FenceMark {
  uint64_t group_tag = 0;
  uint64_t lease = 0;
  uint32_t slot = kNeverLive;
  FenceStage stage = FenceStage::kServes;
  uint16_t reserved = 0;
  /** The heir's MAC. */
  std::array<uint8_t, 6> heir = {};
  std::array<uint8_t, 2> unused = {};
};
static_assert(sizeof(FenceMark) == 32);

/** One group's element of the page of deadlines. */
struct FenceSlot {
  std::atomic<uint64_t> group_tag;
  /** The number of the lease (LeaseBoard::Slot). What was marked under an earlier one stays shut.
   */
  std::atomic<uint64_t> lease;
  /** Nanoseconds of CLOCK_BOOTTIME. From then on the addresses are fenced. */
  std::atomic<uint64_t> deadline;
};
static_assert(sizeof(FenceSlot) == 24);

/** The page of deadlines, mapped by the one who writes it. */
class FencePage {
 public:
  FencePage() = default;
  ~FencePage() {
    if (slots_ != nullptr) munmap(slots_, kBytes);
  }
  FencePage(const FencePage&) = delete;
  FencePage& operator=(const FencePage&) = delete;

  /** `fd`: of the map, and stays the caller's. 0 or errno. */
  int Map(int fd) {
    void* mapped = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (mapped == MAP_FAILED) return errno;
    slots_ = static_cast<FenceSlot*>(mapped);
    return 0;
  }

  /** The programs read the deadline first: whoever sees this one sees its lease as well. */
  void Open(size_t slot, uint64_t group_tag, uint64_t lease, uint64_t deadline) {
    if (slot >= kFenceSlots) return;
    slots_[slot].group_tag.store(group_tag);
    slots_[slot].lease.store(lease);
    slots_[slot].deadline.store(deadline);
  }

  void Close(size_t slot) {
    if (slot < kFenceSlots) slots_[slot].deadline.store(0);
  }

 private:
  static constexpr size_t kBytes = kFenceSlots * sizeof(FenceSlot);

  FenceSlot* slots_ = nullptr;
};

}  // namespace raisd

#endif  // RAISD_FENCE_H_
