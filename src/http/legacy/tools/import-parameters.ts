import { Invalid } from '@app/kernel';
import { type ImportFormat, parseColumnMapping, textOfFile, USUAL_COLUMNS } from '@app/realms';

import { missingParameter, UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { pythonQuoted, switchWord } from '../python-text.js';

/** How the file is to be read (spec/system-api §5.3). @throws WireError, Invalid */
export function parseImportFormat(parameters: Parameters): ImportFormat {
  const format = parameters.text('format') ?? 'csv';
  if (format === 'passwd' || format === 'password') return { kind: 'passwd' };
  // LinOTP asks whether "csv" contains the text, so that any part of it means csv.
  if (!'csv'.includes(format)) throw new WireError(UNSPECIFIC, 'unspecified file foramt');
  const mapping = parameters.text('column_mapping') ?? '';
  return {
    kind: 'csv',
    delimiter: parameters.text('delimiter') || ',',
    quote: parameters.text('quotechar') || '"',
    hasHeader: parseSwitch(parameters, 'skip_header'),
    columns: mapping === '' ? USUAL_COLUMNS : parseColumnMapping(mapping),
  };
}

/** The file of the form, or a field of that name with its text. @throws WireError when there is neither */
export function importedText(parameters: Parameters): string {
  const file = parameters.files.get('file');
  if (file) return textOfFile(file.content);
  const text = parameters.text('file');
  if (text === null) throw missingParameter('file');
  return text;
}

/** A switch that is off when it is absent. A word that means neither is refused: a dry run must not become a real one. */
export function parseSwitch(parameters: Parameters, name: string): boolean {
  const text = parameters.text(name) ?? '';
  if (text === '') return false;
  const isOn = switchWord(text);
  if (isOn === null) throw new Invalid(name, `${name} is neither true nor false: ${pythonQuoted(text)}`);
  return isOn;
}
