#include "fence_program.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "../fence.h"

namespace raisd {
namespace {

using Label = Assembler::Label;

// Registers: 0 what a helper returns, 1 to 5 its arguments, 6 to 9 kept over calls, 10 the stack.
constexpr uint8_t kResult = BPF_REG_0;
constexpr uint8_t kFrame = BPF_REG_6;
constexpr uint8_t kMark = BPF_REG_7;
constexpr uint8_t kDeadline = BPF_REG_8;
constexpr uint8_t kScratch = BPF_REG_9;
constexpr uint8_t kStack = BPF_REG_10;

// The stack, downwards.
constexpr int16_t kKey = -24;
constexpr int16_t kKeyAddress = kKey + static_cast<int16_t>(offsetof(FenceKey, address));
constexpr int16_t kKeyV4 = kKeyAddress + 12;
constexpr int16_t kSlotNumber = -32;
/** What kind of frame it is: see Frame. */
constexpr int16_t kKind = -40;
constexpr int16_t kHeader = -80;

// Offsets from the network header, and lengths.
constexpr int32_t kArpBytes = 28;
constexpr int16_t kArpOperation = 6;
constexpr int16_t kArpSender = 14;
constexpr int16_t kArpTarget = 24;
constexpr int32_t kV4Source = 12;
constexpr int32_t kV4Destination = 16;
constexpr int32_t kV6NextHeader = 6;
constexpr int32_t kV6Source = 8;
constexpr int32_t kV6Destination = 24;
constexpr int32_t kV6HeaderBytes = 40;
constexpr int32_t kNdTarget = kV6HeaderBytes + 8;

/** Of the frames that concern a marked address. */
enum Frame : int32_t {
  /** Traffic. */
  kTraffic,
  /** ARP and ND that ask who has it, or say so. */
  kResolution,
  /** ARP that asks for somebody else, in its name, and what answers it: before the first answer to
   * a new client. */
  kOwnQuestion,
};

class FenceWriter {
 public:
  FenceWriter(FenceDirection direction, int marks, int deadlines)
      : is_ingress_(direction == FenceDirection::kIngress),
        marks_(marks),
        deadlines_(deadlines),
        arp_(out_.NewLabel()),
        v4_(out_.NewLabel()),
        v6_(out_.NewLabel()),
        judge_(out_.NewLabel()),
        drop_(out_.NewLabel()),
        pass_(out_.NewLabel()) {}

  std::vector<bpf_insn> Write() {
    WriteDispatch();
    WriteV6();
    WriteArp();
    WriteV4();
    WriteJudgement();
    return out_.Finish();
  }

 private:
  /** By protocol, with the key's interface filled in and its address that of no one. */
  void WriteDispatch() {
    out_.Move(kFrame, BPF_REG_1);
    // A tagged frame belongs to a VLAN interface above this one; priority tags (VLAN 0) do not.
    out_.Load(BPF_W, kScratch, kFrame, offsetof(__sk_buff, vlan_tci));
    out_.AndValue(kScratch, 0x0fff);
    out_.JumpIfValue(BPF_JNE, kScratch, 0, pass_);
    out_.Load(BPF_W, kScratch, kFrame, offsetof(__sk_buff, ifindex));
    out_.Store(BPF_W, kStack, kKey, kScratch);
    for (int16_t word = 0; word < 4; word++) {
      out_.StoreValue(BPF_W, kStack, static_cast<int16_t>(kKeyAddress + 4 * word), 0);
    }
    out_.StoreValue(BPF_W, kStack, kKind, kTraffic);
    out_.Load(BPF_W, kScratch, kFrame, offsetof(__sk_buff, protocol));
    out_.AndValue(kScratch, 0xffff);
    out_.JumpIfValue(BPF_JEQ, kScratch, htons(ETH_P_IP), v4_);
    out_.JumpIfValue(BPF_JEQ, kScratch, htons(ETH_P_ARP), arp_);
    out_.JumpIfValue(BPF_JEQ, kScratch, htons(ETH_P_IPV6), v6_);
    out_.Jump(pass_);
  }

