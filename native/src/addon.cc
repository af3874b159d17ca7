/** The module: what each thread that loads it gets, and the calls that take more than integers. */
#include <napi.h>

#include "args.h"

namespace {

Environment& environmentOf(const Napi::CallbackInfo& info) { return *static_cast<Environment*>(info.Data()); }

void throwType(Napi::Env env, const char* text) { Napi::TypeError::New(env, text).ThrowAsJavaScriptException(); }

Napi::Value createArena(const Napi::CallbackInfo& info) {
  const double bytes = info.Length() == 1 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  // Offsets are signed 32-bit numbers.
  if (!(bytes >= 1 && bytes <= 0x7ffff000)) {
    throwType(info.Env(), "the arena's size must be a number between 1 and 2 GiB");
    return {};
  }
  std::shared_ptr<Mapping> made = Mapping::create(static_cast<size_t>(bytes));
  if (made == nullptr) {
    Napi::Error::New(info.Env(), "no memory for an arena").ThrowAsJavaScriptException();
    return {};
  }
  auto* const held = new std::shared_ptr<Mapping>(made);
  return Napi::ArrayBuffer::New(
      info.Env(), made->base(), made->size(), [](Napi::Env, void*, std::shared_ptr<Mapping>* own) { delete own; }, held);
}

void attachArena(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsArrayBuffer()) return throwType(info.Env(), "an ArrayBuffer expected");
  std::shared_ptr<Mapping> mapping = Mapping::at(info[0].As<Napi::ArrayBuffer>().Data());
  if (mapping == nullptr) return throwType(info.Env(), "an ArrayBuffer of createArena expected");
  Arena& arena = environmentOf(info).arena;
  if (arena.attached() && !arena.is(mapping.get())) return throwType(info.Env(), "this thread has another arena");
  arena.attach(std::move(mapping));
}

void setTable(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    return throwType(info.Env(), "an Int32Array expected");
  }
  const auto table = info[0].As<Napi::Int32Array>();
  setErrnoTable(table.Data(), table.ElementLength());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  // Deleted when the thread's environment ends: there the lanes, pumps and announcers that it made are ended.
  auto* const environment = new Environment;
  env.SetInstanceData(environment);
  exports.Set("createArena", Napi::Function::New(env, createArena, "createArena", environment));
  exports.Set("attachArena", Napi::Function::New(env, attachArena, "attachArena", environment));
  exports.Set("setErrnoTable", Napi::Function::New(env, setTable, "setErrnoTable", environment));
  Registrar registrar(env, exports, environment);
  registerFileCalls(registrar);
  registerObjectCalls(registrar);
  registerSlotCalls(registrar);
  registerLaneCalls(registrar);
  registerGuestCalls(registrar);
  registerAnnounceCalls(registrar);
  registerVsockCalls(registrar);
  registerWatchCalls(registrar);
  return exports;
}

}  // namespace

NODE_API_MODULE(osmofs, initialize)
