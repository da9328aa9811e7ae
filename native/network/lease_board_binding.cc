#include "lease_board_binding.h"

#include <unistd.h>

#include "poll_binding.h"

namespace raisd {

namespace {

/** No other object of JavaScript is taken for one. */
constexpr napi_type_tag kBoardTag = {0x7261697364626f61, 0x72646c6561736573};

class LeaseBoardObject : public Napi::ObjectWrap<LeaseBoardObject> {
 public:
  explicit LeaseBoardObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const int fd = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
    const int error = board_.Map(fd, false);
    if (fd >= 0) close(fd);
    if (error != 0) {
      ThrowErrno(info.Env(), "map the lease board", error);
      return;
    }
    info.This().As<Napi::Object>().TypeTag(&kBoardTag);
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

  const LeaseBoard& board() const { return board_; }

 private:
  LeaseBoard board_;
};

}  // namespace

const LeaseBoard* BoardOf(const Napi::Value& value) {
  if (value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kBoardTag))
    return &LeaseBoardObject::Unwrap(value.As<Napi::Object>())->board();
  Napi::TypeError::New(value.Env(), "this is no lease board").ThrowAsJavaScriptException();
  return nullptr;
}

Napi::Function DefineLeaseBoard(Napi::Env env) {
  return LeaseBoardObject::DefineClass(
      env, "LeaseBoard",
      {LeaseBoardObject::InstanceMethod("sentAt", &LeaseBoardObject::SentAt),
       LeaseBoardObject::InstanceMethod("leaseOf", &LeaseBoardObject::LeaseOf)});
}

}  // namespace raisd
