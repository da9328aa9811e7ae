#pragma once

#include <napi.h>

namespace raisd {
// new Transmitter(); announce(announcements) → errnos; probe(probes) → errnos.
Napi::Function DefineTransmitter(Napi::Env env);
}  // namespace raisd
