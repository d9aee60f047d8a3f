"""What the worker library needs of the generated protobuf module, as plain classes.

The library only builds these records and reads their fields back; on Azure they are the messages of
https://github.com/Azure/azure-functions-language-worker-protobuf (FunctionRpc.proto).
"""

from types import SimpleNamespace


class Record(SimpleNamespace):
    """A message of which only the fields matter."""


class TypedData(Record):
    """Holds exactly one of http, string, bytes, json, int or double."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        return next(iter(vars(self)), None)


class ParameterBinding(Record):
    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        return "data"


class RpcHttp(Record):
    """A request (method, url, headers, body, params, query) or an answer (status_code, headers, cookies, body)."""


class RpcHttpCookie(Record):
    """One cookie of an answer; the members of ``SameSite`` are what the Set-Cookie header then says."""

    SameSite = Record(**{"None": "", "Lax": "lax", "Strict": "strict", "ExplicitNone": "none"})


class StatusResult(Record):
    Failure = 0
    Success = 1


class BindingInfo(Record):
    # The worker compares these with the numbers of azure.functions' own BindingDirection.
    out = 1
    inout = 2
    undefined = None


FunctionLoadResponse = FunctionMetadataResponse = InvocationResponse = WorkerInitResponse = Record
NullableBool = NullableDouble = NullableString = NullableTimestamp = Timestamp = Record
RpcException = RpcFunctionMetadata = RpcRetryOptions = WorkerMetadata = Record
