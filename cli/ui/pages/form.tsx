import type { ConnectionType } from "../../../catalog/lookup";
import { languages, type Language } from "../../program/languages";
import { secretName, writeCode } from "../form/code";
import { inputs, type Filled, type ReadForm } from "../form/draft";
import { formFields, ownFields, type FormField } from "../form/fields";
import { workspacePath } from "../links";
import type { View } from "../view";
import { Fragment, jsx } from "../web";
import { Field, Problem, SecretField, Tick } from "./field";
import { Layout, type Frame } from "./layout";

/** What is in the form, and what has become of it. */
interface FormProps {
  frame: Frame;
  view: View;
  type: ConnectionType;
  filled: Filled;
  /** Undefined until it has been sent. */
  read?: ReadForm;
}

/** The form of a connection type; sent, it shows the code above. */
export function FormPage(props: FormProps) {
  const { frame, type, filled, read } = props;
  const root = `${workspacePath(frame.workspace)}/new`;
  const problem = read?.problems.get(inputs.id);
  return (
    <Layout title={`New ${type.displayName}`} frame={frame}>
      <h1>New connection: {type.displayName}</h1>
      <p>
        <a href={root}>Another type</a> · {type.id} · needs <code>{type.providerPackage}</code> ·{" "}
        <a href={type.documentationUrl} rel="noreferrer" target="_blank">
          the provider's documentation
        </a>
      </p>
      {read && <Result {...props} read={read} />}
      {read?.problems.size === 0 && <h2>Change it</h2>}
      <form method="post" action={`${root}/${encodeURIComponent(type.id)}`}>
        <div class="field">
          <label for={inputs.id}>Connection id</label>
          <input
            id={inputs.id}
            name={inputs.id}
            value={filled[inputs.id] ?? ""}
            required
            autocomplete="off"
            aria-describedby="id-hint"
            aria-invalid={problem === undefined ? undefined : "true"}
          />
          <small id="id-hint">As DAGs name it: 1 to 200 letters, digits, _, . or -.</small>
          <Problem name={inputs.id} text={problem} />
        </div>
        <Fields {...props} />
        <fieldset>
          <legend>Who gets it</legend>
          <div class="field">
            <label for={inputs.sharing}>Sharing</label>
            <select id={inputs.sharing} name={inputs.sharing}>
              <option value="Restricted">Restricted: the Deployments that are linked</option>
              <option value="LinkedToAll" selected={filled[inputs.sharing] === "LinkedToAll"}>
                LinkedToAll: all of the Workspace, later ones too
              </option>
            </select>
          </div>
          {props.view.deployments.map((deployment) => (
            <LinkFields {...props} deployment={deployment} />
          ))}
        </fieldset>
        <div class="field">
          <label for={inputs.language}>Language of the program</label>
          <select id={inputs.language} name={inputs.language}>
            {Object.entries(languages).map(([language, { name }]) => (
              <option value={language} selected={languageOf(filled) === language}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <p class="actions">
          <button>Write the code</button>
        </p>
      </form>
    </Layout>
  );
}

function Fields({ type, filled, read }: FormProps) {
  const fields = formFields(type.id) ?? [];
  const shown = (of: FormField[]) => (
    <div class="fields">
      {of.map((field) => (
        <AnyField
          field={field}
          filled={filled}
          read={read}
          name={field.isSecret ? inputs.secret(field) : inputs.value(field)}
          path={[idOf(filled)]}
        />
      ))}
    </div>
  );
  const undeclared = fields.filter(({ isUndeclared }) => isUndeclared);
  const hasAny = undeclared.some((field) => filled[inputs.value(field)] || filled[inputs.secret(field)]);
  return (
    <fieldset>
      <legend>Fields</legend>
      {shown(fields.filter(({ isUndeclared }) => !isUndeclared))}
      {undeclared.length > 0 && (
        <details open={hasAny}>
          <summary>{undeclared.length} more that the provider's code reads and no form of Airflow shows</summary>
          {shown(undeclared)}
        </details>
      )}
    </fieldset>
  );
}

function LinkFields({ type, filled, read, deployment }: FormProps & { deployment: string }) {
  const fields = ownFields(formFields(type.id) ?? []);
  const isLinked = filled[inputs.link(deployment)] !== undefined;
  return (
    <fieldset>
      <legend>{deployment}</legend>
      <Tick name={inputs.link(deployment)} isChecked={isLinked} label={`Link to ${deployment}`} />
      {fields.length > 0 && (
        <details open={isLinked}>
          <summary>Values of its own for {deployment}</summary>
          <div class="fields">
            {fields.map((field) => (
              <AnyField
                field={field}
                filled={filled}
                read={read}
                name={field.isSecret ? inputs.ownSecret(deployment, field) : inputs.ownValue(deployment, field)}
                path={[idOf(filled), deployment]}
              />
            ))}
          </div>
        </details>
      )}
    </fieldset>
  );
}

function AnyField(props: {
  field: FormField;
  filled: Filled;
  read: ReadForm | undefined;
  name: string;
  path: string[];
}) {
  const { field, filled, read, name, path } = props;
  if (field.isSecret)
    return (
      <SecretField
        field={field}
        name={name}
        filled={filled}
        command={`pulumi config set --secret ${secretName(path, field)}`}
      />
    );
  return <Field field={field} name={name} filled={filled} problem={read?.problems.get(name)} />;
}

function languageOf(filled: Filled): Language {
  const chosen = filled[inputs.language] ?? "";
  return Object.hasOwn(languages, chosen) ? (chosen as Language) : "typescript";
}

function idOf(filled: Filled): string {
  return filled[inputs.id]?.trim() || "ID";
}

function Result({ frame, filled, read }: FormProps & { read: ReadForm }) {
  const { draft, problems, withheld } = read;
  if (problems.size > 0)
    return (
      <p class="problem" role="alert">
        {problems.size === 1 ? "One field is" : `${problems.size} fields are`} not right yet; see below.
      </p>
    );
  const place = { workspace: frame.workspace, store: frame.store };
  const { text, commands, providerPackage } = writeCode(draft, place, languageOf(filled));
  return (
    <section aria-label="The code">
      <h2>The code</h2>
      {withheld.size > 0 && (
        <p class="problem" role="alert">
          {[...new Set(withheld.values())].join(", ")}: what was typed looks like a secret. It is not in the code, which
          refers to it instead.
        </p>
      )}
      <p role="status">Put it into your program; the preview shows what it would do.</p>
      <pre tabindex={0} data-copy>
        <code>{text}</code>
      </pre>
      {commands.length > 0 && (
        <>
          <h2>Set once for each stack</h2>
          <pre tabindex={0} data-copy>
            <code>{commands.join("\n")}</code>
          </pre>
        </>
      )}
      {providerPackage !== undefined && (
        <>
          <h2>In the image of each Airflow that gets it</h2>
          <pre tabindex={0} data-copy>
            <code>{providerPackage}</code>
          </pre>
        </>
      )}
    </section>
  );
}
