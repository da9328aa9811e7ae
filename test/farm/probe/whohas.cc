// whohas --interface NAME [--from IPV4] [--from6 IPV6] [--count N] [--every-ms N] [--within-ms N]
// ADDRESS...
//
// Asks the service network who has each address, by ARP or neighbour discovery, over and over, and
// notes every MAC that answers each question within the bound (100 ms). One question answered by
// two MACs: two hosts answer (R55). It asks in the name of an address that nobody has (--from), so
// that no host's and no client's cache is disturbed.
//
// Output, one JSON object a line:
//   {"kind":"ready"}
//   {"kind":"two","address":…,"macs":[…],"afterMs":[…],"atMs":…}  a question was answered by two,
//   so long after it was asked; the first 100 of a run
//   {"kind":"report","addresses":[{"address":…,"asked":…,"answered":…,"byTwo":…,"macs":{…}}]}
// Input: `report` prints the figures of what was asked since the last one, once all of that is
// decided; `add ADDRESS` asks this one too, `remove ADDRESS` no more. With --count it reports by
// itself when the last question's bound has passed and ends; otherwise it ends with the end of its
// input.

#include <arpa/inet.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>

#include "answer_filter.h"
#include "arrival_clock.h"
#include "batch.h"
#include "command_lines.h"
#include "json_lines.h"
#include "neighbour_packets.h"
#include "realtime.h"

