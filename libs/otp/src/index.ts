export * from './day-password.js';
export * from './hotp.js';
export * from './motp.js';
export * from './same-text.js';
export * from './totp.js';
export * from './yubikey.js';
