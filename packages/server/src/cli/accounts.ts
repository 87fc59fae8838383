/** `millrace user …`, `setup-link` and `invite`. */
import { Password } from '@millrace/contract';
import { Value } from 'typebox/value';
import { isName } from '../platform/names.ts';
import { findRunningServer } from '../platform/running-server.ts';
import { setupUrl } from '../platform/setup-url.ts';
import { toAccount } from '../platform/accounts/service.ts';
import { AccountStore } from '../platform/accounts/store.ts';
import {
  CommandError,
  onlyOperand,
  table,
  UsageError,
  withDatabase,
  type CommandInput,
  type CommandResult,
} from './context.ts';

/** The longest password, in UTF-8, and a line's end. */
const MAX_PASSWORD_INPUT_BYTES = 256 * 4 + 2;

export async function userAdd({ operands, options, loaded, io }: CommandInput): Promise<CommandResult> {
  const name = onlyOperand(operands, 'The NAME of the account');
  if (!isName(name)) {
    throw new UsageError(
      `“${name}” cannot be a name: 3 to 32 of a–z, 0–9, - and _, with a letter or a digit at both ends.`,
    );
  }
  const password = await readPassword(options, io);
  const admin = options.has('admin');
  return withDatabase(loaded.config, async ({ accounts }) => {
    const user = await accounts.addUser({ name, password, admin });
    return {
      text: `Made the ${admin ? 'administrator' : 'account'} “${name}” with the channel /${name}. Next: millrace key create ${name}`,
      json: { account: toAccount(user) },
    };
  });
}

export async function userPassword({ operands, options, loaded, io }: CommandInput): Promise<CommandResult> {
  const name = onlyOperand(operands, 'The NAME of the account');
  const password = await readPassword(options, io);
  return withDatabase(loaded.config, async ({ accounts }) => {
    const user = await accounts.resetPassword(name, password);
    return {
      text: `Changed the password of “${name}” and ended every session of the account.`,
      json: { account: toAccount(user) },
    };
  });
}

export async function userList({ loaded }: CommandInput): Promise<CommandResult> {
  return withDatabase(loaded.config, async ({ database }) => {
    const list = (await new AccountStore(database.db).users()).map((user) => toAccount(user));
    return {
      text: table(
        ['NAME', 'DISPLAY NAME', 'ADMIN', 'MADE'],
        list.map((account) => [
          account.name,
          account.displayName,
          account.admin ? 'yes' : '',
          account.createdAt.slice(0, 10),
        ]),
      ),
      json: { accounts: list },
    };
  });
}

export async function setupLink({ loaded }: CommandInput): Promise<CommandResult> {
  return withDatabase(loaded.config, async ({ accounts, database }) => {
    const token = await accounts.issueSetupToken();
    if (token === undefined) {
      throw new CommandError(
        'There is an administrator already. Make another with: millrace user add NAME --admin --password-stdin',
      );
    }
    const server = await findRunningServer(database.db);
    const url = setupUrl(loaded.config, server?.httpPort ?? loaded.config.httpPort, token);
    return {
      text: `Open this address to make the first administrator; it works once, for a day:\n${url}`,
      json: { url },
    };
  });
}

export async function invite({ loaded }: CommandInput): Promise<CommandResult> {
  return withDatabase(loaded.config, async ({ accounts }) => {
    const code = await accounts.issueInvite();
    const note =
      loaded.config.registration === 'invite' ? '' : '\nIt will be asked for once registration is “invite”.';
    return { text: `This invite makes one account within a week:\n${code}${note}`, json: { invite: code } };
  });
}

async function readPassword(options: CommandInput['options'], io: CommandInput['io']): Promise<string> {
  if (!options.has('password-stdin')) {
    throw new UsageError('Give the password on standard input and say so with --password-stdin.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of io.stdin) {
    const piece = Buffer.from(chunk);
    chunks.push(piece);
    bytes += piece.length;
    if (bytes > MAX_PASSWORD_INPUT_BYTES)
      throw new CommandError('That is longer than a password may be (256).');
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (!Value.Check(Password, password)) {
    throw new CommandError(
      'A password has 8 to 256 characters; this one came on standard input with another length.',
    );
  }
  return password;
}
