#pragma once

#include <napi.h>

namespace raisd {
// new Alarm(ring); set(milliseconds since boot); close().
Napi::Function DefineAlarm(Napi::Env env);
}  // namespace raisd
