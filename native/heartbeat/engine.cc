#include "engine.h"

#include <errno.h>
#include <sys/epoll.h>

#include <algorithm>

namespace raisd::heartbeat {
namespace {

constexpr int kEventsAWake = 64;
static_assert(LeaseBoard::kSlots >= kMaxGroups);
static_assert(kFenceSlots >= LeaseBoard::kSlots);

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(options),
      sequence_(options.inheritance->sequence()),
      permit_until_(*options.inheritance->permit_until()),
      sync_(*options.inheritance->sync()) {}

int Engine::Open() {
  epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return errno;
  if (const int error = calls_.Open(); error != 0) return error;
  if (const int error = second_timer_.Open(); error != 0) return error;
  if (const int error = permit_timer_.Open(); error != 0) return error;
  const uint64_t second = kNanosecondsASecond;
  if (const int error = second_timer_.Set(BootNow() + second, second); error != 0) return error;
  if (const int error = Watch(calls_.fd(), {Source::kCall}, EPOLLIN); error != 0) return error;
  if (const int error = Watch(second_timer_.fd(), {Source::kSecond}, EPOLLIN); error != 0)
    return error;
  return Watch(permit_timer_.fd(), {Source::kPermit}, EPOLLIN);
}

void Engine::Awake() {
  is_awake_ = true;
  // R7: not below wall clock in microseconds; the stored reserve comes by RaiseSequence. Who
  // inherits goes on from where it stands.
  if (!options_.inheritance->is_inherited()) sequence_.RaiseAbove(WallNow() / 1000);
  const uint64_t now = BootNow();
  permit_timer_.Set(permit_until_, 0);
  for (Lane*& lane : lanes_) {
    // There are no more groups in the memory than here.
    if (lane != nullptr && Adopt(lane, now) != 0) lane = nullptr;
  }
  RetainSlots();
  if (link_.is_open()) Watch(link_.fd(), {Source::kLink}, EPOLLIN);
}

void Engine::Run() {
  epoll_event events[kEventsAWake];
  while (!is_stopping_) {
    const int count = epoll_wait(epoll_.get(), events, kEventsAWake, -1);
    for (int index = 0; index < count; index++) {
      Dispatch(EventKey::FromInteger(events[index].data.u64), events[index].events);
    }
    FlushReports();
  }
}

int Engine::Watch(int fd, EventKey key, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = key.ToInteger();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  if (errno != EEXIST) return errno;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : errno;
}

/**
 * Before each close: the supervisor may hold the same open socket, and then closing ours would not
 * take it out of the poll.
 */
void Engine::Unwatch(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Engine::UnwatchSocket(GroupSocket* socket) {
  if (socket->is_watched) Unwatch(socket->fd());
  socket->is_watched = false;
}

void Engine::Dispatch(EventKey key, uint32_t events) {
  // An earlier event of the same wake may have removed the lane.
  Lane* lane = lanes_[key.lane];
  switch (key.source) {
    case Source::kCall:
      return calls_.Answer();
    case Source::kSecond:
      return OnSecond();
    case Source::kPermit:
      permit_timer_.Clear();
      return ServeDue(BootNow());
    case Source::kLink:
      return OnLink(events);
    case Source::kTimer:
      if (lane == nullptr) return;
      lane->timer.Clear();
      return ServeDue(BootNow());
    case Source::kSocket:
      if (lane != nullptr) OnSocket(lane, key.interface, events);
      return;
  }
}

void Engine::OnSecond() {
  second_timer_.Clear();
  FeedWatchdog(BootNow());
  for (Lane* lane : lanes_) {
    if (lane == nullptr || !lane->group.counters().changed()) continue;
    Counters& counters = lane->group.counters();
    const size_t size = EncodeCounters(lane->group.tag(), counters, link_.out());
    if (link_.Send({link_.out(), size}) == LinkSend::kSent) counters.MarkReported();
  }
}

int Engine::AddLane(Lane* lane, GroupSettings* settings) {
  if (FindLane(lane->group.tag()) != nullptr) return EEXIST;
  const auto free = std::find(lanes_.begin(), lanes_.end(), nullptr);
  if (free == lanes_.end()) return ENOSPC;
  if (const int error = lane->timer.Open(); error != 0) return error;
  lane->slot = static_cast<uint8_t>(free - lanes_.begin());
  const int error = Watch(lane->timer.fd(), {Source::kTimer, lane->slot}, EPOLLIN);
  if (error != 0) return error;
  Apply(lane, settings);
  *free = lane;
  if (!is_awake_) return 0;
  const int refused = Adopt(lane, BootNow());
  if (refused != 0) *free = nullptr;
  return refused;
}

/** Gives the lane its memory, and has it beat: ENOSPC, or what the timer says. */
int Engine::Adopt(Lane* lane, uint64_t now) {
  GroupMemory* memory = options_.inheritance->Claim(lane->group.tag());
  if (memory == nullptr) return ENOSPC;
  lane->group.Inherit(memory);
  ClaimLease(lane);
  if (options_.inheritance->is_inherited()) Resume(lane, now);
  lane->report_due = true;
  Rewatch(lane);
  const uint64_t due_at = memory->beat.due_at;
  // R53: in the rhythm of the one before.
  if (lane->silent_until == 0 && due_at != 0 && due_at <= now + lane->interval)
    return lane->timer.Set(due_at, lane->interval);
  return Schedule(lane, now);
}

/** R53: goes on with what control said last, under the permit that it gave. */
void Engine::Resume(Lane* lane, uint64_t now) {
  GroupMemory* memory = lane->group.memory();
  if (permit_until_ > now && memory->said.published.is_said())
    return lane->destinations.SetLearned(memory->said.learned);
  const Inheritance::Change change(options_.inheritance, Inheritance::Part::kSaid);
  memory->said = Said();
  lane->silent_until = now + lane->lease;
}

bool Engine::IsSilent() {
  if (!is_awake_) return false;
  const uint64_t now = BootNow();
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [&](Lane* lane) { return lane != nullptr && IsHeldBack(lane, now); });
}

int Engine::ChangeLane(uint64_t tag, GroupSettings* settings) {
  Lane* lane = FindLane(tag);
  if (lane == nullptr) return ENOENT;
  EndRhythm(lane, *settings);
  lane->group.SwapKeys(&settings->keys);
  const bool is_other_rhythm = Apply(lane, settings);
  return is_other_rhythm && is_awake_ ? Schedule(lane, BootNow()) : 0;
}

/**
 * R56: the last heartbeat may be a whole interval old, which the new lease, or one more interval on
 * top, need not cover: the old rhythm ends with a heartbeat, by its own measure.
 */
void Engine::EndRhythm(Lane* lane, const GroupSettings& next) {
  const bool is_same = next.interval == lane->interval && next.lease >= lane->lease;
  if (is_awake_ && !is_same) SendHeartbeat(lane);
}

/** Whether the interval is another one now. */
bool Engine::Apply(Lane* lane, GroupSettings* settings) {
  lane->group.TakeIntroductions(!settings->is_multicast);
  if (settings->is_multicast) {
    lane->destinations.UseMulticast(settings->address, settings->port);
  } else {
    lane->destinations.UseUnicast(*settings->seeds, settings->port);
  }
  lane->lease = settings->lease;
  lane->fence = settings->fence;
  lane->doubt = settings->doubt;
  const bool is_other_rhythm = lane->interval != settings->interval;
  lane->interval = settings->interval;
  return is_other_rhythm;
}

int Engine::RemoveLane(uint64_t tag, Lane** removed) {
  for (Lane*& lane : lanes_) {
    if (lane == nullptr || lane->group.tag() != tag) continue;
    for (GroupSocket& socket : lane->sockets) UnwatchSocket(&socket);
    Unwatch(lane->timer.fd());
    if (fence_ != nullptr) fence_->Close(lane->board_slot);
    if (board_ != nullptr) board_->Free(lane->board_slot);
    *removed = lane;
    lane = nullptr;
    return 0;
  }
  return ENOENT;
}

int Engine::AddSocket(uint64_t tag, uint8_t interface, Descriptor* socket) {
  Lane* lane = FindLane(tag);
  if (lane == nullptr) return ENOENT;
  if (interface >= options_.interfaces) return EINVAL;
  GroupSocket opened;
  if (const int error = opened.Open(socket); error != 0) return error;
  GroupSocket& slot = lane->sockets[interface];
  UnwatchSocket(&slot);
  slot = std::move(opened);
  // What came before is for the one who is at work.
  if (!is_awake_) return 0;
  Rewatch(lane);
  return slot.is_watched ? 0 : EPERM;
}

Lane* Engine::FindLane(uint64_t tag) {
  for (Lane* lane : lanes_) {
    if (lane != nullptr && lane->group.tag() == tag) return lane;
  }
  return nullptr;
}

// R13: a fixed grid of moments, so that a late heartbeat does not shift those after it.
int Engine::Schedule(Lane* lane, uint64_t now) {
  const uint64_t due_at = now + lane->interval;
  lane->group.beat().due_at = due_at;
  return lane->timer.Set(due_at, lane->interval);
}

/**
 * R52: the service manager is told that this daemon works only while control says so; without
 * groups control has nothing to say it for.
 */
void Engine::FeedWatchdog(uint64_t now) {
  const auto is_lane = [](const Lane* lane) { return lane != nullptr; };
  if (permit_until_ > now || std::none_of(lanes_.begin(), lanes_.end(), is_lane))
    watchdog_.Feed(now);
}

void Engine::SwapWatchdog(Watchdog* watchdog) {
  std::swap(watchdog_, *watchdog);
}

/** Called between batches as well: however much there is to receive, heartbeats leave in time
 * (R16). */
void Engine::ServeDue(uint64_t now) {
  if (permit_until_ != 0 && now >= permit_until_) EndPermit();
  for (Lane* lane : lanes_) {
    if (lane == nullptr || now < lane->group.beat().due_at) continue;
    uint64_t& due_at = lane->group.beat().due_at;
    due_at += (now - due_at) / lane->interval * lane->interval + lane->interval;
    const size_t frames = lane->group.published().TakeFrames();
    for (size_t frame = 0; frame < frames; frame++) SendHeartbeat(lane);
  }
  FeedWatchdog(now);
}

void Engine::SendHeartbeat(Lane* lane) {
  // Read anew for each group: what took long before must not make the ages that it tells too young
  // (R12).
  const uint64_t now = BootNow();
  if (IsHeldBack(lane, now)) return;
  const uint64_t sequence = sequence_.Next();
  lane->group.beat().EndLease(lane->lease, now);
  const bool permit = IsPermitted(lane, now);
  lane->destinations.Tick(now, lane->interval);
  Transmit(lane, lane->group.ComposeHeartbeat(now, permit, sequence, frame_.data()));
  if (permit) RenewLease(lane, now);
  {
    const Inheritance::Change change(options_.inheritance, Inheritance::Part::kKnown);
    lane->group.Tick(now, lane->interval, sequence);
  }
  if (!MayReportLater(lane, now)) lane->report_due = true;
  Rewatch(lane);
}

/** Only where all is well: control is to hear at once that its permit or its lease has ended. */
bool Engine::MayReportLater(Lane* lane, uint64_t now) const {
  return IsPermitted(lane, now) &&
         lane->pace.MayWait(lane->group.hosts(), now, lane->interval, lane->doubt);
}

/** R52: the heartbeat has left. Not sooner: no lease is to run on what nobody can have heard. */
void Engine::RenewLease(Lane* lane, uint64_t begun_at) {
  if (!lane->group.beat().RenewLease(lane->lease, begun_at, BootNow()) || board_ == nullptr) return;
  const uint64_t number = board_->Renew(lane->board_slot, begun_at, lane->lease);
  if (fence_ != nullptr)
    fence_->Open(lane->board_slot, lane->group.tag(), number, begun_at + lane->fence);
}

void Engine::SwapBoard(std::unique_ptr<LeaseBoard>* board) {
  board_.swap(*board);
  if (!is_awake_) return;
  RetainSlots();
  for (Lane* lane : lanes_) {
    if (lane != nullptr) ClaimLease(lane);
  }
}

/** Of groups that are no more, the slots become free. */
void Engine::RetainSlots() {
  if (board_ == nullptr) return;
  board_->Retain([this](uint64_t tag) { return FindLane(tag) != nullptr; });
}

/** R53: the lease of an earlier heartbeat process runs on, or has run out, as if it were our own.
 */
void Engine::ClaimLease(Lane* lane) {
  if (board_ == nullptr) return;
  lane->board_slot = board_->Claim(lane->group.tag());
  Beat& beat = lane->group.beat();
  if (beat.permitted_at == 0 && !beat.is_lapsed)
    beat.permitted_at = board_->SentAt(lane->group.tag());
}

void Engine::Transmit(Lane* lane, Bytes frame) {
  if (frame.empty()) return;
  for (uint8_t interface = 0; interface < options_.interfaces; interface++) {
    const GroupSocket& socket = lane->sockets[interface];
    if (!socket.is_open()) continue;
    lane->destinations.ForEach(interface, [&](const Id& destination) {
      if (socket.Send(frame, destination, lane->destinations.port()) == 0) {
        lane->group.counters().Count(Reason::kSent);
      } else {
        lane->group.counters().CountSendError(interface);
      }
    });
  }
}

void Engine::Rewatch(Lane* lane) {
  for (uint8_t interface = 0; interface < options_.interfaces; interface++) {
    GroupSocket& socket = lane->sockets[interface];
    if (!socket.is_open() || socket.is_watched) continue;
    const EventKey key = {Source::kSocket, lane->slot, interface};
    socket.is_watched = Watch(socket.fd(), key, EPOLLIN) == 0;
  }
}

void Engine::OnSocket(Lane* lane, uint8_t interface, uint32_t events) {
  GroupSocket& socket = lane->sockets[interface];
  if (!socket.is_open()) return;
  const bool is_failing = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (is_failing) socket.TakeError();
  const size_t taken = Drain(lane, interface, kBatchesAWake);
  if (!is_failing || taken > 0) return;
  // An error that stays would have the thread spin: look again with the next heartbeat.
  UnwatchSocket(&socket);
}

size_t Engine::Drain(Lane* lane, uint8_t interface, int batches) {
  GroupSocket& socket = lane->sockets[interface];
  size_t taken = 0;
  for (int batch = 0; batch < batches; batch++) {
    const uint64_t before = BootNow();
    const ReceiveBatch::Result result = batch_.Receive(socket.fd());
    if (result.is_empty) {
      socket.empty_at = before;
      break;
    }
    for (size_t index = 0; index < result.count; index++) {
      Take(lane, batch_.Get(index, interface, socket.empty_at));
    }
    taken += result.count;
    ServeDue(BootNow());
  }
  return taken;
}

void Engine::Take(Lane* lane, const Datagram& datagram) {
  Reception reception;
  {
    const Inheritance::Change change(options_.inheritance, Inheritance::Part::kKnown);
    lane->group.Receive(datagram.data, datagram.arrival, &reception);
  }
  if (reception.seen_of_us != 0) sequence_.RaiseAbove(reception.seen_of_us);
  if (reception.conflict != Conflict::kNone)
    Notify(lane, reception.conflict, datagram.arrival.source);
  // R60: also while it has not echoed us, which it can only do once it hears us.
  const Arrival& arrival = datagram.arrival;
  if (reception.is_newest) lane->destinations.Hear({arrival.interface, arrival.source}, arrival.at);
  if (reception.reason != Reason::kAccepted) return;
  if (reception.changed) lane->report_due = true;
  if (reception.deliver) Deliver(lane, reception, datagram.arrival);
}

void Engine::Deliver(Lane* lane, const Reception& reception, const Arrival& arrival) {
  if (!link_.is_open()) return;
  const size_t size = EncodeFrame(reception, arrival.interface, arrival.at, link_.out());
  if (link_.Send({link_.out(), size}) == LinkSend::kSent) {
    const Inheritance::Change change(options_.inheritance, Inheritance::Part::kKnown);
    lane->group.NoteDelivered(reception);
  } else {
    lane->group.counters().Count(Reason::kUndelivered);
  }
}

void Engine::Notify(Lane* lane, Conflict conflict, const Id& source) {
  if (!link_.is_open() || !lane->group.MayNotify(conflict, BootNow())) return;
  const size_t size = EncodeConflict(lane->group.tag(), conflict, source, link_.out());
  link_.Send({link_.out(), size});
}

}  // namespace raisd::heartbeat
