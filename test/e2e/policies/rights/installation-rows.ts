import { failsWith, FIRST, get, holds, post, reads, type Rows, tools, writes } from './row.js';

/** The installation: `/system`, `/license`, `/maintenance` and `/tools`. */
export const INSTALLATION_ROWS: Rows = {
  '/maintenance/check_status': 'login',
  '/maintenance/setLogLevel': [writes(post('/maintenance/setLogLevel', { level: '30' }))],
  '/system/getSupportInfo': 'login',
  '/system/isSupportValid': 'login',
  '/system/setSupport': [writes(post('/system/setSupport', { license: 'none' }), failsWith('license'))],
  '/license/getSupportInfo': 'login',
  '/license/isSupportValid': 'login',
  '/license/setSupport': [writes(post('/license/setSupport', { license: 'none' }), failsWith('license'))],
  '/system/setupSecurityModule': 'login',
  '/system/getRealms': [reads(get('/system/getRealms'))],
  '/system/getDefaultRealm': [reads(get('/system/getDefaultRealm'))],
  '/system/setRealm': [writes(post('/system/setRealm', { realm: 'three', resolvers: FIRST }))],
  '/system/setDefaultRealm': [writes(post('/system/setDefaultRealm', { realm: 'one' }))],
  '/system/delRealm': [writes(post('/system/delRealm', { realm: 'three' }))],
  '/system/getResolvers': [reads(get('/system/getResolvers'))],
  '/system/getResolver': [reads(get('/system/getResolver', { resolver: 'first' }))],
  '/system/setResolver': [
    writes(
      post('/system/setResolver', { name: 'filed', type: 'passwdresolver', fileName: '/nowhere/at-all' }),
      failsWith('Unable to instantiate the resolver'),
    ),
  ],
  '/system/delResolver': [writes(post('/system/delResolver', { resolver: 'nosuch' }))],
  '/system/getConfig': [reads(get('/system/getConfig'))],
  '/system/setConfig': [writes(post('/system/setConfig', { key: 'mine', value: '1' }))],
  '/system/setDefault': [writes(post('/system/setDefault', { DefaultOtpLen: '6' }))],
  '/system/delConfig': [writes(post('/system/delConfig', { key: 'mine' }))],
  '/system/setProvider': [
    writes(
      post('/system/setProvider', { name: 'post', type: 'email' }),
      failsWith(`missing key KeyError('class')`),
    ),
  ],
  '/system/getProvider': [reads(get('/system/getProvider', { type: 'sms' }))],
  '/system/testProvider': [
    reads(get('/system/testProvider', { name: 'nosuch', type: 'sms' }), failsWith('nosuch')),
  ],
  '/system/delProvider': [writes(post('/system/delProvider', { name: 'nosuch', type: 'sms' }))],
  '/system/setDefaultProvider': [writes(post('/system/setDefaultProvider', { name: 'nosuch', type: 'sms' }))],
  '/system/getProviderDef': [reads(get('/system/getProviderDef'), failsWith('Unknown method'))],
  '/system/getPolicy': [reads(get('/system/getPolicy'))],
  '/system/getPolicy/:id': [reads(get('/system/getPolicy/policy.cfg', { export: 'true' }), holds('system'))],
  '/system/getPolicyDef': [reads(get('/system/getPolicyDef'))],
  '/system/policies_flexi': [reads(get('/system/policies_flexi', { sortname: 'name' }), holds('"page"'))],
  '/system/checkPolicy': [
    reads(
      get('/system/checkPolicy', {
        user: 'admin',
        realm: '*',
        scope: 'admin',
        action: 'enable',
        client: '192.0.2.1',
      }),
    ),
  ],
  '/system/setPolicy': [
    writes(
      post('/system/setPolicy', { name: 'mine', scope: 'audit', action: 'view', realm: '*', user: 'x' }),
    ),
  ],
  '/system/delPolicy': [writes(post('/system/delPolicy', { name: 'nosuch' }))],
  '/system/importPolicy': [writes(post('/system/importPolicy'), failsWith('missing input file'))],
  '/tools/import_users': [
    tools('import_users', (admin) =>
      admin.upload('/tools/import_users', { resolver: 'first', dryrun: 'true' }, 'anna,1'),
    ),
  ],
  '/tools/migrate_resolver': [
    tools('migrate_resolver', post('/tools/migrate_resolver', { from: 'first', to: 'second' })),
  ],
  '/tools/setPassword': [
    tools(
      'setPassword',
      post('/tools/setPassword', { old_password: 'wrong', new_password: 'long enough' }),
      failsWith('old password'),
    ),
  ],
};
