// The asking half of rtnetlink: batches of address changes, and dumps. Synchronous: the kernel does
// the work within the write, and the answers lie ready when it returns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "address_batch.h"
#include "descriptor.h"
#include "interface_event.h"
#include "local_route.h"

namespace raisd {

class NetlinkRequest {
 public:
  // Returns 0 or errno.
  int Open();

  // One errno an address, 0 where it was done. Needs CAP_NET_ADMIN, or each is EPERM. Any number of
  // requests: they go out kMaxBatch at a time. An IPv6 address is reachable as soon as it was added
  // (local_route.h).
  std::vector<int> Apply(AddressOperation operation, std::span<const AddressRequest> requests,
                         uint32_t valid_seconds);

  // Every link and every address of this network namespace, links first. Returns 0 or errno.
  int Dump(std::vector<InterfaceEvent>* events);

  // One message of any kind. Returns 0 or errno. `reply`: the payload of the message that it is
  // answered with, where it is a question (without NLM_F_DUMP).
  int Execute(uint16_t type, uint16_t flags, std::span<const uint8_t> payload,
              std::vector<uint8_t>* reply = nullptr);

  // Messages in one write: were each of them to fail, the reports would still fit the receive
  // buffer.
  static constexpr size_t kMaxBatch = 1024;

 private:
  void ApplyBatch(AddressOperation operation, std::span<const AddressRequest> requests,
                  uint32_t valid_seconds, std::span<int> errors);
  void WriteRoutes(RouteOperation operation, std::span<const AddressRequest> requests);
  // One errno a message.
  void Write(std::span<const uint8_t> bytes, uint32_t first_sequence, std::span<int> errors);
  int CollectReports(uint32_t first_sequence, std::span<int> errors);
  int DumpOnce(uint16_t type, std::vector<InterfaceEvent>* events);
  int DumpType(uint16_t type, std::vector<InterfaceEvent>* events);
  int Send(std::span<const uint8_t> bytes);
  int Receive(std::span<const uint8_t>* datagram);

  Descriptor socket_;
  std::vector<uint8_t> buffer_;
  uint32_t sequence_ = 1;
};

}  // namespace raisd
