#include "lease_board_binding.h"

#include <unistd.h>

#include "../lease_board.h"
#include "poll_binding.h"

namespace raisd {

namespace {

class LeaseBoardObject : public Napi::ObjectWrap<LeaseBoardObject> {
 public:
  explicit LeaseBoardObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const int fd = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
    const int error = board_.Map(fd, false);
    if (fd >= 0) close(fd);
    if (error != 0) ThrowErrno(info.Env(), "map the lease board", error);
  }

  Napi::Value LeaseOf(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    LeaseBoard::Reading reading;
    bool is_lossless = false;
    if (!info[0].IsBigInt()) {
      Napi::TypeError::New(env, "a group tag is a BigInt").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    if (!board_.Read(info[0].As<Napi::BigInt>().Uint64Value(&is_lossless), &reading))
      return env.Null();
    Napi::Object lease = Napi::Object::New(env);
    lease.Set("groupTag", info[0]);
    lease.Set("slot", Napi::Number::New(env, static_cast<double>(reading.slot)));
    lease.Set("lease", Napi::BigInt::New(env, reading.lease));
    return lease;
  }

  Napi::Value SentAt(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsBigInt()) {
      Napi::TypeError::New(env, "a group tag is a BigInt").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    bool is_lossless = false;
    const uint64_t sent_at = board_.SentAt(info[0].As<Napi::BigInt>().Uint64Value(&is_lossless));
    if (sent_at == 0) return env.Null();
    return Napi::Number::New(env, static_cast<double>(sent_at) / 1e6);
  }

 private:
  LeaseBoard board_;
};

}  // namespace

Napi::Function DefineLeaseBoard(Napi::Env env) {
  return LeaseBoardObject::DefineClass(
      env, "LeaseBoard",
      {LeaseBoardObject::InstanceMethod("sentAt", &LeaseBoardObject::SentAt),
       LeaseBoardObject::InstanceMethod("leaseOf", &LeaseBoardObject::LeaseOf)});
}

}  // namespace raisd
