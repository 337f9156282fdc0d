import { recordObject, rowHash } from '@app/audit';

import { givenLane } from '../../../test/support/database/given-lane.js';
import { type RecordRow, toChainedRecord } from './record-row.js';

// What the driver makes of `infinity`, `-infinity` and a year that JavaScript does not know.
it.each([Infinity, -Infinity, new Date(NaN)])(
  'a record with the time %s can be shown, and is not sound',
  (at) => {
    const [sound] = givenLane([1]);
    if (!sound) throw new Error('no record');
    const shown = toChainedRecord({ at } as unknown as RecordRow);
    expect(recordObject({ ...sound, at: shown.at })).toMatchObject({
      timestamp: '+275760-09-13T00:00:00.000Z',
    });
    expect(rowHash({ ...sound, format: 2 }, { ...sound, at: shown.at })).not.toEqual(sound.rowHash);
  },
);
