#include "lease_alarm_binding.h"

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "../boot_alarm.h"
#include "lease_alarm.h"
#include "lease_board_binding.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

constexpr uint64_t kNanosecondsASecond = 1'000'000'000;
constexpr double kNanosecondsAMillisecond = 1e6;

uint64_t BootNow() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosecondsASecond +
         static_cast<uint64_t>(now.tv_nsec);
}

bool ReadLease(const Napi::Object& value, FollowedLease* lease) {
  const Napi::Value tag = value.Get("groupTag");
  const Napi::Value span = value.Get("span");
  const Napi::Value number = value.Get("lease");
  if (!tag.IsBigInt() || !span.IsNumber() || !(number.IsBigInt() || number.IsNull())) {
    Napi::TypeError::New(value.Env(), "a lease has groupTag, span and lease")
        .ThrowAsJavaScriptException();
    return false;
  }
  bool is_lossless = false;
  lease->tag = tag.As<Napi::BigInt>().Uint64Value(&is_lossless);
  lease->span =
      static_cast<uint64_t>(span.As<Napi::Number>().DoubleValue() * kNanosecondsAMillisecond);
  if (number.IsBigInt()) lease->number = number.As<Napi::BigInt>().Uint64Value(&is_lossless);
  return true;
}

class LeaseAlarm : public Napi::ObjectWrap<LeaseAlarm> {
 public:
  explicit LeaseAlarm(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Napi::Function ring;
    board_ = BoardOf(info[0]);
    if (board_ == nullptr || !ReadFunction(info[1], &ring)) return;
    // The board must not go before.
    board_object_ = Napi::Persistent(info[0].As<Napi::Object>());
    if (const int error = Open(info.Env(), ring); error != 0)
      ThrowErrno(info.Env(), "open a timer", error);
  }

  Napi::Value Follow(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::vector<Napi::Object> values;
    if (!ReadObjects(info[0], &values)) return env.Undefined();
    std::vector<FollowedLease> leases(values.size());
    for (size_t index = 0; index < values.size(); index++) {
      if (!ReadLease(values[index], &leases[index])) return env.Undefined();
    }
    leases_ = std::move(leases);
    // Here nobody is called: one that has run out rings at once.
    if (!leases_.empty()) Set(env, FirstLeaseEnd(*board_, leases_, BootNow()));
    return env.Undefined();
  }

  Napi::Value Close(const Napi::CallbackInfo& info) {
    if (open_) Unref();
    open_ = false;
    watch_.Stop();
    alarm_.Close();
    return info.Env().Undefined();
  }

 private:
  int Open(Napi::Env env, const Napi::Function& ring) {
    if (const int error = alarm_.Open(); error != 0) return error;
    ring_ = std::make_unique<Callback>(env, ring, "raisd:lease-alarm");
    if (const int error = watch_.Start(env, alarm_.descriptor(), [this](int) { OnRing(); });
        error != 0) {
      return error;
    }
    Ref();
    open_ = true;
    return 0;
  }

  void Set(Napi::Env env, uint64_t end) {
    const double milliseconds = static_cast<double>(end) / kNanosecondsAMillisecond;
    if (const int error = alarm_.Set(milliseconds); error != 0)
      ThrowErrno(env, "set a timer", error);
  }

  void OnRing() {
    alarm_.Take();
    if (leases_.empty()) return;
    if (const uint64_t end = FirstLeaseEnd(*board_, leases_, BootNow()); end != 0) {
      const double milliseconds = static_cast<double>(end) / kNanosecondsAMillisecond;
      if (alarm_.Set(milliseconds) == 0) return;
    }
    leases_.clear();
    const Napi::HandleScope handles(Env());
    [[maybe_unused]] const Napi::Value keep = Value();
    ring_->Call([](Napi::Env) -> napi_value { return nullptr; });
  }

  const LeaseBoard* board_ = nullptr;
  Napi::ObjectReference board_object_;
  std::vector<FollowedLease> leases_;
  BootAlarm alarm_;
  bool open_ = false;
  std::unique_ptr<Callback> ring_;
  PollWatch watch_;
};

}  // namespace

Napi::Function DefineLeaseAlarm(Napi::Env env) {
  return LeaseAlarm::DefineClass(env, "LeaseAlarm",
                                 {LeaseAlarm::InstanceMethod("follow", &LeaseAlarm::Follow),
                                  LeaseAlarm::InstanceMethod("close", &LeaseAlarm::Close)});
}

}  // namespace raisd
