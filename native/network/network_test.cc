// Tests of the leaf: what it builds, what it reads, and that nothing it reads can lead it astray.
// Built with sanitizers by test/native/network-sanitized.test.ts.

#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <string>

#include "../boot_alarm.h"
#include "address_batch.h"
#include "arp.h"
#include "fence_filter.h"
#include "fence_marks.h"
#include "interface_event.h"
#include "lease_alarm.h"
#include "local_route.h"
#include "neighbour_discovery.h"
#include "netlink_events.h"
#include "netlink_message.h"
#include "netlink_request.h"
#include "packet_filter.h"
#include "tcx_programs.h"

namespace raisd {

namespace {

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                        \
    }                                                                      \
  } while (false)

constexpr Address kV4 = {.length = 4, .bytes = {10, 77, 0, 11}};
constexpr Address kV6 = {.length = 16,
                         .bytes = {0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3}};
constexpr Address kLinkLocal = {.length = 16,
                                .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};
constexpr HardwareAddress kSelf = {2, 0, 0, 0, 0, 0x11};

using Bytes = std::vector<uint8_t>;

Bytes BytesOf(const Frame& frame) {
  return {frame.bytes().begin(), frame.bytes().end()};
}

// The attributes of a message, by type; a doubled one is a fault.
std::vector<Attribute> AttributesOf(const NetlinkMessage& message, size_t header) {
  std::vector<Attribute> attributes;
  AttributeReader reader(message.payload.subspan(header));
  for (Attribute attribute; reader.Next(&attribute);) attributes.push_back(attribute);
  return attributes;
}

const Attribute* Find(const std::vector<Attribute>& attributes, uint16_t type) {
  for (const Attribute& attribute : attributes) {
    if (attribute.type == type) return &attribute;
  }
  return nullptr;
}

void TestBarePayload() {
  NetlinkBuilder builder;
  const uint32_t value = 7;
  builder.AppendAttribute(5, &value, sizeof value);
  AttributeReader reader(builder.bytes());
  Attribute attribute;
  Attribute none;
  CHECK(reader.Next(&attribute) && attribute.type == 5 && attribute.value.size() == 4);
  CHECK(!reader.Next(&none));
}

void TestFenceKeys() {
  const FenceKey v4 = FenceKeyOf(3, kV4);
  CHECK(v4.interface_index == 3 && v4.address[10] == 0xff && v4.address[11] == 0xff);
  CHECK(v4.address[12] == 10 && v4.address[15] == 11);
  CHECK(AddressOf(v4) == kV4 && AddressOf(FenceKeyOf(4, kV6)) == kV6);
  // Without the map everything is refused, and nothing found.
  FenceMarks marks(-1);
  std::vector<FenceKey> keys(1);
  CHECK(marks.Set(v4, {}) == EBADF && marks.Remove(v4) == EBADF);
  CHECK(marks.List(&keys) == EBADF && keys.empty());
}

void TestFenceFilterNeedsPrograms() {
  FenceFilter filter(-1, -1);
  CHECK(filter.Open() == 0);
  // An interface that there is not.
  CHECK(filter.Attach(INT32_MAX) == ENODEV);
  CHECK(filter.Detach(INT32_MAX) != 0);
  CHECK(filter.Find(INT32_MAX) == ENODEV);
  CHECK(CountTcxPrograms(INT32_MAX) == 0);
}

