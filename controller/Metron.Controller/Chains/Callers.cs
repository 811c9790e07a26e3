using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Google.Rpc;
using Grpc.Core;
using Metron.Controller.Hosting;
using Metron.Controller.Store;
using Microsoft.AspNetCore.Connections.Features;

namespace Metron.Controller.Chains;

/// <summary>Who asks for a change: as the client says, and as the connection says.</summary>
internal static class Callers
{
    /// <summary>Most characters of an author's name.</summary>
    public const int LongestAuthor = 128;

    /// <summary>Most characters of a message.</summary>
    public const int LongestMessage = 1000;

    private const int SolSocket = 1;
    private const int SoPeerCred = 17;   // socket(7), SO_PEERCRED; unix(7): struct ucred {pid, uid, gid}.

    /// <summary>What is noted with a change.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: name or message cannot be kept.</exception>
    public static ChangeNote Note(ServerCallContext context, RevisionKind kind, string author, string message)
    {
        List<BadRequest.Types.FieldViolation> violations = [.. Violations("author", author, LongestAuthor, mayBreak: false), .. Violations("message", message, LongestMessage, mayBreak: true)];
        return violations.Count > 0
            ? throw ApiErrors.InvalidArgument("the change cannot be noted", violations)
            : new ChangeNote(kind, author, PeerOf(context), message);
    }

    private static IEnumerable<BadRequest.Types.FieldViolation> Violations(string field, string text, int longest, bool mayBreak)
    {
        if (text.Length > longest)
        {
            yield return new BadRequest.Types.FieldViolation { Field = field, Description = $"has {text.Length} characters; write at most {longest}" };
        }

        if (text.Any(character => char.IsControl(character) && !(mayBreak && character == '\n')))
        {
            yield return new BadRequest.Types.FieldViolation { Field = field, Description = $"has control characters; write {(mayBreak ? "text" : "one line of text")}" };
        }
    }

    /// <summary>What the connection says of its other end, which the client cannot choose; empty for nothing.</summary>
    private static string PeerOf(ServerCallContext context)
    {
        if (context.GetHttpContext() is not { } http)
        {
            return string.Empty;
        }

        if (http.Connection.ClientCertificate is { } certificate)
        {
            return $"certificate {certificate.Subject}";
        }

        return http.Features.Get<IConnectionSocketFeature>()?.Socket is { AddressFamily: AddressFamily.Unix } socket && OperatingSystem.IsLinux()
            ? PeerOf(socket)
            : string.Empty;
    }

    private static string PeerOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        try
        {
            if (socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) < credentials.Length)
            {
                return string.Empty;
            }
        }
        catch (SocketException)
        {
            return string.Empty;
        }

        var uid = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..]);
        return NameOf(uid) is { } name
            ? string.Create(CultureInfo.InvariantCulture, $"uid {uid} ({name})")
            : string.Create(CultureInfo.InvariantCulture, $"uid {uid}");
    }

    /// <summary>Name of a user of this machine; null when its file does not say (passwd(5): name:password:uid:…).</summary>
    private static string? NameOf(uint uid)
    {
        const string Users = "/etc/passwd";
        var wanted = uid.ToString(CultureInfo.InvariantCulture);
        try
        {
            return File.ReadLines(Users).Select(line => line.Split(':')).FirstOrDefault(parts => parts.Length > 2 && parts[2] == wanted)?[0];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
