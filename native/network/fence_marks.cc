#include "fence_marks.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace raisd {

namespace {

constexpr std::array<uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int Bpf(bpf_cmd command, int map, const void* key, const void* value) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = reinterpret_cast<uintptr_t>(key);
  // The next key, for BPF_MAP_GET_NEXT_KEY.
  attributes.value = reinterpret_cast<uintptr_t>(value);
  return syscall(SYS_bpf, command, &attributes, sizeof attributes) == 0 ? 0 : errno;
}

}  // namespace

FenceKey FenceKeyOf(int index, const Address& address) {
  FenceKey key;
  key.interface_index = static_cast<uint32_t>(index);
  uint8_t* to = key.address.data();
  if (address.length == 4) to = std::copy(kV4Prefix.begin(), kV4Prefix.end(), to);
  std::copy_n(address.bytes.begin(), address.length, to);
  return key;
}

Address AddressOf(const FenceKey& key) {
  const bool is_v4 = std::equal(kV4Prefix.begin(), kV4Prefix.end(), key.address.begin());
  Address address;
  address.length = is_v4 ? 4 : 16;
  std::copy_n(key.address.begin() + (is_v4 ? kV4Prefix.size() : 0), address.length,
              address.bytes.begin());
  return address;
}

int FenceMarks::Set(const FenceKey& key, const FenceMark& mark) {
  return Bpf(BPF_MAP_UPDATE_ELEM, map_.get(), &key, &mark);
}

int FenceMarks::Remove(const FenceKey& key) {
  const int error = Bpf(BPF_MAP_DELETE_ELEM, map_.get(), &key, nullptr);
  return error == ENOENT ? 0 : error;
}

int FenceMarks::List(std::vector<FenceKey>* keys) {
  keys->clear();
  FenceKey key;
  const FenceKey* last = nullptr;
  while (keys->size() < kMaxFenceMarks) {
    FenceKey next;
    const int error = Bpf(BPF_MAP_GET_NEXT_KEY, map_.get(), last, &next);
    if (error != 0) return error == ENOENT ? 0 : error;
    keys->push_back(next);
    key = next;
    last = &key;
  }
  return 0;
}

}  // namespace raisd