void TestAddBatch() {
  const AddressRequest requests[] = {{3, kV4}, {4, kV6}};
  const Bytes batch = BuildAddressBatch(AddressOperation::kAdd, requests, 100, 2);
  MessageReader reader(batch);
  NetlinkMessage first;
  NetlinkMessage second;
  NetlinkMessage none;
  CHECK(reader.Next(&first) && reader.Next(&second) && !reader.Next(&none));
  CHECK(first.header.nlmsg_type == RTM_NEWADDR && first.header.nlmsg_seq == 100);
  CHECK(first.header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL));
  CHECK(second.header.nlmsg_seq == 101);
  CHECK(second.header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK));

  ifaddrmsg header{};
  std::memcpy(&header, first.payload.data(), sizeof header);
  CHECK(header.ifa_family == AF_INET && header.ifa_prefixlen == 32 && header.ifa_index == 3);
  std::memcpy(&header, second.payload.data(), sizeof header);
  CHECK(header.ifa_family == AF_INET6 && header.ifa_prefixlen == 128 && header.ifa_index == 4);

  const auto attributes = AttributesOf(second, sizeof header);
  for (const uint16_t type : {IFA_LOCAL, IFA_ADDRESS}) {
    const Attribute* address = Find(attributes, type);
    CHECK(address != nullptr && address->value.size() == 16);
    CHECK(std::memcmp(address->value.data(), kV6.bytes.data(), 16) == 0);
  }
  const Attribute* tag = Find(attributes, IFA_PROTO);
  CHECK(tag != nullptr && tag->value.size() == 1 && tag->value[0] == kAddressTag);
  uint32_t flags = 0;
  std::memcpy(&flags, Find(attributes, IFA_FLAGS)->value.data(), sizeof flags);
  CHECK(flags == (IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
  ifa_cacheinfo lifetime{};
  std::memcpy(&lifetime, Find(attributes, IFA_CACHEINFO)->value.data(), sizeof lifetime);
  CHECK(lifetime.ifa_valid == 2 && lifetime.ifa_prefered == 0);
  CHECK(Find(AttributesOf(first, sizeof header), IFA_FLAGS) == nullptr);
}

void TestOtherBatches() {
  const AddressRequest requests[] = {{3, kV4}};
  const Bytes renewal = BuildAddressBatch(AddressOperation::kRenew, requests, 1, 2);
  NetlinkMessage message;
  CHECK(MessageReader(renewal).Next(&message));
  CHECK(message.header.nlmsg_type == RTM_NEWADDR);
  CHECK(message.header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_REPLACE | NLM_F_ACK));

  const Bytes removal = BuildAddressBatch(AddressOperation::kRemove, requests, 1, 2);
  CHECK(MessageReader(removal).Next(&message));
  CHECK(message.header.nlmsg_type == RTM_DELADDR);
  // Without both, the kernel would not compare the prefix.
  const auto attributes = AttributesOf(message, sizeof(ifaddrmsg));
  CHECK(attributes.size() == 2 && Find(attributes, IFA_LOCAL) && Find(attributes, IFA_ADDRESS));
  CHECK(BuildAddressBatch(AddressOperation::kAdd, {}, 1, 2).empty());
}

void TestLocalRoutes() {
  const AddressRequest requests[] = {{3, kV4}, {4, kV6}};
  const Bytes batch = BuildLocalRoutes(RouteOperation::kAdd, requests, 7);
  MessageReader reader(batch);
  NetlinkMessage added;
  NetlinkMessage none;
  CHECK(reader.Next(&added) && !reader.Next(&none));
  CHECK(added.header.nlmsg_type == RTM_NEWROUTE && added.header.nlmsg_seq == 7);
  CHECK((added.header.nlmsg_flags & NLM_F_ACK) != 0);
  rtmsg header{};
  std::memcpy(&header, added.payload.data(), sizeof header);
  CHECK(header.rtm_dst_len == 128 && header.rtm_type == RTN_LOCAL);
  CHECK(header.rtm_protocol == kAddressTag && header.rtm_table == RT_TABLE_LOCAL);
  const auto attributes = AttributesOf(added, sizeof header);
  const Attribute* destination = Find(attributes, RTA_DST);
  CHECK(destination != nullptr && destination->value.size() == 16);
  CHECK(std::memcmp(destination->value.data(), kV6.bytes.data(), 16) == 0);
  CHECK(Find(attributes, RTA_EXPIRES) != nullptr);

  NetlinkMessage removed;
  const Bytes removal = BuildLocalRoutes(RouteOperation::kRemove, requests, 7);
  CHECK(MessageReader(removal).Next(&removed));
  CHECK(removed.header.nlmsg_type == RTM_DELROUTE);
  CHECK(BuildLocalRoutes(RouteOperation::kAdd, std::span(requests).first(1), 7).empty());
}

