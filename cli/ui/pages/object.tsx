import { isDrifted, type Checked } from "../check";
import type { NamedObject } from "../../received";
import { receivedBy } from "../../received";
import { cellsOf, holdersOf, typeOf, type View } from "../view";
import { Fragment, jsx } from "../web";
import { Facts, Heading, Names } from "./facts";
import { headingLevel, Layout, type Frame } from "./layout";

/** Everything of one id: one object, or a Workspace-level one beside those of Deployments. */
export function ObjectPage(props: {
  frame: Frame;
  view: View;
  objects: NamedObject[];
  checks: ReadonlyMap<string, Checked>;
}) {
  const { frame, view, objects, checks } = props;
  const id = objects[0]?.id ?? "";
  return (
    <Layout title={id} frame={frame}>
      <h1 class="id">{id}</h1>
      {objects.map((object) => (
        <ObjectDetails frame={frame} view={view} object={object} checks={checks} />
      ))}
    </Layout>
  );
}

/** One object: what is set, and which layer gives each field to each Deployment. */
export function ObjectDetails(props: {
  frame: Frame;
  view: View;
  object: NamedObject;
  checks?: ReadonlyMap<string, Checked>;
}) {
  const { frame, view, object, checks } = props;
  const holders = holdersOf(object);
  return (
    <section aria-label={`${typeOf(object)} ${object.id}`}>
      <Facts
        facts={[
          ["Kind", object.kind === "variable" ? "Variable" : "connection"],
          ["Type", object.kind === "connection" ? typeOf(object) : undefined],
          ["Level", object.deployment === undefined ? "Workspace" : `only Deployment ${object.deployment}`],
          ["Sharing", object.deployment === undefined ? object.sharing : undefined],
          ["Excluded", object.exclude.length > 0 ? object.exclude.join(", ") : undefined],
          ["Owner", object.owner],
          ["Fields set", object.fields.join(", ") || "none"],
        ]}
      />
      <Layers frame={frame} view={view} object={object} checks={checks} />
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

function Layers(props: {
  frame: Frame;
  view: View;
  object: NamedObject;
  checks: ReadonlyMap<string, Checked> | undefined;
}) {
  const { frame, view, object, checks } = props;
  const cell = cellsOf(view);
  const getting = view.deployments.flatMap((name) => {
    const received = receivedBy(object, name);
    return received ? [{ name, received, cell: cell(object, name) }] : [];
  });
  // Of one file with everything, a row for each of a thousand times a hundred pairs would be the most.
  const isPlain = ({ name, cell: { ownFields, collides } }: (typeof getting)[number]) =>
    ownFields.length === 0 && !collides && !isDriftedIn(checks?.get(name), object);
  const shown = frame.isReport ? getting.filter((one) => !isPlain(one)) : getting;
  const fields = [...new Set(getting.flatMap(({ received }) => Object.keys(received.fields)))].sort();
  const rest = getting.length - shown.length;
  return (
    <>
      <Heading level={headingLevel(frame)}>Who gets it, and which layer gives each field</Heading>
      {getting.length === 0 && <p>No Deployment gets it.</p>}
      {shown.length > 0 && (
        <div class="scroll" tabindex={0} role="region" aria-label={`Layers of ${object.id}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Deployment</th>
                <th scope="col">Through</th>
                {fields.map((field) => (
                  <th scope="col">{field}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map(({ name, received, cell: { collides } }) => (
                <tr>
                  <th scope="row">
                    <a href={frame.links.deployment(name)}>{name}</a>
                  </th>
                  <td>
                    {received.through}
                    {collides && <b class="bad"> collision</b>}
                    {isDriftedIn(checks?.get(name), object) && <b class="bad"> drifted</b>}
                  </td>
                  {fields.map((field) => {
                    const layer = Object.hasOwn(received.fields, field) ? received.fields[field] : undefined;
                    return <td class={layer}>{layer === "override" ? "Override" : layer}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rest > 0 && <p>{rest === 1 ? "One Deployment gets" : `${rest} Deployments get`} the base values.</p>}
    </>
  );
}

function isDriftedIn(checked: Checked | undefined, { kind, id }: NamedObject): boolean {
  return checked !== undefined && isDrifted(checked, kind, id);
}
