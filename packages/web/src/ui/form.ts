/** The life of one form: busy while it is sent, and where each error belongs – beside its field, or with the whole. */
import { useState } from 'preact/hooks';
import { explain, RequestError } from '../api/errors.ts';

export type FieldErrors<Name extends string> = Partial<Record<Name, string>>;

export interface FormState<Name extends string> {
  readonly busy: boolean;
  readonly errors: FieldErrors<Name>;
  readonly formError: string | undefined;
  /** Checks, then sends; resolves to true when it went through. */
  readonly submit: (check: () => FieldErrors<Name>, send: () => Promise<void>) => Promise<boolean>;
  readonly clear: (name: Name) => void;
}

/** `places` says beside which field an error stands when the server names none: `{'name-taken': 'name'}`. */
export function useForm<Name extends string>(
  names: readonly Name[],
  places: Readonly<Record<string, Name>> = {},
): FormState<Name> {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<FieldErrors<Name>>({});
  const [formError, setFormError] = useState<string>();

  async function submit(check: () => FieldErrors<Name>, send: () => Promise<void>): Promise<boolean> {
    const found = check();
    setErrors(found);
    setFormError(undefined);
    if (Object.keys(found).length > 0) return false;
    setBusy(true);
    try {
      await send();
      return true;
    } catch (error) {
      const place =
        error instanceof RequestError
          ? (names.find((name) => name === error.field) ?? places[error.code])
          : undefined;
      if (place === undefined) setFormError(explain(error));
      else setErrors({ [place]: explain(error) } as FieldErrors<Name>);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return {
    busy,
    errors,
    formError,
    submit,
    clear: (name) => {
      if (errors[name] !== undefined) setErrors(({ [name]: _gone, ...rest }) => rest as FieldErrors<Name>);
    },
  };
}
