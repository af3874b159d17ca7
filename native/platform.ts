/** Which of the supported systems this is, for those who must not load the addon to know it. */
export const platform: 'linux' | 'darwin' = process.platform === 'darwin' ? 'darwin' : 'linux';

/** Bytes of a unix socket's path, `sun_path` less its NUL: unix(7) has 108, macOS's <sys/un.h> 104. */
export const SOCKET_PATH_LIMIT = { linux: 107, darwin: 103 } as const;
