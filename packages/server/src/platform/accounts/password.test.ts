import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCommonPassword } from './common-passwords.ts';
import { NO_PASSWORD, Passwords } from './password.ts';

describe('password hashes', () => {
  test('verify the password, not another, and none for an account without one', async () => {
    const passwords = new Passwords();
    const stored = await passwords.hash('Ångström and ﬁsh');
    assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    // The same, composed differently by another keyboard.
    assert.equal(await passwords.verify('A\u030angstro\u0308m and fish', stored), true);
    assert.equal(await passwords.verify('another', stored), false);
    assert.equal(await passwords.verify('another', NO_PASSWORD), false);
    assert.equal(await passwords.verify('another', undefined), false);
  });

  test('agree with another implementation of argon2id', async () => {
    // From the tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
    const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    assert.equal(await new Passwords().verify('password', stored), true);
  });

  test('queue up to a limit, then say that the server is busy', async () => {
    const passwords = new Passwords();
    const tries = Array.from({ length: 40 }, () => passwords.verify('x', undefined));
    const results = await Promise.allSettled(tries);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 40 - 2 - 32);
    assert(refused.every((result) => (result.reason as { code: string }).code === 'server-busy'));
    assert.equal(await passwords.verify('x', undefined), false);
  });
});

describe('common passwords', () => {
  const common =
    `password PASSWORD Password1 passw0rd P@ssw0rd! password123 password1234 12345678 123456789 1234567890
    87654321 qwertyui qwertyuiop qwerty123 1q2w3e4r 1qaz2wsx zaq12wsx q1w2e3r4 asdfghjkl asdf1234 abc12345 abcd1234
    iloveyou iloveyou1 iloveyou! sunshine princess football baseball superman batman123 dragon123 monkey123 letmein1
    trustno1 welcome1 Welcome2024 Summer2025! admin123 administrator changeme access14 starwars whatever master123
    11111111 00000000 88888888 aaaaaaaa abababab 123123123 11223344 12341234 123qwe123 qq123456 a123456789 woaini1314
    woaini520 5201314520 147258369 7758521a 1314520a 19900101 20001231 31121999 passwordpassword charlie1 liverpool1
    computer corvette michelle jennifer samantha alexander elizabeth minecraft pokemon1 fuckyou1 zxcvbnm1
    test1234 user1234 root1234 millrace1 twitch123 bilibili123 superman1! 1password 123password`.split(/\s+/);
  for (const password of common) test(password, () => assert.equal(isCommonPassword(password), true));

  const fine =
    `herons|seven green herons|correct horse battery staple|kM8#vq2Lz0|tavukgöğsü42|мойпароль-река|苹果树下的猫咪
    |zebra-lamp-Ohio|dragonfly-nebula|9f8e2b71c4|monkey731842905`.split('|');
  for (const password of fine) {
    test(`${password.trim()} is not`, () => assert.equal(isCommonPassword(password.trim()), false));
  }

  test('nor is the name of the account or of the site a secret', () => {
    assert.equal(isCommonPassword('kingfisher99', ['kingfisher']), true);
    assert.equal(isCommonPassword('kingfisher99', ['heron']), false);
  });
});
