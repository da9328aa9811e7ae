// Brings the fence (native/fence.h) into the kernel: two maps and two programs. That takes CAP_BPF
// and CAP_NET_ADMIN (or CAP_SYS_ADMIN), which the supervisor alone has; whoever gets the
// descriptors needs neither of the first.

#ifndef RAISD_PROCESS_FENCE_LOADER_H_
#define RAISD_PROCESS_FENCE_LOADER_H_

#include <string>

#include "descriptor.h"

namespace raisd {

struct Fence {
  Descriptor ingress;
  Descriptor egress;
  Descriptor marks;
  Descriptor deadlines;
};

struct FenceFailure {
  /** What the kernel refused; empty: nothing. */
  std::string step;
  int error = 0;
};

FenceFailure LoadFence(Fence* fence);

}  // namespace raisd

#endif  // RAISD_PROCESS_FENCE_LOADER_H_
