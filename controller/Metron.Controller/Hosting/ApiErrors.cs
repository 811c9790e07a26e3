using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Metron.Controller.Hosting;

/// <summary>Errors as the API tells them.</summary>
internal static class ApiErrors
{
    /// <summary>INVALID_ARGUMENT with every problem by field (google.rpc.BadRequest).</summary>
    public static RpcException InvalidArgument(string message, IEnumerable<BadRequest.Types.FieldViolation> violations)
    {
        var badRequest = new BadRequest { FieldViolations = { violations } };
        var first = badRequest.FieldViolations[0];
        var more = badRequest.FieldViolations.Count > 1 ? $" (and {badRequest.FieldViolations.Count - 1} more)" : string.Empty;
        return new Google.Rpc.Status
        {
            Code = (int)Code.InvalidArgument,
            Message = $"{message}: {(first.Field.Length == 0 ? string.Empty : $"{first.Field}: ")}{first.Description}{more}",
            Details = { Any.Pack(badRequest) },
        }.ToRpcException();
    }

    /// <summary>INVALID_ARGUMENT about one field.</summary>
    public static RpcException InvalidArgument(string field, string description) =>
        InvalidArgument("the request is wrong", [new BadRequest.Types.FieldViolation { Field = field, Description = description }]);

    /// <summary>Another status, with a sentence.</summary>
    public static RpcException Of(StatusCode code, string message) => new(new Grpc.Core.Status(code, message));
}