namespace {

// Tags go round, because bridges learn each as a MAC. Questions that are open at one time must not
// share one.
constexpr int64_t kTags = 4096;
constexpr int kMaxTwoLines = 100;
constexpr size_t kMostFrameBytes = 256;

[[noreturn]] void Fail(const std::string& what) {
  fprintf(stderr, "whohas: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

struct Options {
  std::string interface;
  in_addr from{};
  in6_addr from6{};
  uint64_t count = 0;  // 0: until the end of the input
  int64_t every = 5'000'000;
  int64_t within = 100'000'000;
};

struct Question {
  size_t target;
  uint32_t tag;
  int64_t asked_at;
  std::vector<Mac> macs;
  std::vector<int64_t> answered_at;
};

struct Figures {
  uint64_t asked = 0;
  uint64_t answered = 0;
  uint64_t by_two = 0;
  std::map<Mac, uint64_t> macs;
};

struct Target {
  std::string text;
  bool v6;
  std::array<uint8_t, 16> address;
  Figures figures;
  bool asked = true;
};

class Asker {
 public:
  explicit Asker(const Options& options) : options_(options) { Open(); }

  bool Add(const std::string& text);
  int Run();

 private:
  void Open();
  void AskAll();
  void Receive();
  void OnAnswer(const NeighbourAnswer& answer, int64_t at);
  void Decide(int64_t now);
  void ReportIfDecided();
  void OnCommand(const std::string& line);
  void Report();

  const Options options_;
  int fd_ = -1;
  Batch<std::array<uint8_t, kMostFrameBytes>> frames_;
  ArrivalClock clock_;
  std::vector<Target> targets_;
  std::deque<Question> open_;  // in the order of asking; at most within / every × targets
  uint32_t next_tag_ = 0;
  uint64_t rounds_ = 0;
  int two_lines_ = 0;
  // Since when a report is due, if one is.
  std::optional<int64_t> report_asked_at_;
};

void Asker::Open() {
  const int on = 1;
  // Of no protocol, until it is known what it is to take.
  fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) Fail("cannot open a packet socket");
  if (!TakeAnswersOnly(fd_) ||
      setsockopt(fd_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
    Fail("cannot leave out what is no answer");
  }
  sockaddr_ll self{};
  self.sll_family = AF_PACKET;
  self.sll_protocol = htons(ETH_P_ALL);
  self.sll_ifindex = static_cast<int>(if_nametoindex(options_.interface.c_str()));
  if (self.sll_ifindex == 0 || bind(fd_, reinterpret_cast<sockaddr*>(&self), sizeof self) != 0) {
    Fail("cannot listen on " + options_.interface);
  }
  // Answers go to the tags' MACs, which are not this interface's own.
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = self.sll_ifindex;
  promiscuous.mr_type = PACKET_MR_PROMISC;
  if (setsockopt(fd_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) != 0) {
    Fail("cannot listen to other MACs on " + options_.interface);
  }
  setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

bool Asker::Add(const std::string& text) {
  Target target{text, text.find(':') != std::string::npos, {}, {}, true};
  if (inet_pton(target.v6 ? AF_INET6 : AF_INET, text.c_str(), target.address.data()) != 1) {
    return false;
  }
  const auto count = static_cast<int64_t>(targets_.size()) + 1;
  if (count * (options_.within / options_.every + 2) > kTags) {
    fprintf(stderr, "whohas: more than %d questions would be open at a time\n",
            static_cast<int>(kTags));
    exit(2);
  }
  targets_.push_back(std::move(target));
  return true;
}

void Asker::AskAll() {
  rounds_++;
  for (size_t i = 0; i < targets_.size(); i++) {
    const Target& target = targets_[i];
    if (!target.asked) continue;
    const uint32_t tag = next_tag_++ % static_cast<uint32_t>(kTags);
    std::vector<uint8_t> frame;
    if (target.v6) {
      in6_addr asked{};
      memcpy(&asked, target.address.data(), sizeof asked);
      frame = NeighbourSolicitation(tag, options_.from6, asked);
    } else {
      in_addr asked{};
      memcpy(&asked, target.address.data(), sizeof asked);
      frame = ArpRequest(tag, options_.from, asked);
    }
    open_.push_back(Question{i, tag, Now(), {}, {}});
    send(fd_, frame.data(), frame.size(), 0);  // a cable that is out: nobody answers
  }
}

void Asker::Receive() {
  do {
    frames_.Receive(fd_, MSG_DONTWAIT);
    if (frames_.size() == 0) return;
    clock_.Read();
    for (size_t i = 0; i < frames_.size(); i++) {
      const auto answer = ParseAnswer(frames_[i].data(), frames_.bytes(i));
      const auto stamp = ReceiveStamp(frames_.header(i));
      if (answer) OnAnswer(*answer, stamp ? clock_.ArrivedAt(*stamp) : Now());
    }
  } while (frames_.IsFull());
}

void Asker::OnAnswer(const NeighbourAnswer& answer, int64_t at) {
  for (Question& question : open_) {
    const Target& target = targets_[question.target];
    if (question.tag != answer.tag || target.v6 != answer.v6 || target.address != answer.address)
      continue;
    if (at - question.asked_at > options_.within) return;
    if (std::find(question.macs.begin(), question.macs.end(), answer.from) != question.macs.end())
      return;
    question.macs.push_back(answer.from);
    question.answered_at.push_back(at);
  }
}

void Asker::Decide(int64_t now) {
  ReportIfDecided();
  while (!open_.empty() && now - open_.front().asked_at > options_.within) {
    const Question& question = open_.front();
    Target& target = targets_[question.target];
    target.figures.asked++;
    std::string macs;
    std::string after;
    for (size_t i = 0; i < question.macs.size(); i++) {
      const char* const comma = i == 0 ? "" : ",";
      target.figures.macs[question.macs[i]]++;
      macs += comma + Quoted(TextOfMac(question.macs[i]));
      after += comma + Milliseconds(question.answered_at[i] - question.asked_at);
    }
    if (!question.macs.empty()) target.figures.answered++;
    if (question.macs.size() > 1) {
      target.figures.by_two++;
      if (two_lines_++ < kMaxTwoLines) {
        PrintLine(Object(Field("kind", "\"two\"") + Field("address", Quoted(target.text)) +
                         Field("macs", "[" + macs + "]") + Field("afterMs", "[" + after + "]") +
                         Field("atMs", Milliseconds(question.asked_at))));
      }
    }
    open_.pop_front();
    ReportIfDecided();
  }
}

void Asker::ReportIfDecided() {
  if (!report_asked_at_) return;
  if (!open_.empty() && open_.front().asked_at <= *report_asked_at_) return;
  report_asked_at_.reset();
  Report();
}

void Asker::Report() {
  std::string addresses;
  for (Target& target : targets_) {
    if (!target.asked) continue;
    const Figures& f = target.figures;
    std::string macs;
    for (const auto& [mac, count] : f.macs) macs += Field(TextOfMac(mac).c_str(), count);
    addresses += (addresses.empty() ? "" : ",") +
                 Object(Field("address", Quoted(target.text)) + Field("asked", f.asked) +
                        Field("answered", f.answered) + Field("byTwo", f.by_two) +
                        Field("macs", Object(macs)));
    target.figures = Figures{};
  }
  PrintLine(Object(Field("kind", "\"report\"") + Field("addresses", "[" + addresses + "]")));
}

void Asker::OnCommand(const std::string& line) {
  if (line == "report") {
    report_asked_at_ = Now();
  } else if (line.starts_with("remove ")) {
    for (Target& target : targets_) target.asked = target.asked && target.text != line.substr(7);
  } else if (!line.starts_with("add ") || !Add(line.substr(4))) {
    fprintf(stderr, "whohas: unknown command: %s\n", line.c_str());
    exit(2);
  }
}

int OpenTimer(int64_t interval) {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  const timespec period{interval / 1'000'000'000, interval % 1'000'000'000};
  const itimerspec when{period, timespec{0, 1}};
  if (fd < 0 || timerfd_settime(fd, 0, &when, nullptr) != 0) Fail("cannot set the timer");
  return fd;
}

int Asker::Run() {
  CommandLines commands;
  PrintLine("{\"kind\":\"ready\"}");
  // Answers are read when the next questions are due: the kernel has noted when they came.
  pollfd sources[] = {{OpenTimer(options_.every), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  for (;;) {
    const bool finite = options_.count > 0;
    if (poll(sources, finite ? 1 : 2, -1) < 0 && errno != EINTR) Fail("cannot poll");
    uint64_t expirations = 0;
    const bool due = read(sources[0].fd, &expirations, sizeof expirations) > 0;
    if (due && (!finite || rounds_ < options_.count)) AskAll();
    const int64_t now = Now();
    Receive();
    Decide(now);
    if (finite && rounds_ == options_.count && open_.empty()) {
      Report();
      return 0;
    }
    if (!finite && sources[1].revents != 0 &&
        !commands.Read([this](const std::string& line) { OnCommand(line); })) {
      return 0;
    }
  }
}

int Usage(const char* wrong) {
  fprintf(stderr, "whohas: %s\n", wrong);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const option long_options[] = {{"interface", required_argument, nullptr, 'i'},
                                 {"from", required_argument, nullptr, 'f'},
                                 {"from6", required_argument, nullptr, 'F'},
                                 {"count", required_argument, nullptr, 'c'},
                                 {"every-ms", required_argument, nullptr, 'e'},
                                 {"within-ms", required_argument, nullptr, 'w'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  inet_pton(AF_INET, "10.77.0.250", &options.from);
  inet_pton(AF_INET6, "fd77::250", &options.from6);
  for (int c; (c = getopt_long(argc, argv, "", long_options, nullptr)) != -1;) {
    if (c == 'i') options.interface = optarg;
    if (c == 'f' && inet_pton(AF_INET, optarg, &options.from) != 1)
      return Usage("--from is no IPv4 address");
    if (c == 'F' && inet_pton(AF_INET6, optarg, &options.from6) != 1)
      return Usage("--from6 is no IPv6 address");
    if (c == 'c') options.count = strtoull(optarg, nullptr, 10);
    if (c == 'e') options.every = atoll(optarg) * 1'000'000;
    if (c == 'w') options.within = atoll(optarg) * 1'000'000;
    if (c == '?') return 2;
  }
  if (options.every <= 0 || options.within <= 0)
    return Usage("--every-ms and --within-ms must be above 0");
  Asker asker(options);
  for (int i = optind; i < argc; i++) {
    if (!asker.Add(argv[i])) return Usage((std::string("not an address: ") + argv[i]).c_str());
  }
  return asker.Run();
}
