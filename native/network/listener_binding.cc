#include "listener_binding.h"

#include <memory>
#include <vector>

#include "packet_listener.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

class Listener : public Napi::ObjectWrap<Listener> {
 public:
  explicit Listener(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    int index = 0;
    Napi::Function claimed;
    if (!ReadIndex(info[0], &index) || !ReadFunction(info[1], &claimed)) return;
    if (const int error = Open(info.Env(), index, claimed); error != 0) {
      ThrowErrno(info.Env(), "listen to neighbours", error);
    }
  }

  Napi::Value Watch(const Napi::CallbackInfo& info) {
    Address address;
    if (!ReadAddress(info[0], &address)) return info.Env().Undefined();
    if (const int error = packets_.Watch(address); error != 0)
      ThrowErrno(info.Env(), "listen for an address", error);
    return info.Env().Undefined();
  }

  Napi::Value Unwatch(const Napi::CallbackInfo& info) {
    Address address;
    if (ReadAddress(info[0], &address)) packets_.Unwatch(address);
    return info.Env().Undefined();
  }

  Napi::Value Read(const Napi::CallbackInfo& info) {
    if (open_) OnReadable();
    return info.Env().Undefined();
  }

  Napi::Value Close(const Napi::CallbackInfo& info) {
    if (open_) Unref();
    open_ = false;
    watch_.Stop();
    packets_.Close();
    return info.Env().Undefined();
  }

 private:
  int Open(Napi::Env env, int index, const Napi::Function& claimed) {
    if (const int error = packets_.Open(index); error != 0) return error;
    claimed_ = std::make_unique<Callback>(env, claimed, "raisd:neighbours");
    const int error = watch_.Start(env, packets_.descriptor(), [this](int) { OnReadable(); });
    if (error != 0) return error;
    Ref();
    open_ = true;
    return 0;
  }

  void OnReadable() {
    const Napi::HandleScope handles(Env());
    [[maybe_unused]] const Napi::Value keep = Value();
    std::vector<Claim> claims;
    packets_.Read(&claims);
    if (claims.empty()) return;
    claimed_->Call([&claims](Napi::Env env) -> napi_value { return ToArray(env, claims); });
  }

  PacketListener packets_;
  bool open_ = false;
  std::unique_ptr<Callback> claimed_;
  PollWatch watch_;
};

}  // namespace

Napi::Function DefineListener(Napi::Env env) {
  return Listener::DefineClass(env, "Listener",
                               {Listener::InstanceMethod("watch", &Listener::Watch),
                                Listener::InstanceMethod("unwatch", &Listener::Unwatch),
                                Listener::InstanceMethod("read", &Listener::Read),
                                Listener::InstanceMethod("close", &Listener::Close)});
}

}  // namespace raisd
