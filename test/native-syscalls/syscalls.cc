// System calls for the tests, raw: `syscall(nr, ...)` and what JavaScript cannot do by itself (addresses, memory that
// was mapped, signal dispositions). Tests only: nothing here checks an argument, a test wants to pass wrong ones.
//
// Everything runs on the calling thread. That matters for setresuid & co.: the raw calls change this thread alone
// (man 2 setresuid, "C library/kernel differences"), libuv's threads stay what they were.

#include <errno.h>
#include <node_api.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_faccessat2
#define SYS_faccessat2 439  // one number on every architecture
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452  // one number on every architecture
#endif

namespace {

struct Number {
  const char* name;
  long value;
};

// Only calls that x86-64 and arm64 both have: a name that is missing on one of them does not compile there.
const Number numbers[] = {
#define CALL(name) {#name, SYS_##name}
    CALL(accept4),      CALL(bind),         CALL(chdir),        CALL(close),          CALL(close_range),
    CALL(connect),      CALL(copy_file_range), CALL(dup),       CALL(dup3),           CALL(faccessat),
    CALL(faccessat2),   CALL(fallocate),    CALL(fchdir),       CALL(fchmod),         CALL(fchmodat),
    CALL(fchmodat2),    CALL(fchown),       CALL(fchownat),     CALL(fcntl),          CALL(fdatasync),
    CALL(fgetxattr),    CALL(flistxattr),   CALL(flock),        CALL(fremovexattr),   CALL(fsetxattr),
    CALL(fstatfs),      CALL(fsync),        CALL(ftruncate),    CALL(getcwd),         CALL(getdents64),
    CALL(getpid),       CALL(gettid),       CALL(getxattr),     CALL(inotify_add_watch), CALL(inotify_init1), CALL(ioctl),        CALL(lgetxattr),      CALL(linkat),
    CALL(listen),       CALL(listxattr),    CALL(llistxattr),   CALL(lremovexattr),   CALL(lseek),
    CALL(lsetxattr),    CALL(memfd_create), CALL(mkdirat),      CALL(mknodat),      CALL(mmap),           CALL(mprotect),
    CALL(msync),        CALL(munmap),       CALL(openat),       CALL(openat2),        CALL(pidfd_open),
    CALL(pipe2),        CALL(ppoll),        CALL(prctl),        CALL(pread64),        CALL(preadv),
    CALL(prlimit64),    CALL(pwrite64),     CALL(pwritev),      CALL(pwritev2),       CALL(read),
    CALL(readlinkat),   CALL(readv),        CALL(recvmsg),        CALL(removexattr),  CALL(renameat2),      CALL(sendfile),
    CALL(sched_getaffinity), CALL(sched_setaffinity), CALL(sendmsg),     CALL(setgroups),    CALL(setresgid),    CALL(setresuid),    CALL(setxattr),       CALL(socket),
    CALL(splice),       CALL(statfs),       CALL(statx),        CALL(symlinkat),      CALL(sync_file_range),
    CALL(syncfs),       CALL(tgkill),       CALL(truncate),     CALL(umask),          CALL(unlinkat),
    CALL(utimensat),    CALL(write),        CALL(writev),
#undef CALL
};

napi_value fail(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

bool view(napi_env env, napi_value value, char** data, size_t* length) {
  bool is = false;
  napi_is_buffer(env, value, &is);  // true for every ArrayBufferView
  return is && napi_get_buffer_info(env, value, reinterpret_cast<void**>(data), length) == napi_ok;
}

// A number, a BigInt (its low 64 bits), a Buffer (its address), null or undefined (0).
bool word(napi_env env, napi_value value, long* out) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  *out = 0;
  if (type == napi_null || type == napi_undefined) return true;
  if (type == napi_number) {
    int64_t number = 0;
    if (napi_get_value_int64(env, value, &number) != napi_ok) return false;
    *out = static_cast<long>(number);
    return true;
  }
  if (type == napi_bigint) {
    bool lossless = false;
    uint64_t bits = 0;
    int64_t number = 0;
    if (napi_get_value_bigint_int64(env, value, &number, &lossless) != napi_ok) return false;
    if (!lossless) {
      napi_get_value_bigint_uint64(env, value, &bits, &lossless);
      number = static_cast<int64_t>(bits);
    }
    *out = static_cast<long>(number);
    return true;
  }
  char* data = nullptr;
  size_t length = 0;
  if (!view(env, value, &data, &length)) return false;
  *out = reinterpret_cast<long>(data);
  return true;
}

// A number while a double holds it exactly, else a BigInt.
napi_value integer(napi_env env, long value) {
  napi_value result = nullptr;
  constexpr long safe = 9007199254740991L;
  if (value <= safe && value >= -safe)
    napi_create_int64(env, value, &result);
  else
    napi_create_bigint_int64(env, value, &result);
  return result;
}

// syscall(nr, a?, b?, c?, d?, e?, f?): the result, or -errno.
napi_value Syscall(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  size_t argc = 7;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  long w[7] = {0, 0, 0, 0, 0, 0, 0};
  for (size_t i = 0; i < argc && i < 7; i++) {
    if (!word(env, argv[i], &w[i])) return fail(env, "syscall: an argument is neither integer nor Buffer");
  }
  errno = 0;
  long result = syscall(w[0], w[1], w[2], w[3], w[4], w[5], w[6]);
  return integer(env, result == -1 && errno != 0 ? -errno : result);
}

// address(buffer): where its bytes are, as a BigInt, for pointers inside structures.
napi_value Address(napi_env env, napi_callback_info info) {
  napi_value argv[1], result = nullptr;
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  char* data = nullptr;
  size_t length = 0;
  if (argc < 1 || !view(env, argv[0], &data, &length)) return fail(env, "address: a Buffer is needed");
  napi_create_bigint_uint64(env, reinterpret_cast<uint64_t>(data), &result);
  return result;
}

// copy(buffer, address, out): out = memory to buffer (false) or buffer to memory (true). May raise SIGBUS/SIGSEGV,
// which is the point of some tests.
napi_value Copy(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3, length = 0;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  char* data = nullptr;
  long address = 0;
  bool store = false;
  if (argc < 3 || !view(env, argv[0], &data, &length) || !word(env, argv[1], &address) ||
      napi_get_value_bool(env, argv[2], &store) != napi_ok)
    return fail(env, "copy: (Buffer, address, boolean) is needed");
  volatile char* memory = reinterpret_cast<char*>(address);
  for (size_t i = 0; i < length; i++) {
    if (store)
      memory[i] = data[i];
    else
      data[i] = memory[i];
  }
  return nullptr;
}

void nothing(int) {}

// disposition(signal, how): 0 default, 1 ignore, 2 a handler that does nothing and lets system calls end with EINTR
// (Node's own handlers restart them). Result 0 or -errno.
napi_value Disposition(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  long number = 0, how = 0;
  if (argc < 2 || !word(env, argv[0], &number) || !word(env, argv[1], &how))
    return fail(env, "disposition: (signal, how) is needed");
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = how == 0 ? SIG_DFL : how == 1 ? SIG_IGN : nothing;
  return integer(env, sigaction(static_cast<int>(number), &action, nullptr) == -1 ? -errno : 0);
}

void function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

napi_value Init(napi_env env, napi_value exports) {
  function(env, exports, "syscall", Syscall);
  function(env, exports, "address", Address);
  function(env, exports, "copy", Copy);
  function(env, exports, "disposition", Disposition);
  napi_value table = nullptr;
  napi_create_object(env, &table);
  for (const Number& number : numbers) napi_set_named_property(env, table, number.name, integer(env, number.value));
  napi_set_named_property(env, exports, "numbers", table);
  return exports;
}

}  // namespace

NAPI_MODULE(syscalls, Init)
