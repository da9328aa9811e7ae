#include "pidfd_binding.h"

#include <uv.h>

#include <memory>

#include "errors_binding.h"
#include "pidfd.h"

namespace raisd {
namespace {

/** Outlives the wrapper until libuv has let go of it; the descriptor must stay open as long as it
 * is polled. */
struct PollHandle {
  uv_poll_t poll;
  Descriptor pidfd;
  class ProcessWatch* owner = nullptr;
};

class ProcessWatch : public Napi::ObjectWrap<ProcessWatch> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ProcessWatch", {InstanceMethod<&ProcessWatch::Close>("close")});
  }

  explicit ProcessWatch(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<ProcessWatch>(info), context_(info.Env(), "raisd.ProcessWatch") {
    const Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction()) {
      Napi::TypeError::New(env, "watchProcess(pid, gone)").ThrowAsJavaScriptException();
      return;
    }
    on_gone_ = Napi::Persistent(info[1].As<Napi::Function>());
    Open(env, info[0].As<Napi::Number>().Int32Value());
  }

  ~ProcessWatch() override { CloseHandle(); }

 private:
  void Open(Napi::Env env, pid_t pid) {
    auto handle = std::make_unique<PollHandle>();
    if (const int error = OpenPidfd(pid, &handle->pidfd); error != 0) {
      ThrowErrno(env, "cannot watch process " + std::to_string(pid), error);
      return;
    }
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
    if (const int status = uv_poll_init(loop, &handle->poll, handle->pidfd.get()); status != 0) {
      ThrowErrno(env, "cannot poll the pidfd of process " + std::to_string(pid), -status);
      return;
    }
    handle_ = handle.release();
    handle_->owner = this;
    handle_->poll.data = handle_;
    // A watch is reachable from the event loop, whoever else forgets it.
    Ref();
    uv_poll_start(&handle_->poll, UV_READABLE, OnPoll);
  }

  void Close(const Napi::CallbackInfo&) { CloseHandle(); }

  static void OnPoll(uv_poll_t* poll, int, int) {
    auto* handle = static_cast<PollHandle*>(poll->data);
    if (handle->owner != nullptr && HasEnded(handle->pidfd.get())) handle->owner->Report();
  }

  void Report() {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    // Held over CloseHandle, which lets the collector have this object.
    const Napi::Object self = Value();
    CloseHandle();
    on_gone_.MakeCallback(self, {}, context_);
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
  Napi::FunctionReference on_gone_;
};

}  // namespace

void ExportPidfd(Napi::Env env, Napi::Object exports) {
  auto* constructor = new Napi::FunctionReference(Napi::Persistent(ProcessWatch::Define(env)));
  env.AddCleanupHook([constructor]() { delete constructor; });
  exports.Set("watchProcess", Napi::Function::New(
                                  env,
                                  [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
                                    return constructor->New({info[0], info[1]});
                                  },
                                  "watchProcess"));
}

}  // namespace raisd
