#pragma once

#include <napi.h>

namespace raisd {
// new Listener(index, claimed); watch(address); unwatch(address); close().
Napi::Function DefineListener(Napi::Env env);
}  // namespace raisd
