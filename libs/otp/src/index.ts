export * from './hotp.js';
export * from './totp.js';
