#include "request_binding.h"

#include <string>
#include <vector>

#include "netlink_request.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

bool ReadOperation(const Napi::Value& value, AddressOperation* operation) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "add") {
    *operation = AddressOperation::kAdd;
  } else if (name == "renew") {
    *operation = AddressOperation::kRenew;
  } else if (name == "remove") {
    *operation = AddressOperation::kRemove;
  } else {
    Napi::TypeError::New(value.Env(), "an operation is add, renew or remove")
        .ThrowAsJavaScriptException();
    return false;
  }
  return true;
}

bool ReadRequests(const Napi::Value& value, std::vector<AddressRequest>* requests) {
  std::vector<Napi::Object> objects;
  if (!ReadObjects(value, &objects)) return false;
  for (const Napi::Object& object : objects) {
    AddressRequest request;
    if (!ReadIndex(object.Get("index"), &request.index)) return false;
    if (!ReadAddress(object.Get("address"), &request.address)) return false;
    requests->push_back(request);
  }
  return true;
}

class RequestSocket : public Napi::ObjectWrap<RequestSocket> {
 public:
  explicit RequestSocket(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (const int error = request_.Open(); error != 0) {
      ThrowErrno(info.Env(), "open the rtnetlink socket", error);
    }
  }

  Napi::Value Apply(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    AddressOperation operation;
    std::vector<AddressRequest> requests;
    if (!ReadOperation(info[0], &operation) || !ReadRequests(info[1], &requests))
      return env.Undefined();
    if (!info[2].IsNumber() || info[2].As<Napi::Number>().Int32Value() <= 0) {
      Napi::TypeError::New(env, "a lifetime is a positive number of seconds")
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }
    return ToArray(env,
                   request_.Apply(operation, requests, info[2].As<Napi::Number>().Uint32Value()));
  }

  Napi::Value Dump(const Napi::CallbackInfo& info) {
    std::vector<InterfaceEvent> events;
    if (const int error = request_.Dump(&events); error != 0) {
      ThrowErrno(info.Env(), "dump links and addresses", error);
      return info.Env().Undefined();
    }
    return ToArray(info.Env(), events);
  }

 private:
  NetlinkRequest request_;
};

}  // namespace

Napi::Function DefineRequestSocket(Napi::Env env) {
  return RequestSocket::DefineClass(env, "RequestSocket",
                                    {RequestSocket::InstanceMethod("apply", &RequestSocket::Apply),
                                     RequestSocket::InstanceMethod("dump", &RequestSocket::Dump)});
}

}  // namespace raisd
