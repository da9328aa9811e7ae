#include "turns_binding.h"

#include <uv.h>

#include <memory>
#include <string>

#include "errors_binding.h"
#include "turns.h"

namespace raisd {
namespace {

Napi::Value Create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Descriptor memory;
  if (const int error = CreateTurns(&memory); error != 0) {
    ThrowErrno(env, "cannot make memory for a process's turns", error);
    return env.Undefined();
  }
  return Napi::Number::New(env, memory.Release());
}

/** Null: it has thrown. */
std::unique_ptr<Turns> MapArgument(const Napi::CallbackInfo& info, const char* name,
                                   int protection) {
  if (info.Length() < 1 || !info[0].IsNumber()) {
    Napi::TypeError::New(info.Env(), std::string(name) + "(memory)").ThrowAsJavaScriptException();
    return nullptr;
  }
  auto turns = std::make_unique<Turns>();
  const int error = turns->Map(info[0].As<Napi::Number>().Int32Value(), protection);
  if (error == 0) return turns;
  ThrowErrno(info.Env(), "cannot map the memory of a process's turns", error);
  return nullptr;
}

/** For the life of the process. */
struct TurnHandle {
  uv_prepare_t prepare;
  std::unique_ptr<Turns> turns;
};

void Count(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto handle = std::make_unique<TurnHandle>();
  handle->turns = MapArgument(info, "countTurns", PROT_READ | PROT_WRITE);
  uv_loop_t* loop = nullptr;
  if (handle->turns == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  uv_prepare_init(loop, &handle->prepare);
  handle->prepare.data = handle.get();
  // Before the loop waits: all that this turn had to do is done.
  uv_prepare_start(&handle->prepare, [](uv_prepare_t* prepare) {
    CountTurn(static_cast<TurnHandle*>(prepare->data)->turns->get());
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle->prepare));
  handle.release();
}

Napi::Value Look(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Turns> turns = MapArgument(info, "lookAtTurns", PROT_READ);
  if (turns == nullptr) return env.Undefined();
  return Napi::Function::New(
      env,
      [turns](const Napi::CallbackInfo& look) -> Napi::Value {
        return Napi::Number::New(look.Env(), turns->get()->load(std::memory_order_relaxed));
      },
      "turns");
}

}  // namespace

void ExportTurns(Napi::Env env, Napi::Object exports) {
  exports.Set("createTurns", Napi::Function::New<Create>(env, "createTurns"));
  exports.Set("countTurns", Napi::Function::New<Count>(env, "countTurns"));
  exports.Set("lookAtTurns", Napi::Function::New<Look>(env, "lookAtTurns"));
}

}  // namespace raisd
