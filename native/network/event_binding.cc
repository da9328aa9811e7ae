#include "event_binding.h"

#include <memory>
#include <utility>
#include <vector>

#include "netlink_events.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

class EventSocket : public Napi::ObjectWrap<EventSocket> {
 public:
  explicit EventSocket(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const Napi::Env env = info.Env();
    Napi::Function readable;
    if (!info[0].IsNumber() || info[0].As<Napi::Number>().Int32Value() <= 0) {
      Napi::TypeError::New(env, "a buffer's size is a positive integer")
          .ThrowAsJavaScriptException();
      return;
    }
    if (!ReadFunction(info[1], &readable)) return;
    if (const int error = Open(env, info[0].As<Napi::Number>().Int32Value(), readable);
        error != 0) {
      ThrowErrno(env, "subscribe to links and addresses", error);
    }
  }

  Napi::Value Read(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::vector<InterfaceEvent> events;
    bool overflowed = false;
    if (const int error = events_.Read(&events, &overflowed); error != 0) {
      ThrowErrno(env, "read news of links and addresses", error);
      return env.Undefined();
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("events", ToArray(env, events));
    result.Set("overflowed", std::exchange(lost_, false) || overflowed);
    return result;
  }

  Napi::Value Close(const Napi::CallbackInfo& info) {
    if (open_) Unref();
    open_ = false;
    watch_.Stop();
    events_.Close();
    return info.Env().Undefined();
  }

 private:
  int Open(Napi::Env env, int receive_buffer_bytes, const Napi::Function& readable) {
    if (const int error = events_.Open(receive_buffer_bytes); error != 0) return error;
    readable_ = std::make_unique<Callback>(env, readable, "raisd:links-and-addresses");
    const int error =
        watch_.Start(env, events_.descriptor(), [this](int failure) { OnReadable(failure); });
    if (error != 0) return error;
    Ref();
    open_ = true;
    return 0;
  }

  void OnReadable(int failure) {
    const Napi::HandleScope handles(Env());
    [[maybe_unused]] const Napi::Value keep = Value();
    // The error was taken off the socket: Read would not hear of the overflow again.
    if (failure != 0) lost_ = true;
    readable_->Call([](Napi::Env) -> napi_value { return nullptr; });
  }

  NetlinkEvents events_;
  bool lost_ = false;
  bool open_ = false;
  std::unique_ptr<Callback> readable_;
  PollWatch watch_;
};

}  // namespace

Napi::Function DefineEventSocket(Napi::Env env) {
  return EventSocket::DefineClass(env, "EventSocket",
                                  {EventSocket::InstanceMethod("read", &EventSocket::Read),
                                   EventSocket::InstanceMethod("close", &EventSocket::Close)});
}

}  // namespace raisd
