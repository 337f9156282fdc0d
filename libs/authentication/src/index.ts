export * from './authenticate.js';
export * from './decide-login.js';
export * from './login.js';
export * from './ports.js';
export * from './split-password.js';
export * from './subject-queue.js';
