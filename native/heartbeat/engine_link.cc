// The engine's side of the control link: what control asks for, and the reports that it gets.

#include <errno.h>
#include <sys/epoll.h>

#include <algorithm>

#include "engine.h"

namespace raisd::heartbeat {

int Engine::AttachControl(Descriptor* socket) {
  if (const int error = Link::Prepare(socket->get()); error != 0) return error;
  CloseLink();
  link_.Open(std::move(*socket));
  is_linked_.store(true, std::memory_order_relaxed);
  // R53: the link of the one who is at work, of which control will not notice who serves it.
  if (!is_awake_) return 0;
  sync_ = 0;
  const Inheritance::Change change(options_.inheritance, Inheritance::Part::kKnown);
  for (Lane* lane : lanes_) {
    if (lane == nullptr) continue;
    lane->group.ForgetDeliveries();
    lane->report_due = true;
  }
  return Watch(link_.fd(), {Source::kLink}, EPOLLIN);
}

void Engine::OnLink(uint32_t events) {
  if ((events & EPOLLOUT) != 0) link_is_blocked_ = false;
  for (int count = 0; count < kLinkMessagesAWake && link_.is_open(); count++) {
    Bytes packet;
    uint64_t at = 0;
    const LinkRead read = link_.Read(&packet, &at);
    if (read == LinkRead::kNothing) return;
    if (read == LinkRead::kClosed) return CloseLink();
    if (HandlePacket(packet, at)) continue;
    // A sibling that sends nonsense has a bug, and nothing it says can be relied on.
    refused_links_.fetch_add(1, std::memory_order_relaxed);
    return CloseLink();
  }
}

/**
 * Without a word: the permit stays, for as long as it was given. Where control died another one
 * takes its place in less (R53); if none does, the end of the permit tells the group (R52).
 */
void Engine::CloseLink() {
  if (link_.is_open()) Unwatch(link_.fd());
  link_.Close();
  is_linked_.store(false, std::memory_order_relaxed);
  link_is_blocked_ = false;
  link_awaits_writing_ = false;
}

bool Engine::HandlePacket(Bytes packet, uint64_t at) {
  const ControlMessage message = DecodeControlMessage(packet);
  if (const auto* publish = std::get_if<PublishMessage>(&message)) {
    Handle(*publish, at);
  } else if (const auto* command = std::get_if<CommandMessage>(&message)) {
    Handle(*command);
  } else if (const auto* permit = std::get_if<PermitMessage>(&message)) {
    Handle(*permit, at);
  } else if (const auto* sync = std::get_if<SyncMessage>(&message)) {
    Handle(*sync);
  } else if (const auto* peers = std::get_if<PeersMessage>(&message)) {
    Handle(*peers);
  } else if (const auto* reopen = std::get_if<ReopenMessage>(&message)) {
    Handle(*reopen);
  } else {
    return false;
  }
  return true;
}

// Control may speak of a group that a new configuration has just taken away: that is no nonsense.

void Engine::Handle(const PublishMessage& message, uint64_t at) {
  Lane* lane = FindLane(message.tag);
  if (lane == nullptr) return;
  Published& published = lane->group.published();
  bool is_new;
  {
    const Inheritance::Change change(options_.inheritance, Inheritance::Part::kSaid);
    is_new = published.Replace(message.state, message.snapshot, at);
  }
  if (!message.urgent) return;
  // A frame tells flags and term by itself; a snapshot takes all its pieces.
  const size_t frames = is_new ? std::max<size_t>(published.pieces(), 1) : 1;
  for (size_t frame = 0; frame < frames; frame++) SendHeartbeat(lane);
}

void Engine::Handle(const CommandMessage& message) {
  Lane* lane = FindLane(message.tag);
  if (lane == nullptr) return;
  const bool permit = IsPermitted(lane, BootNow());
  Transmit(lane, lane->group.ComposeCommand(message.type, message.command, permit, sequence_.Next(),
                                            frame_.data()));
}

void Engine::Handle(const PermitMessage& message, uint64_t at) {
  const uint64_t now = BootNow();
  const uint64_t until = at + message.milliseconds * kNanosecondsAMillisecond;
  if (until > now) {
    permit_until_ = until;
    permit_timer_.Set(until, 0);
  } else if (message.milliseconds == 0 && permit_until_ != 0) {
    EndPermit();
  }
  // One that was over before it was read says nothing: to end a permit that runs, and begin the
  // next, would tell the group of a change each time, and its answers would feed on each other.
}

void Engine::EndPermit() {
  permit_until_ = 0;
  permit_timer_.Set(0, 0);
  for (Lane* lane : lanes_) {
    if (lane != nullptr) SendHeartbeat(lane);
  }
}

/** A later sync replaces one that was not answered yet: its token answers both. */
void Engine::Handle(const SyncMessage& message) {
  for (Lane* lane : lanes_) {
    if (lane == nullptr) continue;
    for (uint8_t interface = 0; interface < options_.interfaces; interface++) {
      if (lane->sockets[interface].is_open()) Drain(lane, interface, kBatchesASync);
    }
    lane->report_due = true;
  }
  sync_ = Inheritance::kSyncIsDue | message.token;
}

void Engine::Handle(const PeersMessage& message) {
  Lane* lane = FindLane(message.tag);
  if (lane == nullptr) return;
  learned_.Clear();
  for (Bytes rest = message.peers; !rest.empty(); rest = rest.subspan(kPeerBytes)) {
    learned_.Add({rest[0], LoadId(rest.data() + 1)});
  }
  lane->destinations.SetLearned(learned_);
  const Inheritance::Change change(options_.inheritance, Inheritance::Part::kSaid);
  lane->group.memory()->said.learned = learned_;
}

void Engine::Handle(const ReopenMessage& message) {
  Lane* lane = FindLane(message.tag);
  if (lane == nullptr || message.lapse != lane->group.beat().lapses) return;
  lane->group.beat().is_lapsed = false;
}

/** At the end of each wake: so what a burst of frames changed is told once. */
void Engine::FlushReports() {
  if (!link_.is_open() || link_is_blocked_) return;
  link_is_blocked_ = !SendDueReports() || !SendDueSynced();
  if (link_is_blocked_ == link_awaits_writing_) return;
  link_awaits_writing_ = link_is_blocked_;
  const uint32_t writable = link_is_blocked_ ? static_cast<uint32_t>(EPOLLOUT) : 0;
  Watch(link_.fd(), {Source::kLink}, EPOLLIN | writable);
}

/** False: control is busy; what is left stays due, and will be of then. */
bool Engine::SendDueReports() {
  for (size_t count = 0; count < kMaxGroups; count++) {
    Lane* lane = lanes_[next_report_];
    if (lane != nullptr && lane->report_due) {
      const Beat& beat = lane->group.beat();
      const Moment moment = {lane->group.tag(), BootNow(), beat.is_lapsed ? beat.lapses : 0};
      const size_t size =
          EncodeReport(moment, lane->group.hosts(), options_.interfaces, link_.out());
      if (link_.Send({link_.out(), size}) == LinkSend::kBusy) return false;
      lane->report_due = false;
      lane->pace.NoteTold(lane->group.hosts(), moment.at, lane->interval, lane->doubt);
    }
    next_report_ = (next_report_ + 1) % kMaxGroups;
  }
  return true;
}

/** Only behind all reports, which may be what its asker waits for. */
bool Engine::SendDueSynced() {
  if (sync_ == 0) return true;
  const size_t size = EncodeSynced(static_cast<uint32_t>(sync_), link_.out());
  if (link_.Send({link_.out(), size}) == LinkSend::kBusy) return false;
  sync_ = 0;
  return true;
}

}  // namespace raisd::heartbeat
