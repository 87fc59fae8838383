/** Language and theme as two groups of choices; they act at once and are remembered. */
import { useId } from 'preact/hooks';
import { CATALOGUES, words } from '../i18n/index.ts';
import { chooseLanguage, chooseTheme, language, LANGUAGES, theme, THEMES } from '../state/preferences.ts';

export function PreferenceChoices() {
  const { site: text } = words();
  return (
    <div class="choices">
      <Choice
        legend={text.language}
        options={LANGUAGES.map((value) => ({ value, label: CATALOGUES[value].languageName }))}
        chosen={language.value}
        onChoose={chooseLanguage}
      />
      <Choice
        legend={text.theme}
        options={THEMES.map((value) => ({ value, label: text.themes[value] }))}
        chosen={theme.value}
        onChoose={chooseTheme}
      />
    </div>
  );
}

function Choice<Value extends string>(props: {
  readonly legend: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly chosen: Value;
  readonly onChoose: (value: Value) => void;
}) {
  const group = useId();
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      <div class="choice-row">
        {props.options.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={group}
              value={value}
              checked={value === props.chosen}
              onChange={() => props.onChoose(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
