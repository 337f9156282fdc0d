import { done, failed, get, post, RESOLVER, type Rows, upload } from './row.js';

const missing = (name: string) => `ERR905: missing required parameter: ${name}`;
const POLICY = { name: 'mine', scope: 'audit', action: 'view', realm: '*', user: '*', client: '*' };
const POLICY_TEXT = `{'name': 'mine', 'scope': 'audit', 'action': 'view', 'realm': '*', 'user': '*', 'client': '*'}`;
const FILE = `<FileStorage: 'users' ('application/octet-stream')>`;

/** The installation: `/system`, `/license`, `/maintenance`, `/tools` (spec/system-api, spec/policies §9). */
export const INSTALLATION_ROWS: Rows = {
  '/system/setConfig': [
    ['one', post('/system/setConfig', { key: 'mine', value: '1' }), done({ info: 'mine=1' })],
    ['several', post('/system/setConfig', { mine: '1', other: '2' }), done({ info: 'mine=1, other=2, ' })],
    [
      'a secret',
      post('/system/setConfig', { key: 'mine', value: 'geheim', type: 'password' }),
      done({ info: 'mine=***' }),
    ],
    [
      'nothing',
      post('/system/setConfig', { key: 'mine' }),
      failed('ERR905: Required parameters: value and key'),
    ],
  ],
  '/system/delConfig': [
    ['one', post('/system/delConfig', { key: 'mine' }), done({ info: 'mine' })],
    ['nothing', post('/system/delConfig'), failed(missing('key'))],
  ],
  '/system/getConfig': [
    ['all', get('/system/getConfig'), done({ info: 'complete config' })],
    ['one', get('/system/getConfig', { key: 'DefaultOtpLen' }), done({ info: 'config key DefaultOtpLen' })],
    ['an unknown one', get('/system/getConfig', { key: 'nosuch' }), failed('config key nosuch')],
    ['nothing', get('/system/getConfig', { other: '1' }), failed(missing('key'))],
  ],
  '/system/setDefault': [
    ['one', post('/system/setDefault', { DefaultOtpLen: '6' }), done({ info: 'DefaultOtpLen=6, ' })],
    ['nothing', post('/system/setDefault'), failed(expect.stringContaining('ERR77: Usage: setDefault'))],
  ],
  '/system/getRealms': [['all', get('/system/getRealms'), done()]],
  '/system/getDefaultRealm': [['the name', get('/system/getDefaultRealm'), done({ info: 'one' })]],
  '/system/setDefaultRealm': [
    ['a realm', post('/system/setDefaultRealm', { realm: 'one' }), done({ realm: 'one', info: 'one' })],
    [
      'an unknown one',
      post('/system/setDefaultRealm', { realm: 'nosuch' }),
      done({ realm: 'nosuch', info: 'nosuch' }),
    ],
  ],
  '/system/setRealm': [
    [
      'a realm',
      post('/system/setRealm', { realm: 'Three', resolvers: `${RESOLVER}first` }),
      done({ realm: 'three', info: `realm: 'three', resolvers: 'first'` }),
    ],
    [
      'without resolvers',
      post('/system/setRealm', { realm: 'three' }),
      failed(missing('resolvers'), { realm: 'three' }),
    ],
  ],
  '/system/delRealm': [
    ['a realm', post('/system/delRealm', { realm: 'three' }), done({ realm: 'three', info: 'three' })],
    [
      'that of administrators',
      post('/system/delRealm', { realm: 'linotp_admins' }),
      failed('linotp_admins', { realm: 'linotp_admins' }),
    ],
    ['without a name', post('/system/delRealm'), failed('no realm specified')],
  ],
  '/system/getResolvers': [['all', get('/system/getResolvers'), done()]],
  '/system/getResolver': [
    ['one', get('/system/getResolver', { resolver: 'first' }), done({ info: 'first' })],
    ['an unknown one', get('/system/getResolver', { resolver: 'nosuch' }), done({ info: 'nosuch' })],
    ['nothing', get('/system/getResolver'), failed(missing('resolver'))],
  ],
  '/system/setResolver': [
    [
      'a file',
      post('/system/setResolver', { name: 'filed', type: 'passwdresolver', fileName: '/etc/passwd' }),
      done({ info: 'filed' }),
    ],
    ['without a type', post('/system/setResolver', { name: 'filed' }), failed(`'type'`)],
  ],
  '/system/delResolver': [
    ['one', post('/system/delResolver', { resolver: 'filed' }), done({ info: 'filed' })],
    [
      'one in use',
      post('/system/delResolver', { resolver: 'first' }),
      failed(`"Resolver 'first'  still in use by the realms: ['one']" !`),
    ],
    ['an unknown one', post('/system/delResolver', { resolver: 'nosuch' }), failed('nosuch')],
  ],
  '/system/setProvider': [
    [
      'one',
      post('/system/setProvider', {
        name: 'post',
        type: 'email',
        class: 'linotp.provider.emailprovider.SMTPEmailProvider',
        timeout: '10',
        config: '{"SMTP_SERVER":"127.0.0.1"}',
      }),
      done({ info: 'post' }),
    ],
    [
      'without a class',
      post('/system/setProvider', { name: 'post', type: 'email' }),
      failed(`ERR905: missing key KeyError('class')`),
    ],
  ],
  '/system/getProvider': [
    ['one', get('/system/getProvider', { type: 'email', name: 'post' }), done({ info: 'post' })],
    ['an unknown one', get('/system/getProvider', { type: 'sms', name: 'nosuch' }), failed('nosuch')],
  ],
  '/system/setDefaultProvider': [
    ['one', post('/system/setDefaultProvider', { name: 'post', type: 'email' }), done({ info: 'post' })],
    ['an unknown one', post('/system/setDefaultProvider', { name: 'nosuch', type: 'sms' }), failed('nosuch')],
  ],
  '/system/testProvider': [
    ['an unknown one', get('/system/testProvider', { name: 'nosuch', type: 'sms' }), failed('nosuch')],
  ],
  '/system/delProvider': [
    ['one', post('/system/delProvider', { name: 'post', type: 'email' }), done({ info: 'post' })],
    ['an unknown one', post('/system/delProvider', { name: 'nosuch', type: 'sms' }), failed('nosuch')],
  ],
  '/system/getProviderDef': [
    [
      'never',
      get('/system/getProviderDef'),
      failed(`ERR410: Failed to run checkPolicyPre. Unknown method: 'getProviderDef'`),
    ],
  ],
  '/system/setPolicy': [
    ['one', post('/system/setPolicy', POLICY), done({ realm: '*', user: '*', detail: POLICY_TEXT })],
    [
      'without a scope',
      post('/system/setPolicy', { name: 'mine', action: 'view' }),
      failed(missing('scope')),
    ],
  ],
  '/system/getPolicy': [
    ['all', get('/system/getPolicy'), done({ info: 'name = None, realm = None, scope = None' })],
    [
      'some',
      get('/system/getPolicy', { name: 'mine', scope: 'audit' }),
      done({ info: 'name = mine, realm = None, scope = audit' }),
    ],
  ],
  '/system/getPolicy/:id': [
    [
      'as a file',
      get('/system/getPolicy/policy.cfg', { export: 'true' }),
      done({ info: 'name = None, realm = None, scope = None' }),
    ],
  ],
  '/system/getPolicyDef': [
    ['all', get('/system/getPolicyDef'), done()],
    ['of a scope', get('/system/getPolicyDef', { scope: 'audit' }), done({ info: 'audit' })],
  ],
  '/system/policies_flexi': [['a page', get('/system/policies_flexi', { sortname: 'name' }), done()]],
  '/system/checkPolicy': [
    [
      'without policies',
      get('/system/checkPolicy', {
        user: 'x',
        realm: 'one',
        scope: 'admin',
        action: 'enable',
        client: '192.0.2.1',
      }),
      done({
        user: 'x',
        realm: 'one',
        info: 'allowed since no policies in scope admin',
        detail: 'action = enable, realm = one, scope = admin',
      }),
    ],
    [
      'by a policy',
      get('/system/checkPolicy', {
        user: 'x',
        realm: 'one',
        scope: 'audit',
        action: 'view',
        client: '192.0.2.1',
      }),
      done({
        user: 'x',
        realm: 'one',
        info: `allowed by policy ['mine']`,
        detail: 'action = view, realm = one, scope = audit',
      }),
    ],
    ['of nobody', get('/system/checkPolicy', { realm: 'one' }), failed(missing('user'), { realm: 'one' })],
  ],
  '/system/importPolicy': [
    [
      'a file',
      upload('/system/importPolicy', {}, '[yours]\nscope = audit\naction = view\nrealm = *\nuser = *\n'),
      done({ info: `Policies imported from file ${FILE}` }),
    ],
    ['no file', post('/system/importPolicy'), failed('ERR905: missing input file')],
  ],
  '/system/delPolicy': [
    ['some', post('/system/delPolicy', { name: 'mine,yours' }), done({ info: 'yours' })],
    ['an unknown one', post('/system/delPolicy', { name: 'nosuch' }), failed('nosuch')],
    ['nothing', post('/system/delPolicy'), failed(`'name'`)],
  ],
  '/system/setupSecurityModule': [['it is', post('/system/setupSecurityModule'), done()]],
  ...Object.fromEntries(
    ['system', 'license'].flatMap((controller): [string, Rows[string]][] => {
      const call = (name: string) => `/${controller}/${name}`;
      return [
        [call('getSupportInfo'), [['none', get(call('getSupportInfo')), done()]]],
        [call('isSupportValid'), [['none', get(call('isSupportValid')), failed('')]]],
        [
          call('setSupport'),
          [
            [
              'none',
              post(call('setSupport'), { license: 'none' }),
              failed('Format error - not a valid license file!'),
            ],
          ],
        ],
      ];
    }),
  ),
  '/maintenance/check_status': 'unrecorded',
  '/maintenance/setLogLevel': [
    ['a level', post('/maintenance/setLogLevel', { level: '30' }), done({ info: 'logging.root.level=30' })],
    [
      'of an unknown logger',
      post('/maintenance/setLogLevel', { level: '30', loggerName: 'nosuch' }),
      failed(`no logger 'nosuch': the only one is 'root'`),
    ],
  ],
  '/tools/import_users': [
    [
      'a file',
      upload('/tools/import_users', { resolver: 'third', passwords_in_plaintext: 'true' }, 'carl,1'),
      done({ info: 'third: 1 created, 0 unchanged, 0 modified, 0 deleted' }),
    ],
    [
      'a dry run',
      upload('/tools/import_users', { resolver: 'third', dryrun: 'true' }, 'carl,1'),
      done({ info: 'dry run: third: 0 created, 1 unchanged, 0 modified, 0 deleted' }),
    ],
    [
      'no file',
      post('/tools/import_users', { resolver: 'third' }),
      failed(`ERR905: Missing parameter: 'file'`),
    ],
  ],
  '/tools/migrate_resolver': [
    [
      'to another',
      post('/tools/migrate_resolver', { from: 'first', to: 'second' }),
      done({ info: '0 tokens of 2 migrated', detail: 'migration from first to second' }),
    ],
    [
      'to an unknown one',
      post('/tools/migrate_resolver', { from: 'first', to: 'nosuch' }),
      failed('Src or Target resolver is undefined!'),
    ],
    ['to none', post('/tools/migrate_resolver', { from: 'first' }), failed(`'to'`)],
  ],
  '/tools/setPassword': [
    [
      'with a wrong one',
      post('/tools/setPassword', { old_password: 'wrong', new_password: 'long enough' }),
      failed('old password missmatch!'),
    ],
    ['without a new one', post('/tools/setPassword', { old_password: 'x' }), failed(`'new_password'`)],
  ],
};
