/**
 * Darwin's errno numbers (`<sys/errno.h>`) and what a Linux guest is told instead, both ways.
 *
 * Up to ERANGE (34) the two systems agree except for EDEADLK, which darwin has at Linux's EAGAIN; after that nothing
 * does. `native/darwin/check.ts` compiles this table against Apple's header, so a wrong number cannot stay.
 */
import { Errno } from '../../protocol/errno.js';

/** Every number of darwin's `<sys/errno.h>`, 1 … 106, by its own name. EWOULDBLOCK is EAGAIN. */
export const DarwinErrno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EDEADLK: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EAGAIN: 35,
  EINPROGRESS: 36,
  EALREADY: 37,
  ENOTSOCK: 38,
  EDESTADDRREQ: 39,
  EMSGSIZE: 40,
  EPROTOTYPE: 41,
  ENOPROTOOPT: 42,
  EPROTONOSUPPORT: 43,
  ESOCKTNOSUPPORT: 44,
  ENOTSUP: 45,
  EPFNOSUPPORT: 46,
  EAFNOSUPPORT: 47,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  ENETDOWN: 50,
  ENETUNREACH: 51,
  ENETRESET: 52,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  ENOBUFS: 55,
  EISCONN: 56,
  ENOTCONN: 57,
  ESHUTDOWN: 58,
  ETOOMANYREFS: 59,
  ETIMEDOUT: 60,
  ECONNREFUSED: 61,
  ELOOP: 62,
  ENAMETOOLONG: 63,
  EHOSTDOWN: 64,
  EHOSTUNREACH: 65,
  ENOTEMPTY: 66,
  EPROCLIM: 67,
  EUSERS: 68,
  EDQUOT: 69,
  ESTALE: 70,
  EREMOTE: 71,
  EBADRPC: 72,
  ERPCMISMATCH: 73,
  EPROGUNAVAIL: 74,
  EPROGMISMATCH: 75,
  EPROCUNAVAIL: 76,
  ENOLCK: 77,
  ENOSYS: 78,
  EFTYPE: 79,
  EAUTH: 80,
  ENEEDAUTH: 81,
  EPWROFF: 82,
  EDEVERR: 83,
  EOVERFLOW: 84,
  EBADEXEC: 85,
  EBADARCH: 86,
  ESHLIBVERS: 87,
  EBADMACHO: 88,
  ECANCELED: 89,
  EIDRM: 90,
  ENOMSG: 91,
  EILSEQ: 92,
  ENOATTR: 93,
  EBADMSG: 94,
  EMULTIHOP: 95,
  ENODATA: 96,
  ENOLINK: 97,
  ENOSR: 98,
  ENOSTR: 99,
  EPROTO: 100,
  ETIME: 101,
  EOPNOTSUPP: 102,
  ENOPOLICY: 103,
  ENOTRECOVERABLE: 104,
  EOWNERDEAD: 105,
  EQFULL: 106,
} as const;

export type DarwinErrnoName = keyof typeof DarwinErrno;
type LinuxErrnoName = keyof typeof Errno;

/** Darwin's largest errno (ELAST). */
export const LAST_DARWIN_ERRNO = 106;

/** What Linux has no name for: the nearest a Linux program can act on. All others keep their name. */
const ToLinux: Partial<Record<DarwinErrnoName, LinuxErrnoName>> = {
  // A missing extended attribute is ENODATA on Linux; getfattr, tar and rsync look for exactly that.
  ENOATTR: 'ENODATA',
  // "Not supported by this file system"; Linux has one number for ENOTSUP and EOPNOTSUPP.
  ENOTSUP: 'EOPNOTSUPP',
  EPROCLIM: 'EAGAIN',
  EBADRPC: 'EREMOTEIO',
  ERPCMISMATCH: 'EREMOTEIO',
  EPROGUNAVAIL: 'EREMOTEIO',
  EPROGMISMATCH: 'EREMOTEIO',
  EPROCUNAVAIL: 'EREMOTEIO',
  EFTYPE: 'EINVAL',
  // A network volume whose credentials lapsed.
  EAUTH: 'EACCES',
  ENEEDAUTH: 'EACCES',
  EPWROFF: 'EIO',
  EDEVERR: 'EIO',
  EBADEXEC: 'ENOEXEC',
  EBADARCH: 'ENOEXEC',
  ESHLIBVERS: 'ELIBBAD',
  EBADMACHO: 'ENOEXEC',
  ENOPOLICY: 'EOPNOTSUPP',
  EQFULL: 'ENOBUFS',
};

