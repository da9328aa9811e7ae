#pragma once

#include <napi.h>

namespace raisd {
// new EventSocket(receiveBufferBytes, readable); read() → { events, overflowed }; close().
Napi::Function DefineEventSocket(Napi::Env env);
}  // namespace raisd
