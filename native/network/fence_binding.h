#pragma once

#include <napi.h>

namespace raisd {
// new Fence(ingress, egress, marks), all descriptors: see src/network/addon.ts.
Napi::Function DefineFence(Napi::Env env);
}  // namespace raisd
