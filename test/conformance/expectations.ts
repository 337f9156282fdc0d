import type { Answer } from './client.js';
import { AUDIT_DIFFERENCES } from './audit-differences.js';
import { PAIRING_DIFFERENCES } from './pairing-differences.js';
import { REPORT_DIFFERENCES } from './report-differences.js';
import { U2F_DIFFERENCES } from './u2f-differences.js';

/** What is to be expected of one recording now. */
export type Expectation = { readonly kind: 'built' } | ({ readonly kind: 'differs' } & MeantDifference);

/** We answer otherwise, and mean to. */
export interface MeantDifference {
  readonly reason: string;
  /** The places that differ; everywhere else the answer is as recorded. */
  readonly at: RegExp;
  /** Asserts what is answered there instead. */
  readonly check: (answer: Answer) => void;
}

const BUILT = names(`
  healthcheck root-redirect not-found

  admin-show-no-login admin-show-bad-cookie v2-tokens-no-login
  login-wrong-password login-unknown-user login-missing-params login-get login-ok logout admin-show-after-logout
  admin-init-no-csrf admin-show-get-no-csrf admin-init-wrong-method

  system-getRealms-empty system-getResolvers-empty
  setResolver-passwd setResolver-missing-type setResolver-unknown-type setResolver-passwd-nofile
  setRealm setRealm-missing-resolvers setRealm-unknown-resolver setRealm-empty-resolvers setRealm-second
  setDefaultRealm setDefaultRealm-unknown setDefaultRealm-again getRealms
  v2-resolvers-empty v2-realms-empty getDefaultRealm v2-realms v2-realm-users v2-realm-users-search
  v2-realm-users-unknown v2-resolver-users v2-resolver-user v2-resolver-user-unknown
  delRealm delRealm-unknown delRealm-2 delResolver
  userlist userlist-filter userlist-paged userlist-unknown-realm testresolver-passwd testresolver-ldap-unreachable
  getResolver getResolver-sql getResolver-unknown delResolver-in-use delResolver-unknown delResolver-sql

  init-qr init-push
  init-no-key init-bad-key init-unknown-type init-vasco init-rescue init-existing-serial-other-type
  init-unknown-user init-pw init-spass init-radius init-remote init-forward init-yubikey init-sms init-sms-no-phone init-email init-voice
  init-ocra2

  admin-show-one-token show-all show-serial show-serial-wildcard show-unknown-serial show-sortby-unknown
  show-filter show-user show-user-fields show-viewrealm show-csv show-tokeninfo-json
  v2-tokens-search v2-tokens-bad-page v2-token v2-token-unknown

  assign assign-unknown-user assign-unknown-serial assign-missing-serial unassign unassign-unknown
  disable disable-unknown disable-missing enable
  set-maxfail set-multi set-unknown-param set-bad-value
  set-count_auth_max set-validity-old setValidity setValidity-missing show-GH2-after-set
  reset reset-user reset-unknown reset-missing resync-ok resync-wrong resync-missing
  remove remove-unknown remove-missing remove-user
  getTokenOwner-unassigned getTokenOwner-unknown copyTokenPin copyTokenPin-unknown copyTokenUser
  tokenrealm tokenrealm-unknown-serial check_serial-used check_serial-free unpair-missing checkstatus-user
  setPin-ocra getSerialByOtp getSerialByOtp-missing totp_lookup totp_lookup-none losttoken losttoken-unassigned

  check_s-ok check_s-replay check_s-get-ok check_s-window-ahead-5 check_s-wrong-otp check_s-wrong-pin
  check_s-out-of-window check_s-unknown-serial check_s-missing-serial check_s-missing-pass
  check_s-unassigned-no-pin check_s-json-body check_s-httperror check_s-httperror-empty check_s-httperror-bad
  check_s-spass check_s-motp check_s-forward check_s-disabled lock-wrong-0 lock-wrong-1 lock-wrong-2 check_s-locked check_s-after-reset
  check_s-after-resync
  validate-check-no-realm check-ok check-ok-realm check-ok-user-at-realm check-replay check-wrong-otp
  check-wrong-pin check-unknown-user check-unknown-realm check-user-no-token check-missing-user
  check-missing-pass check-totp-ok check-totp-replay check-pw-ok check-pw-wrong
  sms-trigger sms-answer email-trigger-no-provider smspin-unknown
  samlcheck-ok samlcheck-wrong pair-missing accept_transaction-missing reject_transaction-unknown
  check_yubikey-missing check_yubikey-unknown simplecheck-ok simplecheck-wrong validate-ok validate-fail

  challenge-trigger challenge-status-open check_status-unknown challenge-answer-wrong challenge-answer-ok challenge-answer-again challenge-trigger-serial
  check_t-ok check_t-unknown check_t-missing admin-checkstatus-tx challenge-data-trigger challenge-wrong-pin

  audit-search-filter audit-search-csv v2-auditlog-filter

  getConfig-path

  tools-import_users tools-migrate_resolver-missing

  loadtokens-oathcsv loadtokens-pskc loadtokens-no-file

  setResolver-ldap getResolvers delResolver-ldap

  setConfig setConfig-typed getConfig-key getConfig-unknown delConfig delConfig2 delConfig-missing
  setDefault setDefault-unknown
  getProviderDef-missing getProviderDef-sms getProvider setProvider-sms setProvider-missing setProvider-bad-type
  getProvider-sms setDefaultProvider testProvider-unknown delProvider delProvider-unknown
  system-getSupportInfo system-isSupportValid
  monitoring-license monitoring-userinfo monitoring-activeUsers monitoring-storageEncryption
  reporting-maximum reporting-show reporting-delete_before-missing system-getReportedStatuses

  setPolicy-u2f setPolicy-qr delPolicy-u2f delPolicy-qrp setPolicy-challenge setPolicy-otppin
  check-otppin-password setPolicy-passthru check-passthru-ok check-passthru-wrong setPolicy-detail
  check_s-detail-success check-detail-success check-detail-fail check-detail-unknown-user
  setPolicy-missing-scope setPolicy-bad-name setPolicy-bad-scope setPolicy-inactive
  getPolicy getPolicy-name getPolicy-scope getPolicy-only-active checkPolicy checkPolicy-missing
  importPolicy delPolicy-cr delPolicy-otppin1 delPolicy-pt delPolicy-det
  delPolicy-enr delPolicy-imported delPolicy-unknown delPolicy-missing setPolicy-admin-other setPolicy-admin-self
  setPolicy-admin-nomore init-denied-by-policy disable-denied-by-policy delPolicy-adm delPolicy-sys
  setPolicy-selfservice delPolicy-ss

  userservice-context-nologin userservice-login-wrong userservice-login-ok userservice-usertokenlist
  userservice-nosession userservice-logout userservice-delete-foreign
  userservice-enroll-denied userservice-setpin userservice-verify userservice-disable userservice-enable userservice-reset
  userservice-resync userservice-setdescription userservice-usertokenlist-2 userservice-delete
`);

