#include "inheritance.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace raisd::heartbeat {

Inheritance::~Inheritance() {
  if (memory_ != nullptr) munmap(memory_, sizeof(Memory));
}

int Inheritance::Open(int fd, const Id& host) {
  if (fd >= 0 && ftruncate(fd, sizeof(Memory)) != 0) return errno;
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* mapped = mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, flags, fd, 0);
  if (mapped == MAP_FAILED) return errno;
  memory_ = static_cast<Memory*>(mapped);
  is_inherited_ = memory_->magic.load() == kMagic && memory_->host == host && incarnation() != 0;
  if (!is_inherited_) {
    memory_->magic.store(0);
    memory_->incarnation.store(0);
    memory_->sequence.store(0);
    memory_->host = host;
  }
  const bool is_whole = memory_->layout.load() == kLayout && memory_->is_changing.load() == 0;
  if (!is_inherited_ || !is_whole) {
    for (auto& tag : memory_->tags) tag.store(0);
    forgotten_at_ = memory_->sequence.load();
  }
  memory_->is_changing.store(0);
  memory_->layout.store(kLayout);
  memory_->magic.store(kMagic);
  return 0;
}

GroupMemory* Inheritance::Claim(uint64_t tag) {
  const size_t known = Find(tag);
  if (known < kMaxGroups) return &memory_->groups[known];
  const size_t free = Find(0);
  if (free == kMaxGroups) return nullptr;
  GroupMemory* group = new (&memory_->groups[free]) GroupMemory();
  group->echo_floor.StartAt(forgotten_at_);
  // Whole before it counts.
  memory_->tags[free].store(tag);
  return group;
}

void Inheritance::Free(uint64_t tag) {
  const size_t place = Find(tag);
  if (place < kMaxGroups) memory_->tags[place].store(0);
}

int Inheritance::Lock(const GroupMemory* group) {
  return mlock(group, sizeof *group) == 0 ? 0 : errno;
}

size_t Inheritance::Find(uint64_t tag) const {
  size_t place = 0;
  while (place < kMaxGroups && memory_->tags[place].load() != tag) place++;
  return place;
}

}  // namespace raisd::heartbeat
