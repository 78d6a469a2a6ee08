import { startFaultProxy, type FaultProxy, type ProxyCall, type ProxyReply, type ProxyRequest } from "./fault-proxy";

/**
 * Closes the gaps between the emulator (moto) and AWS Secrets Manager that the store depends on, and keeps the
 * promises that AWS makes and the emulator does not:
 *
 * - GetSecretValue without a version reads AWSCURRENT (moto: the last version put with that label, even when it moved);
 * - a secret scheduled for deletion refuses Put, UpdateSecretVersionStage, Tag and Create (moto: they succeed);
 * - BatchGetSecretValue takes at most 20 names and reports a failed one among `Errors` (moto: no limit, fails whole);
 * - 64 KiB per value and not empty, names, request tokens, tags (moto: unchecked);
 * - moving a label is all or nothing, and one secret serves one call at a time (moto: threads may meet half-way);
 * - about 100 versions younger than a day (moto: unlimited);
 * - ListSecrets shows neither what was made nor hides what was deleted in the last five minutes (moto: at once);
 * - the client named `reader` may describe secrets and read the index, and nothing else (moto: resources are not told apart).
 */
export interface AwsProxyOptions {
  maxVersions?: number;
  /** How long ListSecrets lags, in milliseconds. */
  listingLagMs?: number;
}

/** A client that may not read documents. */
export const READER = "reader";

type Payload = Record<string, unknown> & { SecretId?: string; Name?: string };

const WRITES = new Set([
  "CreateSecret",
  "PutSecretValue",
  "UpdateSecretVersionStage",
  "TagResource",
  "DeleteSecret",
  "RestoreSecret",
]);

/** Starts the layer in front of a running moto. */
export async function startAwsProxy(motoUrl: string, options: AwsProxyOptions = {}): Promise<FaultProxy> {
  const { maxVersions = 100, listingLagMs = 300_000 } = options;
  const lines = new Map<string, Promise<unknown>>();
  const made = new Map<string, number>();
  const removed = new Map<string, { at: number; entry: unknown }>();
  const versions = new Map<string, number>();

  /** One call at a time per secret. */
  function inLine<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (lines.get(name) ?? Promise.resolve()).then(work, work);
    lines.set(name, turn);
    return turn;
  }

  async function forward(action: string, payload: Payload, headers: Record<string, string>): Promise<ProxyReply> {
    const response = await fetch(motoUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `secretsmanager.${action}`,
        authorization: headers.authorization ?? "",
      },
      body: JSON.stringify(payload),
    });
    return { status: response.status, headers: json, body: await response.text() };
  }

  async function answer(request: ProxyRequest): Promise<ProxyReply> {
    const action = actionOf(request);
    const payload = JSON.parse(request.body) as Payload;
    if (action === "BatchGetSecretValue") return batch(payload, request);
    if (action === "ListSecrets") return listing(payload, request);
    const name = payload.Name ?? payload.SecretId ?? "";
    return inLine(name, () => single(action, name, payload, request));
  }

  async function single(action: string, name: string, payload: Payload, request: ProxyRequest): Promise<ProxyReply> {
    const refusal = denial(action, name, request.client) ?? invalid(action, payload);
    if (refusal !== undefined) return refusal;
    if (action === "GetSecretValue" && payload.VersionId === undefined && payload.VersionStage === undefined) {
      payload.VersionStage = "AWSCURRENT";
    }
    const before = WRITES.has(action)
      ? await forward("DescribeSecret", { SecretId: name }, request.headers)
      : undefined;
    const state = before?.status === 200 ? (JSON.parse(before.body) as Described) : undefined;
    if (state?.DeletedDate != null) {
      if (action === "CreateSecret") {
        return failure(
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      }
      if (action !== "DeleteSecret" && action !== "RestoreSecret") {
        return failure(
          "InvalidRequestException",
          "You can't perform this operation on the secret because it was marked for deletion.",
        );
      }
    }
    if (action === "PutSecretValue" && (versions.get(name) ?? 0) >= maxVersions) {
      return failure("LimitExceededException", "The request exceeds Secrets Manager internal limits.");
    }
    const moved = action === "UpdateSecretVersionStage" ? (payload.MoveToVersionId as string) : undefined;
    if (moved !== undefined && state !== undefined && !(moved in (state.VersionIdsToStages ?? {}))) {
      return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret version.");
    }
    const reply = await forward(action, payload, request.headers);
    if (reply.status === 200) remember(action, name, before);
    return reply;
  }

  function remember(action: string, name: string, before: ProxyReply | undefined): void {
    if (action === "CreateSecret") made.set(name, Date.now());
    if (action === "RestoreSecret") removed.delete(name);
    if (action === "DeleteSecret" && before !== undefined) {
      removed.set(name, { at: Date.now(), entry: JSON.parse(before.body) });
    }
    if (action === "CreateSecret" || action === "PutSecretValue") versions.set(name, (versions.get(name) ?? 0) + 1);
  }

  async function batch(payload: Payload, request: ProxyRequest): Promise<ProxyReply> {
    const names = payload.SecretIdList as string[];
    if (names.length > 20) return failure("InvalidParameterException", "SecretIdList holds more than 20 secrets.");
    const replies = await Promise.all(
      names.map((name) =>
        inLine(name, () => single("GetSecretValue", name, { SecretId: name }, { ...request, client: request.client })),
      ),
    );
    const SecretValues: unknown[] = [];
    const Errors: unknown[] = [];
    for (const [index, reply] of replies.entries()) {
      const body = JSON.parse(reply.body) as { __type?: string; Message?: string; message?: string };
      if (reply.status === 200) SecretValues.push(body);
      else {
        Errors.push({
          SecretId: names[index],
          ErrorCode: body.__type,
          Message: body.Message ?? body.message,
        });
      }
    }
    return { status: 200, headers: json, body: JSON.stringify({ SecretValues, Errors }) };
  }

  async function listing(payload: Payload, request: ProxyRequest): Promise<ProxyReply> {
    const refusal = denial("ListSecrets", "", request.client);
    if (refusal !== undefined) return refusal;
    const reply = await forward("ListSecrets", payload, request.headers);
    const body = JSON.parse(reply.body) as { SecretList: { Name: string }[]; NextToken?: string };
    const recent = Date.now() - listingLagMs;
    body.SecretList = body.SecretList.filter((entry) => (made.get(entry.Name) ?? 0) <= recent);
    for (const [name, { at, entry }] of removed) {
      const filter = (payload.Filters as { Values: string[] }[] | undefined)?.[0]?.Values[0] ?? "";
      const shown = at > recent && (made.get(name) ?? 0) <= recent && name.startsWith(filter);
      if (shown && payload.NextToken === undefined) body.SecretList.push(entry as { Name: string });
    }
    return { status: reply.status, headers: json, body: JSON.stringify(body) };
  }

  return startFaultProxy({ classify, answer });
}

