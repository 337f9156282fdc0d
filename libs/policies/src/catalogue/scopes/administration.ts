import { flag, ofScope, text, whole } from '../catalogued-action.js';

const GETTOKEN = 'gettoken/getotp, gettoken/getmultiotp';
const HOTP_COUNT = 'The number of OTP values that gettoken computes at once for tokens of type';

export const GETTOKEN_ACTIONS = ofScope('gettoken', [
  whole('max_count_dpw', GETTOKEN, `${HOTP_COUNT} dpw.`, { fallback: -1 }),
  whole('max_count_hotp', GETTOKEN, `${HOTP_COUNT} hmac.`, { fallback: -1 }),
  whole('max_count_totp', GETTOKEN, `${HOTP_COUNT} totp.`, { fallback: -1 }),
]);

/** All is allowed while no system policy is active; `write` does not include `read`. */
export const SYSTEM_ACTIONS = ofScope('system', [
  flag('read', 'system (functions that read)', 'See settings, resolvers, realms, providers and policies.'),
  flag(
    'write',
    'system (functions that write)',
    'Change settings, resolvers, realms, providers and policies.',
  ),
]);

export const AUDIT_ACTIONS = ofScope('audit', [flag('view', 'audit/search', 'Search the audit trail.')]);

export const TOOLS_ACTIONS = ofScope('tools', [
  flag('migrate_resolver', 'tools/migrate_resolver', 'Move assigned tokens to another resolver.', {
    desc: 'Support the migration of assigned tokens to a new resolver ',
  }),
  flag('import_users', 'tools/import_users', 'Import users from a file into a managed resolver.', {
    desc: 'Import users from a file into a new resolver ',
  }),
  flag(
    'setPassword',
    'tools/setPassword',
    'Change one’s own password; LinOTP knows it as part of `*` alone.',
    {
      declared: 'silent',
    },
  ),
]);

export const MONITORING_ACTIONS = ofScope('monitoring', [
  flag('config', 'monitoring/config', 'Count realms, resolvers and other parts of the configuration.', {
    desc: 'Allow to see basic configuratiuon',
  }),
  flag('license', 'monitoring/license', 'See the state of the license.', {
    desc: 'Allow to check the license',
  }),
  flag('storageEncryption', 'monitoring/storageEncryption', 'Ask whether secrets are stored sealed.', {
    desc: 'Allow to check if encryption works',
  }),
  flag('tokens', 'monitoring/tokens', 'Count tokens in the realms of the policy.', {
    desc: 'Allow to see number of tokens in realms',
  }),
  flag('userinfo', 'monitoring/userinfo', 'Count users of the resolvers of the policy’s realms.', {
    desc: 'Allow to get information on user-id-resolvers',
  }),
  flag('activeUsers', 'monitoring/activeUsers', 'Count users with an active token in the policy’s realms.', {
    desc: 'Allow to get information on active user count',
  }),
]);

const CHANGES_OF_TOKENS = 'enrolment and other changes of tokens, each a report';

/** What is counted, realm by realm, when tokens change. */
export const REPORTING_ACTIONS = ofScope('reporting', [
  flag('token_total', CHANGES_OF_TOKENS, 'Report the number of tokens.', {
    desc: 'Report total number of tokens',
  }),
  flag('token_user_total', CHANGES_OF_TOKENS, 'Report the number of users with a token.', {
    desc: 'Report total number of token users',
  }),
  text('token_status', CHANGES_OF_TOKENS, 'Report the number of tokens in a state, or in two at once.', {
    desc: 'Report number of tokens which are in-/active,un-/assigned or combinations of these concatenatet with "&"',
  }),
]);

export const REPORTING_ACCESS_ACTIONS = ofScope('reporting.access', [
  flag('maximum', 'reporting/maximum', 'See the highest reported number of tokens.'),
  flag('period', 'reporting/period', 'See the highest reported number of tokens between two dates.'),
  flag('delete_all', 'reporting/delete_all', 'Delete all reported numbers.'),
  flag('delete_before', 'reporting/delete_before', 'Delete reported numbers older than a date.', {
    desc: 'Delete all reporting entries before given date.Date must be geiven as "yyyy-mm-dd"',
  }),
  flag('show', 'reporting/show', 'List reported numbers.'),
]);

/** Values are `email::<provider>`. */
export const NOTIFICATION_ACTIONS = ofScope('notification', [
  text('autoenrollment', 'validate/check', 'Mail the new PIN after enrolment at login.', {
    description: 'provider to be used for enrollment notification',
  }),
  text('enrollment', { never: 'LinOTP 4.0 notifies nobody either' }, 'Nothing: declared only.', {
    description: 'provider to be used for enrollment notification',
  }),
  text('setPin', { never: 'LinOTP 4.0 notifies nobody either' }, 'Nothing: declared only.', {
    description: 'provider to be used for setPin notification',
  }),
]);
