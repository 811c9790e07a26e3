using Google.Rpc;
using Grpc.Core;
using Metron.Mapping;

namespace Metron.Cli.Client;

/// <summary>What a failed call means to the operator.</summary>
/// <param name="ExitCode">See <see cref="Cli.ExitCode"/>.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Violations">What is wrong with the spec, if that is the reason.</param>
internal sealed record RpcFailure(int ExitCode, string Message, IReadOnlyList<Violation> Violations)
{
    /// <summary>Whether the failure is an answer to this request, so that the next one may do better.</summary>
    public static bool IsOfOneRequest(RpcException error) =>
        error.StatusCode is not (StatusCode.Cancelled or StatusCode.DeadlineExceeded) && IsAnswer(error);

    /// <summary>Whether the controller itself said so, and not the connection to it.</summary>
    public static bool IsAnswer(RpcException error) => error.Status.DebugException is null;

    /// <summary>Reads a failure.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="address">The controller's address.</param>
    public static RpcFailure From(RpcException error, string address)
    {
        var detail = error.Status.Detail.TrimEnd('.');
        return error.StatusCode switch
        {
            StatusCode.InvalidArgument => new(Cli.ExitCode.BadInput, detail, ViolationsOf(error)),
            StatusCode.NotFound => new(Cli.ExitCode.NotFound, detail, []),
            StatusCode.AlreadyExists or StatusCode.Aborted or StatusCode.FailedPrecondition => new(Cli.ExitCode.Conflict, detail, []),
            StatusCode.Unavailable when IsAnswer(error) => new(Cli.ExitCode.Unreachable, $"not possible at the moment: {detail}", []),
            _ when error.StatusCode == StatusCode.Unavailable || error.Status.DebugException is HttpRequestException =>
                new(Cli.ExitCode.Unreachable, $"the controller at {address} cannot be reached: {Cause(error)}", []),
            StatusCode.DeadlineExceeded => new(Cli.ExitCode.Timeout, $"the controller at {address} did not answer in time", []),
            StatusCode.Unimplemented => new(
                Cli.ExitCode.Failure, $"what answers at {address} does not offer this; is it a Metron controller of this version?", []),
            StatusCode.ResourceExhausted => new(Cli.ExitCode.Failure, $"the controller refused: {detail}", []),
            _ => new(Cli.ExitCode.Failure, $"the controller failed: {detail} ({error.StatusCode})", []),
        };
    }

    // The controller's own list of problems; a field violation without description still names its field.
    private static List<Violation> ViolationsOf(RpcException error) =>
        [.. (error.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations ?? []).Select(v => new Violation(v.Field, v.Description))];

    private static string Cause(RpcException error)
    {
        var cause = error.Status.DebugException ?? error.InnerException;
        if (cause is HttpRequestException
            {
                HttpRequestError: HttpRequestError.HttpProtocolError
                    or HttpRequestError.InvalidResponse
                    or HttpRequestError.VersionNegotiationError,
            })
        {
            return "what answers there does not speak HTTP/2; is it the controller's port for gRPC?";
        }

        // The innermost cause is the plainest: "Connection refused", "Name or service not known".
        var isSecurity = cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause switch
        {
            null => error.Status.Detail.TrimEnd('.'),
            _ when isSecurity => $"no secure connection: {cause.Message.TrimEnd('.')}",
            System.Net.Sockets.SocketException socket => Plain(socket.SocketErrorCode, socket.Message),
            OperationCanceledException => "it does not answer",
            _ => cause.Message.TrimEnd('.'),
        };
    }

    private static string Plain(System.Net.Sockets.SocketError error, string message) => error switch
    {
        System.Net.Sockets.SocketError.ConnectionRefused => "nothing listens there",
        System.Net.Sockets.SocketError.HostNotFound => "the host is not known",
        System.Net.Sockets.SocketError.AddressNotAvailable => "there is no such socket",
        System.Net.Sockets.SocketError.TimedOut => "it does not answer",
        _ => message.TrimEnd('.'),
    };
}
