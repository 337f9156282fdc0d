import type { PasswordScheme } from './scheme.js';
import { BCRYPT, BCRYPT_SHA256 } from './schemes/bcrypt.js';
import { BIGCRYPT, BSDI_CRYPT, DES_CRYPT } from './schemes/des-crypt.js';
import { FSHP } from './schemes/fshp.js';
import { ldapCrypt } from './schemes/ldap-crypt.js';
import { LDAP_DIGESTS } from './schemes/ldap-digests.js';
import { MD5_CRYPT } from './schemes/md5-crypt.js';
import { MSSQL } from './schemes/mssql.js';
import { MYSQL_323, MYSQL_41 } from './schemes/mysql.js';
import { NT_HASH } from './schemes/nt-hash.js';
import { ORACLE_11 } from './schemes/oracle.js';
import { ATLASSIAN_PBKDF2, PASSLIB_PBKDF2 } from './schemes/pbkdf2.js';
import { PHPASS } from './schemes/phpass.js';
import { SHA1_CRYPT } from './schemes/sha1-crypt.js';
import { SHA256_CRYPT, SHA512_CRYPT } from './schemes/sha-crypt.js';
import { SUN_MD5 } from './schemes/sun-md5.js';

/** In the order of spec/system-api §4.5. A new scheme is a file and a line. */
export const SCHEMES: readonly PasswordScheme[] = [
  ...LDAP_DIGESTS,
  ldapCrypt([DES_CRYPT, BSDI_CRYPT, MD5_CRYPT, SHA1_CRYPT, SHA256_CRYPT, SHA512_CRYPT, BCRYPT]),
  ATLASSIAN_PBKDF2,
  FSHP,
  MD5_CRYPT,
  BCRYPT,
  NT_HASH,
  SHA256_CRYPT,
  SHA512_CRYPT,
  SHA1_CRYPT,
  SUN_MD5,
  BCRYPT_SHA256,
  PHPASS,
  PASSLIB_PBKDF2,
  MSSQL,
  MYSQL_323,
  MYSQL_41,
  ORACLE_11,
  DES_CRYPT,
  BSDI_CRYPT,
  BIGCRYPT,
];

/** What may stand in a passwd file, in the order of spec/system-api §4.2. */
export const CRYPT_SCHEMES: readonly PasswordScheme[] = [
  MD5_CRYPT,
  DES_CRYPT,
  SHA1_CRYPT,
  SHA256_CRYPT,
  SHA512_CRYPT,
];
