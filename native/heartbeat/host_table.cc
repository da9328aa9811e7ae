#include "host_table.h"

#include <algorithm>

namespace raisd::heartbeat {
namespace {

uint64_t KeyOf(const Id& id) {
  return Load64(id.data() + 8);
}

bool IsSilent(uint64_t heard_at, uint64_t now, uint64_t span) {
  return now > heard_at && now - heard_at > span;
}

/** An unproved host has less right to its place than a proved one. */
uint64_t PatienceWith(const Host& host) {
  return host.proved.incarnation == 0 ? kNanosecondsASecond : kForgetSilent;
}

}  // namespace

uint64_t Host::last_heard() const {
  const uint64_t itself = std::max(proved.heard_at, candidate.heard_at);
  return proved.incarnation == 0 ? std::max(itself, relayed_at) : itself;
}

Host* HostTable::Find(const Id& id) {
  const uint64_t key = KeyOf(id);
  for (size_t index = 0; index < count_; index++) {
    if (keys_[index] == key && hosts_[index].id == id) return &hosts_[index];
  }
  return nullptr;
}

Host* HostTable::Insert(const Id& id, uint64_t now) {
  if (count_ < kMaxHosts) return Claim(count_++, id);
  size_t silent = kMaxHosts;
  for (size_t index = 0; index < count_; index++) {
    const Host& host = hosts_[index];
    if (!IsSilent(host.last_heard(), now, PatienceWith(host))) continue;
    if (silent == kMaxHosts || host.last_heard() < hosts_[silent].last_heard()) silent = index;
  }
  return silent == kMaxHosts ? nullptr : Claim(silent, id);
}

Host* HostTable::Claim(size_t index, const Id& id) {
  keys_[index] = KeyOf(id);
  hosts_[index] = Host{};
  hosts_[index].id = id;
  return &hosts_[index];
}

void HostTable::Remove(size_t index) {
  count_--;
  keys_[index] = keys_[count_];
  hosts_[index] = hosts_[count_];
}

void HostTable::ForgetUnproved(uint64_t now) {
  for (size_t index = count_; index-- > 0;) {
    Host& host = hosts_[index];
    if (IsSilent(host.candidate.heard_at, now, kForgetUnproved)) host.candidate = {};
    if (host.proved.incarnation != 0) continue;
    if (IsSilent(host.last_heard(), now, kForgetUnproved)) Remove(index);
  }
}

void HostTable::ForgetDeliveries() {
  for (Host& host : hosts()) host.delivered.Forget();
}

}  // namespace raisd::heartbeat
