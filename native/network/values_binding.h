// Values between JavaScript and the leaf (Node-API side). TypeScript has checked them before; what
// does not fit all the same throws a TypeError and returns false.
#pragma once

#include <napi.h>

#include <vector>

#include "address.h"
#include "frame.h"
#include "interface_event.h"

namespace raisd {

// An interface index, 1 or more.
bool ReadIndex(const Napi::Value& value, int* index);
// A Uint8Array of 4 or 16 bytes.
bool ReadAddress(const Napi::Value& value, Address* address);
// A Uint8Array of 6 bytes.
bool ReadHardwareAddress(const Napi::Value& value, HardwareAddress* address);
bool ReadFunction(const Napi::Value& value, Napi::Function* function);
// An array of at most 100,000 elements, all of them objects.
bool ReadObjects(const Napi::Value& value, std::vector<Napi::Object>* objects);

Napi::Value ToUint8Array(Napi::Env env, const Address& address);
// Lower case, colons.
Napi::String ToText(Napi::Env env, const HardwareAddress& address);
Napi::Array ToArray(Napi::Env env, const std::vector<InterfaceEvent>& events);
Napi::Array ToArray(Napi::Env env, const std::vector<Claim>& claims);
Napi::Array ToArray(Napi::Env env, const std::vector<int>& numbers);

}  // namespace raisd
