#include "baton.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace raisd::heartbeat {

static_assert(sizeof(Baton::Word) == sizeof(uint32_t) && Baton::Word::is_always_lock_free);

bool Baton::Await() {
  Register();
  const auto own = static_cast<uint32_t>(gettid());
  while (!is_withdrawn_) {
    const uint32_t seen = word_->load();
    if ((seen & FUTEX_TID_MASK) == 0 || is_demanded_) {
      if (TryTake(seen, own)) return true;
    } else {
      Wait(seen);
    }
  }
  return false;
}

/**
 * The entry stands as pending, for the whole life of the thread: then the kernel passes the baton
 * on where the thread holds it, and wakes another one where it had been woken and not come to take
 * it. This thread has no robust mutex of the C library's, which keeps its list in the same place.
 */
void Baton::Register() {
  head_.list.next = &head_.list;
  head_.futex_offset = reinterpret_cast<char*>(word_) - reinterpret_cast<char*>(&entry_);
  head_.list_op_pending = &entry_;
  syscall(SYS_set_robust_list, &head_, sizeof head_);
}

bool Baton::TryTake(uint32_t seen, uint32_t own) {
  return word_->compare_exchange_strong(seen, own | (seen & FUTEX_WAITERS));
}

void Baton::Wait(uint32_t seen) {
  const uint32_t waited_for = seen | FUTEX_WAITERS;
  if (seen != waited_for && !word_->compare_exchange_strong(seen, waited_for)) return;
  syscall(SYS_futex, word_, FUTEX_WAIT, waited_for, nullptr, nullptr, 0);
}

void Baton::Release() {
  word_->store(0);
  WakeAll();
}

void Baton::Demand() {
  is_demanded_ = true;
  WakeAll();
}

void Baton::Withdraw() {
  is_withdrawn_ = true;
  WakeAll();
}

void Baton::WakeAll() {
  syscall(SYS_futex, word_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace raisd::heartbeat
