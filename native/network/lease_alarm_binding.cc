#include "alarm_binding.h"

#include <cmath>
#include <memory>

#include "../boot_alarm.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

class Alarm : public Napi::ObjectWrap<Alarm> {
 public:
  explicit Alarm(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Napi::Function ring;
    if (!ReadFunction(info[0], &ring)) return;
    if (const int error = Open(info.Env(), ring); error != 0)
      ThrowErrno(info.Env(), "open a timer", error);
  }

  Napi::Value Set(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsNumber() || !std::isfinite(info[0].As<Napi::Number>().DoubleValue())) {
      Napi::TypeError::New(env, "a moment is a finite number").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    if (const int error = alarm_.Set(info[0].As<Napi::Number>().DoubleValue()); error != 0) {
      ThrowErrno(env, "set a timer", error);
    }
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
    ring_ = std::make_unique<Callback>(env, ring, "raisd:alarm");
    if (const int error = watch_.Start(env, alarm_.descriptor(), [this](int) { OnRing(); });
        error != 0) {
      return error;
    }
    Ref();
    open_ = true;
    return 0;
  }

  void OnRing() {
    const Napi::HandleScope handles(Env());
    [[maybe_unused]] const Napi::Value keep = Value();
    alarm_.Take();
    ring_->Call([](Napi::Env) -> napi_value { return nullptr; });
  }

  BootAlarm alarm_;
  bool open_ = false;
  std::unique_ptr<Callback> ring_;
  PollWatch watch_;
};

}  // namespace

Napi::Function DefineAlarm(Napi::Env env) {
  return Alarm::DefineClass(
      env, "Alarm",
      {Alarm::InstanceMethod("set", &Alarm::Set), Alarm::InstanceMethod("close", &Alarm::Close)});
}

}  // namespace raisd
