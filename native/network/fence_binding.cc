#include "fence_binding.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "fence_filter.h"
#include "fence_marks.h"
#include "poll_binding.h"
#include "tcx_programs.h"
#include "values_binding.h"

namespace raisd {

namespace {

int DescriptorOf(const Napi::Value& value) {
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
}

// The lease that a mark names; null and undefined: none, it is never live.
bool ReadMark(const Napi::Value& value, FenceMark* mark) {
  if (!value.IsObject()) return value.IsNull();
  const auto object = value.As<Napi::Object>();
  const Napi::Value tag = object.Get("groupTag"), lease = object.Get("lease");
  const Napi::Value slot = object.Get("slot");
  if (!tag.IsBigInt() || !lease.IsBigInt() || !slot.IsNumber()) return false;
  bool is_lossless = false;
  mark->group_tag = tag.As<Napi::BigInt>().Uint64Value(&is_lossless);
  mark->lease = lease.As<Napi::BigInt>().Uint64Value(&is_lossless);
  mark->slot = slot.As<Napi::Number>().Uint32Value();
  return true;
}

// undefined: it serves; 'prepared'; or the heir's MAC.
bool ReadStage(const Napi::Value& value, FenceMark* mark) {
  if (value.IsUndefined()) return true;
  if (value.IsString()) {
    mark->stage = FenceStage::kPrepared;
    return value.As<Napi::String>().Utf8Value() == "prepared";
  }
  if (!value.IsTypedArray()) return false;
  const auto bytes = value.As<Napi::Uint8Array>();
  if (bytes.ByteLength() != mark->heir.size()) return false;
  mark->stage = FenceStage::kHandedOver;
  std::copy_n(bytes.Data(), mark->heir.size(), mark->heir.begin());
  return true;
}

class FenceObject : public Napi::ObjectWrap<FenceObject> {
 public:
  explicit FenceObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info),
        filter_(DescriptorOf(info[0]), DescriptorOf(info[1])),
        marks_(DescriptorOf(info[2])) {
    if (const int error = filter_.Open(); error != 0) {
      ThrowErrno(info.Env(), "open the rtnetlink socket", error);
    }
  }

  Napi::Value Attach(const Napi::CallbackInfo& info) {
    int index = 0;
    if (!ReadIndex(info[0], &index)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), filter_.Attach(index));
  }

  Napi::Value Detach(const Napi::CallbackInfo& info) {
    int index = 0;
    if (!ReadIndex(info[0], &index)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), filter_.Detach(index));
  }

  Napi::Value Find(const Napi::CallbackInfo& info) {
    int index = 0;
    if (!ReadIndex(info[0], &index)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), filter_.Find(index));
  }

  Napi::Value Preceding(const Napi::CallbackInfo& info) {
    int index = 0;
    if (!ReadIndex(info[0], &index)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), CountTcxPrograms(index));
  }

  Napi::Value Mark(const Napi::CallbackInfo& info) {
    FenceKey key;
    if (!ReadKey(info, &key)) return info.Env().Undefined();
    FenceMark mark;
    if (!ReadMark(info[2], &mark)) {
      Napi::TypeError::New(info.Env(), "a mark names a group, its lease and its slot, or is null")
          .ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    if (!ReadStage(info[3], &mark)) {
      Napi::TypeError::New(info.Env(), "a stage is none, 'prepared', or the six bytes of a MAC")
          .ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    return Napi::Number::New(info.Env(), marks_.Set(key, mark));
  }

  Napi::Value Unmark(const Napi::CallbackInfo& info) {
    FenceKey key;
    if (!ReadKey(info, &key)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), marks_.Remove(key));
  }

  Napi::Value Marked(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::vector<FenceKey> keys;
    if (const int error = marks_.List(&keys); error != 0) {
      ThrowErrno(env, "read the marks of the fence", error);
      return env.Undefined();
    }
    Napi::Array marked = Napi::Array::New(env, keys.size());
    for (uint32_t position = 0; position < keys.size(); position++) {
      Napi::Object each = Napi::Object::New(env);
      each.Set("index", Napi::Number::New(env, keys[position].interface_index));
      each.Set("address", ToUint8Array(env, AddressOf(keys[position])));
      marked.Set(position, each);
    }
    return marked;
  }

 private:
  static bool ReadKey(const Napi::CallbackInfo& info, FenceKey* key) {
    int index = 0;
    Address address;
    if (!ReadIndex(info[0], &index) || !ReadAddress(info[1], &address)) return false;
    *key = FenceKeyOf(index, address);
    return true;
  }

  FenceFilter filter_;
  FenceMarks marks_;
};

}  // namespace

Napi::Function DefineFence(Napi::Env env) {
  return FenceObject::DefineClass(
      env, "Fence",
      {FenceObject::InstanceMethod("attach", &FenceObject::Attach),
       FenceObject::InstanceMethod("detach", &FenceObject::Detach),
       FenceObject::InstanceMethod("find", &FenceObject::Find),
       FenceObject::InstanceMethod("preceding", &FenceObject::Preceding),
       FenceObject::InstanceMethod("mark", &FenceObject::Mark),
       FenceObject::InstanceMethod("unmark", &FenceObject::Unmark),
       FenceObject::InstanceMethod("marked", &FenceObject::Marked)});
}

}  // namespace raisd
