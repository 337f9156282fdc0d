import { yubikeySerials } from './yubikey-serials.js';

const BLOCK = 'cbtgevbiljtebvnuvgketutelifrlkjf';

describe('yubikeySerials', () => {
  it.each([
    { title: 'a public id', pass: `ecebeeejedecebeg${BLOCK}`, serial: 'UBAM01382015' },
    { title: 'a PIN before it', pass: `my pinecebeeejedecebeg${BLOCK}`, serial: 'UBAM01382015' },
    { title: 'capital letters', pass: `ECEBEEEJEDECEBEG${BLOCK.toUpperCase()}`, serial: 'UBAM01382015' },
    { title: 'a shorter public id', pass: `ecebee${BLOCK}`, serial: 'UBAM013' },
  ])('finds those of $title', ({ pass, serial }) => {
    expect(yubikeySerials(pass)).toEqual([serial, `${serial}_0`, `${serial}_1`, `${serial}_2`]);
  });

  it.each([
    { title: 'nothing', pass: '' },
    { title: 'a block without a public id', pass: BLOCK },
    { title: 'less than a block', pass: 'ecebeeejedecebeg' },
    { title: 'a public id that is no modhex', pass: `acebeeejedecebeg${BLOCK}` },
    { title: 'half a byte', pass: `ece${BLOCK}` },
    { title: 'bytes that are no text', pass: 'c'.repeat(44) },
    { title: 'a blank', pass: `edecdc${BLOCK}` },
  ])('finds none in $title', ({ pass }) => {
    expect(yubikeySerials(pass)).toBeNull();
  });
});
