#include "group.h"

#include <algorithm>

namespace raisd::heartbeat {
namespace {

constexpr int kFullTtl = 255;
/** Periods of the echo's freshness, in intervals; and a second at the least. */
constexpr uint64_t kEchoIntervals = 4;

/** A copy proves that its interface carries, even where the frame itself is dropped (R6). */
void NoteHeard(Host* host, const Arrival& arrival) {
  uint64_t& heard_at = host->heard_at[arrival.interface];
  heard_at = std::max(heard_at, arrival.at);
}

}  // namespace

void Group::Receive(Bytes datagram, const Arrival& arrival, Reception* reception) {
  *reception = {};
  reception->reason = Judge(datagram, arrival, reception);
  counters_.Count(reception->reason);
}

Reason Group::Judge(Bytes datagram, const Arrival& arrival, Reception* reception) {
  if (arrival.truncated) return Reason::kOversized;
  Header& header = reception->header;
  const Reason parsed = ParseHeader(datagram, &header);
  if (parsed != Reason::kAccepted) return parsed;
  if (header.tag != tag_) return Reason::kGroup;
  if (arrival.ttl != kFullTtl) return Reason::kTtl;
  if (!keys_->Verify(SealedPart(datagram), MacOf(datagram).data())) {
    reception->conflict = Conflict::kMac;
    return Reason::kMac;
  }
  if (header.host == identity_.host) return JudgeOwnId(header, reception);
  if (!IsKnownType(header.type)) return Reason::kUnknownType;
  if (!ParseBody(datagram, header, &reception->body)) return Reason::kMalformed;
  return JudgeSender(arrival, reception);
}

Reason Group::JudgeOwnId(const Header& header, Reception* reception) {
  if (header.incarnation == identity_.incarnation) return Reason::kOwn;
  // A recording of an earlier run is told once, not for ever.
  if (header.incarnation != impostor_.incarnation) impostor_ = Run(header.incarnation, 0);
  const ReplayWindow::Place place = impostor_.window.Find(header.sequence);
  if (place == ReplayWindow::Place::kOld || place == ReplayWindow::Place::kSeen)
    return Reason::kReplay;
  impostor_.window.Note(header.sequence);
  reception->conflict = Conflict::kHostId;
  return Reason::kConflict;
}

Reason Group::JudgeSender(const Arrival& arrival, Reception* reception) {
  const Header& header = reception->header;
  Host* host = hosts().Find(header.host);
  if (host == nullptr) host = hosts().Insert(header.host, arrival.at);
  if (host == nullptr) return Reason::kTooManyHosts;
  reception->host = host;
  const HeardOfUs heard =
      FindOurselves(reception->body.heard, identity_.host, identity_.incarnation);
  const Reason reason = header.incarnation == host->proved.incarnation
                            ? JudgeProved(arrival, reception)
                            : JudgeCandidate(arrival, heard.echoed, reception);
  const bool is_new = reason == Reason::kAccepted || reason == Reason::kNotEchoed;
  // R7: said by whoever has the key, proved or not: a host whose numbers are too low proves
  // nothing.
  if (is_new) reception->seen_of_us = heard.newest;
  return reason;
}

Reason Group::JudgeProved(const Arrival& arrival, Reception* reception) {
  Host* host = reception->host;
  const uint64_t sequence = reception->header.sequence;
  switch (host->proved.window.Find(sequence)) {
    case ReplayWindow::Place::kOld:
      return Reason::kReplay;
    case ReplayWindow::Place::kSeen:
      if (!host->proved.NoteCopy(sequence, arrival.interface)) return Reason::kReplay;
      NoteHeard(host, arrival);
      return Reason::kDuplicate;
    case ReplayWindow::Place::kNewest:
      reception->is_newest = true;
      Accept(arrival, true, reception);
      return Reason::kAccepted;
    case ReplayWindow::Place::kLate:
      Accept(arrival, false, reception);
      return Reason::kAccepted;
  }
  return Reason::kReplay;
}

Reason Group::JudgeCandidate(const Arrival& arrival, uint64_t echoed, Reception* reception) {
  Host* host = reception->host;
  const Header& header = reception->header;
  const uint64_t proved = host->proved.window.newest();
  Run& candidate = host->candidate;
  // R7: sequence numbers ascend over all runs, so a new run begins above what was seen of the host.
  if (header.sequence <= proved) return Reason::kReplay;
  if (header.incarnation != candidate.incarnation) {
    if (header.sequence <= candidate.window.newest()) return Reason::kReplay;
    candidate = Run(header.incarnation, proved);
  }
  const ReplayWindow::Place place = candidate.window.Find(header.sequence);
  if (place == ReplayWindow::Place::kOld) return Reason::kReplay;
  const bool is_copy = candidate.NoteCopy(header.sequence, arrival.interface);
  if (place == ReplayWindow::Place::kSeen) return is_copy ? Reason::kDuplicate : Reason::kReplay;
  reception->is_newest = place == ReplayWindow::Place::kNewest;
  candidate.window.Note(header.sequence);
  candidate.heard_at = std::max(candidate.heard_at, arrival.at);
  if (!echo_floor().Accepts(echoed)) return Reason::kNotEchoed;
  host->proved = candidate;
  host->candidate = {};
  host->delivered.Forget();
  published().Hurry();
  reception->changed = true;
  Accept(arrival, true, reception);
  return Reason::kAccepted;
}

void Group::Accept(const Arrival& arrival, bool newest, Reception* reception) {
  Host* host = reception->host;
  const Header& header = reception->header;
  host->proved.window.Note(header.sequence);
  host->proved.heard_at = std::max(host->proved.heard_at, arrival.at);
  host->proved.NoteCopy(header.sequence, arrival.interface);
  NoteHeard(host, arrival);
  if (newest) {
    // One that was overtaken was sent before the newest: it shows no life after that.
    if ((header.flags & kPermit) != 0)
      host->permitted_at = std::max(host->permitted_at, arrival.at);
    TakeState(header, reception);
    TakeRelays(*reception, arrival.at);
  }
  const Body& body = reception->body;
  const bool wanted = !body.piece.empty() && host->delivered.Wants(body.piece_header, newest);
  reception->deliver = header.type != kInformation || wanted;
}

void Group::TakeState(const Header& header, Reception* reception) {
  Host* host = reception->host;
  if (host->flags != header.flags || host->term != header.term ||
      host->info_version != header.info_version) {
    reception->changed = true;
  }
  host->flags = header.flags;
  host->term = header.term;
  host->info_version = header.info_version;
}

/**
 * R12: proof of life at second hand. An entry about another run than the one that is known here
 * says nothing of that one: a host that was started anew must not seem to have lived on.
 */
void Group::TakeRelays(const Reception& reception, uint64_t at) {
  Bytes heard = reception.body.heard;
  HeardEntry entry;
  while (TakeHeardEntry(&heard, &entry)) {
    const uint64_t age = entry.age * kNanosecondsAMillisecond;
    if (entry.age == kAgeUnknown || age > at || entry.host == reception.header.host) continue;
    if (Host* host = FindRelayed(entry, age, at); host != nullptr) {
      host->relayed_at = std::max(host->relayed_at, at - age);
    }
  }
}

/** The host of which the entry says something, or null. */
Host* Group::FindRelayed(const HeardEntry& entry, uint64_t age, uint64_t at) {
  Host* host = hosts().Find(entry.host);
  if (host != nullptr && host->proved.incarnation != 0) {
    const auto known = static_cast<uint32_t>(host->proved.incarnation);
    return known == entry.incarnation_low ? host : nullptr;
  }
  // R60: of a host that has proved nothing here yet, members' word is all there is: control asks
  // them for its addresses. Not of one that is gone, nor of ourselves.
  if (!takes_introductions_ || age > freshness_ || entry.host == identity_.host) return nullptr;
  if (host == nullptr) host = hosts().Insert(entry.host, at);
  if (host != nullptr) host->flags = kPermit;
  return host;
}

Header Group::DescribeOurselves(uint8_t type, bool permit, uint64_t sequence) const {
  Header header;
  memory_->said.published.Describe(&header);
  header.type = type;
  if (permit) header.flags |= kPermit;
  header.tag = tag_;
  header.host = identity_.host;
  header.incarnation = identity_.incarnation;
  header.sequence = sequence;
  return header;
}

Bytes Group::Seal(FrameWriter* writer, uint8_t* frame) const {
  const Bytes sealed = writer->Finish();
  if (!keys_->Sign(sealed, frame + sealed.size())) return {};
  return {frame, sealed.size() + kMacBytes};
}

Bytes Group::ComposeHeartbeat(uint64_t now, bool permit, uint64_t sequence, uint8_t* frame) {
  FrameWriter writer(frame, DescribeOurselves(kInformation, permit, sequence));
  uint8_t heard[kMaxHeardBytes];
  const size_t size = rotation_.Write(hosts(), now, heard);
  if (size > 0) writer.AddTlv(kHeard, {heard, size});
  published().AddNextPiece(now, &writer);
  return Seal(&writer, frame);
}

Bytes Group::ComposeCommand(uint8_t type, Bytes command, bool permit, uint64_t sequence,
                            uint8_t* frame) {
  FrameWriter writer(frame, DescribeOurselves(type, permit, sequence));
  writer.AddTlv(kCommand, command);
  return Seal(&writer, frame);
}

void Group::Tick(uint64_t now, uint64_t interval, uint64_t sequence) {
  freshness_ = std::max(kEchoIntervals * interval, kNanosecondsASecond);
  if (echo_floor().Tick(now, freshness_, sequence)) hosts().ForgetUnproved(now);
}

bool Group::MayNotify(Conflict conflict, uint64_t now) {
  uint64_t& notified_at = notified_at_[static_cast<size_t>(conflict)];
  if (notified_at != 0 && now - notified_at < kNanosecondsASecond) return false;
  notified_at = now;
  return true;
}

}  // namespace raisd::heartbeat
