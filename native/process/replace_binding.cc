#include "replace_binding.h"

#include "errors_binding.h"
#include "replace_program.h"
#include "values_binding.h"

namespace raisd {
namespace {

Napi::Value Replace(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    Napi::TypeError::New(env, "replaceProgram({path, arguments, environment, descriptors})")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Object given = info[0].As<Napi::Object>();
  Replacement replacement;
  replacement.path = given.Get("path").ToString().Utf8Value();
  replacement.arguments = StringsOf(given, "arguments");
  replacement.environment = PairsOf(given, "environment");
  replacement.descriptors = NumbersOf<int>(given, "descriptors");
  if (env.IsExceptionPending()) return env.Undefined();
  const ReplacementFailure failure = ReplaceProgram(replacement);
  ThrowErrno(env, "cannot go over to " + replacement.path + ": " + failure.step, failure.error);
  return env.Undefined();
}

}  // namespace

void ExportReplace(Napi::Env env, Napi::Object exports) {
  exports.Set("replaceProgram", Napi::Function::New<Replace>(env, "replaceProgram"));
}

}  // namespace raisd
