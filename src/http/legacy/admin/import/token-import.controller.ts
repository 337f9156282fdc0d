import { DomainError, Denied, RandomSource, Unavailable } from '@app/kernel';
import { Configuration } from '@app/realms';
import { ImportRights, ImportTokens, type ImportedTokens, type NoteList, tokenFileText } from '@app/tokens';
import { Req } from '@nestjs/common';

import { EnvelopeVersion } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { knownWireError } from '../../../envelope/errors/legacy-errors.js';
import type { UploadedFile } from '../../../envelope/parameters/parameters.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { TokenFileLimits } from '../../../envelope/parameters/token-file-limits.js';
import { UNSPECIFIC, WireError, missingParameter } from '../../../envelope/errors/wire-error.js';
import { xmlError, xmlSuccess, xmlText } from '../../../envelope/errors/xml-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import type { RawReply } from '../../../server/raw-reply.js';
import { pythonQuoted } from '../../python-text.js';
import { parseTokenImport } from './token-import-parameters.js';

/** `/admin/loadtokens` (spec/admin-api §3.24, spec/token-types §22; recordings 215 to 218). */
@LegacyController('admin')
export class TokenImportController {
  constructor(
    private readonly importTokens: ImportTokens,
    private readonly configuration: Configuration,
    private readonly random: RandomSource,
    private readonly limits: TokenFileLimits,
    private readonly version: EnvelopeVersion,
  ) {}

  @Changes('loadtokens', {
    right: 'own',
    countsTokens: true,
    takesFiles: 'tokens',
    summary: 'Import the tokens of a file, all or none',
    parameters: [
      { name: 'file', description: 'the file, as an upload', required: true },
      {
        name: 'type',
        description: 'aladdin-xml, oathcsv, yubikeycsv, feitian, pskc, dpw, dat or u2f',
        required: true,
      },
      { name: 'realm', description: 'into which all tokens are put, beside those of their owners' },
      { name: 'targetrealm', description: 'the same' },
      { name: 'enable', description: 'false: new tokens are not active' },
      { name: 'overwrite', description: 'true: tokens that there are already are enrolled anew' },
      { name: 'aladdin_hashlib', description: 'aladdin-xml: auto (default), sha1, sha256 or sha512' },
      { name: 'startdate', description: 'dat: when the devices’ clocks began; 2000-01-01 by default' },
      { name: 'pskc_type', description: 'pskc: plain, key or password; needed' },
      { name: 'pskc_password', description: 'pskc: the password; needed, may be empty' },
      { name: 'pskc_preshared', description: 'pskc: the key in hexadecimal; needed, may be empty' },
      {
        name: 'pskc_checkserial',
        description: 'pskc: any value: leave out serials that are not 4 letters or digits and 8 hex digits',
      },
    ],
  })
  async load(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const { parameters } = exchange;
    const rights = importRights(exchange);
    rights.demandAnywhere();
    const file = parameters.files.get('file');
    // What LinOTP's framework says (recording 218).
    if (!file) throw new WireError(UNSPECIFIC, "<BadRequestKeyError '400: Bad Request'>");
    if (!parameters.has('type')) throw missingParameter('type');
    if (parameters.text('type') === 'pskc') demandPskcParameters(exchange);
    try {
      const wish = parseTokenImport(parameters, this.random);
      if (file.content.length === 0)
        throw new WireError(UNSPECIFIC, 'Error loading tokens. File or Type empty!');
      const imported = await this.importTokens.execute(
        {
          ...wish,
          text: tokenFileText(file.content),
          mostTokens: this.limits.tokens,
          fileName: shownFile(file),
        },
        this.configuration.current(),
        rights,
        exchange.audit,
      );
      exchange.isRecorded = true;
      return this.#answer(imported, file);
    } catch (error) {
      return this.#refusal(error, exchange);
    }
  }

  #answer({ created, renewed, skipped }: ImportedTokens, { fileName }: UploadedFile): RawReply {
    const count = created + renewed;
    return xmlSuccess(
      `${count} tokens were imported from the ${fileName} file.`,
      this.version.text,
      `<options><imported>${count}</imported>${skippedElement(skipped)}</options>`,
    );
  }

  /** In XML, now that the file was read; policies and outages speak JSON all the same. */
  #refusal(error: unknown, exchange: Exchange): RawReply {
    const isOther = !(error instanceof DomainError || error instanceof WireError);
    if (isOther || error instanceof Denied || error instanceof Unavailable) throw error;
    const wire = knownWireError(error);
    if (!wire) throw error;
    note(exchange, { succeeded: false, info: wire.message });
    return xmlError(wire, this.version.text);
  }
}

function importRights(exchange: Exchange): ImportRights {
  const rights = rightsOf(exchange);
  return new ImportRights(rights.realmsFor('import'), rights.realmsFor('assign'));
}

/** They may be empty, but not absent (recording 216). */
function demandPskcParameters({ parameters }: Exchange): void {
  for (const name of ['pskc_type', 'pskc_password', 'pskc_preshared']) {
    if (!parameters.has(name)) throw new WireError(UNSPECIFIC, `KeyError(${pythonQuoted(name)})`);
  }
}

function shownFile({ fileName, contentType }: UploadedFile): string {
  return `<FileStorage: ${pythonQuoted(fileName)} (${pythonQuoted(contentType)})>`;
}

/** Of lines that were left out; nothing where there are none, as LinOTP answers. */
function skippedElement({ notes, count }: NoteList): string {
  if (count === 0) return '';
  const lines = notes.map(({ line, reason }) => `<line number="${line}">${xmlText(reason)}</line>`);
  return `<skipped count="${count}">${lines.join('')}</skipped>`;
}
