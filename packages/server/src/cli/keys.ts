/** `millrace key …` */
import {
  onlyOperand,
  table,
  UsageError,
  withDatabase,
  type CommandInput,
  type CommandResult,
} from './context.ts';

const MAX_LABEL_LETTERS = 50;

export async function keyCreate({ operands, options, loaded }: CommandInput): Promise<CommandResult> {
  const name = onlyOperand(operands, 'The NAME of the channel');
  const label = options.get('label') ?? '';
  if (label === true || label.length > MAX_LABEL_LETTERS) {
    throw new UsageError(`A label has at most ${MAX_LABEL_LETTERS} characters.`);
  }
  return withDatabase(loaded.config, async ({ channels }) => {
    const created = await channels.createKeyAsOperator(name, label);
    // The key alone on its line, so that a script can take it: KEY=$(millrace key create alice)
    return { text: created.secret, json: created };
  });
}

export async function keyList({ operands, loaded }: CommandInput): Promise<CommandResult> {
  const name = onlyOperand(operands, 'The NAME of the channel');
  return withDatabase(loaded.config, async ({ channels }) => {
    const keys = await channels.keysAsOperator(name);
    return {
      text: table(
        ['ID', 'KEY', 'LABEL', 'MADE', 'LAST USED'],
        keys.map((key) => [
          key.id,
          key.prefix,
          key.label,
          key.createdAt.slice(0, 16).replace('T', ' '),
          key.lastUsedAt?.slice(0, 16).replace('T', ' ') ?? 'never',
        ]),
      ),
      json: { keys },
    };
  });
}

export async function keyRevoke({ operands, loaded }: CommandInput): Promise<CommandResult> {
  const [name, keyId, ...more] = operands;
  if (name === undefined || keyId === undefined || more.length > 0) {
    throw new UsageError('Name the channel and the ID of the key, as `millrace key list` shows it.');
  }
  return withDatabase(loaded.config, async ({ channels }) => {
    await channels.revokeKeyAsOperator(name, keyId);
    return {
      text: `Revoked. Whoever publishes with this key is disconnected within a second or two.`,
      json: { revoked: keyId },
    };
  });
}
