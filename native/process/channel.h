// One end of a channel: a connected, non-blocking SOCK_SEQPACKET socket between two processes of
// the daemon. A message is a packet, so it arrives whole or not at all, and it may carry one
// descriptor (SCM_RIGHTS).
//
// Contract: nothing here blocks. Messages that the kernel does not take at once wait in a queue
// that is bounded in number and bytes; at the bound `Send` says kFull and sends nothing. The owner
// polls the descriptor for reading, and for writing while `HasQueued()`. The other end may be any
// program that speaks plain packets.

#ifndef RAISD_PROCESS_CHANNEL_H_
#define RAISD_PROCESS_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "descriptor.h"

namespace raisd {

/** Largest message in bytes; MAX_MESSAGE_BYTES of src/ipc/channel.ts. */
constexpr size_t kMaxMessageBytes = size_t{1} << 20;
/** Messages that wait for a busy receiver at the most, beyond what the kernel holds. */
constexpr size_t kMaxQueuedMessages = 1024;
/** Their bytes at the most. */
constexpr size_t kMaxQueuedBytes = size_t{32} << 20;
/** What both buffers of a socket pair are raised to: several of the largest messages fit. */
constexpr int kChannelBufferBytes = 4 << 20;

enum class SendResult { kSent, kQueued, kFull, kGone, kFailed };
enum class ReceiveResult { kMessage, kNothing, kGone, kFailed };

/** A received message. `data` is valid until the next Receive; the caller owns the descriptor. */
struct ReceivedMessage {
  const uint8_t* data = nullptr;
  size_t size = 0;
  Descriptor descriptor;
};

class Channel {
 public:
  /** Takes ownership of the descriptor. */
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}

  /** 0, or the errno with which the socket refuses to be a non-blocking SOCK_SEQPACKET one. */
  int Prepare();

  /** The caller keeps `descriptor` (-1: none); a message that waits keeps a duplicate. 1 …
   * kMaxMessageBytes bytes. */
  SendResult Send(const uint8_t* data, size_t size, int descriptor);

  /** Sends what waits, as far as the kernel takes it: kSent (nothing waits any more), kQueued,
   * kGone or kFailed. */
  SendResult Flush();

  /** The next message, if there is one. */
  ReceiveResult Receive(ReceivedMessage* message);

  /** Takes a pending error off the socket: POLLERR is level triggered. */
  void ClearError();

  int fd() const { return socket_.get(); }
  bool HasQueued() const { return !queue_.empty(); }
  /** errno after kFailed. */
  int error() const { return error_; }

 private:
  struct QueuedMessage {
    std::vector<uint8_t> data;
    Descriptor descriptor;
  };

  SendResult SendNow(const uint8_t* data, size_t size, int descriptor);
  SendResult Enqueue(const uint8_t* data, size_t size, int descriptor);
  void DropQueue();

  Descriptor socket_;
  std::deque<QueuedMessage> queue_;
  size_t queued_bytes_ = 0;
  std::unique_ptr<uint8_t[]> buffer_;
  int error_ = 0;
};

/** A connected pair with CLOEXEC and raised buffers; 0 or errno. */
int OpenSocketPair(Descriptor* first, Descriptor* second);

}  // namespace raisd

#endif  // RAISD_PROCESS_CHANNEL_H_
