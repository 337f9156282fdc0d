export * from './audit-facts.js';
export * from './audit-record.js';
export * from './audit-trail.js';
export * from './chain.js';
export * from './verify-chain.js';
export * from './audit-search.js';
export * from './check-batch.js';
