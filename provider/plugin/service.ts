import type { sendUnaryData, ServerUnaryCall, StatusObject, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { ProviderError, UnsupportedError } from "../errors";
import { toPrintable } from "../pulumi/failures";
import type { Recorded } from "./resource";
import type { NativeProvider } from "./provider";
import { Any, Empty, grpc } from "./protobuf";
import { opened, sealed } from "./wire";

const { Metadata, status } = grpc;
const { DiffChanges } = protocol.DiffResponse;
const { Kind } = protocol.PropertyDiff;

/** Kinds of differences of one property, in place and by replacement. */
const KINDS = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
} as const;

/**
 * `pulumirpc.ResourceProvider`: requests to calls of the provider, answers and errors to messages.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
export function service(provider: NativeProvider): UntypedServiceImplementation {
  return {
    handshake: unary((_request: protocol.ProviderHandshakeRequest) =>
      new protocol.ProviderHandshakeResponse().setAcceptSecrets(true),
    ),
    getPluginInfo: unary(() => new PluginInfo().setVersion(provider.version)),
    getSchema: unary(async () => new protocol.GetSchemaResponse().setSchema(await provider.schema())),
    checkConfig: unary((request: protocol.CheckRequest) => {
      const { properties, secrets } = opened(request.getNews());
      return checked(sealed(properties, secrets), provider.checkConfig(properties));
    }),
    // The engine compares settings itself, and takes new ones over in place.
    diffConfig: unary(() => new protocol.DiffResponse().setChanges(DiffChanges.DIFF_UNKNOWN)),
    configure: unary((request: protocol.ConfigureRequest) => {
      provider.configure(opened(request.getArgs()).properties);
      return new protocol.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary(async (request: protocol.CheckRequest) => {
      const urn = request.getUrn();
      const { inputs, failures } = await provider.resource(urn).check(urn, request.getOlds(), request.getNews());
      return checked(inputs, failures);
    }),
    diff: unary(async (request: protocol.DiffRequest) => {
      const resource = provider.resource(request.getUrn());
      const difference = await resource.diff(
        request.getId(),
        request.getOlds(),
        request.getOldInputs(),
        request.getNews(),
      );
      const response = new protocol.DiffResponse()
        .setChanges(difference.changes ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setReplacesList(difference.replaces)
        .setDeletebeforereplace(difference.deleteBeforeReplace)
        .setHasdetaileddiff(difference.detailed.size > 0);
      for (const [path, { kind, isReplaced }] of difference.detailed)
        response
          .getDetaileddiffMap()
          .set(path, new protocol.PropertyDiff().setKind(KINDS[kind][isReplaced ? 1 : 0]).setInputdiff(true));
      return response;
    }),
    create: unary(async (request: protocol.CreateRequest) => {
      const resource = provider.resource(request.getUrn());
      const { id, properties } = requireReady(await resource.create(request.getProperties(), request.getPreview()));
      return new protocol.CreateResponse().setId(id).setProperties(properties);
    }),
    update: unary(async (request: protocol.UpdateRequest) => {
      const resource = provider.resource(request.getUrn());
      const { properties } = requireReady(
        await resource.update(request.getId(), request.getOlds(), request.getNews(), request.getPreview()),
      );
      return new protocol.UpdateResponse().setProperties(properties);
    }),
    read: unary(async (request: protocol.ReadRequest) => {
      const id = request.getId();
      const resource = provider.resource(request.getUrn());
      const found = await resource.read(id, request.getProperties(), request.getInputs());
      // An empty id says that the resource is gone.
      if (!found) return new protocol.ReadResponse();
      return new protocol.ReadResponse().setId(id).setProperties(found.properties).setInputs(found.inputs);
    }),
    delete: unary(async (request: protocol.DeleteRequest) => {
      await provider.resource(request.getUrn()).delete(request.getId(), request.getProperties());
      return new Empty();
    }),
    invoke: unary(async (request: protocol.InvokeRequest) => {
      const found = await provider.invoke(request.getTok(), opened(request.getArgs()).properties);
      return new protocol.InvokeResponse().setReturn(found);
    }),
    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
    attach: unary(() => new Empty()),
    getMapping: unary(() => new protocol.GetMappingResponse()),
    getMappings: unary(() => new protocol.GetMappingsResponse()),
    parameterize: unary((): protocol.ParameterizeResponse => unsupported("parameters")),
    call: unary((): protocol.CallResponse => unsupported("methods")),
    construct: unary((): protocol.ConstructResponse => unsupported("components")),
  } satisfies Partial<IResourceProviderServer>;
}

/** A resource that is stored and not ready: the engine records it, and calls update at the next `up`. */
class NotReadyError extends ProviderError {
  constructor(readonly recorded: Recorded) {
    super("partial", recorded.reasons.join("\n"));
  }
}

function requireReady(recorded: Recorded): Recorded {
  if (recorded.reasons.length > 0) throw new NotReadyError(recorded);
  return recorded;
}

/** Only our own messages leave, and no stack. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (
    { request }: Pick<ServerUnaryCall<Request, Response>, "request">,
    callback: sendUnaryData<Response>,
  ): void => {
    const run = async () => answer(request);
    run().then(
      (response) => callback(null, response),
      (error: unknown) => callback(error instanceof NotReadyError ? partial(error) : refused(error)),
    );
  };
}

function refused(error: unknown): Partial<StatusObject> {
  const { message, stack } = toPrintable(error);
  const code = error instanceof UnsupportedError ? status.UNIMPLEMENTED : status.UNKNOWN;
  return { code, details: stack ? `${message}\n${stack}` : message };
}

/**
 * The one error that carries what was stored.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto `ErrorResourceInitFailed`
 */
function partial({ message, recorded: { id, properties, reasons } }: NotReadyError): Partial<StatusObject> {
  const detail = new protocol.ErrorResourceInitFailed().setId(id).setProperties(properties).setReasonsList(reasons);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new Status().setCode(status.UNKNOWN).setMessage(message).setDetailsList([any]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}

function checked(inputs: ReturnType<typeof sealed>, failures: string[]): protocol.CheckResponse {
  return new protocol.CheckResponse().setInputs(inputs).setFailuresList(failures.map(failure));
}

/** Without a property: the engine would print its value. The reason begins with the path. */
function failure(reason: string): protocol.CheckFailure {
  return new protocol.CheckFailure().setReason(reason);
}

function unsupported(what: string): never {
  throw new UnsupportedError(`this provider has no ${what}`);
}
