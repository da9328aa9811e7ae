// Memory that one process shares with another without trusting it: its size can never change, so
// that nobody who reads it can be ended by the other one (SIGBUS).

#ifndef RAISD_PROCESS_SEALED_MEMORY_H_
#define RAISD_PROCESS_SEALED_MEMORY_H_

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "descriptor.h"

namespace raisd {

/** New memory for one T, all zero. The name is for /proc. 0 or errno. */
template <typename T>
int CreateSealedMemory(const char* name, Descriptor* memory) {
  Descriptor created(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!created.valid() || ftruncate(created.get(), sizeof(T)) != 0 ||
      fcntl(created.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return errno;
  *memory = std::move(created);
  return 0;
}

/** One T, mapped for as long as this lives. */
template <typename T>
class SealedMapping {
 public:
  SealedMapping() = default;
  ~SealedMapping() {
    if (value_ != nullptr) munmap(value_, sizeof *value_);
  }
  SealedMapping(const SealedMapping&) = delete;
  SealedMapping& operator=(const SealedMapping&) = delete;

  /**
   * `memory` stays the caller's; `protection`: PROT_READ, PROT_WRITE. 0 or errno; EINVAL: it is no
   * such memory.
   */
  int Map(int memory, int protection) {
    struct stat status;
    if (fstat(memory, &status) != 0) return errno;
    if (status.st_size != sizeof *value_ || value_ != nullptr) return EINVAL;
    void* mapped = mmap(nullptr, sizeof *value_, protection, MAP_SHARED, memory, 0);
    if (mapped == MAP_FAILED) return errno;
    value_ = static_cast<T*>(mapped);
    return 0;
  }
  T* get() const { return value_; }

 private:
  T* value_ = nullptr;
};

}  // namespace raisd

#endif  // RAISD_PROCESS_SEALED_MEMORY_H_
