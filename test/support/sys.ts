/** The system calls of the tests, thin and typed: integers and paths in, results out, {@link SysError} when they fail. */
export * from './sys/attributes.js';
export { C } from './sys/constants.js';
export * from './sys/descriptors.js';
export * from './sys/directory.js';
export { call, errnoName, type Path, SysError } from './sys/error.js';
export * from './sys/execute.js';
export * from './sys/inotify.js';
export * from './sys/io.js';
export * from './sys/locks.js';
export * from './sys/memory.js';
export * from './sys/process.js';
export * from './sys/tree.js';
export * from './sys/xattr.js';
