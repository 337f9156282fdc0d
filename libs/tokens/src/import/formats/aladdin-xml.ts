import { counterValue, fileToken, hashOfLength, hexSeed, shown, typeNamed } from '../file-values.js';
import {
  type FileToken,
  itemOf,
  type LineNote,
  NOTHING,
  type TokenFileFormat,
  type TokenFileOptions,
  Unreadable,
} from '../token-file.js';
import { childElements, childOf, textAt, type XmlElement } from '../xml/child-elements.js';

/** What SafeNet, formerly Aladdin, delivers with eTokens (spec/token-types §22.3). */
export const aladdinXml: TokenFileFormat = {
  name: 'aladdin-xml',

  *parse(text, options) {
    for (const token of childElements(text, demandTokens)) {
      if (!token) yield NOTHING;
      else if (token.name === 'Token') yield itemOf(token.line, () => tokenOf(token, options));
    }
  },
};

function demandTokens({ name }: Pick<XmlElement, 'name'>): void {
  if (name !== 'Tokens') throw new Unreadable('No toplevel element Tokens');
}

function tokenOf(token: XmlElement, options: TokenFileOptions): FileToken | LineNote {
  const { line } = token;
  const serial = token.attributes.get('serial')?.trim() ?? '';
  if (serial === '') return { line, reason: 'there is no serial' };
  const applications = childOf(token, 'Applications')?.children ?? [];
  const seeded = applications.filter((application) => textAt(application, 'Seed') !== '');
  const [application] = seeded;
  if (!application) return { line, reason: `there is no seed of ${shown(serial)}` };
  if (seeded.length > 1) throw new Unreadable(`${shown(serial)} has several applications with a seed`);
  const seed = hexSeed(textAt(application, 'Seed'));
  const byLength = hashOfLength(seed);
  const movingFactor = textAt(application, 'MovingFactor');
  return fileToken({
    line,
    serial,
    type: typeNamed('hmac'),
    seed,
    hash: options.hash ?? (byLength === 'sha256' ? byLength : 'sha1'),
    counter: movingFactor === '' ? 0 : counterValue('MovingFactor', movingFactor),
  });
}
