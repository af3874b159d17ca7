/** Which of the supported systems this is, for those who must not load the addon to know it. */
export const platform: 'linux' | 'darwin' = process.platform === 'darwin' ? 'darwin' : 'linux';
