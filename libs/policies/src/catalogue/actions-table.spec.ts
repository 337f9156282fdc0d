import { readFileSync } from 'node:fs';

import { actionsTables } from './actions-table.js';

const DOCUMENT = new URL('../../../../docs/policies.md', import.meta.url);

describe('the tables of actions', () => {
  it('are what the documentation shows', () => {
    const [, tables = ''] = readFileSync(DOCUMENT, 'utf8').split(/<!-- actions: (?:begin|end) -->/);
    expect(tables.trim()).toBe(actionsTables());
  });

  it.each([
    ['admin', '| `enable` | yes or no |  | Enable tokens. | admin/enable |'],
    [
      'enrollment',
      '| `otp_pin_encrypt` | `0`, `1` | `0` | PINs are stored sealed (1), or hashed, then sealed (0). |',
    ],
    ['selfservice', '| `otp_pin_maxlength` | 0 to 99 | `-1` |'],
    ['authentication', '| `support_offline` | words of `qr`, `u2f`, `forward`, `fido2` | none |'],
    ['reporting.access', '| `show` | yes or no |  | List reported numbers. | reporting/show |'],
  ])('have under %s the line %s', (scope, line) => {
    const [, section = ''] = actionsTables().split(`### ${scope}\n`);
    expect(section.split('\n### ')[0]).toContain(line);
  });
});
