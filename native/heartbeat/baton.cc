#include "baton.h"

#include <limits.h>

namespace raisd::heartbeat {

bool Baton::Await() {
  entry_.Register(word_);
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