Bytes LinkMessage(uint16_t type, uint8_t family, uint32_t flags, const std::string& name) {
  NetlinkBuilder builder;
  builder.Begin(type, 0, 0);
  ifinfomsg header{};
  header.ifi_family = family;
  header.ifi_type = ARPHRD_ETHER;
  header.ifi_index = 7;
  header.ifi_flags = flags;
  builder.Append(&header, sizeof header);
  if (!name.empty()) builder.AppendAttribute(IFLA_IFNAME, name.c_str(), name.size() + 1);
  builder.AppendAttribute(IFLA_ADDRESS, kSelf.data(), kSelf.size());
  return builder.bytes();
}

std::optional<InterfaceEvent> ParseFirst(const Bytes& datagram) {
  NetlinkMessage message;
  if (!MessageReader(datagram).Next(&message)) return std::nullopt;
  return ParseInterfaceEvent(message);
}

void TestLinkEvents() {
  const auto event = ParseFirst(LinkMessage(RTM_NEWLINK, AF_UNSPEC, IFF_UP | IFF_LOWER_UP, "svc0"));
  CHECK(event && std::holds_alternative<LinkEvent>(*event));
  const auto& link = std::get<LinkEvent>(*event);
  CHECK(!link.deleted && link.index == 7 && link.name == "svc0" && link.up);
  CHECK(link.hardware_address == kSelf);
  // R54: both are needed.
  CHECK(!std::get<LinkEvent>(*ParseFirst(LinkMessage(RTM_NEWLINK, AF_UNSPEC, IFF_UP, "svc0"))).up);
  CHECK(!std::get<LinkEvent>(*ParseFirst(LinkMessage(RTM_NEWLINK, AF_UNSPEC, IFF_LOWER_UP, "svc0")))
             .up);
  CHECK(std::get<LinkEvent>(*ParseFirst(LinkMessage(RTM_DELLINK, AF_UNSPEC, 0, "svc0"))).deleted);
  // A port that leaves its bridge is still there.
  CHECK(!ParseFirst(LinkMessage(RTM_DELLINK, AF_BRIDGE, 0, "svc0")));
  CHECK(!ParseFirst(LinkMessage(RTM_NEWLINK, AF_UNSPEC, 0, "")));
}

void TestAddressEvents() {
  // What is asked for reads back as what the kernel tells.
  const AddressRequest requests[] = {{7, kV6}};
  auto event = ParseFirst(BuildAddressBatch(AddressOperation::kAdd, requests, 1, 2));
  CHECK(event && std::holds_alternative<AddressEvent>(*event));
  const auto& address = std::get<AddressEvent>(*event);
  CHECK(!address.deleted && address.index == 7 && address.address == kV6 && address.prefix == 128);
  CHECK(address.tagged && address.usable);
  event = ParseFirst(BuildAddressBatch(AddressOperation::kRemove, requests, 1, 2));
  CHECK(std::get<AddressEvent>(*event).deleted && !std::get<AddressEvent>(*event).tagged);

  // On a point-to-point link IFA_ADDRESS is the other end, in whatever order they come.
  for (const bool local_first : {true, false}) {
    NetlinkBuilder builder;
    builder.Begin(RTM_NEWADDR, 0, 0);
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_flags = IFA_F_TENTATIVE;
    builder.Append(&header, sizeof header);
    const uint8_t other[] = {10, 0, 0, 1};
    if (local_first) builder.AppendAttribute(IFA_LOCAL, kV4.bytes.data(), 4);
    builder.AppendAttribute(IFA_ADDRESS, other, 4);
    if (!local_first) builder.AppendAttribute(IFA_LOCAL, kV4.bytes.data(), 4);
    event = ParseFirst(builder.bytes());
    CHECK(event && std::get<AddressEvent>(*event).address == kV4 &&
          !std::get<AddressEvent>(*event).usable);
  }
}

void TestTruncatedMessages() {
  const Bytes whole = LinkMessage(RTM_NEWLINK, AF_UNSPEC, IFF_UP, "svc0");
  for (size_t length = 0; length < whole.size(); length++) {
    // On the heap in its true size, so that a byte too far is found.
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    NetlinkMessage message;
    CHECK(!MessageReader(part).Next(&message));
  }
}