  /** The address itself first; then, if it is not marked, the one that neighbour discovery is
   * about. */
  void WriteV6() {
    out_.Bind(v6_);
    Read(is_ingress_ ? kV6Destination : kV6Source, kKeyAddress, 16);
    FindMark();
    out_.JumpIfValue(BPF_JNE, kResult, 0, judge_);
    // Extension headers are not looked through: then the answer is stopped by its source.
    Read(kV6NextHeader, kHeader, 1);
    out_.Load(BPF_B, kScratch, kStack, kHeader);
    out_.JumpIfValue(BPF_JNE, kScratch, IPPROTO_ICMPV6, pass_);
    Read(kV6HeaderBytes, kHeader, 1);
    out_.Load(BPF_B, kScratch, kStack, kHeader);
    const int32_t type = is_ingress_ ? ND_NEIGHBOR_SOLICIT : ND_NEIGHBOR_ADVERT;
    out_.JumpIfValue(BPF_JNE, kScratch, type, pass_);
    Read(kNdTarget, kKeyAddress, 16);
    out_.StoreValue(BPF_W, kStack, kKind, kResolution);
    out_.Jump(judge_);
  }

  void WriteArp() {
    out_.Bind(arp_);
    Read(0, kHeader, kArpBytes);
    // Ethernet and IPv4, with lengths 6 and 4: there is no other ARP that the kernel answers.
    out_.Load(BPF_H, kScratch, kStack, kHeader + 4);
    out_.JumpIfValue(BPF_JNE, kScratch, htons(0x0604), pass_);
    if (is_ingress_) PassAnnouncements();
    out_.StoreValue(BPF_W, kStack, kKind, kResolution);
    TellOwnQuestions();
    CopyHalves(kHeader + (is_ingress_ ? kArpTarget : kArpSender));
    out_.Jump(judge_);
  }

  /** The new holder says where the address is now: this host's caches want to know. */
  void PassAnnouncements() {
    const Label is_question = out_.NewLabel();
    JumpUnlessAnnouncement(is_question);
    out_.Jump(pass_);
    out_.Bind(is_question);
  }

  /** And the answers to them, which come in. */
  void TellOwnQuestions() {
    const Label is_question = out_.NewLabel();
    const Label is_told = out_.NewLabel();
    out_.Load(BPF_H, kScratch, kStack, kHeader + kArpOperation);
    out_.JumpIfValue(BPF_JNE, kScratch, htons(is_ingress_ ? ARPOP_REPLY : ARPOP_REQUEST), is_told);
    JumpUnlessAnnouncement(is_question);
    out_.Jump(is_told);
    out_.Bind(is_question);
    out_.StoreValue(BPF_W, kStack, kKind, kOwnQuestion);
    out_.Bind(is_told);
  }

  /** Its sender is its target as well. */
  void JumpUnlessAnnouncement(Label otherwise) {
    for (int16_t half = 0; half < 4; half += 2) {
      out_.Load(BPF_H, BPF_REG_1, kStack, static_cast<int16_t>(kHeader + kArpSender + half));
      out_.Load(BPF_H, BPF_REG_2, kStack, static_cast<int16_t>(kHeader + kArpTarget + half));
      out_.JumpIf(BPF_JNE, BPF_REG_1, BPF_REG_2, otherwise);
    }
  }

  /** An IPv4 address from the stack into the key, in halves: in ARP it is not aligned. */
  void CopyHalves(int16_t from) {
    for (int16_t half = 0; half < 4; half += 2) {
      out_.Load(BPF_H, kScratch, kStack, static_cast<int16_t>(from + half));
      out_.Store(BPF_H, kStack, static_cast<int16_t>(kKeyV4 + half), kScratch);
    }
    MarkAsV4();
  }

  void WriteV4() {
    out_.Bind(v4_);
    Read(is_ingress_ ? kV4Destination : kV4Source, kKeyV4, 4);
    MarkAsV4();
  }

  void MarkAsV4() { out_.StoreValue(BPF_H, kStack, kKeyV4 - 2, 0xffff); }

  /** With the key's address filled in: is it marked, and does the lease of its mark run? */
  void WriteJudgement() {
    out_.Bind(judge_);
    FindMark();
    out_.JumpIfValue(BPF_JEQ, kResult, 0, pass_);
    out_.Move(kMark, kResult);
    out_.Load(BPF_W, kScratch, kMark, offsetof(FenceMark, slot));
    out_.Store(BPF_W, kStack, kSlotNumber, kScratch);
    Find(deadlines_, kSlotNumber);
    out_.JumpIfValue(BPF_JEQ, kResult, 0, drop_);
    // The deadline before the lease: see FencePage::Open.
    out_.Load(BPF_DW, kDeadline, kResult, offsetof(FenceSlot, deadline));
    DropUnlessSame(offsetof(FenceSlot, lease), offsetof(FenceMark, lease));
    DropUnlessSame(offsetof(FenceSlot, group_tag), offsetof(FenceMark, group_tag));
    out_.Call(BPF_FUNC_ktime_get_boot_ns);
    out_.JumpIf(BPF_JGE, kResult, kDeadline, drop_);
    WriteStages();
    out_.Bind(drop_);
    out_.MoveValue(kResult, TC_ACT_SHOT);
    out_.Exit();
    out_.Bind(pass_);
    out_.MoveValue(kResult, TC_ACT_UNSPEC);
    out_.Exit();
  }

