// Puts the fence's programs (native/fence.h) before an interface, as filters of its clsact queueing
// discipline. They stay there when this process dies, which is what a fence is for, and go with the
// interface. Filters of others are left alone, and so is the discipline, unless it was made here
// and nobody else uses it.
#pragma once

#include <cstdint>

#include "descriptor.h"
#include "netlink_request.h"

namespace raisd {

class FenceFilter {
 public:
  // The programs, which it owns from here on. Call Open before anything else; 0 or errno.
  FenceFilter(int ingress, int egress) : ingress_(ingress), egress_(egress) {}
  int Open() { return request_.Open(); }

  // Once more is harmless: what an earlier run of the daemon left is replaced in one step. EEXIST:
  // another's filter is in its place, or an `ingress` discipline in that of clsact. Where one
  // direction is refused neither is left in place.
  int Attach(int index);
  // ENOENT, ENODEV: there was none.
  int Detach(int index);
  // Whether it is there in both directions, by a question to the kernel: 0; ENOENT: no, or not any
  // more; EEXIST: another's filter is in its place.
  int Find(int index);

  // The name that `tc filter show` gives, by which the filters are known for ours.
  static constexpr char kName[] = "raisd-fence";
  // Of the filters, among those of others: what has a lower number goes first.
  static constexpr uint16_t kPriority = 100;
  static constexpr uint32_t kHandle = 1;

 private:
  enum class Side : uint32_t;

  int AddFilter(int index, Side side, int program);
  int DeleteFilter(int index, Side side);
  // Whether there is a filter in our place: 0 or ENOENT; EEXIST if it is another's.
  int FindFilter(int index, Side side);

  NetlinkRequest request_;
  Descriptor ingress_;
  Descriptor egress_;
};

}  // namespace raisd
