import { hash } from 'node:crypto';

import { cryptText } from '../crypt-text.js';
import { MOST_ROUNDS, inRounds } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';
import { MD5_GROUPS } from './md5-crypt.js';

const FORM =
  /^(?<config>\$md5(?:,rounds=(?<rounds>\d{1,10}))?\$[./0-9A-Za-z]*\$?)\$(?<digest>[./0-9A-Za-z]{22})$/;
const BASE_ROUNDS = 4096;

/** Hamlet III, 1, with the zero at its end. */
const SOLILOQUY = Buffer.from(
  `To be, or not to be,--that is the question:--
Whether 'tis nobler in the mind to suffer
The slings and arrows of outrageous fortune
Or to take arms against a sea of troubles,
And by opposing end them?--To die,--to sleep,--
No more; and by a sleep to say we end
The heartache, and the thousand natural shocks
That flesh is heir to,--'tis a consummation
Devoutly to be wish'd. To die,--to sleep;--
To sleep! perchance to dream:--ay, there's the rub;
For in that sleep of death what dreams may come,
When we have shuffled off this mortal coil,
Must give us pause: there's the respect
That makes calamity of so long life;
For who would bear the whips and scorns of time,
The oppressor's wrong, the proud man's contumely,
The pangs of despis'd love, the law's delay,
The insolence of office, and the spurns
That patient merit of the unworthy takes,
When he himself might his quietus make
With a bare bodkin? who would these fardels bear,
To grunt and sweat under a weary life,
But that the dread of something after death,--
The undiscover'd country, from whose bourn
No traveller returns,--puzzles the will,
And makes us rather bear those ills we have
Than fly to others that we know not of?
Thus conscience does make cowards of us all;
And thus the native hue of resolution
Is sicklied o'er with the pale cast of thought;
And enterprises of great pith and moment,
With this regard, their currents turn awry,
And lose the name of action.--Soft you now!
The fair Ophelia!--Nymph, in thy orisons
Be all my sins remember'd.
\0`,
);

/** `$md5$salt$$…` and `$md5,rounds=N$salt$$…`: crypt_sunmd5(7), by Alec Muffett. N comes on top of 4096 rounds. */
export const SUN_MD5: PasswordScheme = {
  identifies: (text) => /^\$md5[,$]/.test(text),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    const rounds = BASE_ROUNDS + Number(parts?.['rounds'] ?? 0);
    if (!parts || rounds > MOST_ROUNDS) return false;
    let digest = hash('md5', Buffer.from(password + (parts['config'] ?? '')), 'buffer');
    await inRounds(rounds, (round) => {
      const pieces = [digest, Buffer.from(String(round))];
      if (tossedCoin(digest, round) === 1) pieces.splice(1, 0, SOLILOQUY);
      digest = hash('md5', Buffer.concat(pieces), 'buffer');
    });
    return isSame(parts['digest'] ?? '', cryptText(digest, MD5_GROUPS));
  },
};

/** Whether this round takes the long text: by two bits of the digest, whose places the digest itself tells. */
function tossedCoin(digest: Buffer, round: number): number {
  const place = (first: number, chooser: number) => {
    let chosen = 0;
    for (let bit = 0; bit < 8; bit++) chosen |= bitAt(digest, indirect(digest, first + bit)) << bit;
    return bitAt(digest, chooser) === 1 ? chosen >> 1 : chosen & 0x7f;
  };
  return bitAt(digest, place(0, round)) ^ bitAt(digest, place(8, round + 64));
}

function indirect(digest: Buffer, index: number): number {
  const [one, other] = [byteAt(digest, index), byteAt(digest, index + 3)];
  return byteAt(digest, one >> (other % 5)) >> ((other >> (one & 7)) & 1);
}

function byteAt(digest: Buffer, index: number): number {
  return digest[index & 15] ?? 0;
}

function bitAt(digest: Buffer, index: number): number {
  return (byteAt(digest, index >> 3) >> (index & 7)) & 1;
}
