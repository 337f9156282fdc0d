import { parse } from 'csv-parse/sync';

import { chainedRecord } from '../../../test/support/audit/chained-record.js';
import { type NumberedRecord, exportHead, exportedRecords } from './exported-records.js';

const given = (parts: Partial<NumberedRecord>): NumberedRecord => ({
  number: 7,
  ...chainedRecord(),
  ...parts,
});

describe('exported records', () => {
  it('are lines of CSV under their names', () => {
    const text = exportHead('csv') + exportedRecords('csv', [given({})]);
    expect(text).toBe(
      'number,date,action,success,serial,token_type,user,realm,administrator,action_detail,info,linotp_server,client,log_level,clearance_level,lane,sequence\r\n' +
        '7,2026-11-22T14:54:53.513Z,validate/check,1,H1,HMAC,anna,one,,,,n1,192.0.2.1,INFO,0,12,3\r\n',
    );
  });

  it.each(['a "quoted" name', 'a, b', 'two\r\nlines', "o'neill", 'ünï'])('keep %j in CSV', (user) => {
    const [row] = parse(exportedRecords('csv', [given({ user })])) as string[][];
    expect(row?.[6]).toBe(user);
  });

  it.each(['=1+1', '+49 30', '-x', '@SUM(A1)', '\t=1', '\uFF1D1'])(
    'mark %j, which a spreadsheet would run',
    (user) => {
      const [row] = parse(exportedRecords('csv', [given({ user })])) as string[][];
      expect(row?.[6]).toBe(`'${user}`);
    },
  );

  it('are objects with all that their hash covers, a line each', () => {
    const text = exportedRecords('jsonl', [
      given({ user: '=1\n' }),
      given({ signature: Buffer.from('ff', 'hex') }),
    ]);
    expect(exportHead('jsonl')).toBe('');
    const objects = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(objects).toEqual([
      {
        number: 7,
        lane: '12',
        sequence: 3,
        batchStart: 2,
        timestamp: '2026-11-22T14:54:53.513Z',
        action: 'validate/check',
        success: true,
        serial: 'H1',
        tokenType: 'HMAC',
        user: '=1\n',
        realm: 'one',
        administrator: '',
        actionDetail: '',
        info: '',
        server: 'n1',
        client: '192.0.2.1',
        logLevel: 'INFO',
        clearanceLevel: 0,
        rowHash: '0a',
        chain: '0b',
      },
      expect.objectContaining({ signature: 'ff' }),
    ]);
  });
});
