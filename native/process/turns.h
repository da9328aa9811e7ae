// Whether the event loop of another process turns (R52, R53). It counts each turn in memory that
// it shares with the supervisor, which looks there: a process that is at work need not be asked
// whether it hangs, and neither of the two is woken for it. The number says nothing but that it is
// another one than before, whatever the process may write there.

#ifndef RAISD_PROCESS_TURNS_H_
#define RAISD_PROCESS_TURNS_H_

#include <atomic>
#include <cstdint>

#include "sealed_memory.h"

namespace raisd {

/** It wraps around. */
using TurnCount = std::atomic<uint32_t>;
static_assert(sizeof(TurnCount) == sizeof(uint32_t) && TurnCount::is_always_lock_free);
using Turns = SealedMapping<TurnCount>;

/** New memory for one count. 0 or errno. */
inline int CreateTurns(Descriptor* memory) {
  return CreateSealedMemory<TurnCount>("raisd-turns", memory);
}

inline void CountTurn(TurnCount* count) {
  count->fetch_add(1, std::memory_order_relaxed);
}

}  // namespace raisd

#endif  // RAISD_PROCESS_TURNS_H_
