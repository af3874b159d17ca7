#include "args.h"

#include <cmath>
#include <cstdio>

bool readIntegers(napi_env env, napi_callback_info info, size_t count, int32_t* out, Environment** environment) {
  constexpr size_t kMost = 11;
  napi_value values[kMost];
  size_t given = kMost;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &given, values, nullptr, &data) != napi_ok) return false;
  *environment = static_cast<Environment*>(data);
  if (given != count) {
    char text[64];
    std::snprintf(text, sizeof text, "%zu arguments expected, %zu given", count, given);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
    return false;
  }
  for (size_t at = 0; at < count; at++) {
    double value;
    // As a double, because the integer getters quietly truncate 1.5 and wrap 2**32.
    if (napi_get_value_double(env, values[at], &value) == napi_ok && value >= -2147483648.0 && value <= 4294967295.0 &&
        value == std::trunc(value)) {
      out[at] = static_cast<int32_t>(static_cast<int64_t>(value));
      continue;
    }
    char text[64];
    std::snprintf(text, sizeof text, "argument %zu must be an integer of 32 bits", at + 1);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
    return false;
  }
  return true;
}

void Registrar::add(const char* name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, environment_, &function) != napi_ok ||
      napi_set_named_property(env_, exports_, name, function) != napi_ok) {
    napi_fatal_error(name, NAPI_AUTO_LENGTH, "cannot register a call", NAPI_AUTO_LENGTH);
  }
}
