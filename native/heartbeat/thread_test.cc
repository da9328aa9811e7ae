// The thread with real sockets on loopback and real control links, two hosts in one process: run
// under the sanitizers, so that its memory and its calls from other threads are looked at.

#include "thread.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "baton.h"
#include "check.h"
#include "clock.h"
#include "fixture.h"
#include "inheritance.h"

namespace raisd::heartbeat {
namespace {

constexpr uint64_t kInterval = 5 * kMillisecond;
constexpr uint64_t kLease = 200 * kMillisecond;
constexpr uint64_t kFence = 150 * kMillisecond;
constexpr uint64_t kBound = 10 * kNanosecondsASecond;

Id Loopback(uint8_t last) {
  const uint8_t four[4] = {127, 77, 0, last};
  return MapV4(four);
}

int OpenUdp(const Id& address, uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  SocketAddress bound = ToSocketAddress(address, *port, 0);
  CHECK(bind(fd, &bound.base, bound.size()) == 0);
  socklen_t size = sizeof bound;
  CHECK(getsockname(fd, &bound.base, &size) == 0);
  *port = ntohs(bound.v4.sin_port);
  return fd;
}

/** One host with a control link, sending to the others by unicast. */
class TestHost {
 public:
  TestHost(uint8_t last, uint16_t* port, std::vector<uint8_t> peers, int memory = -1) {
    EngineOptions options;
    options.identity = {Loopback(last), 0x100u + last};
    options.interfaces = 1;
    CHECK(Thread::Start(options, memory, 0, &thread) == 0 && thread->Go() == 0);
    const int fd = OpenUdp(Loopback(last), port);
    socket = dup(fd);
    GroupSettings settings = Settings(*port, std::move(peers));
    CHECK(thread->AddGroup(kTag, std::move(settings)) == 0);
    CHECK(thread->AddSocket(kTag, 0, fd) == 0);
    Attach();
  }
  ~TestHost() {
    close(socket);
    close(control);
    close(link);
  }

  static GroupSettings Settings(uint16_t port, std::vector<uint8_t> peers) {
    GroupSettings settings;
    settings.interval = kInterval;
    settings.lease = kLease;
    settings.fence = kFence;
    settings.keys = Keys({"key"});
    settings.is_multicast = false;
    settings.port = port;
    settings.seeds = std::make_unique<DestinationList>();
    for (const uint8_t peer : peers) settings.seeds->Add({0, Loopback(peer)});
    return settings;
  }

  void Attach() {
    if (control >= 0) close(control);
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    control = pair[0];
    if (link >= 0) close(link);
    link = dup(pair[1]);
    CHECK(thread->AttachControl(pair[1]) == 0);
  }

  void Say(const std::vector<uint8_t>& packet) {
    CHECK(send(control, packet.data(), packet.size(), MSG_NOSIGNAL) > 0);
  }
  void Permit(uint32_t milliseconds) {
    std::vector<uint8_t> packet(5);
    Writer writer(packet.data());
    writer.Put8(3);
    writer.Put32(milliseconds);
    Say(packet);
  }
  /** A member with an empty snapshot. */
  void Publish(uint32_t version) {
    std::vector<uint8_t> packet(20);
    Writer writer(packet.data());
    writer.Put8(1);
    writer.Put8(1);
    writer.Put16(0);
    writer.Put64(kTag);
    writer.Put32(1);
    writer.Put32(version);
    Say(packet);
  }
  void Reopen(uint32_t lapse) {
    std::vector<uint8_t> packet(13);
    Writer writer(packet.data());
    writer.Put8(6);
    writer.Put64(kTag);
    writer.Put32(lapse);
    Say(packet);
  }
  /** Reads packets until one is as wanted, within the bound. */
  void Await(const std::function<bool(Bytes)>& is_wanted) {
    const uint64_t end = BootNow() + kBound;
    uint8_t packet[kMaxReportBytes];
    while (BootNow() < end) {
      pollfd ready = {control, POLLIN, 0};
      if (poll(&ready, 1, 1000) <= 0) continue;
      const ssize_t size = recv(control, packet, sizeof packet, 0);
      CHECK(size > 0);
      if (is_wanted({packet, static_cast<size_t>(size)})) return;
    }
    CHECK(!"the awaited packet came in time");
  }

