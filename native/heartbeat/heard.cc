#include "heard.h"

#include <algorithm>

namespace raisd::heartbeat {
namespace {

/** Writes the hosts that `entry_of` has an entry for, beginning with whose turn it is. Returns
 * bytes. */
template <typename EntryOf>
size_t WriteTurn(std::span<const Host> hosts, size_t room, size_t* next, Writer* writer,
                 const EntryOf& entry_of) {
  const size_t before = writer->size();
  size_t index = *next < hosts.size() ? *next : 0;
  for (size_t seen = 0; seen < hosts.size(); seen++) {
    HeardEntry entry;
    if (entry_of(hosts[index], &entry)) {
      if (writer->size() - before + HeardEntryBytes(entry.host) > room) break;
      WriteHeardEntry(entry, writer);
    }
    index = index + 1 == hosts.size() ? 0 : index + 1;
  }
  *next = index;
  return writer->size() - before;
}

void NameRun(const Host& host, const Run& run, uint16_t age, HeardEntry* entry) {
  entry->host = host.id;
  entry->age = age;
  entry->incarnation_low = static_cast<uint32_t>(run.incarnation);
  entry->sequence = run.window.newest();
}

}  // namespace

size_t HeardRotation::Write(const HostTable& table, uint64_t now, uint8_t* out) {
  Writer writer(out);
  const auto candidate = [](const Host& host, HeardEntry* entry) {
    // Nothing of an unproved run counts, so nothing is said of when it lived.
    NameRun(host, host.candidate, kAgeUnknown, entry);
    return host.candidate.incarnation != 0;
  };
  const auto proved = [now](const Host& host, HeardEntry* entry) {
    NameRun(host, host.proved, HeardAge(host.permitted_at, now), entry);
    return host.proved.incarnation != 0;
  };
  const size_t used =
      WriteTurn(table.hosts(), kMaxHeardBytes / 2, &next_candidate_, &writer, candidate);
  WriteTurn(table.hosts(), kMaxHeardBytes - used, &next_proved_, &writer, proved);
  return writer.size();
}

HeardOfUs FindOurselves(Bytes heard, const Id& host, uint64_t incarnation) {
  HeardOfUs found;
  HeardEntry entry;
  while (TakeHeardEntry(&heard, &entry)) {
    if (entry.host != host || entry.sequence > kMaxSequence) continue;
    found.newest = std::max(found.newest, entry.sequence);
    if (entry.incarnation_low != static_cast<uint32_t>(incarnation)) continue;
    found.echoed = std::max(found.echoed, entry.sequence);
  }
  return found;
}

}  // namespace raisd::heartbeat
