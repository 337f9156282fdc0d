import { concernedUser } from '@app/authentication';
import { type PolicySubject, loginOnly } from '@app/policies';
import { Configuration, FindUser, parseLoginName } from '@app/realms';
import { Injectable } from '@nestjs/common';

/** Whom a question about policies names, with all that their user expressions look at. */
@Injectable()
export class PolicySubjects {
  constructor(
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
  ) {}

  /**
   * The user of a realm as the directory knows them; of a realm that nobody knows, login and realm as they are named.
   * @throws Unavailable when the directory does not answer
   */
  async inRealm(user: string, realm: string): Promise<PolicySubject> {
    const configuration = this.configuration.current();
    const name = parseLoginName({ user, realm, resolver: '' }, configuration.settings.splitAtSign);
    const found = await this.findUser.execute(name, configuration);
    if (found.kind === 'found') return concernedUser(found.user).scene.subject ?? loginOnly(name.login);
    return { login: found.login, realm: found.realm.toLowerCase(), resolvers: [], attributes: null };
  }

  /** As LinOTP reads the text: the realm is what follows the last `@`; without it, there is none (spec/policies §4.3). */
  async fromText(text: string): Promise<PolicySubject> {
    const at = text.lastIndexOf('@');
    if (at < 0) return loginOnly(text);
    const login = text.slice(0, at);
    const realm = text.slice(at + 1).toLowerCase();
    const { realms } = this.configuration.current();
    return realms.has(realm) ? this.inRealm(login, realm) : { login, realm, resolvers: [], attributes: null };
  }
}