/** What darwin has no name for. All others keep their name. */
const ToDarwin: Partial<Record<LinuxErrnoName, DarwinErrnoName>> = {
  // The two that Linux programs mean when they speak of extended attributes and of file systems.
  ENODATA: 'ENOATTR',
  EOPNOTSUPP: 'ENOTSUP',
  ECHRNG: 'EINVAL',
  EL2NSYNC: 'EIO',
  EL3HLT: 'EIO',
  EL3RST: 'EIO',
  ELNRNG: 'EINVAL',
  EUNATCH: 'ENXIO',
  ENOCSI: 'EIO',
  EL2HLT: 'EIO',
  EBADE: 'EIO',
  EBADR: 'EINVAL',
  EXFULL: 'ENOBUFS',
  ENOANO: 'EINVAL',
  EBADRQC: 'EINVAL',
  EBADSLT: 'EINVAL',
  EBFONT: 'EIO',
  ENONET: 'ENETDOWN',
  ENOPKG: 'ENOENT',
  EADV: 'EIO',
  ESRMNT: 'EIO',
  ECOMM: 'EIO',
  EDOTDOT: 'EIO',
  ENOTUNIQ: 'EEXIST',
  EBADFD: 'EBADF',
  EREMCHG: 'EIO',
  ELIBACC: 'ESHLIBVERS',
  ELIBBAD: 'ESHLIBVERS',
  ELIBSCN: 'ESHLIBVERS',
  ELIBMAX: 'ESHLIBVERS',
  ELIBEXEC: 'ESHLIBVERS',
  ERESTART: 'EINTR',
  ESTRPIPE: 'EPIPE',
  EUCLEAN: 'EIO',
  ENOTNAM: 'EINVAL',
  ENAVAIL: 'EINVAL',
  EISNAM: 'EISDIR',
  EREMOTEIO: 'EBADRPC',
  ENOMEDIUM: 'ENXIO',
  EMEDIUMTYPE: 'EFTYPE',
  ENOKEY: 'ENEEDAUTH',
  EKEYEXPIRED: 'EAUTH',
  EKEYREVOKED: 'EAUTH',
  EKEYREJECTED: 'EAUTH',
  ERFKILL: 'EPWROFF',
  EHWPOISON: 'EIO',
};

const linuxByDarwin = new Uint8Array(LAST_DARWIN_ERRNO + 1).fill(Errno.EIO);
for (const [name, number] of Object.entries(DarwinErrno)) {
  linuxByDarwin[number] = Errno[ToLinux[name as DarwinErrnoName] ?? (name as LinuxErrnoName)];
}

const darwinByLinux = new Map<number, number>();
for (const [name, number] of Object.entries(Errno)) {
  darwinByLinux.set(number, DarwinErrno[ToDarwin[name as LinuxErrnoName] ?? (name as DarwinErrnoName)]);
}

/** Linux's number for a darwin errno; EIO for one that this table does not know. */
export function toLinuxErrno(darwin: number): number {
  return linuxByDarwin[darwin] ?? Errno.EIO;
}

/** Darwin's number for a Linux errno; EIO for one that this table does not know. */
export function toDarwinErrno(linux: number): number {
  return darwinByLinux.get(linux) ?? DarwinErrno.EIO;
}

/** For `setErrnoTable` of the addon: index = darwin's errno, value = Linux's. Index 0 is no error. */
export const errnoTable: Int32Array = Int32Array.from(linuxByDarwin, (linux, darwin) => (darwin === 0 ? 0 : linux));
