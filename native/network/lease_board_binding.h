#pragma once

#include <napi.h>

namespace raisd {
// new LeaseBoard(descriptor); sentAt(group tag): milliseconds since boot.
Napi::Function DefineLeaseBoard(Napi::Env env);
}  // namespace raisd