void TestArp() {
  for (const ArpForm form : {ArpForm::kRequest, ArpForm::kReply}) {
    const Bytes frame = BytesOf(BuildArpAnnouncement(form, kSelf, kV4));
    CHECK(frame.size() == 42 && frame[21] == (form == ArpForm::kRequest ? 1 : 2));
    CHECK(ParseArpClaim(frame) == (Claim{kV4, kSelf}));
  }
  CHECK(!ParseArpClaim(BytesOf(BuildArpProbe(kSelf, kV4))));
  Bytes frame = BytesOf(BuildArpAnnouncement(ArpForm::kReply, kSelf, kV4));
  CHECK(!ParseArpClaim(std::span(frame).first(41)));
  frame[18] = 8;
  CHECK(!ParseArpClaim(frame));
}

void TestNeighbourDiscovery() {
  const Bytes advertisement = BytesOf(BuildNeighbourAdvertisement(kSelf, kV6));
  CHECK(advertisement.size() == 86);
  CHECK(ParseNeighbourClaim(advertisement) == (Claim{kV6, kSelf}));

  const Bytes solicitation = BytesOf(BuildNeighbourSolicitation(kSelf, kLinkLocal, kV6));
  CHECK(ParseNeighbourClaim(solicitation) == (Claim{kLinkLocal, kSelf}));
  const uint8_t group[] = {0x33, 0x33, 0xff, 1, 2, 3};
  CHECK(std::memcmp(solicitation.data(), group, sizeof group) == 0);
  // The form of duplicate address detection claims nothing and carries no option.
  const Bytes detection = BytesOf(BuildNeighbourSolicitation(kSelf, std::nullopt, kV6));
  CHECK(detection.size() == 78 && !ParseNeighbourClaim(detection));
}

// Makes the checksum right again after a change.
void Repair(Bytes* frame) {
  (*frame)[56] = (*frame)[57] = 0;
  const uint16_t sum =
      Icmp6Checksum(std::span(*frame).subspan(22, 32), std::span(*frame).subspan(54));
  (*frame)[56] = static_cast<uint8_t>(sum >> 8);
  (*frame)[57] = static_cast<uint8_t>(sum);
}

void TestBadAdvertisements() {
  const Bytes good = BytesOf(BuildNeighbourAdvertisement(kSelf, kV6));
  for (size_t length = 0; length < good.size(); length++) {
    const Bytes part(good.begin(), good.begin() + static_cast<ptrdiff_t>(length));
    CHECK(!ParseNeighbourClaim(part));
  }
  // Every flipped bit behind the Ethernet addresses is found, but for traffic class and flow label,
  // which nothing covers.
  for (size_t bit = 12 * 8; bit < good.size() * 8; bit++) {
    if (bit >= 14 * 8 + 4 && bit < 18 * 8) continue;
    Bytes bad = good;
    bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ (0x80 >> (bit % 8)));
    CHECK(!ParseNeighbourClaim(bad));
  }
  Bytes forwarded = good;
  forwarded[21] = 254;
  CHECK(!ParseNeighbourClaim(forwarded));
  Bytes empty_option = good;
  empty_option[79] = 0;
  Repair(&empty_option);
  CHECK(!ParseNeighbourClaim(empty_option));
  Bytes other_option = good;
  other_option[78] = 14;
  Repair(&other_option);
  // No link-layer option: the frame's own sender counts.
  CHECK(ParseNeighbourClaim(other_option) == (Claim{kV6, kSelf}));
}

