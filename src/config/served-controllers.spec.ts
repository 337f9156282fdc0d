import { ServedControllers, parseControllers } from './served-controllers.js';

describe('parseControllers', () => {
  it.each([
    ['', []],
    ['gettoken', [{ name: 'gettoken', path: null }]],
    [
      ' admin  validate:/otp ',
      [
        { name: 'admin', path: null },
        { name: 'validate', path: '/otp' },
      ],
    ],
    ['tokens:/rest/tokens:TokensController', [{ name: 'tokens', path: '/rest/tokens' }]],
  ])('reads "%s"', (text, entries) => {
    expect(parseControllers(text)).toEqual(entries);
  });

  it.each([
    'gettokn',
    'admin:otp',
    'admin:/',
    'admin:/a:',
    'validate:/a b:c',
    'ALL:/x',
    'admin;audit',
    '/admin',
  ])('refuses "%s"', (text) => {
    expect(parseControllers(text)).toBeUndefined();
  });
});

describe('where controllers are served', () => {
  it.each([
    { enabled: 'ALL', disabled: 'gettoken', usual: '/admin', paths: ['/admin'] },
    { enabled: 'ALL', disabled: 'gettoken', usual: '/gettoken', paths: [] },
    { enabled: 'ALL', disabled: '', usual: '/gettoken', paths: ['/gettoken'] },
    { enabled: 'gettoken', disabled: 'gettoken', usual: '/gettoken', paths: [] },
    { enabled: 'validate', disabled: '', usual: '/admin', paths: [] },
    { enabled: 'ALL validate:/otp', disabled: '', usual: '/validate', paths: ['/otp'] },
    { enabled: 'validate:/otp validate:/mfa', disabled: '', usual: '/validate', paths: ['/otp', '/mfa'] },
    {
      enabled: 'validate:/otp validate:/mfa',
      disabled: 'validate:/mfa',
      usual: '/validate',
      paths: ['/otp'],
    },
    { enabled: 'ALL', disabled: 'validate:/validate', usual: '/validate', paths: [] },
    { enabled: 'ALL', disabled: 'validate:/otp', usual: '/validate', paths: ['/validate'] },
    { enabled: 'ALL', disabled: 'tokens', usual: '/api/v2/tokens', paths: [] },
    { enabled: 'ALL', disabled: 'ALL', usual: '/validate', paths: [] },
    { enabled: 'ALL', disabled: '', usual: '/brandnew', paths: [] },
  ])('$usual with $enabled but not $disabled: $paths', ({ enabled, disabled, usual, paths }) => {
    const served = new ServedControllers(parseControllers(enabled) ?? [], parseControllers(disabled) ?? []);
    expect(served.pathsOf(usual)).toEqual(paths);
  });
});
