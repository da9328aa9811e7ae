#include <limits>

#include "fence_program.h"

namespace raisd {
namespace {

constexpr size_t kUnbound = SIZE_MAX;

}  // namespace

Assembler::Label Assembler::NewLabel() {
  labels_.push_back(kUnbound);
  return Label{labels_.size() - 1};
}

void Assembler::Bind(Label label) {
  labels_[static_cast<size_t>(label)] = program_.size();
}

void Assembler::Move(uint8_t to, uint8_t from) {
  Emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

void Assembler::MoveValue(uint8_t to, int32_t value) {
  Emit(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

void Assembler::AddValue(uint8_t to, int32_t value) {
  Emit(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}

void Assembler::AndValue(uint8_t to, int32_t value) {
  Emit(BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, value);
}

void Assembler::Load(uint8_t size, uint8_t to, uint8_t base, int16_t offset) {
  Emit(BPF_LDX | BPF_MEM | size, to, base, offset, 0);
}

void Assembler::Store(uint8_t size, uint8_t base, int16_t offset, uint8_t from) {
  Emit(BPF_STX | BPF_MEM | size, base, from, offset, 0);
}

void Assembler::StoreValue(uint8_t size, uint8_t base, int16_t offset, int32_t value) {
  Emit(BPF_ST | BPF_MEM | size, base, 0, offset, value);
}

// Two instructions: a value of 64 bits, in whose place the kernel puts the map's address.
void Assembler::LoadMap(uint8_t to, int map_fd) {
  Emit(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, map_fd);
  Emit(0, 0, 0, 0, 0);
}

void Assembler::Call(int32_t helper) {
  Emit(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

void Assembler::Jump(Label target) {
  fixes_.push_back({program_.size(), target});
  Emit(BPF_JMP | BPF_JA, 0, 0, 0, 0);
}

void Assembler::JumpIf(uint8_t operation, uint8_t left, uint8_t right, Label target) {
  fixes_.push_back({program_.size(), target});
  Emit(BPF_JMP | BPF_X | operation, left, right, 0, 0);
}

void Assembler::JumpIfValue(uint8_t operation, uint8_t left, int32_t right, Label target) {
  fixes_.push_back({program_.size(), target});
  Emit(BPF_JMP | BPF_K | operation, left, 0, 0, right);
}

void Assembler::Exit() {
  Emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

std::vector<bpf_insn> Assembler::Finish() {
  for (const Fix& fix : fixes_) {
    const size_t target = labels_[static_cast<size_t>(fix.target)];
    // Forward only: a jump back would be a loop, which older kernels refuse.
    if (target == kUnbound || target <= fix.at) return {};
    const size_t distance = target - fix.at - 1;
    if (distance > std::numeric_limits<int16_t>::max()) return {};
    program_[fix.at].off = static_cast<int16_t>(distance);
  }
  return std::move(program_);
}

void Assembler::Emit(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  bpf_insn instruction = {};
  instruction.code = code;
  instruction.dst_reg = to & 0xf;
  instruction.src_reg = from & 0xf;
  instruction.off = offset;
  instruction.imm = value;
  program_.push_back(instruction);
}

}  // namespace raisd
