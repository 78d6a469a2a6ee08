import { receivedBy } from "../../received";
import { describeDifference } from "../../differences";
import type { ListedDeployment } from "../../inventory";
import { settingsText } from "../../airflow-settings";
import { airflowSide } from "../../../provider/targets/airflow-sides";
import { isDrifted, missingPackage, type Checked } from "../check";
import { workspacePath } from "../links";
import { cellsOf, holdersOfDeployment, ownFieldsOf, typeOf, type View } from "../view";
import { Fragment, jsx } from "../web";
import { Facts, Heading, Names } from "./facts";
import { headingLevel, Layout, type Frame } from "./layout";

/** One Deployment. */
export function DeploymentPage(props: { frame: Frame; view: View; name: string; checked: Checked | undefined }) {
  const { frame, name } = props;
  return (
    <Layout title={name} frame={frame}>
      <h1 class="id">{name}</h1>
      <DeploymentDetails {...props} />
    </Layout>
  );
}

/** What one Deployment gets, where it goes, and what a comparison has found. */
export function DeploymentDetails(props: { frame: Frame; view: View; name: string; checked?: Checked }) {
  const { frame, view, name, checked } = props;
  const listed: ListedDeployment = view.workspace.deployments.find((one) => one.name === name) ?? { name };
  const settings = settingsOf(view, listed);
  const holders = holdersOfDeployment(view, name);
  return (
    <section aria-label={`Deployment ${name}`}>
      <Facts
        facts={[
          ["Target", checked?.target ?? listed.target],
          ["Airflow", listed.airflowVersion],
          ["Runtime", listed.runtimeVersion],
          ["Fetching of secrets", fetchingText(listed, view)],
          ["Owner", listed.owner],
          ["Size", checked && sizeText(checked)],
          ["Provider packages", checked?.providers && <Names names={checked.providers} />],
        ]}
      />
      <Comparison frame={frame} name={name} checked={checked} />
      <Gets frame={frame} view={view} listed={listed} checked={checked} />
      {settings && (
        <>
          <Heading level={headingLevel(frame)}>Settings of Airflow</Heading>
          <p>
            For {settings.place}, with the names by default: metadata has no others.{" "}
            <code>airflow-env values --deployment {name}</code> prints the real ones.
          </p>
          <pre tabindex={0} data-copy>
            <code>{settings.text}</code>
          </pre>
        </>
      )}
      <Heading level={headingLevel(frame)}>Deleting it</Heading>
      {holders.length === 0 ? (
        <p>Nothing holds it: a delete would not be refused.</p>
      ) : (
        <>
          <p>A delete is refused while these are there. In one program Pulumi removes them first.</p>
          <Names names={holders} />
        </>
      )}
    </section>
  );
}

function settingsOf(view: View, { name, target }: ListedDeployment): { place: string; text: string } | undefined {
  if (target === undefined) return undefined;
  const variables = view.objects.some((object) => object.kind === "variable" && receivedBy(object, name) !== undefined);
  const side = airflowSide({ [target]: { namespace: "NAMESPACE", path: "FOLDER" } }, { variables });
  const text = side && settingsText(side, target === "directory" ? "cfg" : "helm");
  if (text === undefined) return undefined;
  return { place: target === "directory" ? "airflow.cfg" : "the values of the official Helm chart", text };
}

function fetchingText({ secretsFetching }: ListedDeployment, { workspace }: View): string | undefined {
  if (secretsFetching !== undefined) return secretsFetching ? "allowed" : "not allowed";
  return workspace.secretsFetching === undefined
    ? undefined
    : `${workspace.secretsFetching ? "allowed" : "not allowed"}, by the Workspace`;
}

function sizeText({ bytes, maxBytes }: Checked): string | undefined {
  if (bytes === undefined) return undefined;
  if (maxBytes === undefined) return `${bytes} bytes; the target has no limit`;
  return `${bytes} of ${maxBytes} bytes (${Math.ceil((100 * bytes) / maxBytes)} %)`;
}

function Comparison({ frame, name, checked }: { frame: Frame; name: string; checked: Checked | undefined }) {
  if (frame.isReport && !checked) return null;
  return (
    <>
      <Heading level={headingLevel(frame)}>Against the target</Heading>
      {checked && (
        <>
          <p role="status">
            Compared {checked.at.toISOString().slice(0, 19).replace("T", " ")} UTC:{" "}
            {checked.reason ?? (checked.differences?.length === 0 ? "equal." : "different.")}
          </p>
          {checked.differences && checked.differences.length > 0 && (
            <Names names={checked.differences.map(describeDifference)} />
          )}
        </>
      )}
      {!frame.isReport && (
        <form class="check" method="post" action={`${workspacePath(frame.workspace)}/check`}>
          <input type="hidden" name="deployment" value={name} />
          <button>Compare with the target</button>{" "}
          <small>
            Reads the store's documents, secrets included, and the target, with your own rights; nothing is written, no
            value is shown.
          </small>
        </form>
      )}
    </>
  );
}

function Gets(props: { frame: Frame; view: View; listed: ListedDeployment; checked: Checked | undefined }) {
  const { frame, view, listed, checked } = props;
  const { name } = listed;
  const cell = cellsOf(view);
  const gets = view.objects.flatMap((object) => {
    const received = receivedBy(object, name);
    return received ? [{ object, received, own: ownFieldsOf(received) }] : [];
  });
  // The matrix of the same file says who gets what.
  if (frame.isReport) return <p>It gets {gets.length} objects.</p>;
  return (
    <>
      <Heading level={headingLevel(frame)}>What it gets</Heading>
      {gets.length === 0 ? (
        <p>Nothing.</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label={`What ${name} gets`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Object</th>
                <th scope="col">Type</th>
                <th scope="col">Through</th>
                <th scope="col">Values of its own</th>
                <th scope="col">To look at</th>
              </tr>
            </thead>
            <tbody>
              {gets.map(({ object, received, own }) => (
                <tr>
                  <th scope="row">
                    <a href={frame.links.object(object)}>{object.id}</a>
                  </th>
                  <td>{typeOf(object)}</td>
                  <td>{received.through}</td>
                  <td>{own.join(", ")}</td>
                  <td>
                    {[
                      cell(object, name).collides && "two of this id come here",
                      checked && isDrifted(checked, object.kind, object.id) && "differs in the target",
                      checked && missingText(missingPackage(checked, listed, object.connType)),
                    ]
                      .filter((text) => typeof text === "string")
                      .join("; ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function missingText(packageName: string | undefined): string | undefined {
  return packageName === undefined ? undefined : `lacks ${packageName}`;
}
