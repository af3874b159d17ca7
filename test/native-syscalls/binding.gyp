{
  "targets": [
    {
      "target_name": "syscalls",
      "sources": ["syscalls.cc"],
      "defines": ["NAPI_VERSION=8"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-fno-exceptions"]
    }
  ]
}
