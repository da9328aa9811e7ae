// The frames that neighbour_packets.h parses as answers to tagged questions, told by the kernel: a
// socket with this filter is given no others, and nobody is woken for them. The offsets are those
// of whole Ethernet frames.

#ifndef RAISD_TEST_FARM_PROBE_ANSWER_FILTER_H_
#define RAISD_TEST_FARM_PROBE_ANSWER_FILTER_H_

#include <linux/filter.h>
#include <sys/socket.h>

#include <iterator>

// False: the reason is in errno.
inline bool TakeAnswersOnly(int fd) {
  constexpr unsigned int kArp = 0x0806;
  constexpr unsigned int kIpv6 = 0x86dd;
  constexpr unsigned int kTag = 0x0277;
  constexpr unsigned int kWhole = 0xffffffff;
  // Where a condition does not hold, the jump goes to the last line.
  sock_filter lines[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),           // Ethernet type
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArp, 0, 4),  //
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),           // ARP operation: reply
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 10),    //
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 32),           // ARP target's MAC: a tag
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTag, 7, 8),  //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIpv6, 0, 7),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),            // to a tag
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTag, 0, 5),  //
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),           // next header: ICMPv6
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),    //
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),           // neighbour advertisement
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),   //
      BPF_STMT(BPF_RET | BPF_K, kWhole),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(lines)), lines};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

#endif  // RAISD_TEST_FARM_PROBE_ANSWER_FILTER_H_