  std::unique_ptr<Thread> thread;
  int control = -1;
  /** Copies of what the thread has: its socket, and its end of the link. */
  int socket = -1;
  int link = -1;
};

/** A report of at least one host whose flags are these. */
std::function<bool(Bytes)> ReportsFlags(uint16_t flags) {
  return [flags](Bytes packet) {
    return packet[0] == 2 && packet.size() > kReportHeaderBytes &&
           Load16(packet.data() + kReportHeaderBytes + 32) == flags;
  };
}

/** In a report: the run is proved; and nothing has been published, so that the host counts as
 * joining. */
constexpr uint16_t kProvedFlag = 16 | kJoining;

std::function<bool(Bytes)> ReportsLapse(uint32_t lapse) {
  return [lapse](Bytes packet) { return packet[0] == 2 && Load32(packet.data() + 17) == lapse; };
}

/** How many feedings have come. */
int CountFeedings(int manager) {
  int count = 0;
  char text[32];
  ssize_t size;
  while ((size = recv(manager, text, sizeof text, MSG_DONTWAIT)) > 0) {
    CHECK(std::string(text, static_cast<size_t>(size)) == "WATCHDOG=1");
    count++;
  }
  return count;
}

TEST("R52: the service manager's watchdog is fed while the permit lasts, and no longer") {
  uint16_t port = 0;
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  b.Await(ReportsFlags(kProvedFlag));
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(a.thread->SetWatchdog(-1, 1) == EINVAL);
  CHECK(a.thread->SetWatchdog(pair[1], kMillisecond) == 0);
  CHECK(CountFeedings(pair[0]) == 0);
  a.Permit(60'000);
  for (int feeding = 0; feeding < 3; feeding++) {
    pollfd ready = {pair[0], POLLIN, 0};
    CHECK(poll(&ready, 1, 10'000) == 1);
    char text[32];
    CHECK(recv(pair[0], text, sizeof text, 0) == 10);
  }
  a.Permit(0);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  b.Await(ReportsFlags(kProvedFlag));
  CountFeedings(pair[0]);
  // Heartbeats go on, the feeding does not.
  const uint64_t before = a.thread->sequence();
  while (a.thread->sequence() < before + 3) b.Await([](Bytes packet) { return packet[0] == 2; });
  CHECK(CountFeedings(pair[0]) == 0);
  close(pair[0]);
}

TEST(
    "R52, R53: two hosts hear each other; the permit ends with its time, and no sooner without its "
    "link") {
  uint16_t port = 0;
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  b.Await(ReportsFlags(kProvedFlag));
  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  a.Permit(50);
  b.Await(ReportsFlags(kProvedFlag));
  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  // Another control process may come in time. Packets of ours that the last one never read are no
  // reason to overlook its last words.
  const uint64_t closed_at = BootNow();
  a.Permit(100);
  close(a.control);
  a.control = -1;
  b.Await(ReportsFlags(kProvedFlag));
  CHECK(BootNow() - closed_at >= 100 * kMillisecond);
  a.Attach();
  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
}

TEST("R52: the lease runs on what was sent under a permit, and only control opens it again") {
  uint16_t port = 0;
  int writable = -1, readable = -1;
  CHECK(LeaseBoard::Create(&writable, &readable) == 0);
  LeaseBoard board;
  CHECK(board.Map(readable, true) == EACCES);
  CHECK(board.Map(readable, false) == 0);
  close(readable);
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  CHECK(a.thread->SetLeaseBoard(writable) == 0);
  b.Await(ReportsFlags(kProvedFlag));
  CHECK(board.SentAt(kTag) == 0);

  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  // The lease is renewed once the heartbeat has left, when others may have heard it already.
  b.Await([&](Bytes) { return board.SentAt(kTag) != 0; });
  const uint64_t first = board.SentAt(kTag);
  CHECK(first <= BootNow());
  b.Await([&](Bytes) { return board.SentAt(kTag) > first; });

  // Control hangs: the permit ends, and a lease later what stood on it.
  a.Permit(0);
  a.Await(ReportsLapse(1));
  const uint64_t last = board.SentAt(kTag);
  CHECK(BootNow() - last >= kLease);
  // A permit alone does not bring it back: control may not know yet what it has lost.
  a.Permit(60'000);
  for (int reports = 0; reports < 10; reports++) a.Await(ReportsLapse(1));
  a.Reopen(0);
  a.Await(ReportsLapse(1));
  CHECK(board.SentAt(kTag) == last);
  a.Reopen(1);
  a.Await(ReportsLapse(0));
  b.Await([&](Bytes) { return board.SentAt(kTag) > last; });
  a.Permit(0);
  a.Await(ReportsLapse(2));

  CHECK(a.thread->RemoveGroup(kTag) == 0);
  CHECK(board.SentAt(kTag) == 0);
  CHECK(a.thread->SetLeaseBoard(-1) == EBADF);
  CHECK(a.thread->SetFence(-1) == EBADF);
}

TEST("R52, R56: shorter timings do not end the lease that runs on a heartbeat of the old rhythm") {
  uint16_t port = 0;
  int writable = -1, readable = -1;
  CHECK(LeaseBoard::Create(&writable, &readable) == 0);
  LeaseBoard board;
  CHECK(board.Map(readable, false) == 0);
  close(readable);
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  CHECK(a.thread->SetLeaseBoard(writable) == 0);
  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  GroupSettings slow = TestHost::Settings(port, {2});
  slow.interval = 600 * kMillisecond;
  slow.lease = 4 * kNanosecondsASecond;
  CHECK(a.thread->ChangeGroup(kTag, std::move(slow)) == 0);
  b.Await([&](Bytes) { return board.SentAt(kTag) != 0; });

  // The last heartbeat is older than a lease of the timings that come.
  b.Await([&](Bytes) { return BootNow() - board.SentAt(kTag) > kLease + kInterval; });
  LeaseBoard::Reading before, after;
  CHECK(board.Read(kTag, &before));
  CHECK(a.thread->ChangeGroup(kTag, TestHost::Settings(port, {2})) == 0);
  // One has left when the call returns: network may judge by the shorter span.
  CHECK(board.Read(kTag, &after) && BootNow() - after.sent_at < kLease);
  b.Await([&](Bytes) { return board.SentAt(kTag) > after.sent_at; });
  CHECK(board.Read(kTag, &after) && after.lease == before.lease);
}

TEST("R52: the fence is opened with each heartbeat under a permit, for a span, under its lease") {
  uint16_t port = 0;
  int writable = -1, readable = -1;
  CHECK(LeaseBoard::Create(&writable, &readable) == 0);
  LeaseBoard board;
  CHECK(board.Map(readable, false) == 0);
  close(readable);
  const int page = memfd_create("page", MFD_CLOEXEC);
  CHECK(ftruncate(page, 4096) == 0);
  void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, page, 0);
  CHECK(mapped != MAP_FAILED);
  const auto* slots = static_cast<const FenceSlot*>(mapped);

  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  CHECK(a.thread->SetLeaseBoard(writable) == 0);
  CHECK(a.thread->SetFence(page) == 0);
  b.Await(ReportsFlags(kProvedFlag));
  LeaseBoard::Reading reading;
  CHECK(board.Read(kTag, &reading) && reading.sent_at == 0);
  CHECK(slots[reading.slot].deadline == 0);
  a.Permit(60'000);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  a.Permit(0);
  a.Await(ReportsLapse(1));
  CHECK(board.Read(kTag, &reading) && reading.lease == 1);
  CHECK(slots[reading.slot].group_tag == kTag && slots[reading.slot].lease == 1);
  CHECK(slots[reading.slot].deadline == reading.sent_at + kFence);
  CHECK(BootNow() >= slots[reading.slot].deadline);

  // The next lease has another number: what was marked under the first stays shut.
  a.Permit(60'000);
  a.Reopen(1);
  a.Await(ReportsLapse(0));
  b.Await([&](Bytes) {
    return board.Read(kTag, &reading) && reading.lease == 2 && slots[reading.slot].lease == 2;
  });
  CHECK(slots[reading.slot].deadline > BootNow());
  CHECK(a.thread->RemoveGroup(kTag) == 0);
  CHECK(slots[reading.slot].deadline == 0);
  CHECK(!board.Read(kTag, &reading));
  munmap(mapped, 4096);
}

TEST("R52: the board outlives the heartbeat process: slots stay, and a gap ends the lease") {
  int writable = -1, readable = -1;
  CHECK(LeaseBoard::Create(&writable, &readable) == 0);
  close(readable);
  LeaseBoard first, second;
  CHECK(first.Map(writable, true) == 0 && second.Map(writable, true) == 0);
  close(writable);
  CHECK(first.Claim(7) == 0 && first.Claim(8) == 1 && first.Claim(7) == 0);
  CHECK(first.Renew(1, 1000, 100) == 1 && first.Renew(1, 1099, 100) == 1);
  // Another process, other groups first: the same slots.
  second.Retain([](uint64_t tag) { return tag == 8; });
  CHECK(second.Claim(9) == 0 && second.Claim(8) == 1);
  CHECK(second.Renew(1, 1198, 100) == 1);
  CHECK(second.Renew(1, 1298, 100) == 2);
  // The number goes on when the slot is given to another group.
  second.Free(1);
  CHECK(second.Claim(10) == 1 && second.Renew(1, 1299, 100) == 3);
  for (uint64_t tag = 11; tag < 11 + LeaseBoard::kSlots - 2; tag++)
    CHECK(second.Claim(tag) == tag - 9);
  CHECK(second.Claim(1000) == LeaseBoard::kSlots);
  CHECK(second.Renew(LeaseBoard::kSlots, 1, 1) == 0);
  LeaseBoard::Reading reading;
  CHECK(!second.Read(0, &reading) && !second.Read(8, &reading));
  const LeaseBoard unmapped;
  CHECK(!unmapped.Read(7, &reading));
}

/** In a report: a host whose snapshot has this version. */
std::function<bool(Bytes)> ReportsVersion(uint32_t version) {
  return [version](Bytes packet) {
    return packet[0] == 2 && packet.size() > kReportHeaderBytes &&
           Load32(packet.data() + kReportHeaderBytes + 38) == version;
  };
}

constexpr uint16_t kPermittedMember = 16 | kPermit;

TEST("R53: the baton goes on when its holder's thread dies, and can be withdrawn and demanded") {
  Baton::Word word = 0;
  Baton first(&word), second(&word), third(&word), fourth(&word);
  std::thread holder([&] { CHECK(first.Await()); });
  holder.join();
  // Who ended held it to the end.
  CHECK((word & FUTEX_TID_MASK) == 0 && (word & FUTEX_OWNER_DIED) != 0);
  std::atomic<bool> is_released = false, has_it = false;
  std::thread waiter([&] {
    CHECK(second.Await());
    has_it = true;
    while (!is_released) usleep(100);
    second.Release();
  });
  while (!has_it) usleep(100);
  std::atomic<bool> gave_up = false;
  std::thread withdrawn([&] {
    CHECK(!third.Await());
    gave_up = true;
  });
  while (!gave_up) {
    third.Withdraw();
    usleep(100);
  }
  withdrawn.join();
  std::thread next([&] {
    CHECK(fourth.Await());
    CHECK(is_released);
    fourth.Release();
  });
  while ((word & FUTEX_WAITERS) == 0) usleep(100);
  is_released = true;
  waiter.join();
  next.join();
  CHECK(word == 0);
  // One that nobody passes on: its holder is no thread at all.
  word = FUTEX_TID_MASK;
  Baton lost(&word);
  std::atomic<bool> is_found = false;
  std::thread heir([&] {
    CHECK(lost.Await());
    is_found = true;
  });
  while (!is_found) {
    lost.Demand();
    usleep(100);
  }
  heir.join();
}

TEST("R53: a thread that stands by goes on with the next heartbeat, and control does not notice") {
  const int memory = memfd_create("inheritance", MFD_CLOEXEC);
  uint16_t port = 0;
  TestHost b(2, &port, {1});
  auto a = std::make_unique<TestHost>(1, &port, std::vector<uint8_t>{2}, memory);
  a->Publish(7);
  a->Permit(60'000);
  b.Await(ReportsFlags(kPermittedMember));
  a->Await(ReportsFlags(kProvedFlag));

  EngineOptions options;
  options.identity = {Loopback(1), 0x999};
  options.interfaces = 1;
  std::unique_ptr<Thread> heir;
  CHECK(Thread::Start(options, memory, 0, &heir) == 0 && heir->is_inherited());
  CHECK(heir->AddGroup(kTag, TestHost::Settings(port, {2})) == 0);
  CHECK(heir->AddGroup(kTag, TestHost::Settings(port, {2})) == EEXIST);
  CHECK(heir->AddSocket(kTag, 0, dup(a->socket)) == 0);
  CHECK(heir->AttachControl(dup(a->link)) == 0 && heir->is_linked());
  CHECK(heir->RaiseSequence(uint64_t{1} << 60) == EAGAIN);
  for (int reports = 0; reports < 10; reports++) a->Await(ReportsFlags(kProvedFlag));
  CHECK(!heir->is_awake() && !heir->is_silent());
  const uint64_t last = a->thread->sequence();

  a->thread->Stop();
  b.Await([&](Bytes packet) {
    CHECK(packet[0] != 2 || ReportsFlags(kPermittedMember)(packet));
    CHECK(packet[0] != 2 || ReportsVersion(7)(packet));
    return packet[0] == 2 && heir->sequence() > last + 3;
  });
  CHECK(heir->is_awake() && !heir->is_silent() && heir->Go() == 0);
  // By the same link, both ways.
  const uint64_t heard_at = BootNow();
  a->Publish(8);
  b.Await(ReportsVersion(8));
  a->Await([&](Bytes packet) { return packet[0] == 2 && Load64(packet.data() + 9) > heard_at; });
  // One that never has its turn ends as well.
  std::unique_ptr<Thread> another;
  CHECK(Thread::Start(options, memory, 0, &another) == 0);
  another->Stop();
  CHECK(another->Go() == ESHUTDOWN && !another->is_awake());
  a.reset();
  heir.reset();
  close(memory);
}

TEST("R53: where the permit is over nothing is sent before control has said what this host is") {
  const int memory = memfd_create("inheritance", MFD_CLOEXEC);
  uint16_t port = 0;
  TestHost b(2, &port, {1});
  auto a = std::make_unique<TestHost>(1, &port, std::vector<uint8_t>{2}, memory);
  CHECK(!a->thread->is_inherited());
  a->Publish(7);
  a->Permit(60'000);
  b.Await(ReportsFlags(kPermittedMember));
  a->Await(ReportsFlags(kProvedFlag));
  a->Permit(0);
  b.Await(ReportsFlags(16));
  const uint64_t last = a->thread->sequence();
  a.reset();

  a = std::make_unique<TestHost>(1, &port, std::vector<uint8_t>{2}, memory);
  CHECK(a->thread->is_inherited() && a->thread->sequence() >= last);
  // Known at once, although nothing was heard since.
  a->Await(ReportsFlags(kProvedFlag));
  CHECK(a->thread->is_silent());
  a->Permit(60'000);
  a->Publish(8);
  b.Await([&](Bytes packet) {
    // Nobody takes it for one that joins.
    CHECK(packet[0] != 2 || ReportsFlags(16)(packet) || ReportsFlags(kPermittedMember)(packet));
    return ReportsVersion(8)(packet);
  });
  CHECK(a->thread->sequence() > last && !a->thread->is_silent());
  a.reset();
  close(memory);
}

/** As by a process that ended in the middle of it. */
void Tear(Inheritance* memory, Inheritance::Part part) {
  alignas(Inheritance::Change) uint8_t change[sizeof(Inheritance::Change)];
  new (change) Inheritance::Change(memory, part);
}

TEST("R53: of what is in pieces hosts are proved anew, and control says its part again") {
  const int memory = memfd_create("inheritance", MFD_CLOEXEC);
  Inheritance first;
  CHECK(first.Map(memory, Loopback(1)) == 0 && !first.is_inherited());
  first.Initialize(Loopback(1), 0x101);
  first.Enter();
  GroupMemory* group = first.Claim(kTag);
  CHECK(group->known.hosts.Insert(HostId(2), 1) != nullptr);
  group->said.published.Replace({}, {}, 1);
  group->beat.lapses = 3;
  first.sequence()->store(77);

  Inheritance next;
  CHECK(next.Map(memory, Loopback(1)) == 0 && next.is_inherited() && next.incarnation() == 0x101);
  CHECK(*next.sequence() == 77 && next.Lock(kTag) == 0 && next.Lock(kTag + 1) == 0);
  next.Enter();
  CHECK(next.Claim(kTag)->known.hosts.hosts().size() == 1);
  CHECK(next.Claim(kTag)->said.published.is_said());
  Tear(&first, Inheritance::Part::kKnown);
  next.Enter();
  CHECK(next.Claim(kTag)->known.hosts.hosts().empty() &&
        next.Claim(kTag)->said.published.is_said());
  CHECK(!next.Claim(kTag)->known.echo_floor.Accepts(76));
  CHECK(next.Claim(kTag)->known.echo_floor.Accepts(77));
  Tear(&first, Inheritance::Part::kSaid);
  next.Enter();
  CHECK(!next.Claim(kTag)->said.published.is_said() && next.Claim(kTag)->beat.lapses == 3);
  // Another host id has nothing to inherit.
  Inheritance other;
  CHECK(other.Map(memory, Loopback(3)) == 0 && !other.is_inherited());
  close(memory);
}

TEST("R60: a host that nobody was told of joins by speaking to one, and both hear each other") {
  uint16_t port = 0;
  TestHost a(1, &port, {});
  TestHost b(2, &port, {1});
  a.Await(ReportsFlags(kProvedFlag));
  b.Await(ReportsFlags(kProvedFlag));
}

TEST("control's nonsense closes its link, and a new one is taken") {
  uint16_t port = 0;
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  a.Permit(500);
  b.Await(ReportsFlags(kProvedFlag | kPermit));
  a.Say({77});
  b.Await(ReportsFlags(kProvedFlag));
  CHECK(a.thread->refused_links() == 1);
  a.Attach();
  a.Await(ReportsFlags(kProvedFlag));
}

TEST("a sync is answered behind the reports; a control that does not read holds up nothing") {
  uint16_t port = 0;
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  b.Await(ReportsFlags(kProvedFlag));
  const int little = 4096;
  a.Attach();
  setsockopt(a.control, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  const uint64_t before = a.thread->sequence();
  // a's control reads nothing for a while; b still hears a.
  for (int reports = 0; reports < 300; reports++) b.Await(ReportsFlags(kProvedFlag));
  CHECK(a.thread->sequence() > before + 100);
  for (uint8_t token = 1; token < 9; token++) a.Say({4, 0, 0, 0, token});
  a.Await([](Bytes packet) { return packet[0] == 3 && packet[4] == 8; });
}

TEST("groups, keys and sockets come and go while the thread runs") {
  uint16_t port = 0;
  TestHost a(1, &port, {2});
  TestHost b(2, &port, {1});
  b.Await(ReportsFlags(kProvedFlag));
  for (int round = 0; round < 20; round++) {
    const uint64_t tag = kTag + 1 + static_cast<uint64_t>(round);
    CHECK(a.thread->AddGroup(tag, TestHost::Settings(port, {2})) == 0);
    CHECK(a.thread->AddGroup(tag, TestHost::Settings(port, {2})) == EEXIST);
    uint16_t any = 0;
    CHECK(a.thread->AddSocket(tag, 0, OpenUdp(Loopback(1), &any)) == 0);
    CHECK(a.thread->AddSocket(tag, 0, OpenUdp(Loopback(1), &(any = 0))) == 0);
    CHECK(a.thread->ChangeGroup(kTag, TestHost::Settings(port, {2})) == 0);
    CHECK(a.thread->RemoveGroup(tag) == 0 && a.thread->RemoveGroup(tag) == ENOENT);
  }
  b.Await(ReportsFlags(kProvedFlag));
  CHECK(a.thread->AddSocket(kTag, 3, -1) == EINVAL);
  CHECK(a.thread->AddSocket(kTag, 0, -1) == EBADF);
  CHECK(a.thread->AttachControl(-1) == EBADF);
  GroupSettings no_keys = TestHost::Settings(port, {2});
  no_keys.keys = nullptr;
  CHECK(a.thread->AddGroup(kTag + 1000, std::move(no_keys)) == EINVAL);
  for (uint64_t more = 1; more < kMaxGroups; more++) {
    CHECK(a.thread->AddGroup(kTag + more, TestHost::Settings(port, {2})) == 0);
  }
  CHECK(a.thread->AddGroup(kTag + kMaxGroups, TestHost::Settings(port, {2})) == ENOSPC);
  a.thread->Stop();
  CHECK(a.thread->RemoveGroup(kTag) == ESHUTDOWN);
}

}  // namespace
}  // namespace raisd::heartbeat
