#include "fence_loader.h"

#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "../fence.h"
#include "fence_program.h"

namespace raisd {
namespace {

/** None of the helpers that the programs call is reserved for programs under the GPL. */
constexpr char kLicense[] = "Proprietary";

/** A descriptor, CLOEXEC as the kernel makes them all, or -1 with errno. */
int Bpf(bpf_cmd command, bpf_attr* attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

int CreateMap(bpf_map_type type, const char* name, uint32_t key, uint32_t value, uint32_t entries,
              uint32_t flags) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_type = type;
  attributes.key_size = key;
  attributes.value_size = value;
  attributes.max_entries = entries;
  attributes.map_flags = flags;
  std::strncpy(attributes.map_name, name, BPF_OBJ_NAME_LEN - 1);
  return Bpf(BPF_MAP_CREATE, &attributes);
}

int LoadProgram(const std::vector<bpf_insn>& program, const char* name) {
  if (program.empty()) {
    errno = EINVAL;
    return -1;
  }
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attributes.insns = reinterpret_cast<uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = reinterpret_cast<uintptr_t>(kLicense);
  std::strncpy(attributes.prog_name, name, BPF_OBJ_NAME_LEN - 1);
  // The kernel gives the check of a program up with EAGAIN as soon as a signal waits for this
  // thread: a child that ends at the wrong moment would leave the host without a fence.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int program_fd = Bpf(BPF_PROG_LOAD, &attributes);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return program_fd;
}

/** Before Linux 5.11 maps count as locked memory, of which there is little by default. */
void AllowLockedMemory() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
  constexpr rlim_t kEnough = 64 << 20;
  if (limit.rlim_cur >= kEnough) return;
  const rlimit wanted = {kEnough, limit.rlim_max > kEnough ? limit.rlim_max : kEnough};
  // Where it is refused and needed, the map is refused next, and that is told.
  setrlimit(RLIMIT_MEMLOCK, &wanted);
}

FenceFailure Take(int fd, const char* step, Descriptor* into) {
  if (fd < 0) return {step, errno};
  *into = Descriptor(fd);
  return {};
}

FenceFailure CreateMaps(Fence* fence) {
  const int marks = CreateMap(BPF_MAP_TYPE_HASH, "raisd_marks", sizeof(FenceKey), sizeof(FenceMark),
                              kMaxFenceMarks, BPF_F_NO_PREALLOC);
  const FenceFailure failure = Take(marks, "the map of addresses", &fence->marks);
  if (failure.error != 0) return failure;
  const int deadlines = CreateMap(BPF_MAP_TYPE_ARRAY, "raisd_leases", sizeof(uint32_t),
                                  sizeof(FenceSlot), kFenceSlots, BPF_F_MMAPABLE);
  return Take(deadlines, "the page of deadlines", &fence->deadlines);
}

}  // namespace

FenceFailure LoadFence(Fence* fence) {
  AllowLockedMemory();
  FenceFailure failure = CreateMaps(fence);
  if (failure.error != 0) return failure;
  const int marks = fence->marks.get(), deadlines = fence->deadlines.get();
  const auto load = [&](FenceDirection direction, const char* name) {
    return LoadProgram(FenceProgram(direction, marks, deadlines), name);
  };
  failure = Take(load(FenceDirection::kIngress, "raisd_ingress"), "the program for what comes in",
                 &fence->ingress);
  if (failure.error != 0) return failure;
  return Take(load(FenceDirection::kEgress, "raisd_egress"), "the program for what leaves",
              &fence->egress);
}

}  // namespace raisd
