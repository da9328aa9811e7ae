#include "tcx_programs.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace raisd {

namespace {

// BPF_TCX_INGRESS and BPF_TCX_EGRESS, which the headers of older systems do not have.
constexpr unsigned kTcxIngress = 46;
constexpr unsigned kTcxEgress = 47;

int CountAt(int index, unsigned attach_type) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.query.target_fd = static_cast<unsigned>(index);
  attributes.query.attach_type = attach_type;
  // Without room for their numbers the kernel only counts them.
  const long error = syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof attributes);
  return error == 0 ? static_cast<int>(attributes.query.prog_cnt) : 0;
}

}  // namespace

int CountTcxPrograms(int index) {
  return CountAt(index, kTcxIngress) + CountAt(index, kTcxEgress);
}

}  // namespace raisd
