// The programs of the fence (native/fence.h) as instructions for the kernel. They are written here,
// and not compiled from C, so that no compiler is needed where the daemon runs and every
// instruction stands in the source.

#ifndef RAISD_PROCESS_FENCE_PROGRAM_H_
#define RAISD_PROCESS_FENCE_PROGRAM_H_

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace raisd {

/** Instructions with named places to jump to. Jumps go forward, as the kernel's checker likes it.
 */
class Assembler {
 public:
  /** A place, which Bind puts somewhere later. */
  enum class Label : size_t {};

  Label NewLabel();
  void Bind(Label label);

  void Move(uint8_t to, uint8_t from);
  void MoveValue(uint8_t to, int32_t value);
  void AddValue(uint8_t to, int32_t value);
  void AndValue(uint8_t to, int32_t value);
  /** `size`: BPF_B, BPF_H, BPF_W or BPF_DW, here and below. */
  void Load(uint8_t size, uint8_t to, uint8_t base, int16_t offset);
  void Store(uint8_t size, uint8_t base, int16_t offset, uint8_t from);
  void StoreValue(uint8_t size, uint8_t base, int16_t offset, int32_t value);
  void LoadMap(uint8_t to, int map_fd);
  void Call(int32_t helper);
  void Jump(Label target);
  /** `operation`: BPF_JEQ, BPF_JNE, BPF_JGE, BPF_JLT … on 64 bits. */
  void JumpIf(uint8_t operation, uint8_t left, uint8_t right, Label target);
  void JumpIfValue(uint8_t operation, uint8_t left, int32_t right, Label target);
  void Exit();

  /** The program, its jumps resolved. Empty: some label was never bound, or is too far away. */
  std::vector<bpf_insn> Finish();

 private:
  struct Fix {
    size_t at;
    Label target;
  };

  void Emit(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value);

  std::vector<bpf_insn> program_;
  std::vector<size_t> labels_;
  std::vector<Fix> fixes_;
};

enum class FenceDirection {
  /** What comes in for a marked address: ARP and ND that ask for it, IP to it. */
  kIngress,
  /** What leaves from it: ARP and ND that answer for it or ask in its name, IP from it. */
  kEgress,
};

/**
 * A classifier for clsact with direct action: it drops, or leaves the frame to the next filter. The
 * descriptors are those of the marks (a hash) and of the deadlines (an array).
 */
std::vector<bpf_insn> FenceProgram(FenceDirection direction, int marks, int deadlines);

}  // namespace raisd

#endif  // RAISD_PROCESS_FENCE_PROGRAM_H_