const HAS_ENROLMENT_URL: MeantDifference = {
  reason: 'LinOTP 4.0 repeats the enrolment URL under a name of its own, and its clients look there',
  at: /^\.detail\.enrollment_url$/,
  check: ({ json }) => {
    const { detail } = json as { detail: { enrollment_url: unknown; googleurl: unknown } };
    expect(detail.enrollment_url).toEqual(detail.googleurl);
  },
};

const HAS_MOTP_URL: MeantDifference = {
  reason: 'LinOTP 4.0 gives an enrolment URL for mOTP, too',
  at: /^\.detail\.(enrollment_url|googleurl)$/,
  check: ({ json }) => {
    const { detail } = json as { detail: { enrollment_url: unknown; googleurl: unknown } };
    expect(detail.enrollment_url).toEqual(detail.googleurl);
    expect(detail.googleurl).toMatchObject({
      value: 'otpauth://motp/LinOTP:GMO1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&issuer=LinOTP',
    });
  },
};

/** As LinOTP 4.0 has them: whoever is not logged in learns no names of resolvers. */
const TELLS_NAMES_OF_REALMS = {
  check: ({ json }: Answer) => {
    const { detail } = json as { detail: { copyright: string; realms: object } };
    expect(detail.copyright).toBe('Copyright (C) the Twinlock contributors');
    expect(detail.realms).toEqual({ goldrealm: { realmname: 'goldrealm', default: true } });
  },
};

