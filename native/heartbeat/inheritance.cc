#include "inheritance.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

namespace raisd::heartbeat {
namespace {

/** It only grows: another process may have it mapped. */
int Grow(int fd, size_t size) {
  struct stat status;
  if (fstat(fd, &status) != 0) return errno;
  if (status.st_size >= static_cast<off_t>(size)) return 0;
  return ftruncate(fd, static_cast<off_t>(size)) == 0 ? 0 : errno;
}

}  // namespace

Inheritance::~Inheritance() {
  if (memory_ != nullptr) munmap(memory_, sizeof(Memory));
}

int Inheritance::Map(int fd, const Id& host) {
  if (fd >= 0) {
    if (const int error = Grow(fd, sizeof(Memory)); error != 0) return error;
  }
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* mapped = mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, flags, fd, 0);
  if (mapped == MAP_FAILED) return errno;
  memory_ = static_cast<Memory*>(mapped);
  is_inherited_ = memory_->magic.load() == kMagic && memory_->host == host && incarnation() != 0;
  return 0;
}

void Inheritance::Initialize(const Id& host, uint64_t incarnation) {
  memory_->magic.store(0);
  memory_->host = host;
  memory_->incarnation.store(incarnation);
  memory_->sequence.store(0);
  memory_->baton.store(0);
  Clear();
  memory_->magic.store(kMagic);
}

void Inheritance::Clear() {
  for (auto& tag : memory_->tags) tag.store(0);
  for (auto& is_changing : memory_->is_changing) is_changing.store(0);
  memory_->permit_until.store(0);
  memory_->sync.store(0);
  memory_->layout.store(kLayout);
  forgotten_at_ = memory_->sequence.load();
}

void Inheritance::Enter() {
  if (memory_->layout.load() != kLayout) return Clear();
  const bool is_known_torn = TakeTorn(Part::kKnown);
  const bool is_said_torn = TakeTorn(Part::kSaid);
  for (size_t place = 0; place < kMaxGroups; place++) {
    if (memory_->tags[place].load() == 0) continue;
    GroupMemory& group = memory_->groups[place];
    if (is_said_torn) group.said = Said();
    if (!is_known_torn) continue;
    group.known = Known();
    group.known.echo_floor.StartAt(memory_->sequence.load());
  }
}

/** Whether the last one ended in the middle of a change. */
bool Inheritance::TakeTorn(Part part) {
  return memory_->is_changing[static_cast<size_t>(part)].exchange(0) != 0;
}

GroupMemory* Inheritance::Claim(uint64_t tag) {
  const size_t known = Find(tag);
  if (known < kMaxGroups) return &memory_->groups[known];
  const size_t free = Find(0);
  if (free == kMaxGroups) return nullptr;
  GroupMemory* group = new (&memory_->groups[free]) GroupMemory();
  group->known.echo_floor.StartAt(forgotten_at_);
  // Whole before it counts.
  memory_->tags[free].store(tag);
  return group;
}

void Inheritance::Free(uint64_t tag) {
  const size_t place = Find(tag);
  if (place < kMaxGroups) memory_->tags[place].store(0);
}

int Inheritance::Lock(uint64_t tag) {
  const size_t place = Find(tag);
  if (place == kMaxGroups) return 0;
  return mlock(&memory_->groups[place], sizeof(GroupMemory)) == 0 ? 0 : errno;
}

size_t Inheritance::Find(uint64_t tag) const {
  size_t place = 0;
  while (place < kMaxGroups && memory_->tags[place].load() != tag) place++;
  return place;
}

}  // namespace raisd::heartbeat
