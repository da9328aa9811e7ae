#include "life_binding.h"

#include <uv.h>

#include "errors_binding.h"
#include "life.h"

namespace raisd {
namespace {

Napi::Value Create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Descriptor memory;
  if (const int error = CreateLife(&memory); error != 0) {
    ThrowErrno(env, "cannot make memory for a process's life", error);
    return env.Undefined();
  }
  return Napi::Number::New(env, memory.Release());
}

void Hold(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) {
    Napi::TypeError::New(env, "holdLife(memory)").ThrowAsJavaScriptException();
    return;
  }
  // The kernel looks into it when this thread dies: never freed.
  auto* hold = new LifeHold;
  if (const int error = hold->Take(info[0].As<Napi::Number>().Int32Value()); error != 0)
    ThrowErrno(env, "cannot hold the word of this process's life", error);
}

/** Outlives the wrapper until libuv has let go of it. */
struct AsyncHandle {
  uv_async_t async;
  LifeWatch watch;
  class LifeWatchWrap* owner = nullptr;
};

class LifeWatchWrap : public Napi::ObjectWrap<LifeWatchWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "LifeWatch", {InstanceMethod<&LifeWatchWrap::Close>("close")});
  }

  explicit LifeWatchWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<LifeWatchWrap>(info), context_(info.Env(), "raisd.LifeWatch") {
    const Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction()) {
      Napi::TypeError::New(env, "watchLife(memory, died)").ThrowAsJavaScriptException();
      return;
    }
    on_death_ = Napi::Persistent(info[1].As<Napi::Function>());
    Open(env, info[0].As<Napi::Number>().Int32Value());
  }

  ~LifeWatchWrap() override { CloseHandle(); }

 private:
  void Open(Napi::Env env, int memory) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
    auto* handle = new AsyncHandle;
    if (const int status = uv_async_init(loop, &handle->async, OnDeath); status != 0) {
      delete handle;
      ThrowErrno(env, "cannot watch a process's life", -status);
      return;
    }
    handle_ = handle;
    handle->owner = this;
    handle->async.data = handle;
    // The process itself is waited for by its pidfd.
    uv_unref(reinterpret_cast<uv_handle_t*>(&handle->async));
    Ref();
    const int error = handle->watch.Start(memory, [handle] { uv_async_send(&handle->async); });
    if (error == 0) return;
    CloseHandle();
    ThrowErrno(env, "cannot watch a process's life", error);
  }

  void Close(const Napi::CallbackInfo&) { CloseHandle(); }

  static void OnDeath(uv_async_t* async) {
    auto* handle = static_cast<AsyncHandle*>(async->data);
    if (handle->owner != nullptr) handle->owner->Report();
  }

  void Report() {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    // Held over CloseHandle, which lets the collector have this object.
    const Napi::Object self = Value();
    CloseHandle();
    on_death_.MakeCallback(self, {}, context_);
    ThrowUncaught(env);
  }

  void CloseHandle() {
    if (handle_ == nullptr) return;
    handle_->owner = nullptr;
    handle_->watch.Stop();
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->async),
             [](uv_handle_t* handle) { delete static_cast<AsyncHandle*>(handle->data); });
    handle_ = nullptr;
    Unref();
  }

  AsyncHandle* handle_ = nullptr;
  Napi::AsyncContext context_;
  Napi::FunctionReference on_death_;
};

}  // namespace

void ExportLife(Napi::Env env, Napi::Object exports) {
  auto* constructor = new Napi::FunctionReference(Napi::Persistent(LifeWatchWrap::Define(env)));
  env.AddCleanupHook([constructor]() { delete constructor; });
  exports.Set("createLife", Napi::Function::New<Create>(env, "createLife"));
  exports.Set("holdLife", Napi::Function::New<Hold>(env, "holdLife"));
  exports.Set("watchLife", Napi::Function::New(
                               env,
                               [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
                                 return constructor->New({info[0], info[1]});
                               },
                               "watchLife"));
}

}  // namespace raisd
