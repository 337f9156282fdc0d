export * from './policy.js';
export * from './policy-set.js';
export * from './policy-value.js';
export * from './subject.js';
