import { Dice } from '../../support/audit/dice.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { HAS_NGINX } from '../../support/servers/nginx.js';
import { countOf, figure, timesText } from '../figures.js';
import type { LoginAnswer, LoginClient } from '../login-client.js';
import { LoginStream, expectSound } from '../login-stream.js';
import { Cluster } from './given-cluster.js';
import { TokenLives } from './token-lives.js';

const KILLS = countOf('TWINLOCK_NODE_KILLS', 1);
const SEED = countOf('TWINLOCK_SEED', 7);
const WITHIN_MS = 60_000 + KILLS * 30_000;
/** Who log in all the time. */
const GATEWAYS = countOf('TWINLOCK_GATEWAYS', 2);
const SERIALS = Array.from({ length: GATEWAYS }, (_, place) => `KILLED${place}`);

/** Of six digits, the 2386th and the 2394th of this key are one: a window holds both, and rightly takes it twice. */
const DIGITS = 8;

/** Two nodes under load, of which one is killed (SIGKILL) and started again, over and over. */
describe('of nodes that are killed under load', () => {
  const suite = HAS_NGINX ? it : it.skip;
  const dice = new Dice(SEED);
  let cluster: Cluster;
  let client: LoginClient;
  let session: Fields;

  beforeAll(async () => {
    if (!HAS_NGINX) return;
    cluster = await Cluster.start(2);
    client = cluster.client();
    session = await cluster.logIn(client);
  }, WITHIN_MS);
  afterAll(() => cluster?.stop(), WITHIN_MS);

  const change = (path: string, form: Fields) => client.post(path, form, session);

  /** OTPs that came twice at once and were accepted twice. */
  const doubles: string[] = [];

  /** The same OTP twice at once. */
  async function twice(serial: string, counter: number): Promise<LoginAnswer> {
    const pass = hotpAt(counter, { digits: DIGITS });
    const send = () => client.post('/validate/check_s', { serial, pass });
    const answers = await Promise.all([send(), send()]);
    const yes = answers.filter(({ isAccepted }) => isAccepted);
    if (yes.length > 1) doubles.push(`${serial} ${counter}`);
    // A no next to no answer at all: the other one may be the yes that nobody heard.
    const [first = { status: null, text: '', isAccepted: false, milliseconds: 0, cookies: [] }] = [
      ...yes,
      ...answers.toSorted((a, b) => Number(a.status === 200) - Number(b.status === 200)),
    ];
    return first;
  }

  suite(
    `no change and no login that somebody was told of is lost, and no OTP good twice, in ${KILLS} rounds`,
    async () => {
      for (const serial of SERIALS) {
        const form = { type: 'hmac', serial, otpkey: RFC_KEY_HEX, otplen: String(DIGITS) };
        const enrolled = await change('/admin/init', form);
        expect(enrolled).toMatchObject({ status: 200 });
      }
      const stream = cluster.under(new LoginStream(twice, SERIALS));
      const lives = ['ADA', 'BOB'].map((name) => cluster.under(new TokenLives(change, name)));
      const back: number[] = [];
      const gaps: number[] = [];
      for (let round = 0; round < KILLS; round++) {
        await stream.has(10 + dice.roll(60));
        const place = dice.roll(2);
        const killed = performance.now();
        await cluster.node(place).kill();
        await stream.has(1);
        gaps.push(performance.now() - killed);
        await cluster.startAgain(place);
        back.push(performance.now() - killed);
      }
      await stream.has(50);
      await stream.end();
      await Promise.all(lives.map((life) => life.end()));
      expect(doubles).toEqual([]);
      await expectSound(cluster.database, stream);
      for (const life of lives) await life.expectKept(cluster.database);
      expect(await cluster.verifyAudit()).toMatchObject({ faults: [] });

      const changes = lives.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
      const unanswered = stream.answers.filter(({ status }) => status !== 200).length;
      figure(
        `${KILLS} nodes killed: ${stream.acceptancesOf.size} logins accepted, 0 of them lost, 0 twice; ${stream.lost} of which nobody was told; ` +
          `${unanswered} logins without an answer`,
      );
      figure(
        `  ${changes} changes acknowledged, 0 of them lost; ${lives.reduce((sum, life) => sum + life.unanswered, 0)} without an answer`,
      );
      figure(`  the next login was let in after ${timesText(gaps)}`);
      figure(`  the node served again after ${timesText(back)}`);
    },
    WITHIN_MS,
  );
});
