#include "channel_binding.h"

#include <errno.h>
#include <uv.h>

#include <memory>

#include "channel.h"
#include "errors_binding.h"

namespace raisd {
namespace {

/** At most this much is read before the event loop gets its turn; epoll reminds us of the rest. */
constexpr int kMessagesPerTurn = 64;
constexpr size_t kBytesPerTurn = kMaxMessageBytes;

/** Outlives the wrapper until libuv has let go of it. */
struct PollHandle {
  uv_poll_t poll;
  class ChannelWrap* owner = nullptr;
};

class ChannelWrap : public Napi::ObjectWrap<ChannelWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "Channel",
        {InstanceMethod<&ChannelWrap::Send>("send"), InstanceMethod<&ChannelWrap::Close>("close"),
         InstanceMethod<&ChannelWrap::UnrefLoop>("unref"),
         InstanceMethod<&ChannelWrap::Settled>("settled")});
  }

  explicit ChannelWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<ChannelWrap>(info), context_(info.Env(), "raisd.Channel") {
    const Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsObject()) {
      Napi::TypeError::New(env, "openChannel(descriptor, {message, closed})")
          .ThrowAsJavaScriptException();
      return;
    }
    const int fd = info[0].As<Napi::Number>().Int32Value();
    const Napi::Object events = info[1].As<Napi::Object>();
    const Napi::Value message = events.Get("message");
    const Napi::Value closed = events.Get("closed");
    if (!message.IsFunction() || !closed.IsFunction()) {
      Napi::TypeError::New(env, "a channel needs the functions message and closed")
          .ThrowAsJavaScriptException();
      return;
    }
    events_ = Napi::Persistent(events);
    on_message_ = Napi::Persistent(message.As<Napi::Function>());
    on_closed_ = Napi::Persistent(closed.As<Napi::Function>());
    Open(env, fd);
  }

  ~ChannelWrap() override { CloseHandle(); }

 private:
  void Open(Napi::Env env, int fd) {
    auto channel = std::make_unique<Channel>(Descriptor(fd));
    if (const int error = channel->Prepare(); error != 0) {
      ThrowErrno(env, "cannot open a channel on descriptor " + std::to_string(fd), error);
      return;
    }
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
    auto handle = std::make_unique<PollHandle>();
    if (const int status = uv_poll_init(loop, &handle->poll, fd); status != 0) {
      ThrowErrno(env, "cannot poll descriptor " + std::to_string(fd), -status);
      return;
    }
    channel_ = std::move(channel);
    handle_ = handle.release();
    handle_->owner = this;
    handle_->poll.data = handle_;
    // An open channel is reachable from the event loop, whoever else forgets it.
    Ref();
    Rearm();
  }

  Napi::Value Send(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || !info[0].IsBuffer()) {
      Napi::TypeError::New(env, "send(data: Buffer, descriptor?)").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const auto data = info[0].As<Napi::Buffer<uint8_t>>();
    if (data.Length() == 0 || data.Length() > kMaxMessageBytes) {
      Napi::RangeError::New(env, "a message has 1 to " + std::to_string(kMaxMessageBytes) +
                                     " bytes, not " + std::to_string(data.Length()))
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }
    // What is said to somebody who is gone is lost; `closed` says so.
    if (handle_ == nullptr || gone_) return Napi::Boolean::New(env, true);
    const int descriptor =
        info.Length() > 1 && info[1].IsNumber() ? info[1].As<Napi::Number>().Int32Value() : -1;
    switch (channel_->Send(data.Data(), data.Length(), descriptor)) {
      case SendResult::kSent:
        return Napi::Boolean::New(env, true);
      case SendResult::kQueued:
        Rearm();
        return Napi::Boolean::New(env, true);
      case SendResult::kGone:
        gone_ = true;
        return Napi::Boolean::New(env, true);
      case SendResult::kFull:
        return Napi::Boolean::New(env, false);
      case SendResult::kFailed:
        ThrowErrno(env, "cannot send " + std::to_string(data.Length()) + " bytes on a channel",
                   channel_->error());
        return env.Undefined();
    }
    return env.Undefined();
  }

  void Close(const Napi::CallbackInfo& info) {
    // What the kernel takes at once still goes out; the rest is dropped.
    if (handle_ != nullptr && !gone_) channel_->Flush();
    CloseHandle();
  }

  void UnrefLoop(const Napi::CallbackInfo& info) {
    if (handle_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(&handle_->poll));
  }

  Napi::Value Settled(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (handle_ == nullptr || gone_ || channel_->HasQueued()) return env.Null();
    return Napi::Number::New(env, channel_->fd());
  }

  static void OnPoll(uv_poll_t* poll, int status, int events) {
    ChannelWrap* self = static_cast<PollHandle*>(poll->data)->owner;
    if (self != nullptr) self->Serve(status, events);
  }

  void Serve(int status, int events) {
    // libuv stops polling on POLLERR, which a sibling that died with messages unread causes.
    if (status < 0) {
      channel_->ClearError();
      polled_ = 0;
    }
    if (!gone_ && channel_->HasQueued() && (status < 0 || (events & UV_WRITABLE) != 0)) {
      const SendResult result = channel_->Flush();
      if (result == SendResult::kGone) gone_ = true;
      if (result == SendResult::kFailed) return Finish(channel_->error());
    }
    Read();
    if (handle_ != nullptr) Rearm();
  }

  void Read() {
    size_t bytes = 0;
    for (int count = 0; count < kMessagesPerTurn && bytes < kBytesPerTurn; count++) {
      ReceivedMessage message;
      switch (channel_->Receive(&message)) {
        case ReceiveResult::kNothing:
          return;
        case ReceiveResult::kGone:
          return Finish(0);
        case ReceiveResult::kFailed:
          return Finish(channel_->error());
        case ReceiveResult::kMessage:
          bytes += message.size;
          Deliver(&message);
          break;
      }
      if (handle_ == nullptr) return;  // closed by the callback
    }
  }

  void Deliver(ReceivedMessage* message) {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    const auto data = Napi::Buffer<uint8_t>::Copy(env, message->data, message->size);
    const auto descriptor = Napi::Number::New(env, message->descriptor.Release());
    Call(on_message_, {data, descriptor});
  }

  void Finish(int error) {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    // Held over CloseHandle, which lets the collector have this object.
    const Napi::Object self = Value();
    CloseHandle();
    Call(on_closed_, {Napi::Number::New(env, error)});
    static_cast<void>(self);
  }

  void Call(const Napi::FunctionReference& function, std::initializer_list<napi_value> arguments) {
    function.MakeCallback(events_.Value(), arguments, context_);
    ThrowUncaught(Env());
  }

  void Rearm() {
    const int events = UV_READABLE | (channel_->HasQueued() && !gone_ ? UV_WRITABLE : 0);
    // To start a poll again takes two system calls, at each message.
    if (events == polled_) return;
    polled_ = events;
    uv_poll_start(&handle_->poll, events, OnPoll);
  }

  void CloseHandle() {
    if (handle_ == nullptr) return;
    handle_->owner = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
             [](uv_handle_t* handle) { delete static_cast<PollHandle*>(handle->data); });
    handle_ = nullptr;
    channel_.reset();
    Unref();
  }

  std::unique_ptr<Channel> channel_;
  PollHandle* handle_ = nullptr;
  /** What is polled for; 0: nothing. */
  int polled_ = 0;
  bool gone_ = false;
  Napi::AsyncContext context_;
  Napi::ObjectReference events_;
  Napi::FunctionReference on_message_;
  Napi::FunctionReference on_closed_;
};

Napi::Value SocketPair(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Descriptor first, second;
  if (const int error = OpenSocketPair(&first, &second); error != 0) {
    ThrowErrno(env, "cannot open a socket pair", error);
    return env.Undefined();
  }
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, first.Release());
  pair.Set(uint32_t{1}, second.Release());
  return pair;
}

}  // namespace

void ExportChannel(Napi::Env env, Napi::Object exports) {
  const Napi::Function channel_class = ChannelWrap::Define(env);
  auto* constructor = new Napi::FunctionReference(Napi::Persistent(channel_class));
  env.AddCleanupHook([constructor]() { delete constructor; });
  exports.Set("openChannel", Napi::Function::New(
                                 env,
                                 [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
                                   return constructor->New({info[0], info[1]});
                                 },
                                 "openChannel"));
  exports.Set("socketPair", Napi::Function::New<SocketPair>(env, "socketPair"));
}

}  // namespace raisd