// A filter works on Unix datagrams as it does on packets, and needs no rights there.
class Filtered {
 public:
  explicit Filtered(std::span<const sock_filter> filter) {
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    out_ = Descriptor(ends[0]);
    in_ = Descriptor(ends[1]);
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
    CHECK(setsockopt(in_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
  }

  bool Passes(const Bytes& frame) const {
    uint8_t buffer[256];
    send(out_.get(), frame.data(), frame.size(), 0);
    const ssize_t length = recv(in_.get(), buffer, sizeof buffer, 0);
    return length == static_cast<ssize_t>(frame.size());
  }

 private:
  Descriptor out_;
  Descriptor in_;
};

void CheckProtocols(const Filtered& filter) {
  CHECK(filter.Passes(BytesOf(BuildArpAnnouncement(ArpForm::kRequest, kSelf, kV4))));
  CHECK(filter.Passes(BytesOf(BuildArpAnnouncement(ArpForm::kReply, kSelf, kV4))));
  CHECK(filter.Passes(BytesOf(BuildNeighbourAdvertisement(kSelf, kV6))));
  Bytes other = BytesOf(BuildNeighbourAdvertisement(kSelf, kV6));
  other[54] = 128;
  CHECK(!filter.Passes(other));
  other = BytesOf(BuildNeighbourAdvertisement(kSelf, kV6));
  other[20] = 17;
  CHECK(!filter.Passes(other));
  other = BytesOf(BuildArpAnnouncement(ArpForm::kRequest, kSelf, kV4));
  other[13] = 0;
  CHECK(!filter.Passes(other));
  CHECK(!filter.Passes(Bytes(10, 0)));
}

void TestFilter() {
  const Filtered filter(NeighbourFilter());
  CheckProtocols(filter);
  CHECK(filter.Passes(BytesOf(BuildNeighbourSolicitation(kSelf, kLinkLocal, kV6))));
}

Address Numbered(const Address& base, size_t number) {
  Address address = base;
  address.bytes[address.length - 1U] = static_cast<uint8_t>(number);
  address.bytes[address.length - 2U] = static_cast<uint8_t>(number >> 8);
  return address;
}

// Whatever claims an address that is named passes, as many as there may be, and nothing else.
void TestFilterForAddresses() {
  for (const size_t count : {size_t{1}, size_t{2}, kMostNamed / 2}) {
    AddressSet named;
    for (size_t i = 0; i < count; i++) {
      named.insert(Numbered(kV4, 1000 + i));
      named.insert(Numbered(kV6, 3000 + i));
    }
    const Filtered filter(NeighbourFilterFor(named));
    for (size_t i = 0; i < 2 * count; i++) {
      const Address v4 = Numbered(kV4, 1000 + i);
      const Address v6 = Numbered(kV6, 3000 + i);
      const bool wanted = i < count;
      CHECK(filter.Passes(BytesOf(BuildArpAnnouncement(ArpForm::kRequest, kSelf, v4))) == wanted);
      CHECK(filter.Passes(BytesOf(BuildArpAnnouncement(ArpForm::kReply, kSelf, v4))) == wanted);
      CHECK(filter.Passes(BytesOf(BuildNeighbourAdvertisement(kSelf, v6))) == wanted);
      // It is the one that asks who says something about itself.
      CHECK(filter.Passes(BytesOf(BuildNeighbourSolicitation(kSelf, v6, kV6))) == wanted);
      CHECK(!filter.Passes(BytesOf(BuildNeighbourSolicitation(kSelf, kLinkLocal, v6))));
      CHECK(!filter.Passes(BytesOf(BuildArpProbe(kSelf, v4))));
    }
  }
  CheckProtocols(Filtered(NeighbourFilterFor({kV4, kV6})));
  CHECK(!Filtered(NeighbourFilterFor({}))
             .Passes(BytesOf(BuildArpAnnouncement(ArpForm::kReply, kSelf, kV4))));
}

void TestAlarm() {
  BootAlarm alarm;
  CHECK(alarm.Open() == 0);
  const auto rings = [&](int milliseconds) {
    pollfd ready{alarm.descriptor(), POLLIN, 0};
    return poll(&ready, 1, milliseconds) == 1;
  };
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double milliseconds =
      static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  CHECK(!rings(0));
  CHECK(alarm.Set(milliseconds + 5) == 0 && rings(5000));
  alarm.Take();
  CHECK(!rings(0));
  CHECK(alarm.Set(0) == 0 && rings(5000));
  alarm.Take();
  CHECK(alarm.Set(milliseconds + 60000) == 0 && !rings(0));
}

void TestLeaseEnds() {
  int writable = -1;
  int readable = -1;
  CHECK(LeaseBoard::Create(&writable, &readable) == 0);
  LeaseBoard written, board;
  CHECK(written.Map(writable, true) == 0 && board.Map(readable, false) == 0);
  const std::vector<FollowedLease> unknown = {{1, 80, std::nullopt}};
  CHECK(FirstLeaseEnd(board, unknown, 1000) == 0);
  const size_t slot = written.Claim(1);
  const size_t other = written.Claim(2);
  // No heartbeat has left yet.
  CHECK(FirstLeaseEnd(board, unknown, 1000) == 0);
  const uint64_t lease = written.Renew(slot, 1000, 80);
  written.Renew(other, 1010, 50);
  const std::vector<FollowedLease> both = {{1, 80, lease}, {2, 50, std::nullopt}};
  CHECK(FirstLeaseEnd(board, both, 1059) == 1060);
  CHECK(FirstLeaseEnd(board, both, 1060) == 0);
  written.Renew(other, 1059, 50);
  CHECK(FirstLeaseEnd(board, both, 1060) == 1080);
  // Renewed too late: another lease runs, and that is an end however well it does.
  written.Renew(other, 1080, 50);
  written.Renew(slot, 1080, 80);
  CHECK(FirstLeaseEnd(board, both, 1081) == 0);
  CHECK(FirstLeaseEnd(board, {{1, 80, std::nullopt}}, 1081) == 1160);
  written.Free(slot);
  CHECK(FirstLeaseEnd(board, {{1, 80, std::nullopt}}, 1081) == 0);
  close(writable);
  close(readable);
}

// The real kernel, as far as it needs no rights: reading.
void TestSockets() {
  NetlinkRequest request;
  CHECK(request.Open() == 0);
  std::vector<InterfaceEvent> events;
  CHECK(request.Dump(&events) == 0);
  bool loopback = false;
  for (const InterfaceEvent& event : events) {
    if (const auto* link = std::get_if<LinkEvent>(&event))
      loopback |= link->name == "lo" && link->index == 1;
  }
  CHECK(loopback);
  // An interface that does not exist: each request fails on its own, in more than one write.
  std::vector<AddressRequest> requests(NetlinkRequest::kMaxBatch + 5, {0x7ffffff0, kV4});
  for (const int error : request.Apply(AddressOperation::kRemove, requests, 2)) {
    CHECK(error == ENODEV || error == EPERM);
  }
  NetlinkEvents news;
  bool overflowed = true;
  CHECK(news.Open(1) == 0);
  events.clear();
  CHECK(news.Read(&events, &overflowed) == 0 && !overflowed);
}

// Whatever bytes come, and whatever becomes of good ones: no reader leaves its buffer, and all come
// to an end.
void TestRandomBytes() {
  std::mt19937 random(20261124);
  const Bytes seeds[] = {
      LinkMessage(RTM_NEWLINK, AF_UNSPEC, IFF_UP, "svc0"),
      BuildAddressBatch(AddressOperation::kAdd, std::vector<AddressRequest>{{1, kV4}, {2, kV6}}, 1,
                        2),
      BytesOf(BuildArpAnnouncement(ArpForm::kReply, kSelf, kV4)),
      BytesOf(BuildNeighbourAdvertisement(kSelf, kV6)),
  };
  for (int round = 0; round < 100'000; round++) {
    Bytes bytes = seeds[random() % std::size(seeds)];
    for (unsigned changes = random() % 6; changes > 0; changes--) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    bytes.resize(random() % (bytes.size() + 1));
    bytes.shrink_to_fit();
    if (bytes.size() > 78 && random() % 2 == 0) Repair(&bytes);
    MessageReader reader(bytes);
    for (NetlinkMessage message; reader.Next(&message);) (void)ParseInterfaceEvent(message);
    (void)ParseArpClaim(bytes);
    (void)ParseNeighbourClaim(bytes);
  }
}

}  // namespace

}  // namespace raisd

int main() {
  raisd::TestBarePayload();
  raisd::TestFenceKeys();
  raisd::TestFenceFilterNeedsPrograms();
  raisd::TestAddBatch();
  raisd::TestOtherBatches();
  raisd::TestLocalRoutes();
  raisd::TestLinkEvents();
  raisd::TestAddressEvents();
  raisd::TestTruncatedMessages();
  raisd::TestArp();
  raisd::TestNeighbourDiscovery();
  raisd::TestBadAdvertisements();
  raisd::TestFilter();
  raisd::TestFilterForAddresses();
  raisd::TestAlarm();
  raisd::TestLeaseEnds();
  raisd::TestSockets();
  raisd::TestRandomBytes();
  return 0;
}
