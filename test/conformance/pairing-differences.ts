import { readInvitation } from '../support/clients/phone.js';
import type { MeantDifference } from './expectations.js';

/** Where a token is paired with an app. */
export const PAIRING_DIFFERENCES: Readonly<Record<string, MeantDifference>> = {
  'init-qr-again': {
    reason: 'the URL holds the key of the installation',
    at: /^\.detail\.(pairing_url|lse_qr_(url|cert)\.value)$/,
    check: ({ json }) => {
      const { detail } = json as unknown as {
        detail: Record<'lse_qr_url' | 'lse_qr_cert', { value: string }> & { pairing_url: string };
      };
      const { serverKey, ...told } = readInvitation(detail.pairing_url);
      expect(serverKey).toHaveLength(32);
      expect(told).toEqual({
        scheme: 'lseqr',
        type: 2,
        flags: 23,
        partition: 0,
        serial: 'GQR1',
        callback: 'https://cb.example.test',
        digits: 8,
      });
      expect([detail.lse_qr_url.value, detail.lse_qr_cert.value]).toEqual([
        detail.pairing_url,
        detail.pairing_url,
      ]);
    },
  },
};
