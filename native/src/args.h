/**
 * From JavaScript to C++ and back for the calls of the seam: integers in, one integer out. A call is an ordinary
 * function `int64_t name(Environment&, int32_t, …)`; `entry<name>` is its Node-API face, which checks the arguments by
 * position and translates the result's errno. Plain Node-API instead of node-addon-api here, because these calls are
 * the hot path: a handful of nanoseconds per argument.
 */
#pragma once

#include <node_api.h>

#include <cstdint>
#include <utility>

#include "environment.h"
#include "error.h"

/** Reads exactly `count` integers of 32 bits (signed or unsigned); else a TypeError is pending and it returns false. */
bool readIntegers(napi_env env, napi_callback_info info, size_t count, int32_t* out, Environment** environment);

template <typename Function>
struct Signature;

template <typename... Integers>
struct Signature<int64_t (*)(Environment&, Integers...)> {
  static constexpr size_t arity = sizeof...(Integers);

  template <auto Function, size_t... At>
  static int64_t apply(Environment& environment, const int32_t* values, std::index_sequence<At...>) {
    (void)values;
    return Function(environment, values[At]...);
  }
};

template <auto Function>
napi_value entry(napi_env env, napi_callback_info info) {
  using Call = Signature<decltype(Function)>;
  int32_t values[Call::arity + 1];
  Environment* environment;
  if (!readIntegers(env, info, Call::arity, values, &environment)) return nullptr;
  const int64_t result =
      Call::template apply<Function>(*environment, values, std::make_index_sequence<Call::arity>{});
  napi_value out = nullptr;
  napi_create_int32(env, linuxResult(result), &out);
  return out;
}

/** Puts functions on the addon's exports. */
class Registrar {
 public:
  Registrar(napi_env env, napi_value exports, Environment* environment)
      : env_(env), exports_(exports), environment_(environment) {}

  void add(const char* name, napi_callback callback);
  template <auto Function>
  void add(const char* name) {
    add(name, &entry<Function>);
  }

 private:
  napi_env env_;
  napi_value exports_;
  Environment* environment_;
};

// One per family of calls; each lists its calls in the order of os.ts.
void registerFileCalls(Registrar& registrar);
void registerObjectCalls(Registrar& registrar);
void registerSlotCalls(Registrar& registrar);
void registerLaneCalls(Registrar& registrar);
void registerGuestCalls(Registrar& registrar);
void registerAnnounceCalls(Registrar& registrar);
/** Of the system's folder. */
void registerVsockCalls(Registrar& registrar);
void registerWatchCalls(Registrar& registrar);
