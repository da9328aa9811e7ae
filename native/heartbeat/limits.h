// Every bound of the heartbeat path in one place. The wire's figures are those of
// src/wire/limits.ts.

#ifndef RAISD_HEARTBEAT_LIMITS_H_
#define RAISD_HEARTBEAT_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace raisd::heartbeat {

// The wire (src/wire/limits.ts says what each is for).
constexpr size_t kMaxFrameBytes = 1400;
constexpr size_t kHeaderBytes = 60;
constexpr size_t kMacBytes = 32;
constexpr size_t kMaxPieceBytes = 768;
constexpr size_t kMaxPieces = 64;
constexpr size_t kMaxSnapshotBytes = kMaxPieceBytes * kMaxPieces;
constexpr size_t kMaxHeardBytes = 480;
constexpr size_t kMaxCommandBytes = 1024;
constexpr size_t kMaxHosts = 255;
constexpr size_t kMaxInterfaces = 8;

/** A HEARD entry that names a higher sequence number is ignored: R7 must not jump to the end of all
 * numbers. */
constexpr uint64_t kMaxSequence = uint64_t{1} << 62;

/** Groups of one daemon; another one is refused with ENOSPC. */
constexpr size_t kMaxGroups = 64;
/** While some host may lack a snapshot, all its pieces leave within so many intervals, fewer than a
 * timeout has … */
constexpr size_t kRoundBeats = 3;
/** … and for so many intervals, so that every piece may be lost a few times. */
constexpr size_t kHurryBeats = 12;
/** Keys of one group: the old and the new one, and room for a slow rotation. */
constexpr size_t kMaxKeys = 8;
constexpr size_t kMaxKeyBytes = 4096;
/** Unicast destinations of one group (R60); more are ignored. */
constexpr size_t kMaxDestinations = kMaxHosts * kMaxInterfaces;
/** And those that are sent to because they speak to us (provisional.h). */
constexpr size_t kMaxProvisional = kMaxHosts;
/** These outlive their last frame by so many intervals, and a second at the least. */
constexpr uint64_t kProvisionalIntervals = 4;

/** Frames taken from a socket by one system call. */
constexpr size_t kReceiveBatch = 32;
/** Batches taken from a socket before the timers are looked at again. */
constexpr int kBatchesAWake = 8;
/** Batches that a `sync` takes from one socket at the most: more than its receive buffer holds. */
constexpr int kBatchesASync = 1024;
/** Messages of control handled before the timers are looked at again. */
constexpr int kLinkMessagesAWake = 64;
/** The largest message of control, a full publish, with room to spare. A larger one is refused. */
constexpr size_t kMaxLinkBytes = 64 * 1024;

constexpr uint64_t kNanosecondsAMillisecond = 1'000'000;
constexpr uint64_t kNanosecondsASecond = 1'000'000'000;
/** Intervals that are accepted, in nanoseconds: 1 ms … 1 h. */
constexpr uint64_t kMinInterval = kNanosecondsAMillisecond;
constexpr uint64_t kMaxInterval = 3600 * kNanosecondsASecond;
/** A run of a host that has proved nothing for so long is forgotten. */
constexpr uint64_t kForgetUnproved = 10 * kNanosecondsASecond;
/** A host silent for so long makes room for a new one where the table is full. */
constexpr uint64_t kForgetSilent = 60 * kNanosecondsASecond;

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_LIMITS_H_
