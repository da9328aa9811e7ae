#include "alarm_binding.h"

#include <uv.h>

#include <cmath>
#include <memory>

#include "../boot_alarm.h"
#include "errors_binding.h"

namespace raisd {
namespace {

/** Outlives the wrapper until libuv has let go of it; the descriptor must stay open as long as it
 * is polled. */
struct PollHandle {
  uv_poll_t poll;
  BootAlarm alarm;
  class AlarmWrap* owner = nullptr;
};

class AlarmWrap : public Napi::ObjectWrap<AlarmWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "Alarm",
        {InstanceMethod<&AlarmWrap::Set>("set"), InstanceMethod<&AlarmWrap::Close>("close")});
  }

  explicit AlarmWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<AlarmWrap>(info), context_(info.Env(), "raisd.Alarm") {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || !info[0].IsFunction()) {
      Napi::TypeError::New(env, "alarm(ring)").ThrowAsJavaScriptException();
      return;
    }
    on_ring_ = Napi::Persistent(info[0].As<Napi::Function>());
    Open(env);
  }

  ~AlarmWrap() override { CloseHandle(); }

 private:
  void Open(Napi::Env env) {
    auto handle = std::make_unique<PollHandle>();
    if (const int error = handle->alarm.Open(); error != 0) {
      ThrowErrno(env, "cannot open a timer", error);
      return;
    }
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
    if (const int status = uv_poll_init(loop, &handle->poll, handle->alarm.descriptor());
        status != 0) {
      ThrowErrno(env, "cannot poll a timer", -status);
      return;
    }
    handle_ = handle.release();
    handle_->owner = this;
    handle_->poll.data = handle_;
    // Reachable from the event loop, whoever else forgets it.
    Ref();
    uv_poll_start(&handle_->poll, UV_READABLE, OnPoll);
  }

  void Set(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsNumber() || !std::isfinite(info[0].As<Napi::Number>().DoubleValue())) {
      Napi::TypeError::New(env, "a moment is a finite number").ThrowAsJavaScriptException();
      return;
    }
    if (handle_ == nullptr) return;
    if (const int error = handle_->alarm.Set(info[0].As<Napi::Number>().DoubleValue()); error != 0)
      ThrowErrno(env, "cannot set a timer", error);
  }

  void Close(const Napi::CallbackInfo&) { CloseHandle(); }

  static void OnPoll(uv_poll_t* poll, int, int) {
    auto* handle = static_cast<PollHandle*>(poll->data);
    handle->alarm.Take();
    if (handle->owner != nullptr) handle->owner->Ring();
  }

  void Ring() {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    on_ring_.MakeCallback(Value(), {}, context_);
    ThrowUncaught(env);
  }

  void CloseHandle() {
    if (handle_ == nullptr) return;
    handle_->owner = nullptr;
    uv_poll_stop(&handle_->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
             [](uv_handle_t* handle) { delete static_cast<PollHandle*>(handle->data); });
    handle_ = nullptr;
    Unref();
  }

  PollHandle* handle_ = nullptr;
  Napi::AsyncContext context_;
  Napi::FunctionReference on_ring_;
};

}  // namespace

void ExportAlarm(Napi::Env env, Napi::Object exports) {
  auto* constructor = new Napi::FunctionReference(Napi::Persistent(AlarmWrap::Define(env)));
  env.AddCleanupHook([constructor]() { delete constructor; });
  exports.Set("alarm", Napi::Function::New(
                           env,
                           [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
                             return constructor->New({info[0]});
                           },
                           "alarm"));
}

}  // namespace raisd
