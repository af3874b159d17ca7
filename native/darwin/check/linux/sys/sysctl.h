/** sysctlbyname is declared in darwin.h; glibc has no such header any more. */
#pragma once
