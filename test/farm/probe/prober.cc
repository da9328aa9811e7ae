// prober [--interval-us N] [--bound-ms N] ADDRESS...: asks every service address at each interval
// (1 ms) as a client on the service network does, with its kernel's neighbour cache between itself
// and the hosts, and tells on standard output who answered. A request that is not answered within
// the bound (50 ms) is lost; tally.h defines every figure.
//
// Output, one JSON object a line:
//   {"kind":"ready", …}                       the first request is about to be sent
//   {"kind":"host","address":…,"host":…,…}    another host answers than before
//   {"kind":"interval","name":…,"addresses":[…]}   after `mark`, when each of its requests is
//   decided
//   {"kind":"report", …}                       after `report`: the running interval so far
// Input, one command a line:
//   mark NAME      ends the running interval; the one that begins is called NAME
//   report
//   add ADDRESS    asks this one too
//   remove ADDRESS asks it no more and leaves it out of what is printed
// It ends with the end of its input.
//
// It wakes when requests are due and no more often: what was answered meanwhile is read then. When
// an answer came is the kernel's stamp, not the time at which it is read.

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>

#include "arrival_clock.h"
#include "batch.h"
#include "command_lines.h"
#include "echo.h"
#include "json_lines.h"
#include "realtime.h"
#include "tally.h"

