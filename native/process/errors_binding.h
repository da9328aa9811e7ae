// How failures of the leaf code become JavaScript errors: a message that names object, step and
// errno, and the errno's name as `code`, like Node's own errors.

#ifndef RAISD_PROCESS_ERRORS_BINDING_H_
#define RAISD_PROCESS_ERRORS_BINDING_H_

#include <napi.h>
#include <string.h>

#include <string>

namespace raisd {

inline std::string ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

/** Throws `message: CODE`; return at once. */
inline void ThrowErrno(Napi::Env env, const std::string& message, int error) {
  Napi::Error thrown = Napi::Error::New(env, message + ": " + ErrnoName(error));
  thrown.Set("code", Napi::String::New(env, ErrnoName(error)));
  thrown.Set("errno", Napi::Number::New(env, error));
  thrown.ThrowAsJavaScriptException();
}

/** After a callback: what it threw is an uncaught exception, as nobody is above it on the stack. */
inline void ThrowUncaught(Napi::Env env) {
  if (!env.IsExceptionPending()) return;
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());
}

}  // namespace raisd

#endif  // RAISD_PROCESS_ERRORS_BINDING_H_
