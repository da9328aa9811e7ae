// A descriptor in Node's event loop (Node-API side).
#pragma once

#include <napi.h>
#include <uv.h>

#include <functional>

namespace raisd {

// Calls `readable` whenever the descriptor can be read, until Stop. libuv ends a poll at POLLERR,
// which a netlink overflow and a packet socket on a downed link raise: the error is taken off the
// socket, `readable` gets it (0 otherwise), and the poll is started again.
class PollWatch {
 public:
  PollWatch() = default;
  PollWatch(const PollWatch&) = delete;
  PollWatch& operator=(const PollWatch&) = delete;
  ~PollWatch() { Stop(); }

  // Returns 0 or errno. The descriptor stays the caller's, who closes it after Stop.
  int Start(Napi::Env env, int descriptor, std::function<void(int error)> readable);
  void Stop();

 private:
  static void OnPoll(uv_poll_t* handle, int status, int events);

  // Owned by the event loop once it is started; frees itself when that has let go of it.
  uv_poll_t* handle_ = nullptr;
  int descriptor_ = -1;
  std::function<void(int error)> readable_;
};

// Calls a function of JavaScript from the event loop. What it throws is an uncaught exception.
class Callback {
 public:
  Callback(Napi::Env env, const Napi::Function& function, const char* name)
      : function_(Napi::Persistent(function)), context_(env, name) {}
  // `argument` makes the argument, or returns an empty value for none.
  void Call(const std::function<napi_value(Napi::Env)>& argument);

 private:
  Napi::FunctionReference function_;
  Napi::AsyncContext context_;
};

// Throws `cannot <what>: <CODE>` with the properties `code` and `errno`.
void ThrowErrno(Napi::Env env, const char* what, int error);

}  // namespace raisd
