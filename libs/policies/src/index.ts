export * from './policy.js';
export * from './policy-set.js';
export * from './policy-value.js';
export * from './rights/admin-rights.js';
export * from './rights/realm-rights.js';
export * from './subject.js';
