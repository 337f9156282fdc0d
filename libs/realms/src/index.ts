export * from './configuration.js';
export * from './find-user.js';
export * from './login-name.js';
export * from './user.js';
export * from './user-directory.js';
