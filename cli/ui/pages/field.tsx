import type { Filled } from "../form/draft";
import type { FormField } from "../form/fields";
import { Fragment, jsx } from "../web";

/** How a field is shown. */
export interface FieldProps {
  field: FormField;
  /** Name of the input. */
  name: string;
  filled: Filled;
  problem: string | undefined;
}

/** An input for one field that is no secret. */
export function Field({ field, name, filled, problem }: FieldProps) {
  const { label, help, placeholder, path } = field;
  const hint = [help, field.default !== undefined && `Default: ${field.default}.`, path].filter(
    (text) => typeof text === "string" && text !== "",
  );
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <Input field={field} name={name} value={filled[name] ?? ""} problem={problem} placeholder={placeholder} />
      <small id={`${name}-hint`}>{hint.join(" · ")}</small>
      <Problem name={name} text={problem} />
    </div>
  );
}

function Input(props: {
  field: FormField;
  name: string;
  value: string;
  problem: string | undefined;
  placeholder: string | undefined;
}) {
  const { field, name, value, problem, placeholder } = props;
  const common = {
    id: name,
    name,
    "aria-describedby": `${name}-hint${problem === undefined ? "" : ` ${name}-problem`}`,
    "aria-invalid": problem === undefined ? undefined : ("true" as const),
  };
  const { types } = field;
  const choices = types.length === 1 && types[0] === "boolean" ? ["true", "false"] : field.choices?.map(String);
  if (choices && !field.isOpen)
    return (
      <select {...common}>
        <option value="">not set</option>
        {choices.map((choice) => (
          <option value={choice} selected={choice === value}>
            {choice}
          </option>
        ))}
      </select>
    );
  if (types[0] === "object" || types[0] === "array")
    return (
      <textarea {...common} rows={2} placeholder={placeholder ?? (types[0] === "array" ? `["…"]` : `{"…": "…"}`)}>
        {value}
      </textarea>
    );
  const isNumber = types.length === 1 && (types[0] === "integer" || types[0] === "number");
  return (
    <>
      <input
        {...common}
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        inputmode={isNumber ? "decimal" : undefined}
        list={choices && `${name}-choices`}
      />
      {choices && (
        <datalist id={`${name}-choices`}>
          {choices.map((choice) => (
            <option value={choice}></option>
          ))}
        </datalist>
      )}
    </>
  );
}

/** A secret is ticked, never typed. @param command - that sets it. */
export function SecretField({ field, name, filled, command }: Omit<FieldProps, "problem"> & { command: string }) {
  return (
    <div class="field">
      <Tick name={name} isChecked={filled[name] !== undefined} label={`${field.label} (secret)`} />
      <small>
        Not typed here; ticked, the program refers to it, and <code>{command}</code> asks for it.
        {field.help !== undefined && ` ${field.help}`}
      </small>
    </div>
  );
}

/** A box to tick. */
export function Tick({ name, isChecked, label }: { name: string; isChecked: boolean; label: string }) {
  return (
    <label class="tick">
      <input type="checkbox" name={name} value="yes" checked={isChecked} />
      {label}
    </label>
  );
}

/** What is wrong with a field. */
export function Problem({ name, text }: { name: string; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <span class="problem" id={`${name}-problem`}>
      {text}
    </span>
  );
}
