#pragma once

#include <napi.h>

namespace raisd {
// new RequestSocket(); apply(operation, requests, validSeconds) → errnos; dump() → events.
Napi::Function DefineRequestSocket(Napi::Env env);
}  // namespace raisd
