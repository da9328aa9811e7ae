// The marks of the fence (native/fence.h): which addresses are fenced, and by which lease. bpf(2)
// on the map's descriptor, which takes no right beyond having it.
#pragma once

#include <span>
#include <vector>

#include "../fence.h"
#include "address.h"
#include "descriptor.h"

namespace raisd {

FenceKey FenceKeyOf(int index, const Address& address);
// IPv4 addresses as such again.
Address AddressOf(const FenceKey& key);

class FenceMarks {
 public:
  // The map, which it owns from here on.
  explicit FenceMarks(int map) : map_(map) {}

  // Marks anew what is marked already. 0 or errno; E2BIG: there is room for no more.
  int Set(const FenceKey& key, const FenceMark& mark);
  // What is not marked is none the worse for it. 0 or errno.
  int Remove(const FenceKey& key);
  // 0 or errno. Bounded by the size of the map, whoever changes it meanwhile.
  int List(std::vector<FenceKey>* keys);

 private:
  Descriptor map_;
};

}  // namespace raisd
