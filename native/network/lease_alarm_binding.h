#pragma once

#include <napi.h>

namespace raisd {

// new LeaseAlarm(board, ring); follow(leases); close().
Napi::Function DefineLeaseAlarm(Napi::Env env);

}  // namespace raisd
