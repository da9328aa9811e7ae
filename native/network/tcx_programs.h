// TCX (Linux 6.6): programs that an interface runs before the filters of its clsact discipline.
// Whatever but TCX_NEXT one of them says, the filters do not see the frame.
#pragma once

namespace raisd {

// How many there are, both directions together; 0 also where the kernel has no TCX or does not say
// (CAP_NET_ADMIN).
int CountTcxPrograms(int index);

}  // namespace raisd
