import { StreamedReply } from '../../../server/raw-reply.js';
import { pythonList } from '../../python-text.js';
import type { TokenRecord } from '../../tokens/token-record.js';

const nothing = () => Promise.resolve();

/** LinOTP's own CSV: `'value'; ` for every cell, no escaping (spec/admin-api §1.6). Without a token, no header either. */
export function csvOf(
  batches: AsyncIterable<readonly TokenRecord[]> | Iterable<readonly TokenRecord[]>,
  close: () => Promise<void> = nothing,
): StreamedReply {
  async function* chunks(): AsyncGenerator<string> {
    let isFirst = true;
    for await (const records of batches) {
      const lines = records.map((record) => cells(Object.values(record).map(csvValue)));
      const [first] = records;
      if (isFirst && first) lines.unshift(cells(Object.keys(first)));
      isFirst &&= !first;
      if (lines.length > 0) yield lines.join('');
    }
  }
  return new StreamedReply(chunks(), 'application/force-download', close, {
    headers: { 'content-disposition': 'attachment; filename=linotp-tokendata.csv' },
  });
}

function cells(values: readonly string[]): string {
  return `${values.map((value) => `'${value}'; `).join('')}\n`;
}

function csvValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return pythonList(value.map(String));
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value).replaceAll('\n', ' ');
}