interface Described {
  DeletedDate?: number | null;
  VersionIdsToStages?: Record<string, string[]>;
}

const json = { "content-type": "application/x-amz-json-1.1" };

/** An answer as AWS gives it when it refuses. */
export function failure(type: string, message: string, status = 400): ProxyReply {
  return { status, headers: json, body: JSON.stringify({ __type: type, Message: message }) };
}

/** AWS's text for a denial. */
export function deniedReply(action: string): ProxyReply {
  return failure(
    "AccessDeniedException",
    `User: arn:aws:sts::123456789012:assumed-role/author/s is not authorized to perform: secretsmanager:${action} ` +
      "on resource: x because no identity-based policy allows it",
  );
}

function actionOf(request: ProxyRequest): string {
  return (request.headers["x-amz-target"] ?? "").replace("secretsmanager.", "");
}

function classify(request: ProxyRequest): ProxyCall {
  const name = actionOf(request);
  return { name, writes: WRITES.has(name) };
}

function denial(action: string, name: string, client: string): ProxyReply | undefined {
  if (client !== READER || action === "DescribeSecret") return undefined;
  if (action === "GetSecretValue" && name.includes("/@index/")) return undefined;
  return deniedReply(action);
}

function invalid(action: string, payload: Payload): ProxyReply | undefined {
  const bad = (message: string): ProxyReply => failure("InvalidParameterException", message);
  const { SecretString, ClientRequestToken, Tags } = payload as {
    SecretString?: string;
    ClientRequestToken?: string;
    Tags?: { Key: string; Value: string }[];
  };
  if (action === "CreateSecret" && !/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(payload.Name ?? "")) return bad("Invalid name.");
  if (SecretString !== undefined) {
    const bytes = Buffer.byteLength(SecretString);
    if (bytes < 1 || bytes > 65_536) return bad("SecretString must be 1 to 65536 bytes.");
  }
  if (ClientRequestToken !== undefined && !/^.{32,64}$/.test(ClientRequestToken)) return bad("Invalid token.");
  const wrongTag = (Tags ?? []).some(
    ({ Key, Value }) => !/^[\w .:/=+@-]{1,128}$/.test(Key) || !/^[\w .:/=+@-]{0,256}$/.test(Value),
  );
  return wrongTag || (Tags ?? []).length > 50 ? bad("Invalid tags.") : undefined;
}
