import type { MeantDifference } from './expectations.js';

const REFUSED: MeantDifference = {
  reason:
    'no browser registers keys by U2F any more: those that are registered go on working, new ones are fido2',
  at: /^\.(detail|result\.(status|value|error)(\.(code|message))?)$/,
  check: ({ status, json }) => {
    expect(status).toBe(200);
    const message = 'new tokens of type u2f are not enrolled any more: use type fido2';
    expect(json).toMatchObject({ result: { status: false, error: { code: -311, message } }, id: 1 });
  },
};

/** Where the recording enrols a u2f token, and where it is one of those that are listed page by page or counted. */
export const U2F_DIFFERENCES: Readonly<Record<string, MeantDifference>> = {
  'init-u2f': REFUSED,
  'init-u2f-user': REFUSED,
  'show-paged': {
    reason: 'a u2f token of the recording is not enrolled here, and another one moves up',
    at: /^\.result\.value\.(data|resultset\.pagesize)$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: { data: ShownRow[]; resultset: object } } };
      const serials = result.value.data.map((row) => row['LinOtp.TokenSerialnumber']);
      expect(serials).toEqual(['GT2', 'GT1', 'GSP1']);
      expect(result.value.resultset).toMatchObject({ page: 2, pages: 7, tokens: 19, pagesize: 3 });
    },
  },
  'v2-tokens-paged': {
    reason: 'a u2f token of the recording is not enrolled here; the resolver as in v2-tokens',
    at: /^\.result\.value\.(totalRecords|pageRecords\[2\]\.userInfo\.idResolverInfo\.resolver(Name|Class))$/,
    check: ({ json }) => {
      const idResolverInfo = { resolverName: 'gold', resolverClass: 'passwdresolver' };
      const pageRecords = [{}, {}, { userInfo: { idResolverInfo } }];
      const value = { totalRecords: 19, totalPages: 7, pageRecords };
      expect(json).toMatchObject({ result: { value } });
    },
  },
  'monitoring-tokens': {
    reason: 'a u2f token of the recording is not enrolled here',
    at: /^\.result\.value\.(Summary|Realms\.goldrealm)\.total$/,
    check: ({ json }) => {
      const counts = { total: 7, 'total users': 3 };
      const value = { Summary: counts, Realms: { goldrealm: counts } };
      expect(json).toMatchObject({ result: { value } });
    },
  },
};

interface ShownRow {
  readonly 'LinOtp.TokenSerialnumber': string;
}
