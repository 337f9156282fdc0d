export * from './brand.js';
export * from './clock.js';
export * from './errors.js';
export * from './random.js';
export * from './secret.js';
export * from './text.js';
export * from './wildcards.js';
