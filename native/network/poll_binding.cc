#include "poll_binding.h"

#include <sys/socket.h>

#include <cstring>
#include <string>
#include <utility>

namespace raisd {

int PollWatch::Start(Napi::Env env, int descriptor, std::function<void(int error)> readable) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return EINVAL;
  auto* handle = new uv_poll_t;
  if (const int error = uv_poll_init(loop, handle, descriptor); error != 0) {
    delete handle;
    return -error;
  }
  handle_ = handle;
  handle_->data = this;
  descriptor_ = descriptor;
  readable_ = std::move(readable);
  return -uv_poll_start(handle_, UV_READABLE, OnPoll);
}

void PollWatch::Stop() {
  if (handle_ == nullptr) return;
  uv_poll_stop(handle_);
  uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(handle_, nullptr)),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
}

void PollWatch::OnPoll(uv_poll_t* handle, int status, int) {
  auto* self = static_cast<PollWatch*>(handle->data);
  int error = 0;
  if (status < 0) {
    socklen_t length = sizeof error;
    getsockopt(self->descriptor_, SOL_SOCKET, SO_ERROR, &error, &length);
    uv_poll_start(handle, UV_READABLE, OnPoll);
  }
  self->readable_(error);
}

void Callback::Call(const std::function<napi_value(Napi::Env)>& argument) {
  const Napi::Env env = function_.Env();
  const Napi::HandleScope handles(env);
  const Napi::CallbackScope scope(env, context_);
  const napi_value value = argument(env);
  if (value == nullptr) {
    function_.Call({});
  } else {
    function_.Call({value});
  }
  if (env.IsExceptionPending())
    napi_fatal_exception(env, env.GetAndClearPendingException().Value());
}

void ThrowErrno(Napi::Env env, const char* what, int error) {
  const char* name = strerrorname_np(error);
  const std::string code = name == nullptr ? std::to_string(error) : name;
  Napi::Error thrown = Napi::Error::New(env, std::string("cannot ") + what + ": " + code);
  thrown.Set("code", code);
  thrown.Set("errno", static_cast<double>(error));
  thrown.ThrowAsJavaScriptException();
}

}  // namespace raisd