namespace {

[[noreturn]] void Fail(const std::string& what) {
  fprintf(stderr, "prober: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

struct Target {
  std::string text;
  sockaddr_in6 address{};  // an IPv4 address as ::ffff:ADDRESS
  std::unique_ptr<Tally> tally;
  bool asked = true;
};

// One socket for both families.
int OpenSocket() {
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("cannot open a socket");
  const int off = 0;
  const int on = 1;
  const int bytes = 4 << 20;
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  // A request that waits for a neighbour must not use up the room of those that follow.
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return fd;
}

class Prober {
 public:
  Prober(int64_t interval, int64_t bound) : interval_(interval), bound_(bound) {}

  // False: not an address.
  bool Add(const std::string& text);
  [[noreturn]] void Run();

 private:
  void Ask();
  void Receive();
  void OnReply(Reply& reply, size_t size, int64_t at);
  void Collect();
  void OnCommand(const std::string& line);
  void PrintClosed();
  void PrintInterval(const char* kind, const std::string& name,
                     const std::vector<Interval>& intervals);
  std::string AddressReport(const Target& target, const Interval& interval) const;
  int HostIndex(const char* name);

  const int64_t interval_;
  const int64_t bound_;
  const int socket_ = OpenSocket();
  Batch<Reply> replies_;
  ArrivalClock clock_;
  std::deque<Target> targets_;  // a deque: the tallies' callbacks keep references
  std::vector<std::string> hosts_;
  std::deque<std::string> names_ = {
      "start"};                // of the running interval and of those not yet printed
  std::deque<size_t> counts_;  // targets that there were at each mark
};

bool Prober::Add(const std::string& text) {
  Target target;
  target.text = text;
  const std::string mapped = text.find(':') == std::string::npos ? "::ffff:" + text : text;
  if (inet_pton(AF_INET6, mapped.c_str(), &target.address.sin6_addr) != 1) return false;
  target.address.sin6_family = AF_INET6;
  target.address.sin6_port = htons(kEchoPort);
  target.tally =
      std::make_unique<Tally>(Now(), bound_, [this, text](int host, int was, int64_t at) {
        const std::string before = was == Tally::kNobody ? "null" : Quoted(hosts_[was]);
        PrintLine(Object(Field("kind", "\"host\"") + Field("address", Quoted(text)) +
                         Field("host", Quoted(hosts_[host])) + Field("was", before) +
                         Field("atMs", Milliseconds(at))));
      });
  targets_.push_back(std::move(target));
  return true;
}

void Prober::Ask() {
  for (size_t i = 0; i < targets_.size(); i++) {
    Target& target = targets_[i];
    if (!target.asked) continue;
    const uint64_t sequence = target.tally->Send(Now());
    const Request request{kEchoMagic, static_cast<uint32_t>(i), sequence};
    const ssize_t sent =
        sendto(socket_, &request, sizeof request, 0,
               reinterpret_cast<const sockaddr*>(&target.address), sizeof target.address);
    if (sent < 0) target.tally->SendFailed(sequence);
  }
}

void Prober::Receive() {
  do {
    replies_.Receive(socket_, MSG_DONTWAIT);
    if (replies_.size() == 0) return;
    clock_.Read();
    for (size_t i = 0; i < replies_.size(); i++) {
      const auto stamp = ReceiveStamp(replies_.header(i));
      OnReply(replies_[i], replies_.bytes(i), stamp ? clock_.ArrivedAt(*stamp) : Now());
    }
  } while (replies_.IsFull());
}

void Prober::OnReply(Reply& reply, size_t size, int64_t at) {
  const Request& request = reply.request;
  if (size != sizeof reply || request.magic != kEchoMagic || request.target >= targets_.size())
    return;
  reply.host[kHostNameBytes - 1] = '\0';
  targets_[request.target].tally->Answer(request.sequence, HostIndex(reply.host), at);
}

// Notes what has come and decides what can be decided by now.
void Prober::Collect() {
  const int64_t now = Now();
  Receive();
  for (Target& target : targets_) target.tally->Decide(now);
}

int Prober::HostIndex(const char* name) {
  const auto found = std::find(hosts_.begin(), hosts_.end(), name);
  if (found != hosts_.end()) return static_cast<int>(found - hosts_.begin());
  hosts_.emplace_back(name);
  return static_cast<int>(hosts_.size()) - 1;
}

void Prober::OnCommand(const std::string& line) {
  const int64_t now = Now();
  if (line.starts_with("mark ")) {
    for (Target& target : targets_) target.tally->Mark(now);
    counts_.push_back(targets_.size());
    names_.push_back(line.substr(5));
  } else if (line == "report") {
    std::vector<Interval> running;
    for (const Target& target : targets_) running.push_back(target.tally->Running(now));
    PrintInterval("report", names_.back(), running);
  } else if (line.starts_with("remove ")) {
    for (Target& target : targets_) target.asked = target.asked && target.text != line.substr(7);
  } else if (!line.starts_with("add ") || !Add(line.substr(4))) {
    fprintf(stderr, "prober: unknown command: %s\n", line.c_str());
    exit(2);
  }
}

// An interval is printed when every request of every address in it is decided.
void Prober::PrintClosed() {
  while (!counts_.empty()) {
    const size_t count = counts_.front();
    for (size_t i = 0; i < count; i++) {
      if (!targets_[i].tally->HasClosed()) return;
    }
    std::vector<Interval> closed;
    for (size_t i = 0; i < count; i++) closed.push_back(*targets_[i].tally->TakeClosed());
    PrintInterval("interval", names_.front(), closed);
    names_.pop_front();
    counts_.pop_front();
  }
}

std::string Prober::AddressReport(const Target& target, const Interval& i) const {
  std::string runs;
  for (const HostRun& run : i.runs) {
    runs +=
        Object(Field("host", Quoted(hosts_[run.host])) + Field("firstMs", Milliseconds(run.first)) +
               Field("lastMs", Milliseconds(run.last)) + Field("answered", run.answered)) +
        ",";
  }
  if (!runs.empty()) runs.pop_back();
  return Object(Field("address", Quoted(target.text)) + Field("sent", i.sent) +
                Field("answered", i.answered) + Field("lost", i.lost) +
                Field("sendErrors", i.send_errors) + Field("late", i.late) +
                Field("doubled", i.doubled) + Field("twoHosts", i.two_hosts) +
                Field("changes", i.changes) + Field("silenceMs", Milliseconds(i.silence)) +
                Field("silenceBeginMs", i.silence == 0 ? "null" : Milliseconds(i.silence_begin)) +
                Field("slowestMs", Milliseconds(i.slowest)) +
                Field("widestGapMs", Milliseconds(i.widest_gap)) + Field("by", "[" + runs + "]"));
}

void Prober::PrintInterval(const char* kind, const std::string& name,
                           const std::vector<Interval>& intervals) {
  std::string addresses;
  for (size_t i = 0; i < intervals.size(); i++)
    if (targets_[i].asked) addresses += AddressReport(targets_[i], intervals[i]) + ",";
  if (!addresses.empty()) addresses.pop_back();
  const int64_t begin = intervals.empty() ? 0 : intervals.front().begin;
  const int64_t end = intervals.empty() ? 0 : intervals.front().end;
  PrintLine(Object(Field("kind", Quoted(kind)) + Field("name", Quoted(name)) +
                   Field("beginMs", Milliseconds(begin)) + Field("endMs", Milliseconds(end)) +
                   Field("addresses", "[" + addresses + "]")));
}

// True: there is input. False: `at` has come.
bool WaitForInput(int64_t at) {
  const int64_t left = std::max<int64_t>(at - Now(), 0);
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  pollfd input{STDIN_FILENO, POLLIN, 0};
  const int ready = ppoll(&input, 1, &timeout, nullptr);
  if (ready < 0 && errno != EINTR) Fail("cannot poll");
  return ready > 0;
}

void Prober::Run() {
  ShareOneCore();
  const bool fifo = BecomeRealtime();
  CommandLines commands;
  PrintLine(Object(Field("kind", "\"ready\"") + Field("realtime", fifo ? "true" : "false")));
  int64_t due = Now() + interval_;
  for (;;) {
    const bool input = WaitForInput(due);
    const int64_t now = Now();
    if (now >= due) {
      // Requests that were missed are not made up for: one stands for the moment at which it was
      // sent.
      due += ((now - due) / interval_ + 1) * interval_;
      Ask();
    }
    Collect();
    if (input && !commands.Read([this](const std::string& line) { OnCommand(line); })) exit(0);
    PrintClosed();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const option options[] = {{"interval-us", required_argument, nullptr, 'i'},
                            {"bound-ms", required_argument, nullptr, 'b'},
                            {nullptr, 0, nullptr, 0}};
  int64_t interval = 1'000'000;
  int64_t bound = 50'000'000;
  for (int c; (c = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (c == 'i') interval = atoll(optarg) * 1'000;
    if (c == 'b') bound = atoll(optarg) * 1'000'000;
    if (c == '?') return 2;
  }
  // The tally keeps kKept requests, and every one must be decided before its place is needed again.
  if (interval <= 0 || bound <= 0 || bound / interval > static_cast<int64_t>(Tally::kKept) / 2) {
    fprintf(stderr, "prober: the bound must be above 0 and at most %d intervals\n",
            static_cast<int>(Tally::kKept / 2));
    return 2;
  }
  Prober prober(interval, bound);
  for (int i = optind; i < argc; i++) {
    if (!prober.Add(argv[i])) {
      fprintf(stderr, "prober: not an address: %s\n", argv[i]);
      return 2;
    }
  }
  prober.Run();
}
