#pragma once

#include <napi.h>

#include "../lease_board.h"

namespace raisd {
// new LeaseBoard(descriptor); sentAt(group tag): milliseconds since boot.
Napi::Function DefineLeaseBoard(Napi::Env env);

// Of such an object, for as long as that lives; where it is none, throws a TypeError and returns
// null.
const LeaseBoard* BoardOf(const Napi::Value& value);
}  // namespace raisd
