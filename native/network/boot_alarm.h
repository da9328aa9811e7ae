// A timer on CLOCK_BOOTTIME: where the host was suspended meanwhile, it rings as soon as it wakes
// (R52).
#pragma once

#include "descriptor.h"

namespace raisd {

class BootAlarm {
 public:
  // Returns 0 or errno.
  int Open();
  void Close() { timer_.Close(); }
  int descriptor() const { return timer_.get(); }

  // At this moment in milliseconds since boot, once; a moment that has passed rings at once.
  int Set(double milliseconds);
  // Takes the ring, so that the descriptor is quiet again.
  void Take();

 private:
  Descriptor timer_;
};

}  // namespace raisd
