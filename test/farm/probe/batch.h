// Datagrams taken from a socket by one system call, each with its sender and its control messages.
// Made once: no allocation a packet.

#ifndef RAISD_TEST_FARM_PROBE_BATCH_H_
#define RAISD_TEST_FARM_PROBE_BATCH_H_

#include <sys/socket.h>

#include <cstddef>
#include <memory>

// Of datagrams of that type; what a datagram has beyond its size is cut off.
template <typename Datagram>
class Batch {
 public:
  static constexpr size_t kMost = 64;

  // Takes what is there, and waits for the first one if the flags let it. Whatever is wrong with
  // the socket: nothing came.
  void Receive(int fd, int flags) {
    for (size_t i = 0; i < kMost && (i < size_ || !prepared_); i++) Prepare(i);
    prepared_ = true;
    const int received = recvmmsg(fd, entries_.get(), kMost, flags, nullptr);
    size_ = received < 0 ? 0 : static_cast<size_t>(received);
  }

  size_t size() const { return size_; }

  // There may be more.
  bool IsFull() const { return size_ == kMost; }

  Datagram& operator[](size_t i) { return slots_[i].datagram; }
  size_t bytes(size_t i) const { return entries_[i].msg_len; }
  msghdr& header(size_t i) { return entries_[i].msg_hdr; }
  const sockaddr_storage& from(size_t i) const { return slots_[i].from; }

 private:
  struct Slot {
    Datagram datagram;
    sockaddr_storage from;
    alignas(cmsghdr) char control[128];
    iovec in;
  };

  // The kernel has written what it used of each length.
  void Prepare(size_t i) {
    Slot& slot = slots_[i];
    slot.in = {&slot.datagram, sizeof slot.datagram};
    entries_[i].msg_hdr = {&slot.from,   sizeof slot.from,    &slot.in, 1,
                           slot.control, sizeof slot.control, 0};
  }

  std::unique_ptr<Slot[]> slots_ = std::make_unique<Slot[]>(kMost);
  std::unique_ptr<mmsghdr[]> entries_ = std::make_unique<mmsghdr[]>(kMost);
  size_t size_ = 0;
  bool prepared_ = false;
};

#endif  // RAISD_TEST_FARM_PROBE_BATCH_H_