  /** R55: the lease runs. */
  void WriteStages() {
    const Label handed_over = out_.NewLabel();
    out_.Load(BPF_H, kScratch, kMark, offsetof(FenceMark, stage));
    out_.JumpIfValue(BPF_JEQ, kScratch, static_cast<int32_t>(FenceStage::kServes), pass_);
    out_.Load(BPF_W, BPF_REG_1, kStack, kKind);
    out_.JumpIfValue(BPF_JEQ, BPF_REG_1, kResolution, drop_);
    out_.JumpIfValue(BPF_JNE, kScratch, static_cast<int32_t>(FenceStage::kPrepared), handed_over);
    out_.Jump(pass_);
    out_.Bind(handed_over);
    out_.JumpIfValue(BPF_JNE, BPF_REG_1, kTraffic, drop_);
    if (is_ingress_) {
      SendOn();
    } else {
      out_.Jump(pass_);
    }
  }

  /** To the heir, from this host: to leave the client's MAC in it would mislead the switches. */
  void SendOn() {
    out_.Load(BPF_W, kScratch, kFrame, offsetof(__sk_buff, pkt_type));
    out_.JumpIfValue(BPF_JNE, kScratch, PACKET_HOST, drop_);
    ReadFrom(BPF_HDR_START_MAC, 0, kHeader + ETH_ALEN, ETH_ALEN);
    for (int16_t half = 0; half < ETH_ALEN; half += 2) {
      out_.Load(BPF_H, kScratch, kMark,
                static_cast<int16_t>(static_cast<int16_t>(offsetof(FenceMark, heir)) + half));
      out_.Store(BPF_H, kStack, static_cast<int16_t>(kHeader + half), kScratch);
    }
    out_.Move(BPF_REG_1, kFrame);
    out_.MoveValue(BPF_REG_2, 0);
    out_.Move(BPF_REG_3, kStack);
    out_.AddValue(BPF_REG_3, kHeader);
    out_.MoveValue(BPF_REG_4, 2 * ETH_ALEN);
    out_.MoveValue(BPF_REG_5, 0);
    out_.Call(BPF_FUNC_skb_store_bytes);
    out_.JumpIfValue(BPF_JNE, kResult, 0, drop_);
    out_.Load(BPF_W, BPF_REG_1, kFrame, offsetof(__sk_buff, ifindex));
    out_.MoveValue(BPF_REG_2, 0);
    out_.Call(BPF_FUNC_redirect);
    out_.Exit();
  }

  void DropUnlessSame(int16_t of_slot, int16_t of_mark) {
    out_.Load(BPF_DW, BPF_REG_1, kResult, of_slot);
    out_.Load(BPF_DW, BPF_REG_2, kMark, of_mark);
    out_.JumpIf(BPF_JNE, BPF_REG_1, BPF_REG_2, drop_);
  }

  void FindMark() { Find(marks_, kKey); }

  void Find(int map, int16_t key) {
    out_.LoadMap(BPF_REG_1, map);
    out_.Move(BPF_REG_2, kStack);
    out_.AddValue(BPF_REG_2, key);
    out_.Call(BPF_FUNC_map_lookup_elem);
  }

  /** Bytes of the packet to the stack; what is too short for them answers nobody, and passes. */
  void Read(int32_t offset, int16_t to, int32_t length) {
    ReadFrom(BPF_HDR_START_NET, offset, to, length);
  }

  void ReadFrom(int32_t header, int32_t offset, int16_t to, int32_t length) {
    out_.Move(BPF_REG_1, kFrame);
    out_.MoveValue(BPF_REG_2, offset);
    out_.Move(BPF_REG_3, kStack);
    out_.AddValue(BPF_REG_3, to);
    out_.MoveValue(BPF_REG_4, length);
    out_.MoveValue(BPF_REG_5, header);
    out_.Call(BPF_FUNC_skb_load_bytes_relative);
    out_.JumpIfValue(BPF_JNE, kResult, 0, pass_);
  }

  Assembler out_;
  const bool is_ingress_;
  const int marks_;
  const int deadlines_;
  const Label arp_;
  const Label v4_;
  const Label v6_;
  const Label judge_;
  const Label drop_;
  const Label pass_;
};

}  // namespace

std::vector<bpf_insn> FenceProgram(FenceDirection direction, int marks, int deadlines) {
  return FenceWriter(direction, marks, deadlines).Write();
}

}  // namespace raisd
