export * from './administer/assign-tokens.js';
export * from './administer/change-settings.js';
export * from './administer/copy-between-tokens.js';
export * from './administer/enrol-token.js';
export * from './administer/enrolment-policies.js';
export * from './administer/owner.js';
export * from './administer/remove-tokens.js';
export * from './administer/replace-lost-token.js';
export * from './administer/reset-failures.js';
export * from './administer/resync-tokens.js';
export * from './administer/set-realms.js';
export * from './administer/set-user-pin.js';
export * from './administer/set-validity.js';
export * from './administer/switch-tokens.js';
export * from './administer/token-rights.js';
export * from './administer/unassign-token.js';
export * from './import/formats.js';
export { parseStartDate, USUAL_START } from './import/formats/dat.js';
export * from './import/import-rights.js';
export * from './import/import-tokens.js';
export * from './import/import.errors.js';
export type { NoteList } from './import/notes.js';
export * from './import/read-token-file.js';
export * from './import/token-file-text.js';
export type {
  FileProtection,
  FileToken,
  LineNote,
  NamedOwner,
  TokenFileFormat,
  TokenFileOptions,
} from './import/token-file.js';
export * from './look/find-token-by-otp.js';
export * from './look/find-token-owner.js';
export * from './look/free-serial.js';
export * from './find-token-owners.js';
export * from './look/look-up-totp.js';
export * from './password-hasher.js';
export * from './pin.js';
export * from './select-tokens.js';
export * from './token.errors.js';
export * from './token.js';
export * from './token-administration.js';
export * from './token-list.js';
export * from './token-store.js';
export * from './types/registry.js';
export * from './types/token-type.js';