const DIFFERING: Readonly<Record<string, MeantDifference>> = {
  'userservice-pre_context': {
    ...TELLS_NAMES_OF_REALMS,
    reason:
      'realms as LinOTP 4.0 tells them, without their resolvers: nobody is logged in; our own copyright',
    at: /^\.detail\.(copyright|realms\.goldrealm\.(entry|useridresolver|default|admin))/,
  },
  'userservice-context': {
    reason: 'as before the login; the resolver by its name: users learn no path of a file',
    at: /^\.detail\.(copyright|realms\.goldrealm\.(entry|useridresolver|default|admin)|user\.resolver)/,
    check: (answer) => {
      TELLS_NAMES_OF_REALMS.check(answer);
      const { detail } = answer.json as { detail: { user: { resolver: string } } };
      expect(detail.user.resolver).toBe('gold');
    },
  },
  'loadtokens-bad-type': {
    reason:
      'LinOTP does not escape the text, so that it is no XML (spec/admin-api §1.6, "Do better"); u2f is ours',
    at: /^body$/,
    check: ({ text }) => {
      expect(text).toContain(
        '<message>Unknown file type: &gt;&gt;nosuch&lt;&lt;. We only know the types: aladdin-xml, oathcsv, yubikeycsv, feitian, pskc, dpw, dat, u2f</message>',
      );
    },
  },
  'tools-import_users-no-file': {
    reason: 'LinOTP shows the representation of an exception; the name of what is missing says more',
    at: /^\.result\.error\.message$/,
    check: ({ json }) => {
      expect(json).toMatchObject({ result: { error: { message: "ERR905: Missing parameter: 'file'" } } });
    },
  },
  'tools-setPassword-wrong-old': {
    reason: 'LinOTP looks in a table that new installations leave empty (spec/system-api §5.4, "Do better")',
    at: /^\.result\.error\.message$/,
    check: ({ json }) => {
      expect(json).toMatchObject({ result: { error: { message: 'old password missmatch!' } } });
    },
  },
  ...PAIRING_DIFFERENCES,
  'admin-init-csrf-in-form': HAS_ENROLMENT_URL,
  'userservice-history': {
    reason:
      'records name the policies that logins were decided by, and parameters in the order in which they are read',
    at: /^\.rows\[\d\]\.cell\[[67]\]$/,
    check: ({ json }) => {
      const { rows } = json as unknown as { rows: { cell: readonly string[] }[] };
      expect(rows[1]?.cell[6]).toMatch(/^\{'name': 'pt', 'scope': 'authentication', .*'user': 'dirk'/);
      expect(rows[2]?.cell[7]).toBe('policies: pt');
    },
  },
  'userservice-enroll-ok': HAS_ENROLMENT_URL,
  'init-hmac': HAS_ENROLMENT_URL,
  'init-hmac-genkey': HAS_ENROLMENT_URL,
  'init-hmac-genkey-sha256-8': HAS_ENROLMENT_URL,
  'init-hmac-auto-serial': HAS_ENROLMENT_URL,
  'init-existing-serial-same-type': HAS_ENROLMENT_URL,
  'init-totp': HAS_ENROLMENT_URL,
  'init-totp-genkey': HAS_ENROLMENT_URL,
  'init-motp': HAS_MOTP_URL,

  getTokenOwner: {
    reason: 'nobody is shown the hash of a password (spec/admin-api §3.20, "Do better")',
    at: /^\.result\.value\.cryptpass$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: object } };
      expect(result.value).not.toHaveProperty('cryptpass');
    },
  },
  'setPin-missing': {
    reason: 'LinOTP 4.0 sets PINs of devices of those types alone that have one',
    at: /^\.(id|result\.error\.(code|message))$/,
    check: ({ json }) => {
      expect(json).toMatchObject({
        result: { error: { code: -311, message: 'This type of pin cannot be set for a HMAC token.' } },
        id: 0,
      });
    },
  },
  'getSerialByOtp-none': {
    reason: 'LinOTP 3.4 fails over a token of another type',
    at: /^\.result\.(status|value|error)$/,
    check: ({ json }) => {
      const value = { success: true, serial: '', user_login: '', user_resolver: '' };
      expect(json).toMatchObject({ result: { status: true, value } });
    },
  },
  'checkstatus-missing': {
    reason: 'LinOTP 4.0 says what is missing, where 3.4 fails inside',
    at: /^(status|content type|body)$/,
    check: ({ status, json }) => {
      expect(status).toBe(200);
      expect(json).toMatchObject({ result: { status: false, error: { code: 77 } }, id: 0 });
    },
  },

  getConfig: {
    reason:
      'secrets are masked, users are remembered for a minute, and what only LinOTP keeps in its table is not there',
    at: /^\.result\.value\.(Config|golden2|sql_data_model_version|(Public|Secret)Key\.Partition\.0|user_lookup_cache\.(enabled|expiration)|sqlresolver\.\w+\.LinOTP_local_admins)$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: Readonly<Record<string, unknown>> } };
      expect(result.value).toMatchObject({
        Config: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        golden2: '********',
        'user_lookup_cache.enabled': 'True',
        'user_lookup_cache.expiration': '60',
        'sqlresolver.readonly.LinOTP_local_admins': 'True',
      });
    },
  },
  'getResolver-ldap': {
    reason: 'its password is masked',
    at: /^\.result\.value\.data\.BINDPW$/,
    check: ({ json }) => {
      expect(json).toMatchObject({ result: { value: { data: { BINDPW: '********' } } } });
    },
  },
  'v2-resolvers': {
    reason: 'realms come in the order of their names, where LinOTP has none',
    at: /^\.result\.value\[1\]\.realms\[[01]\]$/,
    check: ({ json }) => {
      expect(json).toMatchObject({
        result: { value: [{}, { name: 'gold', realms: ['goldrealm', 'second'] }, { name: 'goldldap' }] },
      });
    },
  },
  'maintenance-check_status': {
    reason: 'there are as many entries as getConfig shows',
    at: /^\.detail\.config\.entries$/,
    check: ({ json }) => {
      expect(json).toMatchObject({ detail: { config: { entries: expect.any(Number) } } });
    },
  },
  ...AUDIT_DIFFERENCES,
  ...REPORT_DIFFERENCES,
  ...U2F_DIFFERENCES,

  'getPolicy-export': {
    reason: 'LinOTP 4.0 has the path, by which browsers name the file',
    at: /^(status|content type|body)$/,
    check: ({ status, contentType, text }) => {
      expect([status, contentType]).toEqual([200, 'text/plain; charset=utf-8']);
      expect(text).toContain('[det]\naction = "detail_on_success, detail_on_fail"\nscope = authorization\n');
    },
  },
  getPolicyDef: {
    reason: 'LinOTP 4.0 has more actions and values, and its policies are to be stored',
    at: /\.(\w*(fido2|FIDO2)\w*|setOCRAPIN|enroll(REMOTE|RADIUS|SPASS|FORWARD|DPW)|support_offline\.range)$/,
    check: ({ json }) => {
      expect(json).toMatchObject({
        result: {
          value: {
            admin: { initFIDO2: { type: 'bool' }, setOCRAPIN: { type: 'bool' } },
            authentication: { support_offline: { range: ['qr', 'u2f', 'forward', 'fido2'] } },
          },
        },
      });
    },
  },
  'getPolicyDef-scope': {
    reason: 'LinOTP 4.0 has more actions and values, and its policies are to be stored',
    at: /\.(fido2_user_verification_requirement|support_offline\.range)$/,
    check: ({ json }) => {
      expect(json).toMatchObject({
        result: { value: { support_offline: { range: ['qr', 'u2f', 'forward', 'fido2'] } } },
      });
    },
  },

  'setResolver-sql': {
    reason:
      'LinOTP repeats what its database driver says; we say what we say of any resolver that cannot be opened',
    at: /^\.result\.error\.message$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { error: unknown } };
      expect(result.error).toEqual({
        code: -311,
        message: `Unable to instantiate the resolver 'goldsql'.Please verify configuration or connection!`,
      });
    },
  },
  'manage-context': {
    reason:
      'the actions come in the order of getPolicyDef, and LinOTP 4.0 has two more; LinOTP has another copyright',
    at: /^\.detail\.(copyright|permissions\.(inRealm\.\w+|anyRealm|global)(\[\d+\])?(\.length)?)$/,
    check: ({ json }) => {
      const { detail } = json as unknown as { detail: { permissions: RecordedPermissions } };
      const { inRealm, anyRealm, global } = detail.permissions;
      expect(Object.keys(inRealm)).toEqual(['linotp_admins', 'goldrealm', 'second']);
      for (const granted of Object.values(inRealm)) expect(granted).toEqual(anyRealm);
      // 47 of LinOTP 3.4.4, setOCRAPIN and initFIDO2.
      expect(new Set(anyRealm).size).toBe(49);
      expect(anyRealm).toEqual(expect.arrayContaining(['admin/show', 'admin/initHMAC', 'admin/setSCPIN']));
      const monitoring = ['activeUsers', 'config', 'license', 'storageEncryption', 'tokens', 'userinfo'];
      expect(global.toSorted()).toEqual(
        [
          'audit/view',
          'system/read',
          'system/write',
          'tools/import_users',
          'tools/migrate_resolver',
          ...monitoring.map((action) => `monitoring/${action}`),
        ].toSorted(),
      );
    },
  },
  'v2-tokens': {
    reason:
      'LinOTP shows a part of the file name as name and class of the resolver (spec/admin-api §4.1, "Do better")',
    at: /\.userInfo\.idResolverInfo\.(resolverName|resolverClass)$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: { pageRecords: readonly ListedRecord[] } } };
      const owned = result.value.pageRecords.flatMap(({ userInfo }) => userInfo ?? []);
      expect(owned.length).toBeGreaterThan(0);
      for (const { idResolverInfo } of owned) {
        expect(idResolverInfo).toEqual({ resolverName: 'gold', resolverClass: 'passwdresolver' });
      }
    },
  },
};

interface RecordedPermissions {
  readonly inRealm: Readonly<Record<string, readonly string[]>>;
  readonly anyRealm: readonly string[];
  readonly global: readonly string[];
}

interface ListedRecord {
  readonly userInfo: { readonly idResolverInfo: unknown } | null;
}

/** Every name that is spoken of, as often as it is. */
export const LISTED_NAMES: readonly string[] = [...BUILT, ...Object.keys(DIFFERING)];

const EXPECTATIONS: ReadonlyMap<string, Expectation> = new Map<string, Expectation>([
  ...BUILT.map((name) => [name, { kind: 'built' }] as const),
  ...Object.entries(DIFFERING).map(
    ([name, difference]) => [name, { kind: 'differs', ...difference }] as const,
  ),
]);

/** @throws Error for a recording that nobody has said anything about */
export function expectationOf(name: string): Expectation {
  const expectation = EXPECTATIONS.get(name);
  if (!expectation) throw new Error(`no expectation of recording ${name}`);
  return expectation;
}

function names(text: string): readonly string[] {
  return text.split(/\s+/).filter((name) => name !== '');
}
