/**
 * A labelled field of a form with its hint, and its error in the hint's place, both tied to the input for screen
 * readers. The value lives with the form.
 */
import { useId, useState } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { Icon } from './icon.tsx';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly name?: string;
  readonly autoComplete: 'username' | 'nickname' | 'current-password' | 'new-password' | 'off';
  readonly required?: boolean;
  readonly maxLength?: number;
}

/** What every one-line input here has in common. Names and passwords are no prose: nothing corrects them. */
function inputAttributes(props: FieldProps, id: string) {
  const prose = props.autoComplete === 'off' || props.autoComplete === 'nickname';
  return {
    id,
    value: props.value,
    onInput: (event: InputEvent & { readonly currentTarget: HTMLInputElement }) =>
      props.onValue(event.currentTarget.value),
    autoComplete: props.autoComplete,
    'aria-invalid': props.error !== undefined,
    'aria-describedby': `${id}-note`,
    ...(props.name === undefined ? {} : { name: props.name }),
    ...(props.required === undefined ? {} : { required: props.required }),
    ...(props.maxLength === undefined ? {} : { maxLength: props.maxLength }),
    ...(prose ? {} : ({ autoCapitalize: 'none', autoCorrect: 'off', spellcheck: false } as const)),
  } as const;
}

export function Field(props: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input type="text" {...inputAttributes(props, id)} />
      <Note id={`${id}-note`} hint={props.hint} error={props.error} />
    </div>
  );
}

/** A password field: password managers know it by `autocomplete`; it can be looked at before it is sent. */
export function PasswordField(props: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const text = words().account;
  const attributes = inputAttributes(props, id);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="field-row">
        {shown ? <input type="text" {...attributes} /> : <input type="password" {...attributes} />}
        <button
          type="button"
          class="field-peek"
          aria-label={shown ? text.hidePassword : text.showPassword}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? 'eyeOff' : 'eye'} />
        </button>
      </div>
      <Note id={`${id}-note`} hint={props.hint} error={props.error} />
    </div>
  );
}

export function TextArea(props: {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly rows?: number;
  readonly maxLength?: number;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <textarea
        id={id}
        rows={props.rows ?? 4}
        maxLength={props.maxLength}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
        aria-invalid={props.error !== undefined}
        aria-describedby={`${id}-note`}
      />
      <Note id={`${id}-note`} hint={props.hint} error={props.error} />
    </div>
  );
}

function Note(props: { id: string; hint: string | undefined; error: string | undefined }) {
  return (
    <p id={props.id} class={props.error === undefined ? 'field-note' : 'field-note wrong'} aria-live="polite">
      {props.error !== undefined && <Icon name="alert" size={16} />}
      {props.error ?? props.hint}
    </p>
  );
}

/** What went wrong with a form as a whole, above its button. */
export function FormError({ text }: { readonly text: string | undefined }) {
  return (
    <div class="form-error-place" role="alert">
      {text !== undefined && (
        <p class="form-error">
          <Icon name="alert" size={18} />
          {text}
        </p>
      )}
    </div>
  );
}
