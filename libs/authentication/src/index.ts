export * from './after-effect.js';
export * from './authenticate.js';
export * from './decide-login.js';
export * from './login.js';
export * from './login-admission.js';
export * from './ports.js';
export * from './split-password.js';
